//! Items through a lane on the heap: random slices, received by random calls, over many lives of both sides.

use super::super::tests::{CAPACITY, Heap, lane_in, successor};
use super::super::*;
use crate::channel::codec::encoder::{Encoder, WhenTight, record_limit};
use crate::layout::LanePlace;
use crate::ring::Producer;
use proptest::prelude::*;

/// What happens to the lane.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// So many items are sent, as far as there is room.
    Send(usize),
    /// The same by a sender that needs all of the room.
    SendWhole(usize),
    /// So many are sent as a plain message.
    SendMessage(usize),
    /// A sender dies before it shows so many; its successor goes on.
    SenderDies(usize),
    /// So many are received at most.
    Receive(usize),
    /// A message is received, copied or in place.
    ReceiveMessage {
        in_place: bool,
    },
    Acknowledge,
    /// A receiver dies, and its successor goes on.
    ReceiverDies,
    /// Somebody else sends from now on.
    Rename(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..60_usize).prop_map(Act::Send),
        1 => (0..60_usize).prop_map(Act::SendWhole),
        1 => (1..5_usize).prop_map(Act::SendMessage),
        1 => (0..60_usize).prop_map(Act::SenderDies),
        6 => (1..60_usize).prop_map(Act::Receive),
        1 => any::<bool>().prop_map(|in_place| Act::ReceiveMessage { in_place }),
        1 => Just(Act::Acknowledge),
        2 => Just(Act::ReceiverDies),
        1 => (0..3_u8).prop_map(Act::Rename),
    ]
}

struct Stage {
    size: usize,
    memory: Heap,
    encoder: Encoder<Heap>,
    decoder: Decoder<Heap>,
    /// The bytes of all items that were ever shown.
    sent: Vec<u8>,
    /// How many of them were handed over, and how many acknowledged.
    handed: usize,
    acknowledged: usize,
}

impl Stage {
    fn new(size: usize) -> Self {
        let (encoder, decoder, memory) = lane_in();
        Stage { size, memory, encoder, decoder, sent: Vec::new(), handed: 0, acknowledged: 0 }
    }

    /// Items that no other one equals, as far as their size allows.
    fn items(&self, count: usize) -> Vec<u8> {
        let first = self.sent.len();
        (first..first + count * self.size).map(|byte| (byte ^ byte >> 8) as u8).collect()
    }

    fn send(&mut self, count: usize, when_tight: WhenTight) {
        let items = self.items(count);
        let mut put = 0;
        while put < items.len() {
            match self.encoder.put_items(self.size, &items[put..], when_tight).unwrap() {
                0 => break,
                bytes => put += bytes,
            }
        }
        assert_eq!(put % self.size, 0, "whole items");
        self.encoder.publish();
        self.sent.extend_from_slice(&items[..put]);
    }

    fn send_message(&mut self, count: usize) {
        let bytes = self.items(count);
        if bytes.len() <= record_limit(CAPACITY) && self.encoder.put(&(&bytes).into()).unwrap().is_some() {
            self.encoder.publish();
            self.sent.extend_from_slice(&bytes);
        }
    }

    fn acknowledge(&mut self) {
        self.decoder.acknowledge();
        self.acknowledged = self.handed;
    }

    /// Each receiving call first acknowledges what the earlier ones handed over.
    fn receive(&mut self, count: usize) -> usize {
        self.acknowledge();
        let mut out = vec![0xee; count * self.size];
        let mut filled = 0;
        while filled < out.len()
            && let Some(bytes) = self.decoder.next_items(self.size).unwrap()
        {
            assert!(bytes > 0 && bytes.is_multiple_of(self.size));
            let taken = self.decoder.take_items(self.size, &mut out[filled..]);
            assert_eq!(taken, bytes.min(out.len() - filled));
            filled += taken;
        }
        self.check(&out[..filled]);
        assert!(out[filled..].iter().all(|&byte| byte == 0xee), "no more than it says");
        filled
    }

    fn receive_message(&mut self, in_place: bool) {
        self.acknowledge();
        let mut bytes = Vec::new();
        if in_place {
            if let Some(found) = self.decoder.next_in_place().unwrap() {
                self.decoder.view(&found).copy_to(&mut bytes);
            }
        } else if self.decoder.next_message().unwrap().is_some() {
            bytes.extend_from_slice(self.decoder.bytes());
        }
        self.check(&bytes);
    }

    /// What was handed over is what comes next.
    fn check(&mut self, bytes: &[u8]) {
        assert_eq!(bytes.len() % self.size, 0, "a part of an item");
        assert_eq!(bytes, &self.sent[self.handed..self.handed + bytes.len()], "at {}", self.handed);
        self.handed += bytes.len();
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Send(count) => self.send(count, WhenTight::Fewer),
            Act::SendWhole(count) => self.send(count, WhenTight::Wait),
            Act::SendMessage(count) => self.send_message(count),
            Act::SenderDies(count) => {
                let items = self.items(count);
                self.encoder.put_items(self.size, &items, WhenTight::Fewer).unwrap();
                let place = LanePlace::alone(CAPACITY);
                self.encoder = Encoder::new(Producer::attach(self.memory.clone(), place).unwrap());
            }
            Act::Receive(count) => drop(self.receive(count)),
            Act::ReceiveMessage { in_place } => self.receive_message(in_place),
            Act::Acknowledge => self.acknowledge(),
            Act::ReceiverDies => {
                self.decoder = successor(&self.decoder, &self.memory);
                self.handed = self.acknowledged;
            }
            Act::Rename(name) => self.encoder.set_name(["", "Ada", "Bob"][usize::from(name)]),
        }
    }
}

proptest! {
    /// Whole items, each at least once, in order, and again exactly from the first that was not acknowledged.
    #[test]
    fn items_come_whole_and_in_order_over_all_lives(
        size in prop::sample::select(vec![1, 3, 4, 8, 12, 24, 100, 248]),
        acts in prop::collection::vec(act(), 1..120),
    ) {
        let mut stage = Stage::new(size);
        for act in acts {
            stage.act(act);
        }
        while stage.receive(7) > 0 {}
        prop_assert_eq!(stage.handed, stage.sent.len());
        stage.acknowledge();
        prop_assert!(stage.decoder.is_empty().unwrap());
        prop_assert!(stage.encoder.is_empty().unwrap());
    }

    /// Whatever stands in the mark, a successor begins with a whole item of the record at the head, or behind it.
    #[test]
    fn whatever_the_mark_says_whole_items_follow(
        size in prop::sample::select(vec![1, 3, 4, 8, 12, 24, 100]),
        packed in any::<bool>(),
        mark in prop_oneof![0..400_u64, any::<u64>(), (0..400_u64).prop_map(|mark| mark | 1 << 63)],
    ) {
        let mut stage = Stage::new(size);
        if packed {
            stage.send_message(1);
            let again = stage.sent.clone();
            for _ in 0..3 {
                stage.encoder.put(&(&again).into()).unwrap();
                stage.sent.extend_from_slice(&again);
            }
            stage.encoder.publish();
        } else {
            stage.send(10, WhenTight::Fewer);
        }
        stage.memory[LanePlace::alone(CAPACITY).mark].store(mark, crate::sync::Ordering::Relaxed);
        stage.decoder = successor(&stage.decoder, &stage.memory);
        let mut out = vec![0; stage.sent.len()];
        let mut filled = 0;
        while let Some(bytes) = stage.decoder.next_items(size).unwrap() {
            prop_assert_eq!(bytes % size, 0);
            filled += stage.decoder.take_items(size, &mut out[filled..]);
        }
        prop_assert_eq!(filled % size, 0);
        prop_assert_eq!(&out[..filled], &stage.sent[stage.sent.len() - filled..]);
    }
}

/// A record of whole items goes up to the end of the lane, where one fits, and padding fills it where none does.
#[test]
fn no_item_is_cut_at_the_end_of_the_lane() {
    for size in 1..=record_limit(CAPACITY) {
        let mut stage = Stage::new(size);
        while stage.encoder.lane().position() < 3 * CAPACITY {
            stage.send(2, WhenTight::Fewer);
            stage.receive(2);
        }
        assert_eq!(stage.handed, stage.sent.len());
    }
}

/// Who waits for room is told the room that the items take, and gets it.
#[test]
fn who_waits_for_half_the_lane_has_room_for_a_record() {
    for size in [1, 3, 8, 100, 200, 248] {
        for offset in (0..CAPACITY).step_by(8) {
            let mut stage = Stage::new(size);
            for _ in 0..offset / 8 {
                stage.encoder.put(&[0_u8; 0].as_slice().into()).unwrap();
                stage.encoder.publish();
                stage.decoder.next_message().unwrap();
                stage.decoder.acknowledge();
            }
            let items = stage.items(1000);
            while stage.encoder.put_items(size, &items, WhenTight::Wait).unwrap() > 0 {}
            stage.encoder.publish();
            assert!(!stage.encoder.has_room().unwrap());
            let mut out = [0; 8 * 248];
            stage.decoder.has_next().unwrap();
            while stage.decoder.consumer.free_for_producer() < CAPACITY / 2 {
                stage.decoder.next_items(size).unwrap();
                stage.decoder.take_items(size, &mut out);
                stage.decoder.acknowledge();
            }
            assert!(stage.encoder.has_room().unwrap(), "{size} at {offset}");
            assert!(stage.encoder.put_items(size, &items, WhenTight::Wait).unwrap() > 0, "{size} at {offset}");
        }
    }
}
