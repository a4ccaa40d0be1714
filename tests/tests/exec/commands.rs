//! A process for each message: what it is given, and what it is not.

use super::{is_gone, pool, send, sorted, text};
use shmchat_tests::{LIMIT, Place, assert_becomes_quiet, output};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Instant;

#[test]
fn a_message_is_its_commands_input_and_stands_in_its_arguments() {
    let place = Place::new();
    let ended = pool(&place, "one\n\ntwo words\n", "--exec sh -c", "printf '%s' \"[\"; cat; echo ']'");
    ended.assert_well();
    assert_eq!(text(&ended.stdout), "[one]\n[]\n[two words]\n");
    send(&place, "", "one\n$(two)\n{}\n");
    let ended = place.reader().args("--jobs 2 --keep-order --exec printf <%s>%s\\n {} x{}{}").finish();
    ended.assert_well();
    assert_eq!(text(&ended.stdout), "<one>xoneone\n<$(two)>x$(two)$(two)\n<{}>x{}{}\n");
    place.assert_nothing_left();
}

#[test]
fn what_follows_the_semicolon_is_the_readers_again() {
    let place = Place::new();
    let ended = pool(&place, "1\n2\n3\n", "--exec echo {} ; --count", "2");
    ended.assert_well();
    assert_eq!(text(&ended.stdout), "1\n2\n");
    assert_eq!(super::waiting(&place), "3\n");
}

#[test]
fn the_environment_says_which_message_it_is_and_the_same_when_it_is_run_again() {
    let place = Place::new();
    send(&place, "--name alice", "hello\n");
    let line =
        "echo $SHMCHAT_CHANNEL $SHMCHAT_SEQ $SHMCHAT_FROM $SHMCHAT_ATTEMPT $SHMCHAT_TS >&2; [ $SHMCHAT_ATTEMPT = 2 ]";
    let ended = place.reader().args("--backoff 0.01 --shell").arg(line).finish();
    let said: Vec<Vec<_>> = ended.stderr.lines().map(|line| line.split(' ').collect()).collect();
    let [first, again] = &said[..] else { panic!("{}", ended.stderr) };
    assert_eq!((&first[..3], first[3], again[3]), (&again[..3], "1", "2"));
    assert_eq!((first[0], first[2]), ("lobby", "alice"));
    assert!(first[4].starts_with("20") && first[4].ends_with('Z'), "{first:?}");
}

#[test]
fn a_command_inherits_no_descriptor_no_blocked_signal_and_no_umask_of_ours() {
    let place = Place::new();
    let line = "ls /proc/self/fd; grep -E '^Sig(Blk|Cgt)' /proc/self/status; umask";
    let plain = output(Command::new("sh").arg("-c").arg(format!("umask 027; {line}"))).expect("a shell");
    send(&place, "", "x\n");
    let ended = place.reader().after("umask 027").args("--shell").arg(line).finish();
    let words = |bytes: &[u8]| text(bytes).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&ended.stdout), words(&plain.stdout));
}

#[test]
fn ends_of_commands_are_noticed_even_if_whoever_started_the_reader_ignores_sigchld() {
    let place = Place::new();
    send(&place, "", "1\n2\n");
    let ended = place.reader().under(["env", "--ignore-signal=CHLD"].map(Into::into)).args("--exec echo {}").finish();
    ended.assert_well();
    assert_eq!(text(&ended.stdout), "1\n2\n");
}

#[test]
fn empty_messages_and_a_hundred_mebibytes_arrive_whole() {
    let place = Place::new();
    let long = place.dir().join("long");
    fs::write(&long, vec![b'a'; 100 << 20]).expect("a file");
    let writer = place.writer().args("-0").input_of(fs::File::open(&long).expect("the file")).start();
    place.reader().args("--exec cmp -").arg(&long).finish().assert_well();
    writer.wait().assert_well();
    let ended = pool(&place, "\n\n", "--exec", "wc").stdout;
    assert_eq!(text(&ended).split_whitespace().collect::<BTreeSet<_>>(), BTreeSet::from(["0"]));
    place.assert_nothing_left();
}

#[test]
fn a_message_that_cannot_be_an_argument_fails_and_says_so() {
    let place = Place::new();
    let letters = place.dir().join("dead");
    send(&place, "--framing nul", [b"a".repeat(200_000), b"\0ok\0".to_vec()].concat());
    let ended = place.reader().args("--exec true {} ; --dead-letter").arg(&letters).finish();
    assert!(ended.stderr.contains("read the message from standard input instead of {}"), "{}", ended.stderr);
    assert_eq!(super::lines_of(&letters).len(), 1);
    assert_eq!(fs::metadata(&letters).expect("the file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_command_that_does_not_exist_is_found_before_anything_is_made() {
    let place = Place::new();
    for args in ["--exec no-such-command {}", "--worker no-such-command"] {
        place.reader().args(args).finish().assert_one_line(2, &["no-such-command", "--shell"]);
    }
    assert!(!place.folder().exists());
}

#[test]
fn options_of_a_pool_need_something_to_run() {
    let place = Place::new();
    for args in ["--jobs 2", "--reply", "--retries 1", "--keep-order", "--dead-letter x", "--halt now,fail=1"] {
        place.reader().args(args).finish().assert_one_line(2, &["--exec", "--worker"]);
    }
    for args in ["--framing raw --exec true", "--worker cat --shell true", "--line-buffer --keep-order --exec true"] {
        place.reader().args(args).finish().assert_one_line(2, &["--"]);
    }
    assert!(!place.folder().exists());
}

#[test]
fn more_jobs_than_the_system_has_room_for_are_done_with_fewer() {
    let place = Place::new();
    let numbers: String = (0..300).map(|number| format!("{number}\n")).collect();
    send(&place, "", numbers);
    let run = place.reader().after("ulimit -n 60").args("--jobs 1000 --exec echo {}");
    let ended = run.finish();
    assert_eq!((ended.code, sorted(&ended).len()), (Some(0), 300), "{}", ended.stderr);
    assert!(ended.stderr.is_empty() || ended.stderr.contains("cannot start more than"), "{}", ended.stderr);
    place.reader().args("--jobs 18446744073709551615 --exec true").finish().assert_one_line(2, &["--jobs"]);
    // One for each processor.
    assert_eq!(sorted(&pool(&place, "1\n2\n3\n", "--jobs 0 --exec echo", "{}")), ["1", "2", "3"]);
}

#[test]
fn a_writer_can_arrive_however_few_files_may_be_open() {
    let place = Place::new();
    send(&place, "", "x\n".repeat(100));
    let line = format!("until [ -e '{}/go' ]; do sleep 0.01; done; echo $$", place.dir().display());
    let run = place.reader().after("ulimit -n 60").args("--jobs 100 --ahead 200 --shell").arg(line).start();
    run.stderr.wait_for("cannot start more than");
    assert_becomes_quiet([run.pid()]);
    send(&place, "", "x\n");
    fs::write(place.dir().join("go"), "").expect("a file");
    let ended = run.wait();
    assert_eq!((ended.code, sorted(&ended).len()), (Some(0), 101), "{}", ended.stderr);
}

#[test]
fn what_a_command_leaves_running_ends_with_it() {
    let place = Place::new();
    let line = format!("sleep 1000 & echo $! > '{}/left'", place.dir().display());
    pool(&place, "x\n", "--shell", &line).assert_well();
    let left = fs::read_to_string(place.dir().join("left")).expect("a number");
    let limit = Instant::now() + LIMIT;
    while !is_gone(left.trim()) {
        assert!(Instant::now() < limit, "{left} still runs");
        std::thread::yield_now();
    }
}

#[test]
fn status_says_that_the_reader_is_a_pool() {
    let place = Place::new();
    let mut writer = place.writer().held_input().start();
    let pool = place.reader().args("-v --name bob --jobs 3 --exec true").start();
    pool.wait_attached();
    let shown = place.reader().arg("--status").finish();
    assert!(text(&shown.stdout).contains("bob, pool of 3"), "{}", text(&shown.stdout));
    writer.end_input();
    assert_eq!((writer.wait().code, pool.wait().code), (Some(0), Some(0)));
}
