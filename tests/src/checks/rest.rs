//! A lane in which only the rest of a message waits is not empty.

use crate::in_memory;
use crate::{LIMIT, Place, Process};
use nix::sys::signal::Signal;
use shmchat::Channel;
use shmchat::ChannelName;
use shmchat::internals::fault::Mutant;
use std::thread;
use std::time::Instant;

/// Leaves a channel in whose lane only the rest of a message waits: of a stream the first part was read, and its reader
/// ended by this signal before the second. The writer, which is given back, still has its input.
pub fn only_the_rest_waits(place: &Place, signal: Signal) -> Process {
    let writer = place.writer().args("--framing raw").held_input().start();
    writer.send("part one,");
    let reader = place.reader().args("--framing raw").start();
    reader.stdout.wait_for("part one,");
    // It acknowledges what has been taken from its pipe.
    wait_until_empty(place, true);
    reader.wait_asleep();
    reader.signal(Signal::SIGSTOP);
    writer.send(" part two");
    wait_until_empty(place, false);
    reader.signal(signal);
    reader.signal(Signal::SIGCONT);
    reader.wait();
    writer
}

/// Waits until the lane is empty, or is not.
fn wait_until_empty(place: &Place, empty: bool) {
    let limit = Instant::now() + LIMIT;
    let channel = in_memory(Channel::named(ChannelName::default()).dir(place.dir()));
    let is_empty = || {
        let status = channel.status().expect("a look").expect("a channel");
        status.lanes[0].is_some_and(|lane| lane.is_empty())
    };
    while is_empty() != empty {
        assert!(Instant::now() < limit, "the lane does not become empty: {empty}");
        thread::yield_now();
    }
}

/// A writer that quits beside a dead reader leaves the rest of its stream for the next one.
pub fn the_rest_of_a_stream_is_left(sabotage: Option<Mutant>) {
    let place = Place::with(sabotage);
    let mut writer = only_the_rest_waits(&place, Signal::SIGKILL);
    writer.end_input();
    assert_eq!(writer.wait().code, Some(0));
    assert_eq!(place.segments().len(), 1, "the rest of the stream is lost with its segment");
    let status = String::from_utf8(place.reader().args("--status lobby").finish().stdout).expect("text");
    assert!(status.contains("the rest of a message is waiting, 9 bytes"), "{status}");
    assert_eq!(place.reader().args("--framing raw").finish().stdout, b" part two");
    place.assert_nothing_left();
}
