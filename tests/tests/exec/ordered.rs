//! What commands print: whole, and in which order.

use super::{is_gone, pool, send, sorted, text};
use shmchat_tests::{LIMIT, Place, assert_becomes_quiet};
use std::fs;
use std::sync::mpsc::channel;
use std::time::Instant;

/// The first message ends after the second.
fn second_first(place: &Place) -> String {
    let dir = place.dir().display();
    format!("read -r x; [ $x != 1 ] || until [ -e '{dir}/2' ]; do sleep 0.01; done; touch '{dir}/'$x; echo $x")
}

#[test]
fn outputs_come_in_the_order_of_ending_or_of_messages() {
    let place = Place::new();
    // `read` takes a last line without its line feed, too.
    let ended = pool(&place, "1\n2\n", "--jobs 2 --shell", &second_first(&place));
    assert_eq!(text(&ended.stdout), "2\n1\n", "{}", ended.stderr);
    let place = Place::new();
    let ended = pool(&place, "1\n2\n", "--jobs 2 --keep-order --shell", &second_first(&place));
    assert_eq!(text(&ended.stdout), "1\n2\n", "{}", ended.stderr);
}

#[test]
fn outputs_are_whole_however_long_they_are() {
    let place = Place::new();
    // Longer than a pipe holds; longer than is kept; and beyond that in order.
    for (length, order) in [(200_000, ""), (3_000_000, ""), (3_000_000, "--keep-order")] {
        let line = format!("read -r x; head -c {length} /dev/zero | tr '\\0' $x");
        let ended = pool(&place, "a\nb\nc\nd\ne\n", &format!("--jobs 4 {order} --shell"), &line);
        ended.assert_well();
        let mut runs: Vec<(u8, usize)> = Vec::new();
        for &byte in &ended.stdout {
            match runs.last_mut() {
                Some((last, count)) if *last == byte => *count += 1,
                _ => runs.push((byte, 1)),
            }
        }
        if order.is_empty() {
            runs.sort();
        }
        assert_eq!(runs, [b'a', b'b', b'c', b'd', b'e'].map(|byte| (byte, length)));
    }
}

#[test]
fn a_long_output_goes_on_however_much_waits_for_its_end() {
    let place = Place::new();
    let dir = place.dir().display();
    let print = "print() { head -c $1 /dev/zero | tr '\\0' $x; }";
    let all = format!("[ -e '{dir}/b' -a -e '{dir}/c' -a -e '{dir}/d' ]");
    let first = format!("print 1500000; until {all}; do sleep 0.01; done; print 3000000");
    let line = format!("read -r x; {print}; case $x in a) {first};; *) print 600000; touch '{dir}/'$x;; esac");
    let ended = pool(&place, "a\nb\nc\nd\n", "--jobs 4 --keep-order --shell", &line);
    ended.assert_well();
    let expected = [(b'a', 4_500_000), (b'b', 600_000), (b'c', 600_000), (b'd', 600_000)];
    assert!(ended.stdout == expected.map(|(byte, length)| vec![byte; length]).concat());
}

#[test]
fn what_a_command_leaves_printing_is_read_for_a_second_and_no_more_of_it_than_of_others() {
    let place = Place::new();
    let dir = place.dir().display();
    // The second one's output waits for the first, which ends when the test says so.
    let first = format!("until [ -e '{dir}/go' ]; do sleep 0.01; done");
    let line = format!(
        "read -r x; case $x in 1) {first};; *) yes & echo $! > '{dir}/left.new'; mv '{dir}/left.new' '{dir}/left';; esac"
    );
    send(&place, "", "1\n2\n");
    let run = place.reader().args("--jobs 2 --keep-order --shell").arg(line).start();
    let limit = Instant::now() + LIMIT;
    while !fs::read_to_string(place.dir().join("left")).is_ok_and(|left| is_gone(left.trim())) {
        assert!(Instant::now() < limit);
        std::thread::yield_now();
    }
    fs::write(place.dir().join("go"), "").expect("a file");
    let ended = run.wait();
    ended.assert_well();
    // What is kept of an output, and the pipe twice: what is read at once beyond that, and at the end.
    assert!(ended.stdout.len() <= (1 << 20) + (2 << 16), "{}", ended.stdout.len());
}

#[test]
fn lines_that_nobody_takes_are_not_heaped_up() {
    let place = Place::new();
    let done = place.dir().join("done");
    send(&place, "", "x\n");
    let (go, wait) = channel::<()>();
    let run = place
        .reader()
        .args("--line-buffer --shell")
        .arg(format!("echo begun >&2; seq 3000000; touch '{}'", done.display()));
    let run = run.output_to(move |_| {
        let _ = wait.recv();
        true
    });
    let run = run.start();
    run.stderr.wait_for("begun");
    assert_becomes_quiet([run.pid()]);
    assert!(!done.exists(), "all 23 MB were taken");
    drop(go);
    assert_eq!((run.wait().code, done.exists()), (Some(0), true));
}

#[test]
fn lines_are_mixed_only_if_asked_for() {
    let place = Place::new();
    let dir = place.dir().display();
    // Each waits in its middle until the other has begun.
    let line = format!(
        "read -r x; echo $x begins; touch '{dir}/'$x; until [ -e '{dir}/1' -a -e '{dir}/2' ]; do sleep 0.01; done; echo $x ends"
    );
    let ended = pool(&place, "1\n2\n", "--jobs 2 --shell", &line);
    let lines: Vec<_> = text(&ended.stdout).lines().collect();
    assert!(
        lines == ["1 begins", "1 ends", "2 begins", "2 ends"] || lines == ["2 begins", "2 ends", "1 begins", "1 ends"],
        "{lines:?}"
    );
    let ended = pool(&place, "1\n2\n", "--jobs 2 --line-buffer --shell", &line);
    assert_eq!(sorted(&ended), ["1 begins", "1 ends", "2 begins", "2 ends"]);
}

#[test]
fn a_line_stays_whole_however_long_it_is() {
    let place = Place::new();
    let dir = place.dir().display();
    let print = "print() { head -c $1 /dev/zero | tr '\\0' $x; }";
    // The second one prints its lines while the first is within a line that is longer than what is kept.
    let first = format!("print 3000000; touch '{dir}/1'; until [ -e '{dir}/2' ]; do sleep 0.01; done; print 10; echo");
    let second = format!("until [ -e '{dir}/1' ]; do sleep 0.01; done; seq 1000; touch '{dir}/2'");
    let line = format!("read -r x; {print}; case $x in 1) {first};; *) {second};; esac");
    let ended = pool(&place, "1\n2\n", "--jobs 2 --line-buffer --shell", &line);
    ended.assert_well();
    let mut lines: Vec<_> = text(&ended.stdout).lines().collect();
    lines.retain(|line| *line != "1".repeat(3_000_010));
    assert_eq!(lines, (1..=1000).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[test]
fn whoever_closes_the_output_ends_the_pool_quietly_and_the_rest_stays() {
    let place = Place::new();
    send(&place, "", (0..1000).map(|number| format!("{number}\n")).collect::<String>());
    let mut taken = 0;
    let run = place.reader().args("--exec echo {}").output_to(move |piece| {
        taken += piece.len();
        taken < 20
    });
    run.finish().assert_well();
    assert!(super::waiting(&place).ends_with("998\n999\n"));
}

#[test]
fn what_a_command_says_without_a_line_feed_is_not_erased_with_the_status_line() {
    for (terminal, is_drawn) in [("xterm", true), ("dumb", false)] {
        let place = Place::new();
        send(&place, "", "x\n");
        let go = place.dir().join("go");
        let line = format!("printf said >&2; until [ -e '{}' ]; do sleep 0.01; done", go.display());
        let run = place.reader().env("TERM", terminal).arg("--shell").arg(line).in_terminal();
        run.wait_for("said");
        if is_drawn {
            run.wait_for("1 running");
        }
        fs::write(go, "").expect("a file");
        assert_eq!(run.wait(), Some(0));
        let (shown, is_erased) = (run.contents(), run.raw().contains(&0x1b));
        assert!(shown.starts_with("said"), "{shown}");
        assert_eq!((shown.contains("1 done, 0 failed"), is_erased), (is_drawn, is_drawn), "{shown}");
    }
}
