//! Who is there: that they type, and what they call themselves.

use shmchat_tests::{Place, Terminal};
use vt100::Color;

#[test]
fn typing_is_shown_while_it_lasts_and_puts_nothing_in_the_lane() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("h");
    reader.wait_for("alice ● typing…");
    writer.press("\x7f");
    reader.wait_for("alice ● here");
    writer.press("hello\r");
    reader.wait_for("alice  hello");
    reader.wait_for("alice ● here");
    reader.press("i");
    reader.press("hi");
    writer.wait_for("bob ● typing…");
    // And then bob does nothing: it fades, though no doorbell rings.
    writer.wait_for("bob ● here");
    writer.press("\x03");
    assert_eq!(writer.wait(), Some(0));
}

#[test]
fn a_command_is_not_typing() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("/clea");
    writer.wait_for("/clea");
    reader.press("ihello\r");
    writer.wait_for("hello");
    writer.press("r\r");
    writer.wait_until_gone("hello");
    writer.press("/quit\r");
    assert_eq!((writer.wait(), reader.wait()), (Some(0), Some(0)));
    assert!(!String::from_utf8_lossy(&reader.raw()).contains("typing…"), "a command was shown as typing");
}

#[test]
fn who_shows_no_typing_sees_none() {
    let place = Place::new();
    let mut reader = place.reader().args("--name bob --no-typing").in_terminal();
    reader.wait_for("waiting for a writer");
    let mut writer = place.writer().args("--name alice").in_terminal();
    writer.wait_for("bob ● here");
    writer.press("one\r");
    reader.wait_for("one");
    reader.press("itwo\r");
    writer.wait_for("two");
    for (screen, who) in [(&reader, "the reader"), (&writer, "the writer")] {
        assert!(!String::from_utf8_lossy(&screen.raw()).contains("typing…"), "{who} shows it");
    }
}

#[test]
fn several_lives_that_wait_have_their_own_names_on_the_screen() {
    let place = Place::new();
    place.writer().args("--name bob").input(b"one\n").finish().assert_well();
    place.writer().args("--name carol").input(b"two\n").finish().assert_well();
    let reader = place.reader().args("--name ann").in_terminal();
    reader.wait_for("bob    one");
    reader.wait_for("carol  two");
}

/// The colour of the palette in which a word stands on the screen, each time that it does.
fn colours_of(screen: &Terminal, word: &str) -> Vec<Color> {
    let screen = screen.screen();
    let (rows, columns) = (24, 80);
    let mut found = Vec::new();
    for y in 1..rows {
        let cells = (0..columns).filter_map(|x| screen.cell(y, x)).filter(|cell| !cell.is_wide_continuation());
        let row: Vec<_> = cells.map(|cell| (cell.contents().to_owned(), cell.fgcolor())).collect();
        for at in 0..row.len() {
            let here: String = row[at..].iter().take(word.chars().count()).map(|(text, _)| text.as_str()).collect();
            if here == word {
                found.push(row[at].1);
            }
        }
    }
    found
}

#[test]
fn each_name_has_its_colour_in_every_run_and_ones_own_stands_out() {
    let place = Place::new();
    for _ in 0..2 {
        for name in ["alice", "小明", "Иван", "小明", "carol"] {
            let said = format!("ann, от {name}\n");
            place.writer().args("--name").arg(name).input(said).finish().assert_well();
        }
        let mut reader = place.reader().args("--name ann --stay").in_terminal();
        reader.wait_for("carol  ann, от carol");
        // Each time the name beside the message, and then the same word in it.
        let twice = |colour| [Color::Idx(colour), Color::Default];
        assert_eq!(colours_of(&reader, "alice"), twice(5));
        assert_eq!(colours_of(&reader, "小明"), [twice(2), twice(2)].concat());
        assert_eq!(colours_of(&reader, "Иван"), twice(1));
        assert_eq!(colours_of(&reader, "ann"), [Color::Idx(6); 5], "cyan, which nobody else has");
        reader.press("x");
        assert_eq!(reader.wait(), Some(0));
    }
}

#[test]
fn a_message_that_nobody_put_a_name_to_is_the_other_sides() {
    let place = Place::new();
    let nameless = "{\"from\":\"\",\"text\":\"你好\"}\n{\"from\":\"\u{3000}\",\"text\":\"привет\"}\n";
    place.writer().args("--framing json").input(nameless).finish().assert_well();
    let mut reader = place.reader().args("--stay").in_terminal();
    reader.wait_for("the writer  你好");
    reader.wait_for("the writer  привет");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    reader.wait_for(" the writer  привет");
}
