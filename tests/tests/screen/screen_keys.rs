//! Keys as a terminal sends them, and what comes of them on a real screen.

use shmchat_tests::called;
use shmchat_tests::{Place, Terminal};

const UP: &str = "\x1b[A";
const F1: &str = "\x1bOP";
const F2: &str = "\x1bOQ";

fn has(screen: &Terminal, bytes: &[u8]) -> bool {
    screen.raw().windows(bytes.len()).any(|window| window == bytes)
}

#[test]
fn the_keys_of_readline_edit_the_line() {
    let place = Place::new();
    let (mut writer, reader) = place.screens_writer_first();
    // Alt-B, Ctrl-W; Home by its own key, Ctrl-Right, Ctrl-Y; Left, Ctrl-T; Ctrl-Left and Alt-D, and that undone by Ctrl-_.
    for keys in [
        "one two three",
        "\x1bb",
        "\x17",
        "\x1b[H",
        "\x1b[1;5C",
        " ",
        "\x19",
        "\x1b[D",
        "\x14",
        "\x1b[1;5D",
        "\x1bd",
        "\x1f",
    ] {
        writer.press(keys);
    }
    writer.press("\r");
    reader.wait_for("alice  one tw o three");
    writer.wait_for("✓✓");
    writer.press(&format!("a draft{UP}"));
    writer.wait_for("> one tw o three");
    writer.press("\x1b[B");
    writer.wait_for("> a draft");
}

#[test]
fn a_paste_of_many_lines_is_asked_about_and_comes_as_one_message() {
    let place = Place::new();
    let (mut writer, reader) = place.screens_writer_first();
    let lines: String = (1..=35).map(|number| format!("line {number}\r")).collect();
    writer.press(&format!("\x1b[200~{lines}\x1b[201~"));
    writer.wait_for("send 35 lines as one message? Enter yes, Esc edit");
    writer.press("\r");
    reader.wait_for("line 35");
    writer.wait_for("✓✓");
    // One message has one name beside it.
    assert_eq!(
        reader.contents().matches("alice  ").count(),
        usize::from(reader.contents().contains("alice  line 1\n"))
    );
}

#[test]
fn y_hands_a_message_to_the_terminals_clipboard() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("hello\r");
    reader.wait_for("alice  hello");
    reader.press("yy");
    reader.wait_for("copied, if the terminal allows it");
    reader.wait_for_bytes(b"\x1b]52;c;aGVsbG8=\x1b\\");
}

#[test]
fn a_search_finds_what_has_scrolled_away() {
    let place = Place::new();
    place.writer().args("--name alice").input((0..200).map(|n| format!("number {n}\n")).collect::<String>()).finish();
    let mut reader = place.reader().args("--stay").in_terminal();
    reader.wait_for("number 199");
    reader.press("/number 7\r");
    reader.wait_for("of 11: number 7");
    reader.wait_for("more below");
    reader.press("nnnnn");
    reader.wait_for("6 of 11: number 7");
}

#[test]
fn the_wheel_scrolls_once_m_has_asked_for_it() {
    let place = Place::new();
    place.writer().input((0..100).map(|n| format!("number {n}\n")).collect::<String>()).finish();
    let mut reader = place.reader().args("--stay").in_terminal();
    reader.wait_for("number 99");
    assert!(!has(&reader, b"\x1b[?1000h"), "the mouse is the terminal's until asked for");
    reader.press("m");
    reader.wait_for_bytes(b"\x1b[?1000h\x1b[?1006h");
    reader.press("\x1b[<64;10;10M");
    reader.wait_for("3 more below");
    reader.press("\x1b[<65;10;10M");
    reader.wait_until_gone("more below");
    // It ends with the mouse still on, and gives it back.
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    reader.assert_restored();
}

#[test]
fn the_bell_rings_when_nobody_looks_and_is_asked_for() {
    let place = Place::new();
    let mut writer = place.writer().in_terminal();
    writer.wait_for("waiting for a reader");
    let mut reader = place.reader().args("--bell").in_terminal();
    reader.wait_for("● here");
    // The terminal is asked to say, and says that it is looked at: the key behind it shows when that has been read.
    reader.wait_for_bytes(b"\x1b[?1004h");
    reader.press("\x1b[I/first");
    reader.wait_for("/ first");
    writer.press("quietly\r");
    reader.wait_for("quietly");
    writer.wait_for("✓✓");
    assert!(!has(&reader, b"\x07"));
    reader.press("\x1b[O/second");
    reader.wait_for("/ first/second");
    writer.press("aloud\r");
    reader.wait_for_bytes(b"\x07");
    reader.wait_for("─ new ─");
    reader.press("\x03");
    assert_eq!(reader.wait(), Some(0));
    assert!(has(&reader, b"\x1b[?1004l"), "and is to say it no more");

    let silent = Place::new();
    let (mut writer, reader) = silent.screens_writer_first();
    writer.press("hello\r");
    reader.wait_for("hello");
    writer.wait_for("✓✓");
    assert!(!has(&reader, b"\x07"), "nobody asked for a bell");
}

#[test]
fn f1_shows_the_keys_and_f2_the_segment_as_the_kernel_lists_it() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press(F1);
    writer.wait_for("Writing");
    writer.wait_for("Alt-Enter  Ctrl-J");
    writer.press(F2);
    writer.wait_for(&format!("memory {}", shmchat_tests::memory()));
    writer.press("seen in hex\r");
    writer.wait_for("seen in hex");
    // In hexadecimal, behind its header.
    writer.wait_for("73 65 65 6e 20 69 6e 20");
    writer.wait_for("the reader sleeps until one arrives");
    writer.wait_for("the writer sleeps until one arrives");
    let memory = called(&place.only_segment());
    // A path that is longer than the row is cut at its beginning.
    let end = &memory[memory.len().saturating_sub(30)..];
    assert!(writer.contents().contains(end), "{}", writer.contents());
    reader.press(F2);
    reader.wait_for("mode 0600");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    // The kernel counts who is there only for a segment.
    writer.wait_for(if shmchat_tests::memory() == shmchat::MemoryKind::SysV { "attached 1" } else { "owner " });
}

#[test]
fn what_a_hostile_writer_sends_is_digits_in_the_panel() {
    let place = Place::new();
    place.hostile("named").arg("evil\x1b]0;pwned\x07").input("\x1b]0;pwned\x07\u{202e}\n").finish();
    let mut reader = place.reader().args("--stay").in_terminal();
    reader.wait_for("␛]0;pwned␇");
    reader.press(F2);
    reader.wait_for("1b 5d 30 3b 70 77");
    reader.press("/pwned\r");
    // The notice that it quit has its name.
    reader.wait_for("1 of 2: pwned");
    reader.press("yy");
    reader.wait_for("copied");
    for forbidden in [&b"\x1b]0;pwned"[..], b"\x07", "\u{202e}".as_bytes()] {
        assert!(!has(&reader, forbidden), "{forbidden:?}");
    }
}

#[test]
fn a_long_draft_wraps_at_words_and_up_goes_to_the_row_above() {
    let place = Place::new();
    let (mut writer, reader) = place.screens_writer_first();
    // Twelve columns each: the seventh does not fit in 76.
    writer.press(&format!("{}the end", "somewhat 你 ".repeat(7)));
    writer.wait_for("   somewhat 你 the end");
    writer.press(&format!("{UP}!\r"));
    reader.wait_for("somewha!t");
    writer.wait_for("> type a message…");
}

#[test]
fn ctrl_d_deletes_and_at_the_end_of_a_draft_says_why_it_does_not_quit() {
    let place = Place::new();
    let mut writer = place.writer().in_terminal();
    writer.wait_for("waiting for a reader");
    writer.press("ab\x04");
    writer.wait_for("Ctrl-D quits on an empty line only, Ctrl-C always");
    writer.press("\x01\x04");
    writer.wait_for("> b ");
    writer.press("\x04\x04");
    assert_eq!(writer.wait(), Some(0));
}

#[test]
fn a_narrow_screen_keeps_the_way_out_and_the_help() {
    let place = Place::new();
    let (writer, reader) = place.screens_writer_first();
    for columns in [30, 20] {
        writer.resize(columns, 10);
        writer.wait_for("x⏎ quit  F1 help");
        reader.resize(columns, 10);
        reader.wait_for("x quit");
        reader.wait_for("F1 help");
    }
}

#[test]
fn ctrl_r_finds_what_was_sent_and_enter_puts_it_into_the_line() {
    let place = Place::new();
    let (mut writer, reader) = place.screens_writer_first();
    writer.press("first 你好\rsecond\ra draft");
    writer.wait_for("> a draft");
    writer.press("\x12好");
    writer.wait_for("? first 你好");
    writer.wait_for("sent before: 好");
    writer.press("\r");
    writer.wait_for("> first 你好");
    writer.press("\x05!\r");
    reader.wait_for("alice  first 你好!");
    assert_eq!(reader.contents().matches("first 你好").count(), 2, "once before, and once now");
    // And Esc gives the draft back.
    writer.press("another draft\x12sec");
    writer.wait_for("? second");
    writer.press("\x07");
    writer.wait_for("> another draft");
}
