//! Messages, one by one and in batches, long and short, there and back.

use crate::place::{Place, exists, receive, sleep_on};
use common::channel::Interest;
use common::layout::MIN_CAPACITY;
use common::{Endpoint, Error, Outgoing, Part, Presence, Received, Role};
use proptest::prelude::*;
use std::time::Duration;

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
    writer.send_batch(["one", "two", "three"]).unwrap();
    let at = writer.at().clone();
    let farewell = writer.quit().unwrap();
    assert_eq!((farewell.removed, farewell.waiting), (false, 3));

    let mut reader = place.open(Role::Reader);
    assert_eq!(*reader.at(), at);
    for expected in ["one", "two", "three"] {
        assert_eq!(receive(&mut reader), expected.as_bytes());
    }
    assert!(reader.recv().unwrap().is_none(), "the writer quit before we came");
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
    assert_eq!(writer.count_waiting().unwrap(), 2);
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
    reader.attend().unwrap();
    assert_eq!((reader.peer().presence, reader.peer().name.as_str()), (Presence::Here, "the writer"));
    drop(writer);
    reader.attend().unwrap();
    assert_eq!(reader.peer().presence, Presence::Quit);
    assert!(reader.recv().unwrap().is_none());
}

#[test]
fn a_full_lane_refuses_waits_and_gives_up_and_takes_again() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let message = [7; 1000];
    let mut sent = 0;
    while writer.try_send(&message).unwrap().is_some() {
        sent += 1;
    }
    assert!(sent > 50, "{sent}");
    let error = writer.send_timeout(&message, Duration::from_millis(1)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| writer.send(&message).unwrap());
        for _ in 0..=sent {
            assert_eq!(receive(&mut reader), message);
        }
        sending.join().unwrap();
    });
    assert_eq!(reader.try_recv().unwrap(), Received::Empty);
}

#[test]
fn a_message_longer_than_the_lane_comes_out_whole() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let message: Vec<u8> = (0..5 * MIN_CAPACITY as usize).map(|i| (i % 251) as u8).collect();
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| writer.send(&message).unwrap());
        let got = reader.recv().unwrap().unwrap();
        assert_eq!(got.envelope.part, Part::Whole);
        assert!(got.bytes == message);
        sending.join().unwrap();
    });
    let error = writer.try_send(&message).unwrap_err();
    assert!(matches!(error, Error::TooLong { .. }), "{error}");
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
                    writer.send_batch(some).unwrap();
                }
                writer.quit().unwrap();
            });
            while by_batch && !ended {
                match reader.try_recv_batch(1 << 16, |message| got.push(message.bytes.to_vec())).unwrap() {
                    Received::Ended => ended = true,
                    Received::Empty if reader.arm(Interest::MESSAGE).unwrap() => sleep_on(&mut reader),
                    _ => {}
                }
            }
            while let Some(message) = reader.recv().unwrap() {
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
            sent += endpoint.try_send_batch(&batch).unwrap() as u32;
            let received = endpoint.try_recv_batch(1 << 16, |message| {
                assert_eq!(message.bytes, got.to_le_bytes());
                got += 1;
            });
            let done = sent == COUNT && got == COUNT;
            if received.unwrap() == Received::Empty
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
    let text = Outgoing { kind: common::ring::record::Kind::Text, sent: Some(42), unended: true, ..b"end".into() };
    let seq = writer.send(text).unwrap();
    let got = reader.recv().unwrap().unwrap();
    assert_eq!((got.envelope.seq, got.envelope.sent, got.envelope.unended), (seq, Some(42), true));
}

#[test]
fn what_is_disclaimed_waits_for_the_successor() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    writer.send_batch(["one", "two"]).unwrap();
    assert_eq!(receive(&mut reader), b"one");
    assert_eq!(receive(&mut reader), b"two"); // which acknowledges the first
    reader.disclaim();
    reader.quit().unwrap();
    let mut reader = place.open(Role::Reader);
    assert_eq!(receive(&mut reader), b"two");
}

#[test]
fn taken_says_what_the_other_side_has_acknowledged() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let seq = writer.send("one").unwrap();
    assert!(writer.taken().unwrap() <= seq);
    receive(&mut reader);
    assert!(writer.taken().unwrap() <= seq, "handed over is not acknowledged");
    reader.acknowledge().unwrap();
    assert!(writer.taken().unwrap() > seq);
}
