//! After a death: the survivor, the next start, the clean-up. Each ends with nothing left.

use super::expect::{has_rung, presence};
use super::scene::{Actor, Drained, Scene};
use super::victim::{Said, Victim};
use shmchat::admin::AdminError;
use shmchat::internals::fault::Point;
use shmchat::{Endpoint, Interest, Presence, Role};
use shmchat_tests::numbered::{SHORT, channel};

/// The survivor learns of the death and takes what was accepted.
fn the_peer_learns(scene: &mut Scene, actor: &Actor) {
    let Actor { victim, role, order, .. } = actor;
    let (point, role) = (victim.death.point, *role);
    let expected = presence(point, order);
    if has_rung(point, order) {
        scene.peer_learns(expected);
    } else {
        // It has never been told of this one; it finds out when it looks. If it still finds a bell open, which the kernel
        // has not closed yet, that bell will tell.
        scene.serve();
        if scene.peer_presence() == Presence::Here {
            scene.peer_learns(expected);
        }
        let found = scene.peer_presence();
        assert!(expected.contains(&found), "the peer believes {found:?}, {expected:?} is true");
    }
    // At once, while the kernel may still be taking the victim apart.
    if !scene.interest.message {
        scene.change_interest(Interest::MESSAGE);
    }
    scene.rest();
    scene.ledger(role).assert_all_handed();
}

/// The survivor learns of the death and goes on with the next in the victim's role.
pub(crate) fn the_peer_lives_on(scene: &mut Scene, actor: Actor) {
    the_peer_learns(scene, &actor);
    let Actor { victim, role, order, .. } = actor;
    // A message of which a part was there and not the end: the next one says so.
    let cut = order == "send-long" && victim.death.point == Point::TailStored && scene.ledger(role).is_sending();
    victim.assert_crashed();

    // Says something to nobody, if there is room, and then to the next.
    scene.peer_says(SHORT);
    let mut next = scene.attach(role);
    scene.peer_learns(&[Presence::Here]);
    scene.drain(&mut next);
    scene.ledger(role.other()).assert_all_handed();
    assert!(scene.say(&mut next, SHORT), "the peer has taken all, so there is room");
    scene.settle();
    scene.ledger(role).assert_all_handed();
    assert!(!cut || scene.cuts == 1, "the message after one that was cut off tells it");
    // Comes back for more, so that the peer has room again.
    scene.drain(&mut next);
    assert!(scene.peer_says(SHORT), "the next has taken all, so there is room");
    scene.drain(&mut next);
    scene.ledger(role.other()).assert_all_handed();
    assert!(!next.quit().expect("quit").removed, "the peer lives there");
    the_peer_quits(scene);
}

/// The other side has quit: the peer knows, and leaves nothing behind.
pub(crate) fn the_peer_quits(scene: &mut Scene) {
    scene.peer_learns(&[Presence::Quit]);
    let peer = scene.peer.take().expect("a peer");
    assert!(peer.quit().expect("quit").removed, "nobody is there and nothing waits");
    scene.place.assert_nothing_left();
}

/// The survivor quits as soon as it learns of the death, while the kernel may still be taking the victim apart. What
/// waits for the victim's role stays, and nothing else.
pub(crate) fn the_peer_quits_at_once(scene: &mut Scene, actor: Actor) {
    the_peer_learns(scene, &actor);
    let Actor { victim, role, order, .. } = actor;
    let death = victim.death;
    if !has_rung(death.point, order) {
        // Nothing tells a start that is dying from one that goes on.
        victim.assert_crashed();
    }
    let waits = scene.ledger(role.other()).waits();
    let peer = scene.peer.take().expect("a peer");
    let removed = peer.quit().expect("quit").removed;
    assert!(waits.is_none_or(|waits| removed != waits), "removed: {removed}, something waits: {waits:?}");
    if !removed {
        let mut next = scene.attach(role);
        let end = scene.drain(&mut next);
        assert_eq!(end, Drained::Quit);
        scene.ledger(role.other()).assert_all_handed();
        assert!(next.quit().expect("quit").removed, "nobody is there and nothing waits");
    }
    scene.place.assert_nothing_left();
}

/// Nobody saw it; its own role starts next.
pub(crate) fn the_same_role_comes_first(scene: &mut Scene, actor: Actor) {
    actor.victim.assert_crashed();
    let mut next = scene.attach(actor.role);
    assert_ne!(next.peer().presence, Presence::Here);
    scene.drain(&mut next);
    scene.ledger(actor.role.other()).assert_all_handed();
    // The lane may be full.
    scene.say(&mut next, SHORT);
    let mut other = scene.attach(actor.role.other());
    assert_eq!(other.peer().presence, Presence::Here);
    scene.drain(&mut other);
    scene.ledger(actor.role).assert_all_handed();
    finish(scene, next, other);
}

/// Nobody saw it; the other role starts next.
pub(crate) fn the_other_role_comes_first(scene: &mut Scene, actor: Actor) {
    let Actor { victim, role, order, .. } = actor;
    let expected = presence(victim.death.point, order);
    victim.assert_crashed();
    let waits = scene.ledger(role).waits();
    let mut other = scene.attach(role.other());
    let found = other.peer().presence;
    match waits {
        // What an earlier run left, and has been read, means nothing.
        Some(false) => assert_eq!(found, Presence::Absent),
        Some(true) => assert!(expected.contains(&found), "the next start believes {found:?}, {expected:?} is true"),
        None => {}
    }
    let end = if found == Presence::Quit { Drained::Quit } else { Drained::Empty };
    assert_eq!(scene.drain(&mut other), end);
    scene.ledger(role).assert_all_handed();
    let mut next = scene.attach(role);
    scene.drain(&mut next);
    scene.ledger(role.other()).assert_all_handed();
    finish(scene, next, other);
}

/// After both have died.
pub(crate) fn a_new_pair_comes(scene: &mut Scene) {
    let mut writer = scene.attach(Role::Writer);
    let mut reader = scene.attach(Role::Reader);
    scene.drain(&mut reader);
    scene.ledger(Role::Writer).assert_all_handed();
    scene.drain(&mut writer);
    scene.ledger(Role::Reader).assert_all_handed();
    finish(scene, writer, reader);
}

/// A pair that has read all goes on, and quits.
fn finish(scene: &mut Scene, mut one: Endpoint, mut other: Endpoint) {
    assert!(scene.say(&mut one, SHORT) && scene.say(&mut other, SHORT), "all has been taken, so there is room");
    assert_eq!(scene.drain(&mut other), Drained::Empty);
    scene.ledger(one.role()).assert_all_handed();
    assert_eq!(scene.drain(&mut one), Drained::Empty);
    scene.ledger(other.role()).assert_all_handed();
    assert!(!one.quit().expect("quit").removed, "the other lives there");
    assert_eq!(scene.drain(&mut other), Drained::Quit);
    assert!(other.quit().expect("quit").removed, "nobody is there and nothing waits");
    scene.place.assert_nothing_left();
}

/// Nobody comes, but a clean-up: it refuses where messages wait, unless it is forced.
pub(crate) fn it_is_cleaned_up(scene: &mut Scene, actor: Actor) {
    actor.victim.assert_crashed();
    let waiting = [Role::Writer, Role::Reader].map(|role| scene.ledger(role).waits());
    let cleaned = channel(scene.place.dir()).clean(false);
    let refused = matches!(cleaned, Err(AdminError::MessagesWait { .. }));
    assert!(refused || cleaned.is_ok(), "{cleaned:?}");
    if waiting.contains(&Some(true)) {
        assert!(refused, "messages wait");
    } else if waiting == [Some(false); 2] {
        assert!(!refused, "no messages wait");
    }
    if refused {
        channel(scene.place.dir()).clean(true).expect("clean").expect("something to be removed");
    }
    assert_eq!(channel(scene.place.dir()).clean(true).expect("clean"), None);
    assert_no_segment_or_bell(scene);
}

fn assert_no_segment_or_bell(scene: &Scene) {
    // The folder of one that died first of all has no key file yet; cleaning up has made one where there is a folder.
    if scene.place.folder().exists() {
        scene.place.assert_nothing_left();
    }
}

/// A victim that cleans up, by force, a channel that a killed pair has left; whether it died.
pub(crate) fn a_clean_up(scene: &mut Scene, mut victim: Victim, cleaned_again: bool) -> bool {
    while victim.listen() {}
    if let Some(Said::Done(done)) = victim.said() {
        assert!(done.starts_with("cleaned "), "{done}");
        victim.assert_ended_well();
        scene.place.assert_forgotten(scene.identity);
        return false;
    }
    victim.assert_crashed();
    if cleaned_again {
        channel(scene.place.dir()).forget(true).expect("forget");
        scene.place.assert_forgotten(scene.identity);
        return true;
    }
    // What was in the segment is gone with it, and else is there.
    let there = !scene.place.segments().is_empty();
    let mut writer = scene.attach(Role::Writer);
    let mut reader = scene.attach(Role::Reader);
    if there {
        scene.drain(&mut reader);
        scene.drain(&mut writer);
        scene.ledger(Role::Writer).assert_all_handed();
        scene.ledger(Role::Reader).assert_all_handed();
    } else {
        scene.forget();
        assert_eq!(scene.drain(&mut reader), Drained::Empty);
        assert_eq!(scene.drain(&mut writer), Drained::Empty);
    }
    finish(scene, writer, reader);
    true
}
