//! The input line as it is drawn: wrapped at the words, with the cursor where the next letter goes.
use insta::assert_snapshot;

use super::*;

#[test]
fn a_draft_wraps_at_words_and_the_cursor_goes_by_its_rows() {
    let mut play = Play::new(Role::Writer, 30, 16);
    play.keys("the quick brown fox 你好 👩\u{200d}🚀 jumps over dogs");
    assert_snapshot!(play.screen(), @r#"
    │       ○ waiting for a reader │
    │ ───── Sat 21 Nov 2026 ────── │
    │                              │
    │                              │
    │                              │
    │                              │
    │                              │
    │                              │
    │                              │
    │                              │
    │                              │
    │                              │
    │ ──────────────────────────── │
    │ > the quick brown fox 你好   │
    │   👩‍🚀 jumps over dogs         │
    │ Enter send  x⏎ quit  F1 help │
    cursor 21,14
    "#);
    // Up keeps the column, by what each letter takes.
    (0..3).for_each(|_| drop(play.ctrl('b')));
    play.key(KeyCode::Up);
    assert_eq!(play.cursor(), Some(Position::new(18, 13)));
    play.keys("|");
    assert!(play.model.input.text().starts_with("the quick brown| fox"), "{}", play.model.input.text());
    play.key(KeyCode::Down);
    play.keys("|");
    assert!(play.model.input.text().ends_with("over do|gs"), "{}", play.model.input.text());
    // Wide letters count as two.
    play.key(KeyCode::Up);
    play.ctrl('a');
    play.key(KeyCode::Down);
    play.key(KeyCode::Right);
    assert_eq!(play.cursor(), Some(Position::new(5, 14)));
}

#[test]
fn blanks_at_the_end_of_a_row_hang_over_its_edge_and_the_cursor_stays_on_the_screen() {
    let mut play = Play::new(Role::Writer, 14, 9);
    play.keys("abcd efghi    ");
    assert_snapshot!(play.screen(), @r#"
    │    ○ waiting │
    │ ── 21 Nov ── │
    │              │
    │              │
    │              │
    │              │
    │ ──────────── │
    │ > abcd efghi │
    │ x⏎ quit      │
    cursor 13,7
    "#);
    play.keys("j");
    assert_snapshot!(play.screen(), @r#"
    │    ○ waiting │
    │ ── 21 Nov ── │
    │              │
    │              │
    │              │
    │ ──────────── │
    │ > abcd efghi │
    │   j          │
    │ x⏎ quit      │
    cursor 4,7
    "#);
}

#[test]
fn every_place_of_the_cursor_is_a_cell_beside_the_letter_that_it_is_at() {
    let text = "one two  three 你好 four\tfive\nsix seven eight-nine ten";
    for width in 5..40 {
        let mut play = Play::new(Role::Writer, width, 60);
        play.event(Event::Paste(text.into()));
        play.key(KeyCode::PageUp);
        while play.model.input.cursor() > 0 {
            play.ctrl('b');
            let Position { x, y } = play.cursor().expect("a cursor");
            let after = play.model.input.text()[play.model.input.cursor()..].chars().next().expect("a letter");
            let terminal = play.terminal();
            let buffer = terminal.backend().buffer();
            let there = buffer[(x, y)].symbol();
            // Blanks may hang over the edge; a new line has no cell.
            let expected = if after.is_whitespace() { " ".to_owned() } else { after.to_string() };
            assert_eq!(there, expected, "{width}: {x},{y}\n{}", play.screen());
        }
    }
}
