//! A sender that stores a checkpoint with what it sends: after each death, what was sent and the checkpoint agree.

use super::victim::{Death, Said, Victim};
use shmchat::internals::fault::{Mutant, Point};
use shmchat::{Channel, Role, TryRecvError};
use shmchat_tests::Place;
use shmchat_tests::numbered::{channel, number_of};

/// Where such a sender can die between two checkpoints.
pub(crate) const POINTS: [Point; 4] =
    [Point::PayloadStored, Point::CheckpointBegun, Point::CheckpointStored, Point::TailStored];

/// How many messages each checkpoint comes with: sometimes none.
const BATCHES: [usize; 6] = [2, 1, 0, 3, 0, 1];

/// Waits until an order is done, or the attach before all; whether it lived on.
fn is_done(victim: &mut Victim) -> bool {
    loop {
        match victim.said() {
            Some(Said::Done(_)) => return true,
            Some(other) => panic!("{other:?}"),
            None if !victim.listen() => return false,
            None => {}
        }
    }
}

/// The numbers of all messages that wait for the other side of `role`.
fn waiting(channel: &Channel, role: Role) -> Vec<usize> {
    let mut receiver = channel.attach(role.other()).expect("attach");
    let mut numbers = Vec::new();
    loop {
        match receiver.try_recv() {
            Ok(message) => numbers.push(number_of(message.bytes).expect("a message of ours").1),
            Err(TryRecvError::Empty | TryRecvError::Quit) => break,
            Err(error) => panic!("receive: {error}"),
        }
    }
    assert!(!receiver.quit().expect("quit").removed, "a checkpoint is kept there");
    numbers
}

/// One death; whether the victim died.
pub(crate) fn visit(role: Role, death: Death, sabotage: Option<Mutant>) -> bool {
    let place = Place::new();
    let channel = channel(place.dir());
    let mut victim = Victim::start(Some(role), place.dir(), death, sabotage);
    let mut sent = 0;
    let mut lives = is_done(&mut victim);
    for count in BATCHES {
        victim.order(&format!("checkpoint-at {sent} {count}"));
        lives = lives && is_done(&mut victim);
        sent += count;
    }
    if lives {
        victim.order("quit");
        victim.assert_ended_well();
    } else {
        victim.assert_crashed();
    }
    let mut successor = channel.attach(role).expect("attach");
    let told = successor.sender().checkpoint().map(|[told, ..]| told as usize);
    assert!(told.is_some() || !lives, "no checkpoint");
    if told.is_none() {
        // It died at its first one. Whatever was sent is looked at below.
        successor.sender().flush_at(&[0; 6]).expect("store");
    }
    assert_eq!(waiting(&channel, role), (0..told.unwrap_or_default()).collect::<Vec<_>>(), "sent, and told: {told:?}");
    successor.sender().release_checkpoint();
    assert!(successor.quit().expect("quit").removed, "nobody is there and nothing waits");
    place.assert_nothing_left();
    !lives
}
