//! Who is alive: a stopped process is, a dying one is not, and neither is mistaken for the other.

use nix::sys::signal::Signal;
use shmchat_tests::{Place, checks};

#[test]
fn sigstop_is_not_death_a_stopped_peer_keeps_its_role() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens();
    reader.signal(Signal::SIGSTOP);
    writer.press("are you there?\r");
    writer.wait_for("1 waiting");
    // More than the bell and the spin: every message looks at the other side again.
    writer.press("I can wait\r");
    writer.wait_for("2 waiting");
    assert!(writer.contents().contains("bob ● here"), "{}", writer.contents());
    let pid = format!("pid {}", reader.pid());
    place.reader().finish().assert_one_line(4, &["a reader is already running", &pid]);
    reader.signal(Signal::SIGCONT);
    reader.wait_for("I can wait");
    reader.press("iyes\r");
    writer.wait_for("bob    yes");
    writer.press("x\r");
    assert_eq!((writer.wait(), reader.wait()), (Some(0), Some(0)));
    place.assert_nothing_left();
}

#[test]
fn a_process_stopped_while_it_holds_the_channels_lock_makes_another_start_fail_with_one_line_that_names_it() {
    let place = Place::new();
    place.writer().finish().assert_well();
    let holder = place.hostile("hold lock").start();
    holder.stdout.wait_for("held");
    let pid = format!("pid {}", holder.pid());
    let starts = [place.writer().start(), place.reader().start()];
    for start in starts {
        start.wait().assert_one_line(1, &["lobby", &pid, "holds its lock", "kill -CONT"]);
    }
    // The way out.
    holder.signal(Signal::SIGCONT);
    assert_eq!(holder.wait().code, Some(0));
    let reader = place.reader().start();
    place.writer().input("hello\n").finish().assert_well();
    assert_eq!(reader.wait().stdout, b"hello\n");
    place.assert_nothing_left();
}

#[test]
fn a_dying_peer_whose_lock_is_still_held_some_milliseconds_is_waited_for_not_misjudged() {
    checks::a_dying_peer_is_waited_for(None);
    checks::a_dying_holder_is_waited_for(None);
}

#[test]
fn a_killed_writers_role_can_be_taken_at_once() {
    let place = Place::new();
    let start = || place.writer().held_input().args("-v").start();
    let mut writer = start();
    for _ in 0..10 {
        writer.wait_attached();
        writer.signal(Signal::SIGKILL);
        // Not waited for.
        let next = start();
        writer.wait();
        writer = next;
    }
    writer.end_input();
    assert_eq!(writer.wait().code, Some(0));
    place.assert_nothing_left();
}

#[test]
fn the_quit_of_an_earlier_life_is_not_taken_for_that_of_one_that_is_just_starting() {
    for role in ["writer", "reader"] {
        let place = Place::new();
        // A reader that was killed after its writer had quit: that stands in the segment still.
        let reader = place.reader().args("-v").start();
        reader.wait_attached();
        reader.wait_asleep();
        reader.signal(Signal::SIGSTOP);
        place.writer().finish().assert_well();
        reader.kill();
        let holder = place.hostile(&format!("hold {role}.lock")).start();
        holder.stdout.wait_for("held");
        let start = if role == "writer" { place.reader() } else { place.writer().held_input() };
        let mut early = start.start();
        early.wait_asleep();
        holder.signal(Signal::SIGCONT);
        holder.wait();
        if role == "writer" {
            place.writer().input("hello\n").finish().assert_well();
            assert_eq!(early.wait().stdout, b"hello\n");
        } else {
            let reader = place.reader().start();
            early.send("hello\n");
            early.end_input();
            early.wait().assert_well();
            assert_eq!(reader.wait().stdout, b"hello\n");
        }
        place.assert_nothing_left();
    }
}
