//! Terminals of all kinds, and what becomes of them.

use shmchat_tests::{Place, Run};

#[test]
fn a_panic_gives_the_terminal_back_and_its_report_is_there_to_be_read() {
    let place = Place::new();
    let screen = Run::new("panics", place.dir()).in_terminal();
    assert_eq!(screen.wait(), Some(101));
    screen.assert_restored();
    screen.wait_for("on purpose");

    let screen = Run::new("panics", place.dir()).args("--thread").in_terminal();
    assert_eq!(screen.wait(), Some(0));
    screen.assert_restored();
    // The report, and what the program said after it, on lines of their own.
    screen.wait_for("on purpose, in a thread");
    screen.wait_for("\nafter the thread");
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_brings_all_back() {
    let place = Place::new();
    // A shell that waits for a line once its job has stopped.
    let shell = r#"set -m; "$0" "$@"; printf 'stopped '; read line; fg; printf 'ended with %s' $?"#;
    let under = ["bash", "-c", shell].map(Into::into);
    let mut writer = place.writer().args("--name alice").under(under).in_terminal();
    writer.wait_for("waiting for a reader");
    let reader = place.reader().args("--name bob").in_terminal();
    reader.wait_for("● here");
    writer.press("a draft\x1a");
    writer.wait_for("stopped");
    assert!(!writer.contents().contains("waiting for"), "the ordinary screen:\n{}", writer.contents());
    writer.press("\r");
    writer.wait_for("> a draft");
    writer.press("!\r");
    reader.wait_for("alice  a draft!");
    let titles = writer.raw().windows(4).filter(|bytes| bytes == b"\x1b]2;").count();
    assert_eq!(titles, 2, "the title is ours again");
    writer.press("x\r");
    writer.wait_for("ended with 0");
    assert_eq!(writer.wait(), Some(0));
    writer.assert_restored();
}

/// The foreground and background colours in what was drawn, by the terminal's palette; none where there is another.
/// They come as `38;5;N` and `48;5;N`, whatever N
/// (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Functions-using-CSI-_-ordered-by-the-final-character-lparen-s-rparen>).
fn colours(raw: &[u8]) -> Vec<(u32, Option<u32>)> {
    let text = String::from_utf8_lossy(raw);
    let mut found = Vec::new();
    for rest in text.split("\x1b[").skip(1) {
        let Some((numbers, _)) = rest.split_once('m') else { continue };
        let numbers: Vec<u32> = numbers.split(';').map_while(|number| number.parse().ok()).collect();
        match numbers[..] {
            [38, 5, colour, ..] => found.push((38, Some(colour))),
            [48, 5, colour, ..] => found.push((48, Some(colour))),
            [first, ..] if (30..39).contains(&first) || (40..49).contains(&first) || (90..108).contains(&first) => {
                found.push((first, None));
            }
            _ => {}
        }
        // A foreground and a background in one sequence.
        if let [_, 5, _, 48, 5, colour] = numbers[..] {
            found.push((48, Some(colour)));
        }
    }
    found
}

#[test]
fn no_color_means_none_and_colours_are_few_and_the_terminals_own() {
    for (variable, expected) in [("NO_COLOR", false), ("UNUSED", true)] {
        let place = Place::new();
        let mut writer = place.writer().args("--name alice").env(variable, "1").in_terminal();
        writer.wait_for("waiting for a reader");
        let mut reader = place.reader().args("--name bob").in_terminal();
        reader.wait_for("● here");
        writer.press("hello\r");
        writer.wait_for("✓✓");
        reader.press("ihi\r");
        writer.wait_for("bob    hi");
        writer.press("\x1bOQ");
        writer.wait_for("newest messages");
        writer.press("\x1bOQ\x1b[O");
        let used = colours(&writer.raw());
        assert_eq!(!used.is_empty(), expected, "{used:?}");
        // Of the eight that every terminal has, and never a background: so they read on light and dark alike.
        assert!(used.iter().all(|&(what, colour)| what == 38 && colour.is_some_and(|colour| colour < 8)), "{used:?}");
    }
}

#[test]
fn a_draft_outlives_any_resize_while_it_is_typed() {
    let place = Place::new();
    let (mut writer, reader) = place.screens_writer_first();
    let mut draft = String::new();
    for (columns, rows) in [(20, 6), (3, 2), (1, 1), (200, 1), (500, 40), (30, 30), (80, 24)] {
        let word = format!("at {columns} by {rows}, ");
        draft.push_str(&word);
        writer.press(&word);
        writer.resize(columns, rows);
    }
    draft.push_str("and 你好 to the end");
    writer.press("and 你好 to the end");
    writer.wait_for("to the end");
    writer.press("\r");
    reader.wait_for("to the end");
    // As it arrived, whatever rows it was broken into.
    let seen: String = reader.contents().split_whitespace().collect();
    let sent: String = draft.split_whitespace().collect();
    assert!(seen.contains(&sent), "{seen}");
}

#[test]
fn a_dumb_terminal_gets_no_screen_and_a_word_why() {
    let place = Place::new();
    for term in ["dumb", ""] {
        let mut writer = place.writer().env("TERM", term).in_terminal();
        writer.wait_for("the terminal cannot place a cursor");
        writer.press("hello\rx\r");
        assert_eq!(writer.wait(), Some(0));
        assert!(!writer.raw().windows(2).any(|window| window == b"\x1b["), "{}", writer.contents());
        assert_eq!(place.reader().finish().stdout, b"hello\n");
    }
}
