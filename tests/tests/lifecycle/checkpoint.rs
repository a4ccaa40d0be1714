//! A sender's checkpoint over many lives: whoever passes messages on from elsewhere sends none twice and leaves none out.

use shmchat::MemoryKind;
use shmchat::admin::{AdminError, orphans};
use shmchat::internals::fault::{Mutant, Point, die_at, leave_out};
use shmchat::{Channel, Endpoint, Role, TryRecvError, TrySendError};
use shmchat_tests::memory;
use shmchat_tests::numbered::{channel, content, number_of};
use shmchat_tests::{Place, by_itself, quietly};
use std::panic::{AssertUnwindSafe, catch_unwind};

const ROLES: [Role; 2] = [Role::Writer, Role::Reader];

/// How many messages are passed on: two rounds of the lane.
const MESSAGES: u64 = 24;

/// The bytes of each: some ten fill the lane.
const LENGTH: usize = 5_000;

/// Enqueues up to `most` messages behind those of the last checkpoint, as far as there is room, and stores how far it came.
fn pass_on(sender: &mut Endpoint, most: u64) {
    let role = sender.role();
    let [mut next, ..] = sender.sender().checkpoint().unwrap_or_default();
    for _ in 0..most.min(MESSAGES - next) {
        match sender.sender().try_enqueue(&content(role, next as usize, LENGTH).as_slice().into()) {
            Ok(_) => next += 1,
            Err(TrySendError::Full) => break,
            Err(error) => panic!("send: {error}"),
        }
    }
    sender.sender().flush_at(&[next; 6]).expect("flush");
}

fn receive(receiver: &mut Endpoint, into: &mut Vec<usize>) {
    loop {
        match receiver.try_recv() {
            Ok(message) => into.push(number_of(message.bytes).expect("a message of ours").1),
            Err(TryRecvError::Empty | TryRecvError::Quit) => break,
            Err(error) => panic!("receive: {error}"),
        }
    }
    receiver.receiver().acknowledge().expect("acknowledge");
}

/// Lives of a sender pass on a few messages each, and die; the other side receives now and then.
fn pass_on_all(role: Role, most: u64, point: Point, pass: u32) {
    let place = Place::new();
    let channel = channel(place.dir());
    let mut receiver = channel.attach(role.other()).expect("attach");
    let mut got = Vec::new();
    // Each life passes on one message at least, or there is no end.
    for life in 0..2 * MESSAGES {
        let mut sender = channel.attach(role).expect("attach");
        // One that does not come to that point lives on to the next call.
        (0..3).any(|_| die_at(point, pass, || pass_on(&mut sender, most)).is_err());
        sender.die();
        if life % 3 == 0 {
            receive(&mut receiver, &mut got);
        }
        // Lives that all die at the same place would get nowhere.
        let mut sender = channel.attach(role).expect("attach");
        pass_on(&mut sender, 1);
        let is_over = sender.sender().checkpoint() == Some([MESSAGES; 6]);
        sender.die();
        if is_over {
            break;
        }
    }
    receive(&mut receiver, &mut got);
    assert_eq!(got, (0..MESSAGES as usize).collect::<Vec<_>>(), "{role}, {most} at once, {point:?}:{pass}");
    receiver.quit().expect("quit");
    let mut sender = channel.attach(role).expect("attach");
    sender.sender().release_checkpoint();
    assert!(sender.quit().expect("quit").removed, "all was read, and the checkpoint is released");
}

/// All of it, with a death at each point.
fn try_all() {
    for role in ROLES {
        for most in [1, 2, 7] {
            for point in [Point::PayloadStored, Point::CheckpointBegun, Point::CheckpointStored, Point::TailStored] {
                for pass in [1, 2] {
                    pass_on_all(role, most, point, pass);
                }
            }
        }
    }
}

#[test]
fn what_is_passed_on_comes_once_and_in_order_wherever_senders_die() {
    by_itself(try_all);
}

/// A sender dies before its messages count, and another one, which knows nothing of checkpoints, comes to the same place.
fn a_stranger_sends_in_between() {
    let place = Place::new();
    let channel = channel(place.dir());
    let mut sender = channel.attach(Role::Writer).expect("attach");
    pass_on(&mut sender, 2);
    assert!(die_at(Point::CheckpointStored, 1, || pass_on(&mut sender, 2)).is_err());
    sender.die();
    let mut stranger = channel.attach(Role::Writer).expect("attach");
    stranger.send(&[b'x'; 3 * LENGTH]).expect("send");
    stranger.quit().expect("quit");
    let mut sender = channel.attach(Role::Writer).expect("attach");
    assert_eq!(sender.sender().checkpoint(), Some([2; 6]), "the second one never counted");
    drop(sender);
    channel.clean(true).expect("clean");
}

#[test]
fn a_checkpoint_that_did_not_count_never_does() {
    by_itself(a_stranger_sends_in_between);
}

#[test]
fn each_line_that_a_checkpoint_rests_on_is_needed() {
    by_itself(|| {
        let cases: [(Mutant, fn()); 4] = [
            (Mutant::CheckpointAfterTail, try_all),
            (Mutant::OneCheckpointSlot, try_all),
            (Mutant::StaleCheckpoint, a_stranger_sends_in_between),
            (Mutant::IgnoreCheckpoint, a_checkpoint_is_kept),
        ];
        for (mutant, check) in cases {
            leave_out(mutant);
            let found = quietly(|| catch_unwind(AssertUnwindSafe(check)));
            assert!(found.is_err(), "{} goes unnoticed", mutant.name());
        }
    });
}

/// A channel in which only a checkpoint of this role is left.
fn with_a_checkpoint(place: &Place, role: Role) -> Channel {
    let channel = channel(place.dir());
    let mut sender = channel.attach(role).expect("attach");
    sender.sender().flush_at(&[7; 6]).expect("flush");
    assert!(!sender.quit().expect("quit").removed);
    channel
}

#[test]
fn a_checkpoint_keeps_the_segment_until_it_is_released() {
    a_checkpoint_is_kept();
}

fn a_checkpoint_is_kept() {
    for role in ROLES {
        let place = Place::new();
        let channel = with_a_checkpoint(&place, role);
        for other in ROLES {
            assert!(!channel.attach(other).expect("attach").quit().expect("quit").removed);
        }
        for refused in [channel.clean(false), channel.forget(false)] {
            assert!(
                matches!(refused, Err(AdminError::CheckpointKept { role: kept, .. }) if kept == role),
                "{refused:?}"
            );
        }
        let status = channel.status().expect("a look").expect("a channel");
        assert_eq!(status.checkpoints, ROLES.map(|other| other == role));
        let mut sender = channel.attach(role).expect("attach");
        let generation = sender.generation();
        assert_eq!(sender.sender().checkpoint(), Some([7; 6]));
        sender.sender().release_checkpoint();
        assert!(sender.quit().expect("quit").removed);
        place.assert_nothing_left();
        let mut sender = channel.attach(role).expect("attach");
        assert_eq!(sender.sender().checkpoint(), None);
        assert_ne!(sender.generation(), generation);
    }
}

#[test]
fn a_forced_clean_up_says_whose_checkpoint_is_gone() {
    for role in ROLES {
        let place = Place::new();
        let channel = with_a_checkpoint(&place, role);
        let cleaned = channel.clean(true).expect("clean").expect("something was there");
        assert_eq!((cleaned.checkpoint, cleaned.waiting.is_empty()), (Some(role), true));
        place.assert_nothing_left();
    }
}

#[test]
fn an_orphan_with_a_checkpoint_is_not_removed_without_force() {
    let place = Place::new();
    let _ = with_a_checkpoint(&place, Role::Reader);
    std::fs::remove_dir_all(place.folder()).expect("remove the folder");
    let found = orphans(Some(place.dir()), &[]).expect("a look");
    if memory() == MemoryKind::File {
        // It went with its folder.
        return assert!(found.is_empty());
    }
    let [orphan] = &found[..] else { panic!("one: {found:?}") };
    assert_eq!((orphan.checkpoint, orphan.is_empty()), (Some(Role::Reader), false));
    let refused = orphan.clean(false).expect_err("it is kept there").to_string();
    let way_out = format!("a bridge's place is kept in it; remove it with: {}", orphan.segment.place.removal());
    assert!(refused.contains(&way_out), "{refused}");
    assert!(orphan.clean(true).expect("clean"));
}
