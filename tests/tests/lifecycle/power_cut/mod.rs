//! The power fails. What is on the disk then is any mixture of old and new pages; a start in another boot must find an intact
//! prefix of what was sent, and in a synced lane all of it.
//!
//! No test can cut the power, so the pages are a model: `pages` keeps what each page was at many instants since the last
//! `fdatasync`, also in the middle of a call, and makes images of it at random. The lane, its two ends and the recovery are
//! the library's. Senders and receivers come, die at named points, and go on after a power cut with what it has left, so
//! that what an earlier one spoiled cannot come back.
//!
//! | file | what it is |
//! | --- | --- |
//! | `dice` | random numbers |
//! | `pages` | what a disk may hold after a power cut |
//! | `book` | what was sent, and what may be found of it |
//! | `world` | a lane on a disk, and those who use it |
//! | `write` | messages of every kind |
//! | `channel` | the same with real channels in real files |

mod book;
mod channel;
mod dice;
mod pages;
mod world;
mod write;

use pages::Ram;
use shmchat::internals::channel::Encoder;
use shmchat::internals::fault::{Mutant, leave_out};
use shmchat::internals::layout::{Durability, Lane, LanePlace};
use shmchat::internals::ring::record::{Flags, Kind, RecordHeader};
use shmchat::internals::ring::{Producer, recover};
use shmchat::internals::sync::Ordering::Relaxed;
use shmchat_tests::by_itself;
use std::thread;
use world::{World, Wrong};

/// How many images there are of each kind of lane.
const IMAGES: usize = 10_000;

/// How many lanes they are of.
const WORLDS: u64 = 20;

/// Power cuts in some worlds, with this line left out; in a thread of its own, since that is for all of its life.
fn cut(durability: Durability, images: usize, mutant: Option<Mutant>) -> Result<usize, Wrong> {
    let cut = move || {
        mutant.into_iter().for_each(leave_out);
        let mut found = 0;
        for seed in 0..WORLDS {
            let mut world = World::new(seed, durability);
            let each = images / WORLDS as usize;
            world.run(each).map_err(|wrong| format!("world {seed}, after {} images: {wrong}", world.images))?;
            found += world.found;
        }
        Ok(found)
    };
    thread::spawn(cut).join().expect("no panic")
}

#[test]
fn after_a_power_cut_an_intact_prefix_of_what_was_sent_is_there() {
    let found = cut(Durability::Sealed, IMAGES, None).expect("an intact prefix");
    assert!(found > IMAGES, "{found} messages in {IMAGES} images are too few to say anything");
}

#[test]
fn after_a_power_cut_a_synced_lane_has_all_that_was_accepted() {
    let found = cut(Durability::Synced, IMAGES, None).expect("all that was accepted");
    assert!(found > IMAGES, "{found} messages in {IMAGES} images are too few to say anything");
}

/// Fewer, because each image is a file and two starts.
#[test]
fn after_a_power_cut_a_channel_in_a_file_has_what_was_sent_both_ways() {
    by_itself(|| {
        for sync in [false, true] {
            let found = channel::cut(sync, 5, 100).expect("an intact prefix, and in a synced channel all");
            assert!(found > 500, "{found} messages are too few to say anything");
        }
    });
}

/// The header's own check has 16 bits, so after some rounds of the ring it is the same again. Then the seal decides.
fn an_old_record_is_taken(mutant: Option<Mutant>) -> bool {
    let look = move || {
        mutant.into_iter().for_each(leave_out);
        let place = LanePlace::in_segment(Lane::Messages, 1 << 16).with(Durability::Sealed);
        let check = |position| RecordHeader { length: 3, kind: Kind::Bytes, flags: Flags::NONE }.encode(position);
        let later = (1..).map(|round| round * place.capacity).find(|&position| check(position) == check(0));
        let later = later.expect("a position of the same check");
        let ram = Ram::of(&vec![0; place.words_needed()]);
        let mut sender = Encoder::new(Producer::attach(ram.clone(), place).expect("sound indices"));
        sender.put(&"old".into()).expect("a sound lane").expect("there is room");
        sender.publish();
        ram.0[place.head].store(later, Relaxed);
        ram.0[place.tail].store(later, Relaxed);
        recover::look(&ram, &place).expect("sound indices").tail != later
    };
    thread::spawn(look).join().expect("no panic")
}

#[test]
fn a_record_of_an_earlier_round_is_never_taken_even_if_its_header_fits() {
    assert!(!an_old_record_is_taken(None));
    assert!(an_old_record_is_taken(Some(Mutant::SealAnywhere)), "a seal without the position goes unnoticed");
}

/// A sender dies behind padding at the end of the ring. The next one fills that end, and the power cut takes just this.
fn a_stale_padding_is_followed(mutant: Option<Mutant>) -> bool {
    let look = move || {
        mutant.into_iter().for_each(leave_out);
        let place = LanePlace::in_segment(Lane::Messages, 1 << 16).with(Durability::Sealed);
        let ram = Ram::of(&vec![0; place.words_needed()]);
        let send = |lengths: &[usize]| {
            let mut sender = Producer::attach(ram.clone(), place).expect("sound indices");
            for &length in lengths {
                let put = sender.put(Kind::Bytes, Flags::NONE, None, &vec![7; length]);
                put.expect("a sound lane").expect("there is room");
            }
            sender
        };
        send(&[1000; 64]).publish();
        let end = 64 * 1016;
        ram.0[place.head].store(end, Relaxed);
        drop(send(&[600]));
        let stale = ram.words()[place.word_at(end)];
        send(&[496, 8]).publish();
        assert_eq!(ram.words()[place.tail], place.capacity + 24, "it filled the end");
        ram.0[place.word_at(end)].store(stale, Relaxed);
        recover::look(&ram, &place).expect("sound indices").tail != end
    };
    thread::spawn(look).join().expect("no panic")
}

#[test]
fn a_stale_padding_leads_to_nothing() {
    assert!(!a_stale_padding_is_followed(None));
    assert!(a_stale_padding_is_followed(Some(Mutant::AnyPadding)), "a seal without the padding goes unnoticed");
}

#[test]
fn power_cuts_find_what_each_mutant_breaks() {
    let mutants = [
        (Durability::Sealed, Mutant::AnySeal),
        (Durability::Sealed, Mutant::BelieveTail),
        (Durability::Sealed, Mutant::KeepStaleRecords),
        (Durability::Synced, Mutant::OldDurableHead),
        (Durability::Synced, Mutant::HeadBeforeDisk),
        (Durability::Synced, Mutant::TailBeforeDisk),
        (Durability::Sealed, Mutant::LeaveSealed),
        (Durability::Sealed, Mutant::BreakFromFront),
        (Durability::Sealed, Mutant::BreakInMemory),
        (Durability::Synced, Mutant::BehindPadding),
    ];
    for (durability, mutant) in mutants {
        match cut(durability, 4 * IMAGES, Some(mutant)) {
            Ok(_) => panic!("{} goes unnoticed", mutant.name()),
            Err(wrong) => println!("{}: {wrong}", mutant.name()),
        }
    }
}
