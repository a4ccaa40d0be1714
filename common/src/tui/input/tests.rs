//! The input line against a plain editor that keeps a list of graphemes.
#![forbid(unsafe_code)]

use super::*;
use proptest::prelude::*;

fn input(text: &str, cursor: usize) -> Input {
    Input { text: text.to_owned(), cursor, goal: None }
}

#[test]
fn pasted_new_lines_become_one_kind_and_controls_are_dropped() {
    let mut input = Input::default();
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
    input.up();
    assert_eq!(input.cursor(), "你好吗\nx".len());
    input.up();
    assert_eq!(input.cursor(), "你好".len());
    input.down();
    input.down();
    assert_eq!(input.cursor(), "你好吗\nx\nabcd".len());
}

#[test]
fn what_exceeds_a_draft_is_left_out_between_graphemes() {
    let mut input = input(&"a".repeat(DRAFT_MAX - 3), 0);
    assert!(!input.insert("é你"));
    assert!(input.text().starts_with("éa"));
    assert!(input.text().len() <= DRAFT_MAX);
}

#[derive(Debug, Clone)]
enum Key {
    Insert(&'static str),
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    WordLeft,
    WordRight,
    LineStart,
    LineEnd,
    KillToLineStart,
    KillToLineEnd,
    KillBackToSpace,
    KillWordLeft,
    KillWordRight,
    Take,
}

fn press(input: &mut Input, key: &Key) {
    match key {
        Key::Insert(text) => _ = input.insert(text),
        Key::Backspace => input.backspace(),
        Key::Delete => input.delete(),
        Key::Left => input.left(),
        Key::Right => input.right(),
        Key::Up => input.up(),
        Key::Down => input.down(),
        Key::WordLeft => input.word_left(),
        Key::WordRight => input.word_right(),
        Key::LineStart => input.line_start(),
        Key::LineEnd => input.line_end(),
        Key::KillToLineStart => input.kill_to_line_start(),
        Key::KillToLineEnd => input.kill_to_line_end(),
        Key::KillBackToSpace => input.kill_back_to_space(),
        Key::KillWordLeft => input.kill_word_left(),
        Key::KillWordRight => input.kill_word_right(),
        Key::Take => _ = input.take(),
    }
}

/// The same editor over a list of graphemes, where every key is plain arithmetic.
#[derive(Default)]
struct Plain {
    graphemes: Vec<String>,
    cursor: usize,
    goal: Option<usize>,
}

impl Plain {
    fn press(&mut self, key: &Key) {
        let goal = self.goal.take();
        let (at, end) = (self.cursor, self.graphemes.len());
        let line_start = (0..at).rev().find(|i| self.graphemes[*i] == "\n").map_or(0, |i| i + 1);
        let line_end = (at..end).find(|i| self.graphemes[*i] == "\n").unwrap_or(end);
        match key {
            Key::Insert(text) => {
                self.graphemes.insert(at, (*text).to_owned());
                self.split_again(at + 1);
            }
            Key::Backspace => self.cut(at.saturating_sub(1), at),
            Key::Delete => self.cut(at, (at + 1).min(end)),
            Key::Left => self.cursor = at.saturating_sub(1),
            Key::Right => self.cursor = (at + 1).min(end),
            Key::LineStart => self.cursor = line_start,
            Key::LineEnd => self.cursor = line_end,
            Key::WordLeft => self.cursor = self.back(is_word),
            Key::WordRight => self.cursor = self.forward(),
            Key::KillToLineStart if at == line_start => self.cut(at.saturating_sub(1), at),
            Key::KillToLineStart => self.cut(line_start, at),
            Key::KillToLineEnd if at == line_end => self.cut(at, (at + 1).min(end)),
            Key::KillToLineEnd => self.cut(at, line_end),
            Key::KillBackToSpace => self.cut(self.back(|g| !is_blank(g)), at),
            Key::KillWordLeft => self.cut(self.back(is_word), at),
            Key::KillWordRight => self.cut(at, self.forward()),
            Key::Up if line_start == 0 => self.goal = goal,
            Key::Down if line_end == end => self.goal = goal,
            Key::Up | Key::Down => {
                let goal = goal.unwrap_or(self.columns(line_start, at));
                let up = matches!(key, Key::Up);
                let mut to = if up { line_start - 1 } else { line_end + 1 };
                while up && to > 0 && self.graphemes[to - 1] != "\n" {
                    to -= 1;
                }
                let start = to;
                while to < end && self.graphemes[to] != "\n" && self.columns(start, to + 1) <= goal {
                    to += 1;
                }
                self.cursor = to;
                self.goal = Some(goal);
            }
            Key::Take => *self = Plain::default(),
        }
    }

    fn columns(&self, start: usize, end: usize) -> usize {
        wrap::columns(&self.graphemes[start..end].concat(), usize::MAX)
    }

    fn back(&self, part: impl Fn(&str) -> bool) -> usize {
        let mut at = self.cursor;
        while at > 0 && !part(&self.graphemes[at - 1]) {
            at -= 1;
        }
        while at > 0 && part(&self.graphemes[at - 1]) {
            at -= 1;
        }
        at
    }

    fn forward(&self) -> usize {
        let mut at = self.cursor;
        while at < self.graphemes.len() && !is_word(&self.graphemes[at]) {
            at += 1;
        }
        while at < self.graphemes.len() && is_word(&self.graphemes[at]) {
            at += 1;
        }
        at
    }

    fn cut(&mut self, start: usize, end: usize) {
        self.graphemes.drain(start..end);
        self.split_again(start);
    }

    /// Splits the whole text anew; the cursor goes to the first boundary at or after `cursor`.
    fn split_again(&mut self, cursor: usize) {
        let before = self.graphemes[..cursor].concat().len();
        let text = self.graphemes.concat();
        self.graphemes = text.graphemes(true).map(str::to_owned).collect();
        let mut bytes = 0;
        self.cursor = 0;
        while bytes < before {
            bytes += self.graphemes[self.cursor].len();
            self.cursor += 1;
        }
    }
}

fn keys() -> impl Strategy<Value = Vec<Key>> {
    let text = prop::sample::select(vec![
        "a",
        "b",
        "1",
        " ",
        "\t",
        "\n",
        "-",
        "é",
        "e\u{301}",
        "\u{301}",
        "你",
        "👩‍🚀",
        "👩",
        "\u{200D}",
        "🇦",
        "🇧",
        "क",
        "\u{94D}",
        "ष",
        "한",
        "\u{1100}",
        "\u{1161}",
        "\u{FE0F}",
        "❤",
        "\u{200B}",
    ]);
    let other = prop::sample::select(vec![
        Key::Backspace,
        Key::Delete,
        Key::Left,
        Key::Right,
        Key::Up,
        Key::Down,
        Key::WordLeft,
        Key::WordRight,
        Key::LineStart,
        Key::LineEnd,
        Key::KillToLineStart,
        Key::KillToLineEnd,
        Key::KillBackToSpace,
        Key::KillWordLeft,
        Key::KillWordRight,
    ]);
    let key = prop_oneof![8 => text.prop_map(Key::Insert), 8 => other, 1 => Just(Key::Take)];
    prop::collection::vec(key, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn any_keys_do_what_the_plain_editor_does(keys in keys()) {
        let mut input = Input::default();
        let mut plain = Plain::default();
        for key in keys {
            press(&mut input, &key);
            plain.press(&key);
            prop_assert_eq!(input.text(), plain.graphemes.concat());
            prop_assert_eq!(input.cursor(), plain.graphemes[..plain.cursor].concat().len(), "{:?}", key);
        }
    }
}
