//! Coming, leaving and cleaning up: which segment is found, whose it is, and what is left.

use crate::place::{Place, exists, has_doorbells, receive, sleep_on};
use shmchat::Interest;
use shmchat::admin::{AdminError, Condition, Segments};
use shmchat::internals::layout::{self, MIN_CAPACITY, word};
use shmchat::internals::memory::{self, Rights, Segment, Slot};
use shmchat::internals::sync::Ordering::Relaxed;
use shmchat::{Error, Presence, Role, TryRecvError};

#[test]
fn nothing_is_left_after_both_have_quit_and_all_was_read() {
    for writer_first in [true, false] {
        let place = Place::new();
        let (mut writer, mut reader) = place.pair();
        let at = writer.segment().clone();
        writer.send("one").unwrap();
        assert_eq!(receive(&mut reader), b"one");
        let (first, second) = if writer_first { (writer, reader) } else { (reader, writer) };
        assert!(first.quit().is_ok_and(|report| !report.removed));
        assert!(second.quit().is_ok_and(|report| report.removed));
        assert!(!exists(&at) && !has_doorbells(&place.folder()), "writer first: {writer_first}");
    }
}

#[test]
fn no_doorbell_is_left_of_a_removed_segment_whatever_waited_in_it() {
    for writer_first in [true, false] {
        let place = Place::new();
        let (mut writer, mut reader) = place.pair();
        reader.receiver().take_ahead();
        writer.send("not acknowledged").unwrap();
        assert_eq!(receive(&mut reader), b"not acknowledged");
        writer.segment().place.remove().unwrap();
        let (first, second) = if writer_first { (writer, reader) } else { (reader, writer) };
        assert!(matches!(first.quit(), Err(Error::Removed { .. })));
        assert!(has_doorbells(&place.folder()), "the other side may still be rung");
        assert!(matches!(second.quit(), Err(Error::Removed { .. })));
        assert!(!has_doorbells(&place.folder()), "writer first: {writer_first}");
    }
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
    assert!(matches!(reader.try_recv(), Err(TryRecvError::Empty)));
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
    let key = writer.segment().key().unwrap();
    drop(writer);
    let foreign = Slot::SysV(key).create(layout::segment_bytes(MIN_CAPACITY), Rights::only(0o600)).unwrap();
    let mapping = memory::Segment::attach(&foreign).unwrap();
    mapping.as_ref()[0].store(0x1234, shmchat::internals::sync::Ordering::Relaxed);

    let (mut writer, mut reader) = place.pair();
    let next = shmchat::internals::key::Key(key.0 + (1 << 24));
    assert_eq!((writer.segment().key().unwrap(), reader.segment().key().unwrap()), (next, next));
    writer.send("found you").unwrap();
    assert_eq!(receive(&mut reader), b"found you");
    drop((writer, reader));
    assert_eq!(
        mapping.as_ref()[0].load(shmchat::internals::sync::Ordering::Relaxed),
        0x1234,
        "the foreign segment is untouched"
    );
    foreign.remove().unwrap();
}

#[test]
fn a_segment_whose_creator_died_is_finished_by_the_next_start() {
    let place = Place::new();
    let writer = place.open(Role::Writer);
    let key = writer.segment().key().unwrap();
    drop(writer);
    let half_made = Slot::SysV(key).create(layout::segment_bytes(MIN_CAPACITY), Rights::only(0o600)).unwrap();
    let (mut writer, mut reader) = place.pair();
    assert_eq!(writer.segment().place, half_made);
    writer.send("mended").unwrap();
    assert_eq!(receive(&mut reader), b"mended");
}

#[test]
fn a_segment_whose_creator_died_while_writing_its_identity_is_finished_too() {
    for words_written in 1..4 {
        let place = Place::new();
        let writer = place.open(Role::Writer);
        let key = writer.segment().key().unwrap();
        let whole = Segment::attach(&writer.segment().place).unwrap();
        drop(writer);
        let id = Slot::SysV(key).create(layout::segment_bytes(MIN_CAPACITY), Rights::only(0o600)).unwrap();
        let half_made = Segment::attach(&id).unwrap();
        for index in word::ID..word::ID + words_written {
            half_made.as_ref()[index].store(whole.as_ref()[index].load(Relaxed), Relaxed);
        }
        let (mut writer, mut reader) = place.pair();
        assert_eq!(writer.segment().place, id, "{words_written} words");
        writer.send("mended").unwrap();
        assert_eq!(receive(&mut reader), b"mended");
    }
}

#[test]
fn an_unfinished_segment_of_another_program_stays_untouched() {
    let place = Place::new();
    let writer = place.open(Role::Writer);
    let key = writer.segment().key().unwrap();
    drop(writer);
    let foreign = Slot::SysV(key).create(layout::segment_bytes(MIN_CAPACITY), Rights::only(0o600)).unwrap();
    let words = Segment::attach(&foreign).unwrap();
    words.as_ref()[word::ID].store(1, Relaxed);
    let writer = place.open(Role::Writer);
    assert_ne!(writer.segment().place, foreign);
    assert_eq!(words.as_ref()[word::ID].load(Relaxed), 1);
    drop(writer);
    foreign.remove().unwrap();
}

#[test]
fn a_segment_removed_under_a_pair_is_noticed_at_the_next_sleep_and_by_a_start() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    writer.segment().place.remove().unwrap();
    for side in [&mut writer, &mut reader] {
        let error = side.arm(Interest::MESSAGE).unwrap_err();
        assert!(matches!(error, Error::Removed { .. }), "{error}");
    }
    drop((writer, reader));
    // One side restarts while the other still sleeps: it is rung, and ends rather than going on in the old segment.
    let (mut writer, reader) = place.pair();
    assert!(writer.arm(Interest::MESSAGE).unwrap());
    writer.segment().place.remove().unwrap();
    drop(reader);
    let reader = place.open(Role::Reader);
    assert_ne!(reader.segment().place, writer.segment().place);
    sleep_on(&mut writer);
    assert!(matches!(writer.arm(Interest::MESSAGE), Err(Error::Removed { .. })));
    drop(writer);
    assert!(exists(reader.segment()), "the old one's end does not touch the new segment");
}

#[test]
fn a_start_wakes_who_sleeps_in_a_segment_that_nobody_finds_any_more() {
    for what in ["segment", "key"] {
        let place = Place::new();
        let mut writer = place.open(Role::Writer);
        assert!(writer.arm(Interest::MESSAGE).unwrap());
        match what {
            "segment" => writer.segment().place.remove().unwrap(),
            // Kept under another name, so that its inode and with it the key is not given out again.
            _ => std::fs::rename(place.folder().join("key"), place.folder().join("old")).unwrap(),
        }
        let reader = place.open(Role::Reader);
        assert_ne!(reader.segment().place, writer.segment().place);
        sleep_on(&mut writer);
        let error = writer.arm(Interest::MESSAGE).unwrap_err();
        let expected = matches!((what, &error), ("segment", Error::Removed { .. }) | ("key", Error::KeyGone { .. }));
        assert!(expected, "{error}");
        let old = writer.segment().place.clone();
        drop(writer);
        assert!(exists(reader.segment()), "the old one's end does not touch the new segment");
        let _ = old.remove();
    }
}

#[test]
fn a_bell_that_is_removed_replaced_or_closed_is_an_error_for_both_sides() {
    let place = Place::new();
    let (mut writer, reader) = place.pair();
    let doorbell = place.folder().join("to-writer");
    std::fs::remove_file(&doorbell).unwrap();
    let error = writer.arm(Interest::MESSAGE).unwrap_err();
    assert!(matches!(&error, Error::DoorbellGone { role: Role::Writer, path, .. } if *path == doorbell), "{error}");
    // Another one stands there: whoever comes next would ring in vain.
    nix::unistd::mkfifo(&doorbell, nix::sys::stat::Mode::from_bits_truncate(0o600)).unwrap();
    assert!(matches!(writer.arm(Interest::MESSAGE), Err(Error::DoorbellGone { .. })));
    drop(reader);
    let error = place.channel().attach(Role::Reader).unwrap_err();
    assert!(matches!(&error, Error::DoorbellGone { role: Role::Writer, .. }), "{error}");
}

#[test]
fn a_key_file_that_was_emptied_and_that_a_start_has_filled_again_is_the_starts() {
    let place = Place::new();
    let mut reader = place.open(Role::Reader);
    assert!(reader.arm(Interest::MESSAGE).unwrap());
    let key = place.folder().join("key");
    std::fs::File::create(&key).unwrap();
    let writer = place.open(Role::Writer);
    let filled = std::fs::read(&key).unwrap();
    sleep_on(&mut reader);
    let error = reader.arm(Interest::MESSAGE).unwrap_err();
    assert!(matches!(error, Error::KeyGone { .. }), "{error}");
    drop(reader);
    assert_eq!(std::fs::read(&key).unwrap(), filled);
    assert!(exists(writer.segment()));
}

#[test]
fn a_key_file_that_was_emptied_is_filled_again_by_whoever_sleeps_there() {
    let place = Place::new();
    let mut reader = place.open(Role::Reader);
    assert!(reader.arm(Interest::MESSAGE).unwrap());
    let key = place.folder().join("key");
    let id = std::fs::read(&key).unwrap();
    std::fs::File::create(&key).unwrap();
    sleep_on(&mut reader);
    assert!(reader.arm(Interest::MESSAGE).unwrap());
    assert_eq!(std::fs::read(&key).unwrap(), id);
    assert_eq!(place.open(Role::Writer).segment(), reader.segment());
}

#[test]
fn a_channel_that_came_to_life_after_the_segments_were_listed_is_whole() {
    let place = Place::new();
    drop(place.open(Role::Writer));
    let segments = Segments::list().unwrap();
    for key in [110, 7] {
        let writer = place.channel().project_id(key.try_into().unwrap()).attach(Role::Writer).unwrap();
        let status = place.channel().status_among(&segments).unwrap().unwrap();
        assert!(matches!(status.condition, Condition::Whole), "{key}: {status:?}");
        drop(writer);
    }
}

#[test]
fn clean_refuses_where_someone_lives_or_messages_wait() {
    let place = Place::new();
    let mut writer = place.open(Role::Writer);
    assert!(matches!(place.channel().clean(true), Err(AdminError::Channel(Error::RoleTaken { .. }))));
    writer.send("wait").unwrap();
    let at = writer.segment().clone();
    drop(writer);
    assert!(matches!(place.channel().clean(false), Err(AdminError::MessagesWait { .. })));
    let cleaned = place.channel().clean(true).unwrap().unwrap();
    assert_eq!(cleaned.segment, Some(at.clone()));
    assert!(!exists(&at) && !has_doorbells(&place.folder()));
    assert_eq!(place.channel().clean(false).unwrap(), None);
}
