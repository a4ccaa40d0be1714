//! Commands that fail: again after a pause, then to the dead letters, or the end.

use super::{lines_of, pool, send, text, waiting};
use shmchat_tests::{LIMIT, Place, assert_becomes_quiet};
use std::time::Instant;

const FAST: &str = "--backoff 0.01";

#[test]
fn a_message_that_failed_for_good_goes_to_the_dead_letters_and_can_be_sent_again() {
    let place = Place::new();
    let (letters, log) = (place.dir().join("dead.jsonl"), place.dir().join("log"));
    send(&place, "--name alice", "good\nbad\ngood\n");
    let line = "read -r x; [ $x = good ] || { echo why >&2; exit 3; }";
    let run = place.reader().args(FAST).arg("--dead-letter").arg(&letters).arg("--log-jobs").arg(&log);
    let ended = run.arg("--shell").arg(line).finish();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let letter: serde_json::Value = serde_json::from_str(&lines_of(&letters)[0]).expect("JSON");
    let field = |name: &str| letter[name].to_string();
    let found = ["text", "from", "attempts", "code", "error", "stderr"].map(field);
    assert_eq!(found, ["\"bad\"", "\"alice\"", "3", "3", "\"exit code 3\"", "\"why\\n\""]);
    let log = lines_of(&log);
    assert!(log[0].starts_with("Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand"));
    let codes: Vec<_> = log[1..].iter().map(|line| line.split('\t').nth(6).expect("a column")).collect();
    assert_eq!((codes.len(), codes.iter().filter(|code| **code == "3").count()), (5, 3));
    place.assert_nothing_left();

    let again = std::fs::read(&letters).expect("the file");
    send(&place, "--framing json", again);
    assert_eq!(waiting(&place), "bad\n");
}

#[test]
fn a_letter_says_what_kind_of_message_it_is_and_begins_a_line_of_its_own() {
    let place = Place::new();
    let letters = place.dir().join("dead.jsonl");
    // As one leaves it that was killed within a line.
    std::fs::write(&letters, "{\"seq\":0,\"te").expect("a file");
    send(&place, "--framing json", "{\"text\":\"waves\",\"kind\":\"action\"}\n");
    send(&place, "--framing raw", b"\xff".to_vec());
    let run = place.reader().args("--retries 0 --exec false ; --dead-letter").arg(&letters).finish();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let letters = lines_of(&letters);
    assert_eq!(letters.len(), 3, "{letters:?}");
    assert!(letters[1].contains("\"text\":\"waves\",\"kind\":\"action\",\"attempts\":1,"), "{letters:?}");
    assert!(letters[2].contains("\"base64\":\"/w==\",") && letters[2].contains("\"kind\":\"bytes\","), "{letters:?}");
}

#[test]
fn a_message_that_does_not_fit_in_half_the_lane_says_that_only_its_end_stays() {
    let place = Place::new();
    let writer = place.writer().args("-v -0 --capacity 64KiB").input([vec![b'a'; 200_000], vec![0]].concat()).start();
    // A pool that came first would make larger lanes.
    writer.wait_attached();
    let ended = place.reader().args("-0 --retries 0 --exec false").finish();
    ended.assert_one_line(1, &["after 1 attempt", "only its end stays in the channel", "--dead-letter FILE"]);
    assert_eq!(writer.wait().code, Some(0));
}

#[test]
fn without_a_file_for_it_the_reader_stops_and_the_message_stays() {
    let place = Place::new();
    let ended = pool(
        &place,
        "good\nbad\nlater\n",
        &format!("{FAST} --retries 1 --ahead 1 --shell"),
        "read -r x; test $x = good",
    );
    ended.assert_one_line(1, &["message", "after 2 attempts", "exit code 1", "--dead-letter FILE"]);
    assert_eq!(waiting(&place), "bad\nlater\n");
}

#[test]
fn a_signal_and_code_75_are_failures_like_any_other_and_an_attempt_may_go_well() {
    let place = Place::new();
    for first in ["kill -KILL $$", "exit 75"] {
        let line = format!("[ $SHMCHAT_ATTEMPT -gt 1 ] || {first}; cat");
        let ended = pool(&place, "x\n", &format!("{FAST} --shell"), &line);
        ended.assert_well();
        assert_eq!(text(&ended.stdout), "x");
    }
}

#[test]
fn what_a_failed_attempt_printed_is_not_printed_before_another() {
    let place = Place::new();
    let ended = pool(&place, "x\n", &format!("{FAST} --shell"), "echo $SHMCHAT_ATTEMPT; [ $SHMCHAT_ATTEMPT = 3 ]");
    assert_eq!(text(&ended.stdout), "3\n");
}

#[test]
fn a_command_that_takes_too_long_is_ended_with_all_that_it_started() {
    let place = Place::new();
    let letters = place.dir().join("dead");
    send(&place, "", "x\n");
    let run = place.reader().args("--retries 0 --job-timeout 0.05 --dead-letter").arg(&letters);
    let ended = run.args("--shell").arg("sleep 1000 | cat").finish();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(lines_of(&letters)[0].contains("\"error\":\"it took too long\""), "{:?}", lines_of(&letters));
}

#[test]
fn a_limit_on_failures_stops_the_pool() {
    let place = Place::new();
    let letters = place.dir().join("dead");
    let run = |halt: &str| {
        send(&place, "", "1\n2\n3\n4\n");
        let run = place.reader().args("--retries 0 --ahead 1 --dead-letter").arg(&letters).args("--halt").arg(halt);
        run.args("--shell").arg("read -r x; test $x = 1").finish()
    };
    let ended = run("now,fail=2");
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("stopped by --halt after 2 failures"), "{}", ended.stderr);
    assert_eq!(waiting(&place), "4\n");
    assert_eq!(run("soon,success=1").code, Some(0));
    assert_eq!(waiting(&place), "2\n3\n4\n");
    assert_eq!(run("soon,done=3").code, Some(0));
    assert_eq!(waiting(&place), "4\n");
}

#[test]
fn a_limit_that_is_not_reached_ends_nothing_that_runs() {
    let place = Place::new();
    let (log, go) = (place.dir().join("log"), place.dir().join("go"));
    send(&place, "", "slow\nbad\n");
    let run = place.reader().args("--jobs 2 --retries 0 --halt now,fail=3 --log-jobs").arg(&log);
    let slow = format!("trap 'exit 9' TERM; until [ -e '{}' ]; do sleep 0.01; done; echo slow", go.display());
    let run = run.arg("--shell").arg(format!("read -r x; [ $x = slow ] || exit 1; {slow}")).start();
    let limit = Instant::now() + LIMIT;
    while lines_of(&log).len() < 2 {
        assert!(Instant::now() < limit, "the bad one has not failed");
        std::thread::yield_now();
    }
    run.wait_asleep();
    std::fs::write(go, "").expect("a file");
    let ended = run.wait();
    ended.assert_one_line(1, &["exit code 1", "--dead-letter FILE"]);
    assert_eq!((text(&ended.stdout), waiting(&place).as_str()), ("slow\n", "bad\n"));
}

#[test]
fn a_pause_makes_no_system_call() {
    let place = Place::new();
    send(&place, "", "x\n");
    let run = place.reader().args("--backoff 1000 --shell").arg("echo ran; exit 1").args("-v").start();
    run.stderr.wait_for("again in");
    assert_becomes_quiet([run.pid()]);
    run.kill();
}
