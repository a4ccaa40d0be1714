//! Only the rest of a message waits: of one in parts the first was taken, and then both sides died. No message begins in
//! that lane, and yet it is not empty.

use super::scene::Scene;
use super::victim::{Death, Said, Victim};
use shmchat::admin::AdminError;
use shmchat::internals::fault::Mutant;
use shmchat::{Endpoint, Outgoing, Part, Role, TryRecvError};
use shmchat_tests::numbered::channel;

const REST: &[u8] = b" and the rest";

/// Leaves the rest of a message of this role's.
fn leave(scene: &Scene, from: Role) {
    let mut sender = scene.attach(from);
    let part = |part, bytes| Outgoing { part, ..Outgoing::from(bytes) };
    sender.try_send(part(Part::First, b"the beginning".as_slice())).expect("room");
    let mut receiver = scene.attach(from.other());
    assert_eq!(take(&mut receiver).expect("the first part"), b"the beginning");
    receiver.receiver().acknowledge().expect("acknowledge");
    sender.try_send(part(Part::Middle, REST)).expect("room");
    sender.die();
    receiver.die();
}

/// The next part that is there, if there is one.
fn take(receiver: &mut Endpoint) -> Option<Vec<u8>> {
    receiver.receiver().set_message_limit(0);
    match receiver.try_recv() {
        Ok(message) => Some(message.bytes.to_vec()),
        Err(TryRecvError::Empty | TryRecvError::Quit) => None,
        Err(error) => panic!("receive: {error}"),
    }
}

/// A victim that starts and quits where only the rest of a message waits, which a clean-up refuses to remove and the next
/// receiver is handed; whether the victim died.
pub(crate) fn is_left(from: Role, victim: Role, death: Death, sabotage: Option<Mutant>) -> bool {
    let scene = Scene::new();
    leave(&scene, from);
    let mut victim = Victim::start(Some(victim), scene.place.dir(), death, sabotage);
    victim.order("quit");
    while victim.listen() {}
    let mut ended_well = false;
    while let Some(said) = victim.said() {
        ended_well |= matches!(said, Said::Done(done) if done.starts_with("quit"));
    }
    if ended_well {
        victim.assert_ended_well();
    } else {
        victim.assert_crashed();
    }
    let cleaned = channel(scene.place.dir()).clean(false);
    assert!(matches!(cleaned, Err(AdminError::MessagesWait { .. })), "the rest waits, and a clean-up: {cleaned:?}");
    let mut next = scene.attach(from.other());
    assert_eq!(take(&mut next).as_deref(), Some(REST));
    let report = next.quit().expect("quit");
    assert!(report.removed, "all was read");
    scene.place.assert_nothing_left();
    !ended_well
}
