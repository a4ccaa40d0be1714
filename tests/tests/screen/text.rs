//! Text from the other side reaches no terminal raw; in a pipe the bytes pass unchanged.

use shmchat_tests::checks::{self, Surface};
use shmchat_tests::{Place, assert_same_bytes};
use std::fs;

#[test]
fn text_from_the_other_side_reaches_no_terminal_raw_in_the_readers_screen_and_its_farewell() {
    checks::no_text_reaches_a_terminal_raw(Surface::ReadersScreen, None);
}

#[test]
fn text_from_the_other_side_reaches_no_terminal_raw_in_the_writers_screen_and_its_farewell() {
    checks::no_text_reaches_a_terminal_raw(Surface::WritersScreen, None);
}

#[test]
fn text_from_the_other_side_reaches_no_terminal_raw_on_a_terminal_stdout() {
    checks::no_text_reaches_a_terminal_raw(Surface::Plain, None);
}

#[test]
fn text_from_the_other_side_reaches_no_terminal_raw_in_logs() {
    checks::no_text_reaches_a_terminal_raw(Surface::Log, None);
    checks::no_text_reaches_a_terminal_raw(Surface::LogFile, None);
}

#[test]
fn text_from_the_other_side_reaches_no_terminal_raw_in_error_lines() {
    checks::no_text_reaches_a_terminal_raw(Surface::ErrorLine, None);
}

#[test]
fn in_a_pipe_the_bytes_pass_unchanged() {
    let place = Place::new();
    // All bytes, all that is dangerous, lines of any length, and no line end at the end.
    let mut bytes: Vec<u8> = (0..=255).collect();
    bytes.extend(checks::hostile_text());
    bytes.extend((0..100_000_u32).map(|number| (number.wrapping_mul(0x9E37_79B9) >> 24) as u8));
    let reader = place.reader().start();
    place.writer().input(bytes.clone()).finish().assert_well();
    let reader = reader.wait();
    reader.assert_well();
    assert_same_bytes(&reader.stdout, &bytes, "in a pipe");
    let file = place.dir().join("out");
    let reader = place.reader().output_of(fs::File::create(&file).expect("a file")).start();
    place.writer().input(bytes.clone()).finish().assert_well();
    assert_eq!(reader.wait().code, Some(0));
    assert_same_bytes(&fs::read(&file).expect("the file"), &bytes, "in a file");
}

#[test]
fn hostile_words_in_the_files_of_a_channel_and_in_arguments_reach_no_terminal() {
    let place = Place::new();
    place.writer().finish().assert_well();
    let _holder = {
        let lock = fs::File::options().write(true).open(place.folder().join("writer.lock")).expect("a lock file");
        lock.lock().expect("a free lock");
        fs::write(place.folder().join("writer.lock"), "\x1b[31m 7\n").expect("writing");
        lock
    };
    fs::write(place.folder().join("key"), "\x1b[31mred\x07\u{202e}\n").expect("writing");
    let arguments = ["--\x1b[31mred\x07", "--capacity=\x1b[31m\u{9b}", "\u{202e}\x1b[31m", "--log-to=/\x1b[31m/\r\n"];
    for program in ["writer", "reader"] {
        let run = || if program == "writer" { place.writer() } else { place.reader() };
        let mut runs = vec![(run().args("--plain"), if program == "writer" { 4 } else { 1 })];
        runs.extend(arguments.map(|argument| (run().arg(argument), if argument.contains("--log") { 1 } else { 2 })));
        for (run, code) in runs {
            let terminal = run.in_terminal();
            assert_eq!(terminal.wait(), Some(code), "{}", terminal.contents());
            checks::assert_tame(&terminal.raw(), false);
        }
    }
}
