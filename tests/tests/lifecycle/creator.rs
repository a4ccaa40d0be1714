//! A memory that is just being created, and a start that comes upon it.

use shmchat::internals::fault::{Mutant, Point, leave_out, watch};
use shmchat::{Channel, Endpoint, Error, MemoryKind, Role};
use shmchat_tests::{Place, is_left_to_the_first_kind};
use std::cell::OnceCell;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::rc::Rc;
use std::thread;

fn channel(place: &Place) -> Channel {
    Channel::named("lobby".parse().expect("a name")).dir(place.dir())
}

/// A start in one folder, while one in another folder that leads to the same memory is at this point of creating it.
fn started_beside_a_creator(at: Point, sabotage: Option<Mutant>) -> bool {
    let (place, other) = (Place::new(), Place::new());
    channel(&place).attach(Role::Writer).and_then(Endpoint::quit).expect("a key file");
    fs::DirBuilder::new().mode(0o700).create(other.folder()).expect("a folder");
    fs::copy(place.folder().join("key"), other.folder().join("key")).expect("the same id");
    let beside = channel(&other).memory(MemoryKind::Posix);
    let posix = channel(&place).memory(MemoryKind::Posix);
    let run = || {
        if let Some(mutant) = sabotage {
            leave_out(mutant);
        }
        let told = Rc::new(OnceCell::new());
        let teller = Rc::clone(&told);
        watch(move |point| {
            if point == at && teller.get().is_none() {
                let _ = teller.set(beside.attach(Role::Reader).map(drop));
            }
        });
        let mut writer = posix.attach(Role::Writer).expect("it creates the memory");
        let refused = matches!(told.get().expect("it was created"), Err(Error::InUseElsewhere { .. }));
        if refused {
            writer.send("hello").expect("send");
            let mut reader = posix.attach(Role::Reader).expect("attach");
            assert_eq!(reader.recv().expect("a message").bytes, b"hello");
        }
        refused
    };
    // What a thread watches and leaves out ends with it.
    thread::scope(|scope| scope.spawn(run).join().expect("no panic"))
}

#[test]
fn a_memory_whose_creator_is_at_work_is_no_dead_creators() {
    if is_left_to_the_first_kind() {
        return;
    }
    for point in [Point::MemoryNamed, Point::SegmentCreated, Point::HeaderHalfMade] {
        assert!(started_beside_a_creator(point, None), "{point:?}");
        assert!(!started_beside_a_creator(point, Some(Mutant::CreateUnheld)), "the test can fail");
    }
}
