//! What single keys do to the input line.
mod reference;

use super::*;

fn input(text: &str, cursor: usize) -> LineEditor {
    LineEditor { text: text.to_owned(), cursor, ..LineEditor::default() }
}

#[test]
fn pasted_new_lines_become_one_kind_and_controls_are_dropped() {
    let mut input = LineEditor::default();
    assert!(input.insert("a\r\nb\rc\n\td\x1b[31m\x07\u{9b}"));
    assert_eq!(input.text(), "a\nb\nc\n\td[31m");
}

#[test]
fn backspace_takes_a_whole_emoji() {
    let mut input = input("a👨‍👩‍👧", "a👨‍👩‍👧".len());
    input.backspace();
    assert_eq!((input.text(), input.cursor()), ("a", 1));
}

#[test]
fn an_accent_typed_behind_a_letter_leaves_the_cursor_behind_both() {
    let mut input = input("ex", 1);
    assert!(input.insert("\u{301}"));
    assert_eq!((input.text(), input.cursor()), ("e\u{301}x", 3));
    input.left();
    assert_eq!(input.cursor(), 0);
}

#[test]
fn a_letter_typed_before_a_lone_accent_takes_the_cursor_past_it() {
    let mut input = input("\u{301}x", 0);
    assert!(input.insert("e"));
    assert_eq!(input.cursor(), 3);
}

#[test]
fn deleting_between_the_halves_of_a_flag_melts_them_and_the_cursor_stays_outside() {
    let mut input = input("🇦x🇧", "🇦x".len());
    input.backspace();
    assert_eq!((input.text(), input.cursor()), ("🇦🇧", 8));
}

#[test]
fn up_and_down_keep_the_column_across_a_short_line() {
    let mut input = input("你好吗\nx\nabcdef", "你好吗\nx\nabcd".len());
    assert!(input.up(usize::MAX));
    assert_eq!(input.cursor(), "你好吗\nx".len());
    assert!(input.up(usize::MAX));
    assert_eq!(input.cursor(), "你好".len());
    assert!(input.down(usize::MAX));
    assert!(input.down(usize::MAX));
    assert_eq!(input.cursor(), "你好吗\nx\nabcd".len());
}

#[test]
fn what_exceeds_a_draft_is_left_out_between_graphemes() {
    let mut input = input(&"a".repeat(DRAFT_MAX - 3), 0);
    assert!(!input.insert("é你"));
    assert!(input.text().starts_with("éa"));
    assert!(input.text().len() <= DRAFT_MAX);
}

#[test]
fn up_and_down_go_by_the_rows_that_one_sees() {
    let mut input = input("abcdefgh\nij", 6);
    assert!(input.up(4));
    assert_eq!(input.cursor(), 2);
    assert!(!input.up(4));
    for expected in [6, 11] {
        assert!(input.down(4));
        assert_eq!(input.cursor(), expected);
    }
    assert!(!input.down(4));
    // Behind the last column of a full row there is no place: it is the next row's first.
    input.move_to("abcdefgh".len());
    assert!(input.up(3));
    assert_eq!(input.cursor(), 5);
}

#[test]
fn kills_in_a_row_are_yanked_as_one_text() {
    let mut input = input("one two three", 7);
    input.kill_back_to_space();
    input.kill_word_right();
    input.kill_back_to_space();
    assert_eq!((input.text(), input.killed.as_str()), ("", "one two three"));
    assert!(input.yank());
    input.kill_back_to_space();
    assert_eq!((input.text(), input.killed.as_str()), ("one two ", "three"));
}

#[test]
fn two_letters_the_wrong_way_round_are_swapped_whole() {
    let mut input = input("a👨‍👩‍👧é", "a👨‍👩‍👧é".len());
    input.transpose();
    assert_eq!(input.text(), "aé👨‍👩‍👧");
    input.move_to(1);
    input.transpose();
    assert_eq!((input.text(), input.cursor()), ("éa👨‍👩‍👧", 3));
}

#[test]
fn undo_takes_back_a_word_a_paste_or_a_kill_at_a_time() {
    let mut input = LineEditor::default();
    "one two".chars().for_each(|c| assert!(input.insert(c.encode_utf8(&mut [0; 4]))));
    assert!(input.insert(", a paste"));
    input.kill_to_line_start();
    for expected in ["one two, a paste", "one two", "one ", "one", "", ""] {
        input.undo();
        assert_eq!(input.text(), expected);
    }
}

#[test]
fn what_is_kept_for_undo_is_bounded() {
    let mut input = LineEditor::default();
    for _ in 0..100 {
        assert!(input.replace(&"a".repeat(DRAFT_MAX)));
        assert!(input.replace("b"));
    }
    let mut undone = 0;
    while input.text() != "" && undone < 1000 {
        let before = input.text().to_owned();
        input.undo();
        if input.text() == before {
            break;
        }
        undone += 1;
    }
    assert!((10..=40).contains(&undone), "{undone}");
}

#[test]
fn the_history_keeps_the_draft_and_what_was_changed_on_the_way() {
    let mut history = History::default();
    assert_eq!(history.older("draft"), None);
    ["one", "two", "two"].iter().for_each(|text| history.add(text));
    assert_eq!(history.newer("draft"), None);
    assert_eq!(history.older("draft").as_deref(), Some("two"));
    assert_eq!(history.older("two, changed").as_deref(), Some("one"));
    assert_eq!(history.older("one"), None);
    assert_eq!(history.newer("one").as_deref(), Some("two, changed"));
    assert_eq!(history.newer("two, changed").as_deref(), Some("draft"));
    history.add("three");
    assert_eq!(history.older("").as_deref(), Some("three"));
    assert_eq!(history.older("three").as_deref(), Some("two"));
}
