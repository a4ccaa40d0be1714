//! Many starters of one role at once.

use nix::sys::signal::Signal;
use shmchat_tests::{Ended, Place, Process, Run};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

const STARTERS: usize = 16;

const ROUNDS: usize = 10;

/// The one that got the role, among all that tried. Killed at the end, whatever comes.
struct Racers {
    starters: Vec<Arc<Process>>,
    winner: usize,
}

impl Deref for Racers {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.starters[self.winner]
    }
}

impl Drop for Racers {
    fn drop(&mut self) {
        self.starters.iter().for_each(|starter| starter.signal(Signal::SIGKILL));
    }
}

/// Starts all of them, waits until all but one have ended, and gives that one and how the others ended.
fn race(start: impl Fn() -> Run) -> (Racers, Vec<Ended>) {
    let starters = (0..STARTERS).map(|_| Arc::new(start().start())).collect();
    let mut racers = Racers { starters, winner: 0 };
    let (tell, told) = channel();
    for (index, starter) in racers.starters.iter().enumerate() {
        let (starter, tell) = (Arc::clone(starter), tell.clone());
        thread::spawn(move || {
            let ended = starter.wait();
            let _ = tell.send((index, ended));
        });
    }
    let (lost, ends): (Vec<_>, Vec<_>) = told.iter().take(STARTERS - 1).unzip();
    racers.winner = (0..STARTERS).find(|index| !lost.contains(index)).expect("one is left");
    (racers, ends)
}

#[track_caller]
fn assert_lost(ends: &[Ended], role: &str, winner: &Process) {
    assert!(winner.is_alive(), "nobody got the role: {ends:?}");
    let holder = format!("a {role} is already running on channel lobby (pid {}, ", winner.pid());
    for ended in ends {
        ended.assert_one_line(4, &[&holder, "quit it first"]);
    }
}

#[test]
fn starting_together_of_16_starters_of_one_role_exactly_one_gets_it_the_others_end_with_code_4_and_a_line_that_names_the_holder()
 {
    for _ in 0..ROUNDS {
        let place = Place::new();
        let (writer, ends) = race(|| place.writer().held_input());
        assert_lost(&ends, "writer", &writer);
        let (reader, ends) = race(|| place.reader());
        assert_lost(&ends, "reader", &reader);
        // The two that won found each other.
        writer.send("hello\n");
        reader.stdout.wait_for("hello\n");
        assert_eq!(place.segments().len(), 1);
    }
}

#[test]
fn of_16_readers_and_16_writers_that_start_together_one_pair_talks() {
    let place = Place::new();
    thread::scope(|scope| {
        let writers = scope.spawn(|| race(|| place.writer().held_input()));
        let (reader, ends) = race(|| place.reader());
        assert_lost(&ends, "reader", &reader);
        let (writer, ends) = writers.join().expect("the writers");
        assert_lost(&ends, "writer", &writer);
        writer.send("hello\n");
        reader.stdout.wait_for("hello\n");
        assert_eq!(place.segments().len(), 1);
    });
}
