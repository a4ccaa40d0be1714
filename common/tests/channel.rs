//! Two endpoints over a real segment, real FIFOs and real locks, in one process or two threads of it.
#![cfg(not(loom))]

use common::channel::{At, ChannelName, Interest};
use common::layout::{self, MIN_CAPACITY, word};
use common::segment::{self, Segment};
use common::sync::Ordering::Relaxed;
use common::{Channel, Endpoint, Error, Outgoing, Part, Presence, Received, Role};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use proptest::prelude::*;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

/// A channel in a folder of its own, whose segment goes with it also when the test fails.
struct Place {
    base: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Place { base: tempfile::tempdir().unwrap() }
    }

    fn channel(&self) -> Channel {
        Channel::named(ChannelName::default()).dir(self.base.path()).capacity(MIN_CAPACITY).unwrap()
    }

    fn open(&self, role: Role) -> Endpoint {
        self.channel().display_name(format!("the {role}")).attach(role).unwrap()
    }

    fn pair(&self) -> (Endpoint, Endpoint) {
        (self.open(Role::Writer), self.open(Role::Reader))
    }

    fn folder(&self) -> std::path::PathBuf {
        self.base.path().join("lobby")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.channel().clean(true);
    }
}

fn exists(at: &At) -> bool {
    segment::stat(at.shmid).is_ok()
}

fn has_bells(folder: &Path) -> bool {
    folder.join("to-reader").exists() || folder.join("to-writer").exists()
}

fn receive(endpoint: &mut Endpoint) -> Vec<u8> {
    endpoint.recv().unwrap().expect("the other side has not quit").bytes.to_vec()
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
fn nothing_is_left_after_both_have_quit_and_all_was_read() {
    for writer_first in [true, false] {
        let place = Place::new();
        let (mut writer, mut reader) = place.pair();
        let at = writer.at().clone();
        writer.send("one").unwrap();
        assert_eq!(receive(&mut reader), b"one");
        let (first, second) = if writer_first { (writer, reader) } else { (reader, writer) };
        assert!(first.quit().is_ok_and(|farewell| !farewell.removed));
        assert!(second.quit().is_ok_and(|farewell| farewell.removed));
        assert!(!exists(&at) && !has_bells(&place.folder()), "writer first: {writer_first}");
    }
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
fn a_stale_quit_means_nothing_to_a_reader_that_starts_before_its_writer() {
    let place = Place::new();
    let (writer, reader) = place.pair();
    writer.quit().unwrap();
    // Its quit stands in the header still: the reader was here, so the segment stayed.
    drop(reader);
    let mut reader = place.open(Role::Reader);
    assert_eq!(reader.peer().presence, Presence::Absent);
    assert_eq!(reader.try_recv().unwrap(), Received::Empty);
}

#[test]
fn a_role_is_taken_once() {
    let place = Place::new();
    let _writer = place.open(Role::Writer);
    let error = place.channel().attach(Role::Writer).unwrap_err();
    assert!(matches!(error, Error::RoleTaken { role: Role::Writer, holder: Some(_), .. }), "{error}");
    assert!(error.to_string().contains(&format!("pid {}", std::process::id())), "{error}");
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

/// Sleeps in the caller's own poll, as [`Endpoint::arm`] allows.
fn sleep_on(endpoint: &mut Endpoint) {
    let mut fds = [PollFd::new(endpoint.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::NONE).unwrap();
    endpoint.attend().unwrap();
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

#[test]
fn the_capacity_is_that_of_whoever_created_the_segment() {
    let place = Place::new();
    let writer = place.open(Role::Writer);
    let reader = place.channel().capacity(2 * MIN_CAPACITY).unwrap().attach(Role::Reader).unwrap();
    assert_eq!(reader.capacity(), MIN_CAPACITY);
    drop(writer);
    assert!(matches!(place.channel().capacity(3 << 16), Err(Error::Capacity(_))));
}

#[test]
fn a_foreign_segment_at_our_key_leads_both_sides_to_the_next_project_id() {
    let place = Place::new();
    // The key file's inode decides the key: make it first, as a killed start would have.
    drop(place.open(Role::Writer));
    let writer = place.open(Role::Writer);
    let key = writer.at().key;
    drop(writer);
    let foreign = segment::create(key, layout::segment_bytes(MIN_CAPACITY), 0o600).unwrap();
    let mapping = segment::Segment::attach(foreign).unwrap();
    mapping.as_ref()[0].store(0x1234, common::sync::Ordering::Relaxed);

    let (mut writer, mut reader) = place.pair();
    let next = common::key::Key(key.0 + (1 << 24));
    assert_eq!((writer.at().key, reader.at().key), (next, next));
    writer.send("found you").unwrap();
    assert_eq!(receive(&mut reader), b"found you");
    drop((writer, reader));
    assert_eq!(mapping.as_ref()[0].load(common::sync::Ordering::Relaxed), 0x1234, "the foreign segment is untouched");
    segment::remove(foreign).unwrap();
}

#[test]
fn a_segment_whose_creator_died_is_finished_by_the_next_start() {
    let place = Place::new();
    let writer = place.open(Role::Writer);
    let key = writer.at().key;
    drop(writer);
    let half_made = segment::create(key, layout::segment_bytes(MIN_CAPACITY), 0o600).unwrap();
    let (mut writer, mut reader) = place.pair();
    assert_eq!(writer.at().shmid, half_made);
    writer.send("mended").unwrap();
    assert_eq!(receive(&mut reader), b"mended");
}

#[test]
fn a_segment_whose_creator_died_while_writing_its_identity_is_finished_too() {
    for words_written in 1..4 {
        let place = Place::new();
        let writer = place.open(Role::Writer);
        let key = writer.at().key;
        let whole = Segment::attach(writer.at().shmid).unwrap();
        drop(writer);
        let id = segment::create(key, layout::segment_bytes(MIN_CAPACITY), 0o600).unwrap();
        let half_made = Segment::attach(id).unwrap();
        for index in word::ID..word::ID + words_written {
            half_made.as_ref()[index].store(whole.as_ref()[index].load(Relaxed), Relaxed);
        }
        let (mut writer, mut reader) = place.pair();
        assert_eq!(writer.at().shmid, id, "{words_written} words");
        writer.send("mended").unwrap();
        assert_eq!(receive(&mut reader), b"mended");
    }
}

#[test]
fn an_unfinished_segment_of_another_program_stays_untouched() {
    let place = Place::new();
    let writer = place.open(Role::Writer);
    let key = writer.at().key;
    drop(writer);
    let foreign = segment::create(key, layout::segment_bytes(MIN_CAPACITY), 0o600).unwrap();
    let words = Segment::attach(foreign).unwrap();
    words.as_ref()[word::ID].store(1, Relaxed);
    let writer = place.open(Role::Writer);
    assert_ne!(writer.at().shmid, foreign);
    assert_eq!(words.as_ref()[word::ID].load(Relaxed), 1);
    drop(writer);
    segment::remove(foreign).unwrap();
}

#[test]
fn a_segment_removed_under_a_pair_is_noticed_at_the_next_sleep_and_by_a_start() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    segment::remove(writer.at().shmid).unwrap();
    for side in [&mut writer, &mut reader] {
        let error = side.arm(Interest::MESSAGE).unwrap_err();
        assert!(matches!(error, Error::Removed { .. }), "{error}");
    }
    drop((writer, reader));
    // One side restarts while the other still sleeps: it is rung, and ends rather than going on in the old segment.
    let (mut writer, reader) = place.pair();
    assert!(writer.arm(Interest::MESSAGE).unwrap());
    segment::remove(writer.at().shmid).unwrap();
    drop(reader);
    let reader = place.open(Role::Reader);
    assert_ne!(reader.at().shmid, writer.at().shmid);
    sleep_on(&mut writer);
    assert!(matches!(writer.arm(Interest::MESSAGE), Err(Error::Removed { .. })));
    drop(writer);
    assert!(exists(reader.at()), "the old one's end does not touch the new segment");
}

#[test]
fn a_start_wakes_who_sleeps_in_a_segment_that_nobody_finds_any_more() {
    for what in ["segment", "key"] {
        let place = Place::new();
        let mut writer = place.open(Role::Writer);
        assert!(writer.arm(Interest::MESSAGE).unwrap());
        match what {
            "segment" => segment::remove(writer.at().shmid).unwrap(),
            // Kept under another name, so that its inode and with it the key is not given out again.
            _ => std::fs::rename(place.folder().join("key"), place.folder().join("old")).unwrap(),
        }
        let reader = place.open(Role::Reader);
        assert_ne!(reader.at().shmid, writer.at().shmid);
        sleep_on(&mut writer);
        let error = writer.arm(Interest::MESSAGE).unwrap_err();
        let expected = matches!((what, &error), ("segment", Error::Removed { .. }) | ("key", Error::KeyGone { .. }));
        assert!(expected, "{error}");
        let old = writer.at().shmid;
        drop(writer);
        assert!(exists(reader.at()), "the old one's end does not touch the new segment");
        let _ = segment::remove(old);
    }
}

#[test]
fn a_bell_that_is_removed_replaced_or_closed_is_an_error_for_both_sides() {
    let place = Place::new();
    let (mut writer, reader) = place.pair();
    let bell = place.folder().join("to-writer");
    std::fs::remove_file(&bell).unwrap();
    let error = writer.arm(Interest::MESSAGE).unwrap_err();
    assert!(matches!(&error, Error::BellGone { role: Role::Writer, path, .. } if *path == bell), "{error}");
    // Another one stands there: whoever comes next would ring in vain.
    nix::unistd::mkfifo(&bell, nix::sys::stat::Mode::from_bits_truncate(0o600)).unwrap();
    assert!(matches!(writer.arm(Interest::MESSAGE), Err(Error::BellGone { .. })));
    drop(reader);
    let error = place.channel().attach(Role::Reader).unwrap_err();
    assert!(matches!(&error, Error::BellGone { role: Role::Writer, .. }), "{error}");
}

#[test]
fn clean_refuses_where_someone_lives_or_messages_wait() {
    let place = Place::new();
    let mut writer = place.open(Role::Writer);
    assert!(matches!(place.channel().clean(true), Err(Error::RoleTaken { .. })));
    writer.send("wait").unwrap();
    let at = writer.at().clone();
    drop(writer);
    assert!(matches!(place.channel().clean(false), Err(Error::MessagesWait { .. })));
    let cleaned = place.channel().clean(true).unwrap().unwrap();
    assert_eq!(cleaned.segment, Some(at.clone()));
    assert!(!exists(&at) && !has_bells(&place.folder()));
    assert_eq!(place.channel().clean(false).unwrap(), None);
}
