//! A dying process's lock may be held some milliseconds longer.

use crate::{Place, Run};
use shmchat::internals::fault::Mutant;
use std::fs::File;

/// Takes a role's lock, as one has it that is dying: it does nothing any more, and the lock goes free a moment later.
fn dying(place: &Place, role: &str) -> File {
    let path = place.folder().join(format!("{role}.lock"));
    let file = File::options().read(true).write(true).open(path).expect("a lock file");
    file.lock().expect("a free lock");
    file
}

/// A start that finds its role's lock held by one that is dying waits for that, and takes the role.
pub fn a_dying_holder_is_waited_for(sabotage: Option<Mutant>) {
    type Start = fn(&Place) -> Run;
    let sides: [(&str, Start); 2] = [("writer", |place| place.writer().held_input()), ("reader", Place::reader)];
    for (role, start) in sides {
        let place = Place::with(sabotage);
        place.writer().finish().assert_well();
        place.reader().args("--timeout 0 -q").finish();
        let lock = dying(&place, role);
        let mut starter = start(&place).start();
        starter.is_patient();
        drop(lock);
        match role {
            "writer" => {
                starter.send("hello\n");
                starter.end_input();
                starter.wait().assert_well();
                assert_eq!(place.reader().finish().stdout, b"hello\n");
            }
            _ => {
                place.writer().input("hello\n").finish().assert_well();
                let reader = starter.wait();
                reader.assert_well();
                assert_eq!(reader.stdout, b"hello\n");
            }
        }
        place.assert_nothing_left();
    }
}

/// A pair of which one side's bell is gone and its lock still held: it is dying, not misbehaving.
pub fn a_dying_peer_is_waited_for(sabotage: Option<Mutant>) {
    for (dying, start) in
        [("writer", Place::reader as fn(&Place) -> Run), ("reader", |place| place.writer().held_input())]
    {
        let place = Place::with(sabotage);
        let side = start(&place).args("-v").start();
        side.wait_attached();
        let mut peer = place.hostile(&format!("linger {dying}")).held_input().start();
        side.stderr.wait_for(&format!("the {dying} \"\" is here (pid {})", peer.pid()));
        peer.send("!");
        // With its bell closed and its lock held: until it is looked at a second time.
        side.is_patient();
        peer.end_input();
        side.stderr.wait_for(&format!("the {dying} (pid {}) disconnected unexpectedly", peer.pid()));
        assert!(side.is_alive());
    }
}
