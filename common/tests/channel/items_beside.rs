//! Items beside messages: each received as the other, and what is left for whom.

use crate::items::{Tick, all_now, ticks};
use crate::place::{Place, receive};
use shmchat::error::Misfit;
use shmchat::{Error, Kind, Message, Outgoing, Part, RecvError, Role, TryRecvError};
use zerocopy::{FromZeros, IntoBytes};

fn misfit(result: Result<usize, TryRecvError>) -> Misfit {
    match result {
        Err(TryRecvError::Channel(Error::NoItems { misfit, .. })) => misfit,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_receiver_of_messages_gets_the_bytes_of_each_record() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let sent = ticks(4000);
    writer.typed().unwrap().send_slice(&sent).unwrap();
    let mut bytes = Vec::new();
    let mut lengths = Vec::new();
    while let Ok(message) = reader.try_recv() {
        assert_eq!((message.envelope.kind, message.envelope.part), (Kind::Bytes, Part::Whole));
        bytes.extend_from_slice(message.bytes);
        lengths.push(message.bytes.len());
    }
    assert_eq!(bytes, sent.as_bytes());
    assert!(lengths.iter().all(|length| length % 12 == 0) && lengths.len() == 3, "{lengths:?}");
}

#[test]
fn messages_of_whole_items_are_received_as_items() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let sent = ticks(9);
    // One by one, in a pack, in which each is padded; and several as one, in place.
    writer.sender().send_batch(sent[..4].iter().map(|tick| tick.as_bytes())).unwrap();
    writer.send(sent[4..7].as_bytes()).unwrap();
    let mut slot = writer.sender().reserve(24..=24, Some(std::time::SystemTime::now())).unwrap();
    slot.fill(sent[7..].as_bytes());
    slot.commit(24, Kind::Bytes, Part::Whole, false);
    writer.sender().flush().unwrap();
    assert_eq!(all_now(&mut reader, 3), sent);
}

#[test]
fn what_is_left_of_a_record_is_the_rest_of_a_message_to_other_calls() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let sent = ticks(10);
    let mut three = [Tick::new_zeroed(); 3];
    for way in 0..4 {
        writer.typed().unwrap().send_slice(&sent).unwrap();
        writer.send("next").unwrap();
        reader.typed().unwrap().recv_slice(&mut three).unwrap();
        let (rest, part) = match way {
            0 => {
                let message = reader.recv().unwrap();
                (message.bytes.to_vec(), message.envelope.part)
            }
            1 => {
                let view = reader.receiver().recv_view().unwrap();
                let mut bytes = Vec::new();
                view.copy_to(&mut bytes);
                (bytes, view.envelope.part)
            }
            2 => {
                let mut rest = (Vec::new(), Part::Whole);
                let each = |message: Message<'_>| rest = (message.bytes.to_vec(), message.envelope.part);
                reader.receiver().try_recv_batch(1, each).unwrap();
                rest
            }
            _ => {
                let mut rest = (Vec::new(), Part::Whole);
                let each = |message: Message<'_>| rest = (message.bytes.to_vec(), message.envelope.part);
                reader.receiver().try_recv_blocks(1, each).unwrap();
                rest
            }
        };
        assert_eq!((&rest[..], part), (sent[3..].as_bytes(), Part::Last), "{way}");
        assert_eq!(receive(&mut reader), b"next", "{way}");
    }
}

#[test]
fn items_go_on_where_other_calls_have_stopped_in_a_pack() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let sent = ticks(6);
    for in_place in [false, true] {
        writer.sender().send_batch(sent.iter().map(|tick| tick.as_bytes())).unwrap();
        for tick in &sent[..2] {
            if in_place {
                assert_eq!(reader.receiver().recv_view().unwrap().len(), 12);
            } else {
                assert_eq!(receive(&mut reader), tick.as_bytes());
            }
        }
        let mut two = [Tick::new_zeroed(); 2];
        reader.typed().unwrap().recv_slice(&mut two).unwrap();
        assert_eq!(two, sent[2..4]);
        assert_eq!(receive(&mut reader), sent[4].as_bytes());
        assert_eq!(all_now(&mut reader, 9), sent[5..]);
    }
}

#[test]
fn an_item_of_which_a_part_was_acknowledged_comes_again_whole() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let sent = ticks(5);
    writer.typed().unwrap().send_slice(&sent).unwrap();
    let reached = reader.receiver().recv_view().unwrap().reached(2 * 12 + 7);
    reader.receiver().acknowledge_until(reached).unwrap();
    reader.quit().unwrap();
    let mut successor = place.open(Role::Reader);
    assert_eq!(all_now(&mut successor, 2), sent[2..]);
}

#[test]
fn a_record_whose_bytes_are_all_acknowledged_has_no_items_left() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    writer.typed().unwrap().send_slice(&ticks(5)).unwrap();
    writer.typed().unwrap().send_slice(&ticks(1)).unwrap();
    let reached = reader.receiver().recv_view().unwrap().reached(5 * 12);
    reader.receiver().acknowledge_until(reached).unwrap();
    reader.quit().unwrap();
    let mut successor = place.open(Role::Reader);
    assert_eq!(all_now(&mut successor, 2), ticks(1));
    successor.receiver().acknowledge().unwrap();
    assert!(writer.sender().is_delivered().unwrap());
}

#[test]
fn what_is_no_items_is_named_and_stays() {
    let place = Place::new();
    let (mut writer, mut reader) = place.pair();
    let text = Outgoing { kind: Kind::Text, ..Outgoing::from("twelve bytes") };
    let part = Outgoing { part: Part::First, ..Outgoing::from("twelve bytes") };
    let lines = Outgoing { kind: Kind::Lines, ..Outgoing::from("lines\nof 12\n") };
    let cases = [
        (Outgoing::from("13 bytes long"), Misfit::Length(13)),
        (Outgoing::from(""), Misfit::Length(0)),
        (text, Misfit::Kind(Kind::Text)),
        (lines, Misfit::Kind(Kind::Lines)),
        (part, Misfit::Part),
    ];
    for (message, expected) in cases {
        writer.typed().unwrap().send_slice(&ticks(2)).unwrap();
        writer.send(message).unwrap();
        // What comes before it comes first.
        let mut all = ticks(9);
        assert_eq!(reader.typed().unwrap().recv_slice(&mut all).unwrap(), 2);
        for _ in 0..2 {
            assert_eq!(misfit(reader.typed().unwrap().try_recv_slice(&mut all)), expected);
            let error = reader.typed::<Tick>().unwrap().recv_into(&mut Vec::new());
            assert!(matches!(error, Err(RecvError::Channel(Error::NoItems { .. }))));
        }
        assert_eq!(writer.sender().backlog().unwrap().bytes, message.bytes.len() as u64, "it stays");
        let got = reader.receiver().recv_view().unwrap();
        assert_eq!((got.len(), got.envelope.kind), (message.bytes.len(), message.kind));
        if message.part == Part::First {
            let end = Outgoing { part: Part::Last, ..Outgoing::from("12 more byte") };
            writer.send(end).unwrap();
            assert_eq!(misfit(reader.typed().unwrap().try_recv_slice(&mut all)), Misfit::Part);
            assert_eq!(receive(&mut reader), b"12 more byte");
        }
    }
    // Of a block of lines, some of which were received singly.
    writer.send(lines).unwrap();
    assert_eq!(receive(&mut reader), b"lines");
    assert_eq!(misfit(reader.typed().unwrap().try_recv_slice(&mut ticks(1))), Misfit::Kind(Kind::Lines));
    assert_eq!(receive(&mut reader), b"of 12");
    // Of a pack, some of which were received singly.
    writer.sender().send_batch(["0123456", "7890123"]).unwrap();
    assert_eq!(receive(&mut reader), b"0123456");
    assert_eq!(misfit(reader.typed().unwrap().try_recv_slice(&mut ticks(1))), Misfit::Length(7));
    assert_eq!(receive(&mut reader), b"7890123");
}
