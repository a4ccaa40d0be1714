//! A message leaves the channel when its command has done it, and not before.

use crate::process::Process;
use crate::{LIMIT, Place};
use shmchat::internals::fault::Mutant;
use std::path::Path;
use std::time::Instant;

/// Until a file of this name is there.
fn until(dir: &Path, name: &str) -> String {
    format!("until [ -e '{}' ]; do sleep 0.01; done", dir.join(name).display())
}

/// Sends these lines, and has a pool of two begin with them. The first never ends.
fn begun(place: &Place, lines: &str) -> Process {
    place.writer().input(lines).finish().assert_well();
    let (never, ran) = (until(place.dir(), "never"), place.dir().join("ran"));
    let line = format!("read -r x; echo $x; echo $x >> '{}'; [ $x != first ] || {never}", ran.display());
    let run = place.reader().args("--jobs 2 --framing nul --shell").arg(line).start();
    let begun = || std::fs::read_to_string(&ran).is_ok_and(|text| text.contains("first"));
    let limit = Instant::now() + LIMIT;
    while !begun() {
        assert!(run.is_alive() && Instant::now() < limit, "{run:?}");
        std::thread::yield_now();
    }
    run
}

/// What the next reader is given.
fn given_again(place: &Place) -> String {
    String::from_utf8(place.reader().args("--timeout 1").finish().stdout).expect("text")
}

/// Checks that a killed pool's successor is given what was not done.
pub fn a_message_is_kept_until_it_is_done(sabotage: Option<Mutant>) {
    let place = Place::with(sabotage);
    begun(&place, "first\n").kill();
    assert_eq!(given_again(&place), "first\n", "what was running when its reader was killed");
}

/// Checks that the head waits for the oldest unfinished message.
pub fn the_head_waits_for_the_oldest(sabotage: Option<Mutant>) {
    let place = Place::with(sabotage);
    let pool = begun(&place, "first\nsecond\n");
    pool.stdout.wait_for("second");
    pool.wait_asleep();
    pool.kill();
    assert_eq!(given_again(&place), "first\nsecond\n", "what was behind an unfinished message");
}
