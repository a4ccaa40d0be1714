//! Messages, one by one and in batches, long and short, there and back.

use crate::place::{Place, exists, receive, sleep_on};
use proptest::prelude::*;
use shmchat::internals::layout::MIN_CAPACITY;
use shmchat::internals::ring::record::Kind;
use shmchat::{
    Endpoint, Envelope, Error, Interest, Outgoing, Part, Presence, RecvError, Role, SendTimeoutError, TryRecvError,
    TrySendError, View,
};
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

/// A time so many nanoseconds after the epoch.
fn at(nanoseconds: u64) -> Option<SystemTime> {
    Some(SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds))
}

#[test]
fn messages_go_both_ways() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    writer.send("hello").unwrap();
    assert_eq!(receive(&mut reader), b"hello");
    reader.send("hi!").unwrap();
    assert_eq!(receive(&mut writer), b"hi!");
}

#[test]
fn what_the_writer_left_waits_for_a_reader() {
    let place = Place::new();
    let mut writer = place.open(Role::Writer);
    writer.sender().send_batch(["one", "two", "three"]).unwrap();
    let at = writer.segment().clone();
    let report = writer.quit().unwrap();
    assert_eq!((report.removed, report.waiting.messages), (false, 3));

    let mut reader = place.open(Role::Reader);
    assert_eq!(*reader.segment(), at);
    for expected in ["one", "two", "three"] {
        assert_eq!(receive(&mut reader), expected.as_bytes());
    }
    assert!(matches!(reader.recv(), Err(RecvError::Quit)), "the writer quit before we came");
    assert!(reader.quit().unwrap().removed);
    assert!(!exists(&at));
}

#[test]
fn a_second_run_of_a_role_goes_on_where_the_first_left() {
    let place = Place::new();
    let mut writer = place.open(Role::Writer);
    let first = writer.send("one").unwrap();
    drop(writer);
    let mut writer = place.open(Role::Writer);
    let second = writer.send("two").unwrap();
    assert!(second > first);
    assert_eq!(writer.sender().backlog().unwrap().messages, 2);
    let mut reader = place.open(Role::Reader);
    assert_eq!(receive(&mut reader), b"one");
    assert_eq!(receive(&mut reader), b"two");
}

#[test]
fn each_side_sees_the_other_come_and_quit() {
    let place = Place::new();
    let mut reader = place.open(Role::Reader);
    assert_eq!(reader.peer().presence, Presence::Absent);
    let writer = place.open(Role::Writer);
    assert_eq!((writer.peer().presence, writer.peer().name.as_str()), (Presence::Here, "the reader"));
    assert!(reader.arm(Interest::MESSAGE).unwrap());
    reader.handle_wakeup().unwrap();
    assert_eq!((reader.peer().presence, reader.peer().name.as_str()), (Presence::Here, "the writer"));
    drop(writer);
    reader.handle_wakeup().unwrap();
    assert_eq!(reader.peer().presence, Presence::Quit);
    assert!(matches!(reader.recv(), Err(RecvError::Quit)));
}

#[test]
fn a_full_lane_refuses_waits_and_gives_up_and_takes_again() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let message = [7; 1000];
    let mut sent = 0;
    while writer.try_send(&message).is_ok() {
        sent += 1;
    }
    assert!(sent > 50, "{sent}");
    let error = writer.send_timeout(&message, Duration::from_millis(1)).unwrap_err();
    assert!(matches!(error, SendTimeoutError::Timeout), "{error}");
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| writer.send(&message).unwrap());
        for _ in 0..=sent {
            assert_eq!(receive(&mut reader), message);
        }
        sending.join().unwrap();
    });
    assert!(matches!(reader.try_recv(), Err(TryRecvError::Empty)));
}

#[test]
fn a_message_longer_than_the_lane_comes_out_whole() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let message: Vec<u8> = (0..5 * MIN_CAPACITY as usize).map(|i| (i % 251) as u8).collect();
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| writer.send(&message).unwrap());
        let got = reader.recv().unwrap();
        assert_eq!(got.envelope.part, Part::Whole);
        assert!(got.bytes == message);
        sending.join().unwrap();
    });
    let error = writer.try_send(&message).unwrap_err();
    assert!(matches!(error, TrySendError::Channel(Error::TooLong { .. })), "{error}");
}

proptest! {
    // Each case is a channel of its own: a segment, two FIFOs, two threads.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_messages_of_up_to_three_times_the_lane_come_out_the_same(
        lengths in prop::collection::vec(prop_oneof![0..100_usize, 0..3 * MIN_CAPACITY as usize], 0..25),
        batch in 1..8_usize,
        by_batch: bool,
    ) {
        let place = Place::new();
        let (mut writer, mut reader) = place.pair();
        let messages: Vec<Vec<u8>> =
            lengths.iter().map(|&length| (0..length).map(|i| (i * 31 + length) as u8).collect()).collect();
        let (mut got, mut ended) = (Vec::new(), false);
        std::thread::scope(|scope| {
            let sending = scope.spawn(|| {
                for some in messages.chunks(batch) {
                    writer.sender().send_batch(some).unwrap();
                }
                writer.quit().unwrap();
            });
            while by_batch && !ended {
                match reader.receiver().try_recv_batch(1 << 16, |message| got.push(message.bytes.to_vec())) {
                    Err(TryRecvError::Quit) => ended = true,
                    Err(TryRecvError::Empty) if reader.arm(Interest::MESSAGE).unwrap() => sleep_on(&mut reader),
                    Err(TryRecvError::Channel(error)) => panic!("{error}"),
                    _ => {}
                }
            }
            while let Ok(message) = reader.recv() {
                assert_eq!(message.envelope.part, Part::Whole);
                got.push(message.bytes.to_vec());
            }
            sending.join().unwrap();
        });
        prop_assert!(got == messages);
        prop_assert!(reader.quit().unwrap().removed);
    }
}

#[test]
fn a_hundred_thousand_messages_stream_through_both_lanes_at_once() {
    const COUNT: u32 = 100_000;
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let exchange = |endpoint: &mut Endpoint| {
        let (mut sent, mut got) = (0_u32, 0_u32);
        while sent < COUNT || got < COUNT {
            let batch: Vec<_> = (sent..COUNT.min(sent + 100)).map(|i| i.to_le_bytes()).collect();
            sent += endpoint.sender().try_send_batch(&batch).unwrap() as u32;
            let received = endpoint.receiver().try_recv_batch(1 << 16, |message| {
                assert_eq!(message.bytes, got.to_le_bytes());
                got += 1;
            });
            let done = sent == COUNT && got == COUNT;
            if matches!(received, Err(TryRecvError::Empty))
                && !done
                && endpoint.arm(Interest { room: sent < COUNT, ..Interest::MESSAGE }).unwrap()
            {
                sleep_on(endpoint);
            }
        }
    };
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| exchange(&mut writer));
        exchange(&mut reader);
        writing.join().unwrap();
    });
}

#[test]
fn an_unended_text_and_its_clock_arrive_as_sent() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let text = Outgoing { kind: Kind::Text, sent: at(42), unterminated: true, ..b"end".into() };
    let seq = writer.send(text).unwrap();
    let got = reader.recv().unwrap();
    assert_eq!((got.envelope.seq, got.envelope.sent, got.envelope.unterminated), (seq, at(42), true));
}

#[test]
fn what_is_disclaimed_waits_for_the_successor() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    writer.sender().send_batch(["one", "two"]).unwrap();
    assert_eq!(receive(&mut reader), b"one");
    assert_eq!(receive(&mut reader), b"two"); // which acknowledges the first
    reader.receiver().take_ahead();
    reader.quit().unwrap();
    let mut reader = place.open(Role::Reader);
    assert_eq!(receive(&mut reader), b"two");
}

#[test]
fn taken_says_what_the_other_side_has_acknowledged() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let seq = writer.send("one").unwrap();
    assert!(writer.sender().acknowledged().unwrap() <= seq);
    receive(&mut reader);
    assert!(writer.sender().acknowledged().unwrap() <= seq, "handed over is not acknowledged");
    reader.receiver().acknowledge().unwrap();
    assert!(writer.sender().acknowledged().unwrap() > seq);
}

#[test]
fn messages_of_any_length_go_in_place_there_and_back() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    for length in [0, 1, 7, 8, 9, 64, 1000, writer.sender().part_limit()] {
        let mut room = writer.sender().reserve(length..=length, at(9)).unwrap();
        assert_eq!(room.size(), length);
        let bytes: Vec<u8> = (0..length).map(|i| (i * 7 + length) as u8).collect();
        let (first, second) = bytes.split_at(length / 3);
        assert_eq!((room.fill(first), room.fill(second), room.fill(b"more")), (first.len(), second.len(), 0));
        let seq = room.commit(length, Kind::Text, Part::Whole, true);
        writer.sender().flush().unwrap();
        let view = reader.receiver().recv_view().unwrap();
        let Envelope { seq: got, kind, sent, part, unterminated, follows_truncated } = view.envelope;
        assert_eq!(
            (got, kind, sent, part, unterminated, follows_truncated),
            (seq, Kind::Text, at(9), Part::Whole, true, false)
        );
        let mut copy = Vec::new();
        view.copy_to(&mut copy);
        assert_eq!((view.begun(), view.skip(), view.len()), (&[][..], 0, length));
        assert!(copy == bytes, "{length} bytes");
    }
    drop(writer);
    assert!(matches!(reader.receiver().recv_view(), Err(RecvError::Quit)));
}

#[test]
fn a_room_that_is_dropped_sends_nothing() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let mut room = writer.sender().reserve(10..=100, None).unwrap();
    assert_eq!(room.fill(b"never sent"), 10);
    drop(room);
    writer.sender().flush().unwrap();
    assert!(matches!(reader.receiver().try_recv_view(), Err(TryRecvError::Empty)));
    writer.send("sent").unwrap();
    assert_eq!(receive(&mut reader), b"sent");
}

#[test]
fn a_full_lane_has_no_place_and_then_has_one_again() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let mut sent = 0;
    while let Ok(room) = writer.sender().try_reserve(1000..=usize::MAX, None) {
        let size = room.size();
        assert!((1000..=16 << 10).contains(&size));
        room.commit(size, Kind::Bytes, Part::Whole, false);
        sent += size;
    }
    writer.sender().flush().unwrap();
    assert!(sent > (MIN_CAPACITY - 2000) as usize, "{sent}");
    assert!(writer.arm(Interest::ROOM).unwrap());
    std::thread::scope(|scope| {
        let reserving = scope.spawn(|| writer.sender().reserve(8000..=8000, None).unwrap().size());
        let mut got = 0;
        while got < sent {
            got += reader.receiver().recv_view().unwrap().len();
        }
        reader.receiver().acknowledge().unwrap();
        assert_eq!(reserving.join().unwrap(), 8000);
    });
    let limit = writer.sender().part_limit();
    let error = writer.sender().try_reserve(limit + 1..=usize::MAX, None).unwrap_err();
    assert!(matches!(error, TrySendError::Channel(Error::TooLong { .. })), "{error}");
}

#[test]
fn what_was_put_together_before_comes_before_what_is_looked_at_in_place() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    writer.send(Outgoing { part: Part::First, ..b"one ".into() }).unwrap();
    assert!(matches!(reader.try_recv(), Err(TryRecvError::Empty)));
    writer.send(Outgoing { part: Part::Middle, ..b"two ".into() }).unwrap();
    let view = reader.receiver().recv_view().unwrap();
    assert_eq!((view.begun(), view.len(), view.envelope.part), (&b"one "[..], 4, Part::First));
    let mut copy = Vec::new();
    view.copy_to(&mut copy);
    assert_eq!(copy, b"one two ");
    writer.send(Outgoing { part: Part::Last, ..b"three".into() }).unwrap();
    let rest = reader.recv().unwrap();
    assert_eq!((rest.bytes, rest.envelope.part), (&b"three"[..], Part::Last));
}

#[test]
fn views_are_acknowledged_together_by_the_next_call() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    writer.sender().send_batch(["one", "two", "three"]).unwrap();
    let mut seen = 0;
    let each = |_: View<'_>| {
        seen += 1;
        if seen < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    assert_eq!(reader.receiver().try_recv_views(each).unwrap(), 2);
    assert_eq!(writer.sender().backlog().unwrap().messages, 3);
    assert_eq!(receive(&mut reader), b"three");
    assert_eq!(writer.sender().backlog().unwrap().messages, 1);
    writer.quit().unwrap();
    let each = |_: View<'_>| ControlFlow::Continue(());
    assert!(matches!(reader.receiver().try_recv_views(each), Err(TryRecvError::Quit)));
}
