//! SIGINT, SIGTERM and SIGHUP end a run in good order, with 128 and the signal's number.
//!
//! | where | covered by |
//! | --- | --- |
//! | the screen | `screen_ends`: `signals_end_a_screen_in_good_order`; a lost terminal: `a_…_whose_terminal_is_lost_…` |
//! | a pipe, asleep | `pipe`: `signals_end_a_sleeping_reader_…`, `signals_end_a_writer_that_waits_for_input_…` |
//! | a pipe, no room or nobody takes its output | `pipe`, `raw`: `a_signal_ends_a_writer_that_waits_for_room_…`, `a_signal_while_standard_output_…` |
//! | with a bar | `progress`: `a_signal_and_an_error_find_it_gone_too` |
//! | `--plain` on a terminal; at work; ignored; what is told | here |

use nix::sys::signal::Signal;
use shmchat_tests::{Place, assert_same_bytes, numbered_lines};
use std::sync::{Arc, Mutex, mpsc};

const ENDING: [(Signal, i32); 3] = [(Signal::SIGHUP, 129), (Signal::SIGINT, 130), (Signal::SIGTERM, 143)];

#[test]
fn a_plain_program_on_a_terminal_ends_in_good_order_and_tells_the_other() {
    let place = Place::new();
    for (signal, code) in ENDING {
        let reader = place.reader().args("--plain -v").in_terminal();
        reader.wait_for("attached as reader");
        let writer = place.writer().args("--plain -v").in_terminal();
        writer.wait_for("is here");
        reader.signal(signal);
        assert_eq!(reader.wait(), Some(code));
        reader.assert_restored();
        writer.wait_for("the reader has quit");
        writer.signal(signal);
        assert_eq!(writer.wait(), Some(code));
        writer.assert_restored();
        place.assert_nothing_left();
    }
}

#[test]
fn what_waits_is_told_also_to_who_ends_it_by_a_signal() {
    let place = Place::new();
    let mut writer = place.writer().args("--plain -v").in_terminal();
    writer.wait_for("attached as writer");
    writer.press("for later\r");
    writer.wait_for("for later");
    let reader = place.reader().start();
    reader.stdout.wait_for("for later\n");
    reader.signal(Signal::SIGINT);
    assert_eq!(reader.wait().code, Some(130));
    writer.press("for the next\r");
    writer.wait_for("for the next");
    // Ctrl-D: all that was typed before it has been read.
    writer.press("\x04");
    assert_eq!(writer.wait(), Some(0));
    assert!(writer.contents().contains("1 message is waiting in lobby for a reader"), "{}", writer.contents());
    assert_eq!(place.reader().finish().stdout, b"for the next\n");
    place.assert_nothing_left();
}

/// A reader in the middle of a stream: it may have written half a line when the signal came.
#[test]
fn a_reader_at_work_ends_and_the_next_continues_at_the_first_byte_that_was_not_written() {
    for (signal, code) in ENDING {
        let place = Place::new();
        let lines = numbered_lines(100_000);
        let (first_came, first) = mpsc::channel();
        let printed = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&printed);
        let reader = place.reader().output_to(move |piece| {
            kept.lock().expect("nobody panics").extend_from_slice(piece);
            let _ = first_came.send(());
            true
        });
        let reader = reader.start();
        let writer = place.writer().args("--capacity 64KiB").input(lines.clone()).start();
        first.recv().expect("something is printed");
        reader.signal(signal);
        let ended = reader.wait();
        // It may have been quicker.
        assert!(ended.code == Some(0) || ended.code == Some(code), "{ended:?}");
        assert_eq!(ended.stderr, "");
        let before = printed.lock().expect("nobody panics").clone();
        let after = if ended.code == Some(0) { Vec::new() } else { place.reader().finish().stdout };
        let both = [before.as_slice(), &after].concat();
        assert_same_bytes(&both, &lines, &format!("stopped by {signal} at byte {}", before.len()));
        writer.wait().assert_well();
        place.assert_nothing_left();
    }
}

#[test]
fn a_hang_up_that_was_ignored_at_the_start_stays_ignored() {
    let place = Place::new();
    // As `nohup` does.
    let reader = place.reader().args("-v").after("trap '' HUP").start();
    let writer = place.writer().args("-v").held_input().after("trap '' HUP").start();
    writer.wait_attached();
    reader.stderr.wait_for("is here");
    reader.signal(Signal::SIGHUP);
    writer.signal(Signal::SIGHUP);
    writer.send("still here\n");
    reader.stdout.wait_for("still here\n");
    // One after the other: a writer that is gone first lets the reader end well.
    reader.signal(Signal::SIGTERM);
    assert_eq!(reader.wait().code, Some(143));
    writer.signal(Signal::SIGTERM);
    assert_eq!(writer.wait().code, Some(143));
    place.assert_nothing_left();
}

#[test]
fn a_signal_that_ends_it_is_logged_and_not_complained_about() {
    let place = Place::new();
    let log = place.dir().join("log");
    let writer = place.writer().args("-v --log-to").arg(&log).held_input().start();
    // Attached: it sleeps until something comes.
    writer.wait_asleep();
    writer.signal(Signal::SIGTERM);
    let ended = writer.wait();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(143), ""));
    let text = std::fs::read_to_string(&log).expect("the log");
    assert!(text.contains("[info]") && text.contains("ended by SIGTERM"), "{text}");
}
