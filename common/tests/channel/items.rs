//! Items of one type, sent in slices and received in others.

use crate::place::Place;
use shmchat::{Endpoint, Interest, RecvError, Role, TryRecvError};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes};

#[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Tick {
    pub(crate) number: u32,
    pub(crate) bid: f32,
    pub(crate) ask: f32,
}

pub(crate) fn ticks(count: u32) -> Vec<Tick> {
    (0..count).map(|number| Tick { number, bid: number as f32 / 2.0, ask: number as f32 }).collect()
}

/// Every item that can be received now, in slices of `most`.
pub(crate) fn all_now(reader: &mut Endpoint, most: usize) -> Vec<Tick> {
    let (mut all, mut some) = (Vec::new(), vec![Tick::new_zeroed(); most]);
    loop {
        match reader.typed().unwrap().try_recv_slice(&mut some) {
            Ok(count) => all.extend_from_slice(&some[..count]),
            Err(TryRecvError::Empty | TryRecvError::Quit) => return all,
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn items_go_both_ways_in_slices_of_any_length() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let sent = ticks(1000);
    for most in [1, 7, 1000, 5000] {
        writer.typed().unwrap().send_slice(&sent).unwrap();
        assert_eq!(all_now(&mut reader, most), sent, "{most}");
        reader.typed().unwrap().send_slice(&sent[..2]).unwrap();
        let mut reply = Vec::new();
        assert_eq!(writer.typed::<Tick>().unwrap().recv_into(&mut reply).unwrap(), 2);
        assert_eq!(reply, sent[..2]);
    }
}

#[test]
fn a_slice_longer_than_the_lane_waits_for_room_and_comes_whole() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let sent = ticks(50_000);
    std::thread::scope(|scope| {
        let receiving = scope.spawn(|| {
            let mut got: Vec<Tick> = Vec::new();
            loop {
                match reader.typed().unwrap().recv_into(&mut got) {
                    Ok(count) => assert!(count > 0),
                    Err(RecvError::Quit) => return got,
                    Err(error) => panic!("{error}"),
                }
            }
        });
        writer.typed().unwrap().send_slice(&sent).unwrap();
        drop(writer);
        assert!(receiving.join().unwrap() == sent);
    });
}

#[test]
fn a_full_lane_takes_as_many_items_as_fit_and_then_none() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let sent = ticks(10_000);
    let mut typed = writer.typed().unwrap();
    let count = typed.try_send_slice(&sent).unwrap();
    assert!((5400..5462).contains(&count), "{count} items of 12 bytes in 64 KiB");
    assert_eq!(typed.try_send_slice(&sent[count..]).unwrap(), 0);
    assert!(writer.arm(Interest::ROOM).unwrap(), "no room");
    let mut one = [Tick::new_zeroed()];
    assert_eq!(reader.typed().unwrap().try_recv_slice(&mut one).unwrap(), 1);
    assert_eq!(one, sent[..1]);
    assert_eq!(all_now(&mut reader, 100), sent[1..count]);
    reader.receiver().acknowledge().unwrap();
    assert_eq!(writer.typed().unwrap().try_send_slice(&sent[count..]).unwrap(), sent.len() - count);
    assert_eq!(all_now(&mut reader, 100), sent[count..]);
}

#[test]
fn a_lane_that_was_filled_to_the_end_is_used_to_the_end() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    // Of this size, few go to the end of the lane.
    let items: Vec<[u8; 9_999]> = (0..40).map(|index| [index; 9_999]).collect();
    let mut got = Vec::new();
    for item in &items {
        let mut typed = writer.typed().unwrap();
        typed.send_slice(&[*item]).unwrap();
        reader.typed::<[u8; 9_999]>().unwrap().recv_into(&mut got).unwrap();
    }
    assert!(got == items);
}

#[test]
fn nothing_is_sent_by_an_empty_slice_and_nothing_is_waited_for() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    writer.typed::<Tick>().unwrap().send_slice(&[]).unwrap();
    assert_eq!(writer.typed::<Tick>().unwrap().try_send_slice(&[]).unwrap(), 0);
    assert!(writer.sender().is_delivered().unwrap());
    assert_eq!(reader.typed::<Tick>().unwrap().recv_slice(&mut []).unwrap(), 0);
    assert!(matches!(reader.typed::<Tick>().unwrap().try_recv_slice(&mut ticks(1)), Err(TryRecvError::Empty)));
}

#[test]
fn the_end_of_the_other_side_comes_after_its_last_item() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    writer.typed().unwrap().send_slice(&ticks(3)).unwrap();
    writer.quit().unwrap();
    let mut two = [Tick::new_zeroed(); 2];
    assert_eq!(reader.typed().unwrap().recv_slice(&mut two).unwrap(), 2);
    assert_eq!(reader.typed().unwrap().recv_slice(&mut two).unwrap(), 1);
    assert!(matches!(reader.typed().unwrap().recv_slice(&mut two), Err(RecvError::Quit)));
    assert!(matches!(reader.typed().unwrap().try_recv_slice(&mut two), Err(TryRecvError::Quit)));
    assert!(matches!(reader.typed::<Tick>().unwrap().recv_into(&mut Vec::new()), Err(RecvError::Quit)));
}

#[test]
fn a_slice_in_pieces_is_acknowledged_item_by_item() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let sent = ticks(10);
    writer.typed().unwrap().send_slice(&sent).unwrap();
    let mut three = [Tick::new_zeroed(); 3];
    for _ in 0..2 {
        reader.typed().unwrap().recv_slice(&mut three).unwrap();
    }
    // The second call has acknowledged what the first one gave.
    assert_eq!(writer.sender().backlog().unwrap().bytes, 7 * 12);
    reader.receiver().acknowledge().unwrap();
    assert_eq!(writer.sender().backlog().unwrap().bytes, 4 * 12);
    reader.receiver().take_ahead();
    reader.quit().unwrap();
    let mut successor = place.open(Role::Reader);
    assert_eq!(all_now(&mut successor, 3), sent[6..]);
}

#[test]
fn what_was_handed_over_and_not_acknowledged_comes_again() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let sent = ticks(10);
    writer.typed().unwrap().send_slice(&sent).unwrap();
    let mut four = [Tick::new_zeroed(); 4];
    for _ in 0..2 {
        reader.typed().unwrap().recv_slice(&mut four).unwrap();
    }
    reader.receiver().take_ahead();
    reader.quit().unwrap();
    assert_eq!(all_now(&mut place.open(Role::Reader), 3), sent[4..]);
}

#[test]
fn who_takes_ahead_does_so_for_items_too() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    writer.typed().unwrap().send_slice(&ticks(4)).unwrap();
    reader.receiver().take_ahead();
    assert_eq!(all_now(&mut reader, 1), ticks(4));
    assert_eq!(writer.sender().backlog().unwrap().bytes, 48);
    reader.receiver().acknowledge().unwrap();
    assert!(writer.sender().is_delivered().unwrap());
}
