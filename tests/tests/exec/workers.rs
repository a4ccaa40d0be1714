//! Long-lived workers: who gets what, and those that do what they should not.

use super::{limit_files, lines_of, pool, send, sorted, text};
use shmchat_tests::{LIMIT, Place};
use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

/// A shell that says for each line what this says.
fn worker(does: &str) -> String {
    format!("while read -r x; do {does}; done")
}

#[test]
fn a_slow_worker_holds_up_no_other() {
    let place = Place::new();
    let go = place.dir().join("go");
    let lines: String = (0..350).map(|number| format!("{number}\n")).collect();
    send(&place, "", format!("slow\n{lines}"));
    let line = worker(&format!("[ $x != slow ] || until [ -e '{}' ]; do sleep 0.01; done; echo $$ $x", go.display()));
    let run = place.reader().args("--jobs 8 --ahead 1000 --worker").arg(line).start();
    // All others are done while one has hardly begun.
    run.stdout.wait_for(" 349\n");
    run.wait_asleep();
    assert!(!run.stdout.has("slow"));
    fs::write(go, "").expect("a file");
    let ended = run.wait();
    ended.assert_well();
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    let mut slow = "";
    for line in text(&ended.stdout).lines() {
        let (pid, message) = line.split_once(' ').expect("two words");
        *done.entry(pid).or_default() += 1;
        if message == "slow" {
            slow = pid;
        }
    }
    assert_eq!((done.values().sum::<usize>(), done[slow]), (351, 1), "{done:?}");
    place.assert_nothing_left();
}

#[test]
fn a_single_worker_is_never_kept_waiting_and_answers_in_order() {
    let place = Place::new();
    let lines: String = (0..20_000).map(|number| format!("{number}\n")).collect();
    let ended = pool(&place, &lines, "--ahead 1000 --worker", "cat");
    ended.assert_well();
    assert_eq!(text(&ended.stdout), lines);
    let nul = "a\nb\0\0c\0";
    send(&place, "-0", nul);
    let ended = place.reader().args("-0 --worker cat").finish();
    assert_eq!(text(&ended.stdout), nul);
}

#[test]
fn workers_speak_json_and_name_the_message() {
    let place = Place::new();
    let letters = place.dir().join("dead");
    send(&place, "", "yes\nno\nyes\n");
    // The number behind "seq":, and whether it says yes.
    let line = worker(
        "s=${x#*:}; s=${s%%,*}; case $x in *yes*) echo \"{\\\"seq\\\":$s,\\\"ok\\\":true}\";; *) echo \"{\\\"seq\\\":$s,\\\"ok\\\":false,\\\"error\\\":\\\"no thanks\\\"}\";; esac",
    );
    let run = place.reader().args("--framing json --retries 0 --dead-letter").arg(&letters).arg("--worker").arg(line);
    let ended = run.finish();
    assert_eq!((ended.code, text(&ended.stdout).matches("\"ok\":true").count()), (Some(0), 2), "{}", ended.stderr);
    assert!(lines_of(&letters)[0].contains("\"error\":\"no thanks\""), "{:?}", lines_of(&letters));
}

/// What becomes of these lines with a worker that does this with `bad`, and prints all others.
#[track_caller]
fn with_bad(framing: &str, does: &str, error: &str) {
    let place = Place::new();
    let letters = place.dir().join("dead");
    send(&place, "", "a\nbad\nb\nc\n");
    let run = place.reader().args(framing).args("--jobs 2 --retries 1 --backoff 0.01 --dead-letter").arg(&letters);
    let line = worker(&format!("case $x in *bad*) {does};; *) echo $x;; esac"));
    let ended = run.arg("--worker").arg(line).finish();
    assert_eq!((ended.code, sorted(&ended)), (Some(0), vec!["a".into(), "b".into(), "c".into()]), "{}", ended.stderr);
    let letters = lines_of(&letters);
    assert!(letters.len() == 1 && letters[0].contains("\"text\":\"bad\"") && letters[0].contains(error), "{letters:?}");
}

#[test]
fn a_worker_that_dies_is_replaced_and_its_message_has_failed() {
    with_bad("", "exit 3", "\"code\":3");
    with_bad("", "kill -KILL $$", "\"signal\":9");
    with_bad("", "exit 0", "its worker ended without an answer");
    with_bad("", "printf half; exit 0", "its worker ended without an answer");
}

#[test]
fn a_worker_that_closes_its_ends_is_replaced() {
    with_bad("", "exec >&-; sleep 1000", "its worker closed its standard output");
    // Its answer is waited for no longer than it lives, whoever else holds its output.
    with_bad("", "sleep 1000 & exit 4", "\"code\":4");
    with_bad("--job-timeout 0.1", "sleep 1000", "it took too long");
}

#[test]
fn a_worker_that_answers_for_what_it_was_not_given_is_replaced() {
    let place = Place::new();
    let letters = place.dir().join("dead");
    for (line, framing, error) in [
        ("echo $x; echo $x", "line", ""),
        ("echo '{\"seq\":1,\"ok\":true}'", "json", "answered for message 1, which it did not have"),
        ("echo done", "json", "expected {\\\"seq\\\":…,\\\"ok\\\":true} from the worker, not done"),
    ] {
        send(&place, "", "x\n");
        let _ = fs::remove_file(&letters);
        let run = place.reader().args("--retries 0 --dead-letter").arg(&letters).args("--framing").arg(framing);
        let ended = run.arg("--worker").arg(worker(line)).finish();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(lines_of(&letters).concat().contains(error), "{:?}", lines_of(&letters));
    }
}

#[test]
fn a_worker_that_ends_before_it_is_given_anything_ends_the_pool() {
    let place = Place::new();
    let mut writer = place.writer().held_input().start();
    let ended = place.reader().args("--worker false").finish();
    ended.assert_one_line(1, &["the worker 'false' ends as soon as it is started", "exit code 1"]);
    writer.end_input();
    writer.wait();
}

#[test]
fn workers_that_end_together_before_they_are_given_anything_are_tried_again_together() {
    let place = Place::new();
    let started = place.dir().join("started");
    let mut writer = place.writer().held_input().start();
    let line = format!("echo >> '{}'; exit 1", started.display());
    let ended = place.reader().args("--jobs 3 --worker").arg(line).finish();
    ended.assert_one_line(1, &["ends as soon as it is started", "exit code 1"]);
    // Twice all of them, and at least one.
    assert!(lines_of(&started).len() >= 7, "{}", lines_of(&started).len());
    writer.end_input();
    writer.wait();
}

#[test]
fn a_worker_is_replaced_as_soon_as_there_is_room_for_it() {
    let place = Place::new();
    let (log, dir) = (place.dir().join("log"), place.dir().display());
    let mut writer = place.writer().arg("-v").held_input().start();
    writer.wait_attached();
    let line = worker(&format!("[ -e '{dir}/died' ] || {{ touch '{dir}/died'; exit 3; }}; echo $x"));
    let run = place.reader().args("--backoff 0.01 --log-jobs").arg(&log);
    let run = run.arg("--worker").arg(format!("touch '{dir}/up'; {line}")).start();
    let limit = Instant::now() + LIMIT;
    while !place.dir().join("up").exists() {
        assert!(Instant::now() < limit, "its worker does not start");
        std::thread::yield_now();
    }
    run.wait_asleep();
    let all = limit_files(&run, Some(8));
    writer.send("x\n");
    while lines_of(&log).len() < 2 {
        assert!(run.is_alive() && Instant::now() < limit, "its first attempt has not failed");
        std::thread::yield_now();
    }
    run.wait_asleep();
    limit_files(&run, all);
    writer.end_input();
    let ended = run.wait();
    assert_eq!((ended.code, text(&ended.stdout)), (Some(0), "x\n"), "{}", ended.stderr);
    assert_eq!(writer.wait().code, Some(0));
}

#[test]
fn a_pool_that_ends_leaves_what_comes_then_to_the_next() {
    let place = Place::new();
    let dir = place.dir().display();
    let line =
        format!("while read -r x; do echo $x; done; touch '{dir}/ends'; until [ -e '{dir}/go' ]; do sleep 0.01; done");
    send(&place, "", "1\n");
    let run = place.reader().arg("--worker").arg(line).start();
    let limit = Instant::now() + LIMIT;
    while !place.dir().join("ends").exists() {
        assert!(Instant::now() < limit);
        std::thread::yield_now();
    }
    send(&place, "", "2\n");
    fs::write(place.dir().join("go"), "").expect("a file");
    let ended = run.wait();
    ended.assert_well();
    assert_eq!((text(&ended.stdout), super::waiting(&place).as_str()), ("1\n", "2\n"));
}

#[test]
fn a_message_that_is_not_one_in_the_workers_pipe_fails_and_says_why() {
    let place = Place::new();
    send(&place, "-0", "two\nlines\0");
    let ended = place.reader().args("--worker cat").finish();
    ended.assert_one_line(1, &["line feed", "--framing nul or json"]);
    assert_eq!(super::waiting(&place), "two\nlines\n");
}
