//! A segment removed under a pair.

use crate::Place;
use crate::{called, memory};
use shmchat::MemoryKind;
use shmchat::internals::fault::Mutant;

/// What `ipcrm` and logind do.
fn remove_segment(place: &Place) -> String {
    let id = place.only_segment();
    id.remove().expect("removing");
    called(&id)
}

/// Both sides of a pair that slept say that the segment was removed, which, and what is lost, in one line, and end with an error.
pub fn a_removed_segment_is_noticed(sabotage: Option<Mutant>) {
    let place = Place::with(sabotage);
    let reader = place.reader().start();
    let mut writer = place.writer().held_input().start();
    writer.send("before\n");
    reader.stdout.wait_for("before\n");
    // Until then it looks now and then whether its output was taken.
    place.wait_for_waiting(0);
    reader.wait_asleep();
    writer.wait_asleep();
    let shmid = remove_segment(&place);
    writer.send("after\n");
    writer.end_input();
    let said = ["lobby", &shmid, "removed while in use", "is lost", "start again"];
    writer.wait().assert_one_line(1, &said);
    // What is in its memory it still prints: that is not lost.
    let reader = reader.wait();
    reader.assert_one_line(1, &said);
    match memory() {
        // Its folder is watched, so it may know before there is more.
        MemoryKind::File => assert!(b"before\nafter\n".starts_with(&reader.stdout)),
        MemoryKind::SysV | MemoryKind::Posix => assert_eq!(reader.stdout, b"before\nafter\n"),
    }
    place.assert_nothing_left();
}
