//! The type of a lane's items, on which both sides agree.

use crate::items::{Tick, all_now, ticks};
use crate::place::Place;
use shmchat::{Error, Role, Typed, TypedSender};
use zerocopy::{FromBytes, Immutable, IntoBytes};

fn other_type(result: Result<Typed<'_, impl Sized>, Error>) -> (Role, String, String) {
    match result.map(drop) {
        Err(Error::OtherType { sender, ours, theirs, .. }) => (sender, ours.to_string(), theirs.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_error_says_what_is_there_and_what_to_do() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    writer.send("13 bytes long").unwrap();
    let error = reader.typed().unwrap().try_recv_slice(&mut ticks(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "channel lobby: the message at 24 does not consist of items of type Tick (12 bytes, aligned to 4): it has 13 \
         bytes. It stays in the lane until you receive it as a message"
    );
    let error = writer.typed::<[f64; 2]>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "channel lobby: the writer's items are [f64; 2] (16 bytes, aligned to 8) here and Tick (12 bytes, aligned to 4) \
         by agreement; use one type on both sides. Another one can be agreed on when the reader is gone and nothing \
         waits in the lane"
    );
}

#[test]
fn two_types_are_told_apart_by_name_size_or_alignment() {
    mod elsewhere {
        use super::*;
        #[derive(FromBytes, IntoBytes, Immutable)]
        #[repr(C)]
        pub(super) struct Tick(pub(super) [f32; 3]);
        #[derive(FromBytes, IntoBytes, Immutable)]
        #[repr(C)]
        pub(super) struct Tock(pub(super) [f32; 3]);
        pub(super) mod larger {
            use super::*;
            #[derive(FromBytes, IntoBytes, Immutable)]
            #[repr(C)]
            pub(in super::super) struct Tick(pub(in super::super) [f32; 4]);
        }
        pub(super) mod packed {
            use super::*;
            #[derive(FromBytes, IntoBytes, Immutable)]
            #[repr(C)]
            pub(in super::super) struct Tick(pub(in super::super) [u8; 12]);
        }
    }
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let _ = writer.typed::<Tick>().unwrap();
    let ours = "Tick (12 bytes, aligned to 4)".to_owned();
    assert!(reader.typed::<elsewhere::Tick>().is_ok(), "another program's own struct of this name");
    let other = |name: &str| (Role::Reader, name.to_owned(), ours.clone());
    assert_eq!(other_type(reader.typed::<elsewhere::Tock>()), other("Tock (12 bytes, aligned to 4)"));
    assert_eq!(other_type(reader.typed::<elsewhere::larger::Tick>()), other("Tick (16 bytes, aligned to 4)"));
    assert_eq!(other_type(reader.typed::<elsewhere::packed::Tick>()), other("Tick (12 bytes, aligned to 1)"));
}

#[test]
fn each_direction_has_its_own_type() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let mut numbers = writer.sender().typed::<u64>().unwrap();
    numbers.send_slice(&[1, 2]).unwrap();
    let _: TypedSender<'_, Tick> = reader.sender().typed().unwrap();
    assert!(matches!(reader.sender().typed::<u64>(), Err(Error::OtherType { sender: Role::Reader, .. })));
    assert!(matches!(writer.receiver().typed::<u64>(), Err(Error::OtherType { sender: Role::Reader, .. })));
    assert!(matches!(reader.receiver().typed::<u32>(), Err(Error::OtherType { sender: Role::Writer, .. })));
    let mut got = Vec::new();
    assert_eq!(reader.receiver().typed::<u64>().unwrap().recv_into(&mut got).unwrap(), 2);
    assert_eq!(got, [1, 2]);
}

#[test]
fn a_type_holds_as_long_as_the_other_side_is_there_or_anything_waits() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    writer.sender().typed().unwrap().send_slice(&ticks(1)).unwrap();
    // Items wait, whoever is gone.
    writer.quit().unwrap();
    assert!(matches!(reader.receiver().typed::<u64>(), Err(Error::OtherType { .. })));
    let mut writer = place.open(Role::Writer);
    assert!(matches!(writer.sender().typed::<u64>(), Err(Error::OtherType { .. })));
    assert_eq!(all_now(&mut reader, 9), ticks(1));
    reader.receiver().acknowledge().unwrap();
    // Nothing waits, and the other side is there.
    assert!(matches!(writer.sender().typed::<u64>(), Err(Error::OtherType { .. })));
    assert!(matches!(reader.receiver().typed::<u64>(), Err(Error::OtherType { .. })));
    reader.quit().unwrap();
    // Nothing waits, and nobody is there.
    writer.sender().typed().unwrap().send_slice(&[5_u64]).unwrap();
    assert!(matches!(writer.sender().typed::<Tick>(), Err(Error::OtherType { .. })), "what was agreed last");
    let mut reader = place.open(Role::Reader);
    assert!(matches!(reader.receiver().typed::<Tick>(), Err(Error::OtherType { .. })));
    let mut got = Vec::new();
    reader.receiver().typed::<u64>().unwrap().recv_into(&mut got).unwrap();
    assert_eq!(got, [5]);
}

#[test]
fn two_that_agree_at_once_agree_on_one() {
    let place = Place::new();
    for _ in 0..50 {
        let (mut writer, mut reader) = place.pair();
        let (writers, readers) = std::thread::scope(|scope| {
            let writers = scope.spawn(|| writer.sender().typed::<u32>().is_ok());
            let readers = scope.spawn(|| reader.receiver().typed::<f32>().is_ok());
            (writers.join().unwrap(), readers.join().unwrap())
        });
        assert_ne!(writers, readers, "one of them was first");
    }
}

#[test]
fn an_item_longer_than_a_record_is_refused() {
    let place = Place::new();
    let mut writer = place.open(Role::Writer);
    let error = writer.typed::<[u8; 20_000]>().unwrap_err();
    assert!(matches!(error, Error::ItemTooLong { limit: 16_120..16_384, .. }), "{error:?}");
    assert!(error.to_string().contains("[u8; 20000] (20000 bytes, aligned to 1) does not fit in a record"), "{error}");
    drop(writer);
    let mut writer = place.channel().capacity(1 << 20).unwrap().attach(Role::Writer).unwrap();
    writer.typed::<[u8; 20_000]>().map(drop).unwrap();
}
