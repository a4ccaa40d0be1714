//! A channel in a mapped file, and the boots that it outlives. A reboot is another boot's id in the header; what a power cut does
//! to pages is in `tests`, `lifecycle::power_cut`.

use crate::place::Place;
use shmchat::admin::Condition;
use shmchat::internals::layout::{HEADER_BYTES, WORD, word};
use shmchat::{Channel, Error, MemoryKind, RecvError, Role};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;

fn ring(place: &Place) -> File {
    let path = place.folder().join("ring");
    OpenOptions::new().read(true).write(true).open(path).expect("the ring")
}

/// Another boot than the one in which the file was last used.
fn reboot(place: &Place) {
    ring(place).write_all_at(&7_u64.to_ne_bytes(), (word::BOOT * WORD) as u64).expect("write");
}

/// Loses a byte of what lies this far into the messages.
fn spoil(place: &Place, at: u64) {
    let (ring, at) = (ring(place), HEADER_BYTES as u64 + at);
    let mut byte = [0];
    ring.read_exact_at(&mut byte, at).expect("read");
    ring.write_all_at(&[!byte[0]], at).expect("write");
}

fn in_a_file(place: &Place) -> Channel {
    place.channel().memory(MemoryKind::File)
}

#[test]
fn after_a_reboot_everything_that_waits_is_delivered() {
    let place = Place::new();
    let mut writer = in_a_file(&place).display_name("ada").attach(Role::Writer).unwrap();
    let generation = writer.generation();
    writer.send("one").unwrap();
    writer.sender().send_batch(["two", "three"]).unwrap();
    writer.quit().unwrap();
    reboot(&place);

    let mut reader = place.channel().attach(Role::Reader).unwrap();
    assert_ne!(reader.generation(), generation, "its positions may be given again");
    assert_eq!((reader.dropped(Role::Writer), reader.dropped(Role::Reader)), (0, 0));
    for text in ["one", "two", "three"] {
        let message = reader.recv().unwrap();
        assert_eq!((message.bytes, message.from), (text.as_bytes(), "ada"));
    }
    assert!(matches!(reader.recv(), Err(RecvError::Quit)), "the writer had quit");
    assert!(reader.quit().unwrap().removed);
}

#[test]
fn what_a_power_cut_took_is_dropped_and_both_sides_are_told() {
    let place = Place::new();
    let mut writer = in_a_file(&place).attach(Role::Writer).unwrap();
    let second = (writer.send("one").unwrap(), writer.send("two").unwrap(), writer.send("three").unwrap()).1;
    drop(writer);
    spoil(&place, second + 8);
    reboot(&place);

    let mut writer = place.channel().attach(Role::Writer).unwrap();
    assert_eq!((writer.dropped(Role::Writer), writer.dropped(Role::Reader)), (48, 0));
    writer.send("four").unwrap();
    let mut reader = place.channel().attach(Role::Reader).unwrap();
    assert_eq!(reader.dropped(Role::Writer), 48, "whoever comes later hears of it too");
    assert_eq!(reader.recv().unwrap().bytes, b"one");
    assert_eq!(reader.recv().unwrap().bytes, b"four");
}

#[test]
fn in_the_same_boot_nobody_looks_at_a_seal() {
    let place = Place::new();
    let mut writer = in_a_file(&place).attach(Role::Writer).unwrap();
    writer.send("one").unwrap();
    drop(writer);
    spoil(&place, 8);
    let mut reader = place.channel().attach(Role::Reader).unwrap();
    assert_eq!(reader.recv().unwrap().bytes.len(), 3, "a process that died leaves the memory as it is");
}

#[test]
fn what_waits_is_seen_and_kept_before_the_first_start_in_another_boot() {
    let place = Place::new();
    let mut writer = in_a_file(&place).attach(Role::Writer).unwrap();
    let second = (writer.send("one").unwrap(), writer.send("two").unwrap()).1;
    drop(writer);
    spoil(&place, second + 8);
    reboot(&place);
    let status = place.channel().status().unwrap().expect("its folder is there");
    assert_eq!(status.lanes.map(|lane| lane.map(|lane| lane.messages)), [Some(1), Some(0)]);
    assert!(place.channel().clean(false).is_err(), "a message waits");
    place.channel().clean(true).unwrap();
}

#[test]
fn what_waits_is_seen_without_a_key_file_too() {
    let place = Place::new();
    let mut writer = in_a_file(&place).attach(Role::Writer).unwrap();
    writer.send("one").unwrap();
    drop(writer);
    for emptied in [true, false] {
        let key = place.folder().join("key");
        if emptied {
            File::create(key).map(drop).unwrap();
        } else {
            std::fs::remove_file(key).unwrap();
        }
        let status = place.channel().status().unwrap().expect("its folder is there");
        assert!(matches!(status.condition, Condition::Whole), "{status:?}");
        assert_eq!(status.lanes.map(|lane| lane.map(|lane| lane.messages)), [Some(1), Some(0)]);
    }
    let mut reader = place.channel().attach(Role::Reader).unwrap();
    assert_eq!(reader.recv().unwrap().bytes, b"one", "as a start finds it");
}

#[test]
fn a_synced_channel_stays_synced_and_keeps_its_positions() {
    let place = Place::new();
    let mut writer = in_a_file(&place).sync(true).attach(Role::Writer).unwrap();
    let generation = writer.generation();
    writer.send("one").unwrap();
    writer.sender().send_batch(["two", "three"]).unwrap();
    let mut reader = place.channel().attach(Role::Reader).unwrap();
    assert_eq!(reader.recv().unwrap().bytes, b"one");
    reader.receiver().acknowledge().unwrap();
    drop((writer, reader));
    reboot(&place);
    assert!(place.channel().status().unwrap().is_some_and(|status| status.synced));

    let mut reader = place.channel().sync(true).attach(Role::Reader).unwrap();
    assert_eq!(reader.generation(), generation);
    assert_eq!(reader.recv().unwrap().bytes, b"two");
    assert_eq!(reader.recv().unwrap().bytes, b"three");
    reader.receiver().acknowledge().unwrap();
}

#[test]
fn a_channel_can_be_synced_from_the_next_start_on_if_nobody_is_there() {
    let place = Place::new();
    let mut writer = in_a_file(&place).attach(Role::Writer).unwrap();
    writer.send("it stays").unwrap();
    let refused = place.channel().sync(true).attach(Role::Reader);
    assert!(matches!(refused, Err(Error::NotSynced { other: Role::Writer, .. })), "{refused:?}");
    drop(writer);
    drop(place.channel().sync(true).attach(Role::Reader).unwrap());
    let writer = place.channel().attach(Role::Writer).unwrap();
    drop(place.channel().sync(true).attach(Role::Reader).expect("the writer syncs too"));
    drop(writer);
}

#[test]
fn memory_that_is_on_no_disk_cannot_be_synced() {
    for kind in [MemoryKind::SysV, MemoryKind::Posix] {
        let place = Place::new();
        let refused = place.channel().memory(kind).sync(true).attach(Role::Writer);
        assert!(matches!(refused, Err(Error::NoDisk { .. })), "{refused:?}");
        assert!(place.channel().clean(false).unwrap().is_none(), "nothing is left of it");
    }
}
