//! Reading back and being away: the search, the wheel, the title.

use nix::sys::signal::Signal;
use shmchat_tests::{LIMIT, Place, Terminal};
use std::thread;
use std::time::Instant;

const FOCUS_LOST: &str = "\x1b[O";
const FOCUS_GAINED: &str = "\x1b[I";

/// The last title that the terminal was given.
fn title(screen: &Terminal) -> String {
    let raw = String::from_utf8_lossy(&screen.raw()).into_owned();
    let last = raw.rsplit_once("\x1b]2;").and_then(|(_, rest)| rest.split_once("\x1b\\"));
    last.map(|(title, _)| title.to_owned()).unwrap_or_default()
}

/// Waits until that is this one.
#[track_caller]
fn has_title(screen: &Terminal, expected: &str) {
    wait_until(|| title(screen) == expected, || format!("the title is {:?}, not {expected:?}", title(screen)));
}

/// Waits for what is said to the terminal after what is drawn.
#[track_caller]
fn wait_until(is_so: impl Fn() -> bool, otherwise: impl Fn() -> String) {
    let limit = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < limit, "{}", otherwise());
        thread::yield_now();
    }
}

#[test]
fn a_search_goes_to_every_match_of_a_pasted_message() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    let lines: String = (1..=50).map(|number| format!("line {number} with a needle\r")).collect();
    writer.press(&format!("\x1b[200~{lines}\x1b[201~\r"));
    reader.wait_for("line 50 with");
    reader.press("/needle\r");
    reader.wait_for("1 of 50: needle");
    reader.press(&"n".repeat(45));
    reader.wait_for("46 of 50: needle");
    reader.wait_for("line 5 with");
    reader.press("nnnnn");
    reader.wait_for("1 of 50: needle, wrapped to the newest");
    // The current match is reversed, the others underlined.
    let screen = reader.screen();
    let (rows, columns) = (24, 80);
    let cells = || (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))).filter_map(|(y, x)| screen.cell(y, x));
    assert_eq!(cells().filter(|cell| cell.inverse()).count(), "needle".len());
    assert!(cells().filter(|cell| cell.underline()).count() > "needle".len());
}

#[test]
fn the_wheel_scrolls_as_arrow_keys_outside_the_input_line_and_never_touches_a_draft() {
    let place = Place::new();
    place.writer().input((0..100).map(|n| format!("number {n}\n")).collect::<String>()).finish();
    let mut reader = place.reader().args("--stay").in_terminal();
    reader.wait_for("number 99");
    reader.wait_for_bytes(b"\x1b[?1007h");
    // A notch of the wheel, as a terminal in this mode sends it.
    reader.press("\x1b[A\x1b[A\x1b[A");
    reader.wait_for("3 more below");
    reader.press("\x1b[B\x1b[B\x1b[B");
    reader.wait_until_gone("more below");
    let turned_off = |screen: &Terminal| {
        let raw = screen.raw();
        let last = |bytes: &[u8]| raw.windows(bytes.len()).rposition(|found| found == bytes);
        last(b"\x1b[?1007h") < last(b"\x1b[?1007l")
    };
    assert!(!turned_off(&reader));
    // The keys behind it show when it has been read.
    reader.press("ra draft");
    reader.wait_for("> a draft");
    // In the input line, arrows are for the history.
    wait_until(|| turned_off(&reader), || "the wheel still scrolls".to_owned());
    reader.press("\x1b");
    reader.wait_for("r reply");
    reader.press("/x");
    reader.wait_for("/ x");
    reader.press("\x03");
    assert_eq!(reader.wait(), Some(0));
    reader.assert_restored();
}

#[test]
fn the_title_has_the_channel_and_what_is_unread_and_is_given_back() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    has_title(&reader, "shmchat · lobby");
    // The key behind it shows when that has been read.
    reader.press(&format!("{FOCUS_LOST}/away"));
    reader.wait_for("/ away");
    writer.press("one\r");
    has_title(&reader, "shmchat · lobby (1)");
    writer.press("two\r");
    has_title(&reader, "shmchat · lobby (2)");
    reader.press(FOCUS_GAINED);
    reader.press("\x1b");
    reader.wait_for("r reply");
    has_title(&reader, "shmchat · lobby");
    reader.signal(Signal::SIGTERM);
    assert_eq!(reader.wait(), Some(143));
    reader.assert_restored();
    assert_eq!(title(&writer), "shmchat · lobby", "what one writes oneself is not unread");
}

#[test]
fn a_terminal_that_keeps_no_title_gets_none() {
    let place = Place::new();
    let mut reader = place.reader().env("TERM", "linux").in_terminal();
    reader.wait_for("waiting for a writer");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    assert!(!String::from_utf8_lossy(&reader.raw()).contains("\x1b]"));
}
