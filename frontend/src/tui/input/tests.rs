//! The input line against a plain editor that keeps a list of graphemes.
use super::*;
use proptest::prelude::*;

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
    Transpose,
    Yank,
    Take,
}

fn press(input: &mut LineEditor, key: &Key) {
    match key {
        Key::Insert(text) => _ = input.insert(text),
        Key::Backspace => input.backspace(),
        Key::Delete => input.delete(),
        Key::Left => input.left(),
        Key::Right => input.right(),
        Key::Up => _ = input.up(usize::MAX),
        Key::Down => _ = input.down(usize::MAX),
        Key::WordLeft => input.word_left(),
        Key::WordRight => input.word_right(),
        Key::LineStart => input.line_start(),
        Key::LineEnd => input.line_end(),
        Key::KillToLineStart => input.kill_to_line_start(),
        Key::KillToLineEnd => input.kill_to_line_end(),
        Key::KillBackToSpace => input.kill_back_to_space(),
        Key::KillWordLeft => input.kill_word_left(),
        Key::KillWordRight => input.kill_word_right(),
        Key::Transpose => input.transpose(),
        Key::Yank => _ = input.yank(),
        Key::Take => _ = input.take(),
    }
}

/// The same editor over a list of graphemes, where every key is plain arithmetic.
#[derive(Default)]
struct Plain {
    graphemes: Vec<String>,
    cursor: usize,
    goal: Option<usize>,
    killed: String,
    /// The last key killed something.
    killing: bool,
}

impl Plain {
    fn press(&mut self, key: &Key) {
        let goal = self.goal.take();
        let was_killing = std::mem::take(&mut self.killing);
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
            Key::KillToLineStart if at == line_start => self.kill(was_killing, at.saturating_sub(1), at),
            Key::KillToLineStart => self.kill(was_killing, line_start, at),
            Key::KillToLineEnd if at == line_end => self.kill(was_killing, at, (at + 1).min(end)),
            Key::KillToLineEnd => self.kill(was_killing, at, line_end),
            Key::KillBackToSpace => self.kill(was_killing, self.back(|g| !is_blank(g)), at),
            Key::KillWordLeft => self.kill(was_killing, self.back(is_word), at),
            Key::KillWordRight => self.kill(was_killing, at, self.forward()),
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
            Key::Transpose => {
                let middle = if at == end { at.saturating_sub(1) } else { at };
                if middle > 0 {
                    self.graphemes.swap(middle - 1, middle);
                    self.split_again(middle + 1);
                }
            }
            Key::Yank => {
                let before: String = self.graphemes[..at].concat() + &self.killed;
                let text = before.clone() + &self.graphemes[at..].concat();
                self.split(&text, before.len());
            }
            Key::Take => *self = Plain { killed: std::mem::take(&mut self.killed), ..Plain::default() },
        }
    }

    fn kill(&mut self, goes_on: bool, start: usize, end: usize) {
        if start == end {
            // The draft's end: a kill of nothing neither begins nor ends a row of kills.
            self.killing = goes_on;
            return;
        }
        let text = self.graphemes[start..end].concat();
        self.killed = match goes_on {
            false => text,
            true if end == self.cursor => text + &self.killed,
            true => format!("{}{text}", self.killed),
        };
        self.killing = true;
        self.cut(start, end);
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
        self.split(&text, before);
    }

    fn split(&mut self, text: &str, before: usize) {
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
        Key::Transpose,
        Key::Yank,
        Key::Yank,
    ]);
    let key = prop_oneof![8 => text.prop_map(Key::Insert), 8 => other, 1 => Just(Key::Take)];
    prop::collection::vec(key, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn any_keys_do_what_the_plain_editor_does(keys in keys()) {
        let mut input = LineEditor::default();
        let mut plain = Plain::default();
        for key in keys {
            press(&mut input, &key);
            plain.press(&key);
            prop_assert_eq!(input.text(), plain.graphemes.concat());
            prop_assert_eq!(input.cursor(), plain.graphemes[..plain.cursor].concat().len(), "{:?}", key);
        }
    }

    #[test]
    fn undo_goes_back_over_texts_that_were_there_to_the_empty_line(keys in keys()) {
        let mut input = LineEditor::default();
        let mut texts = vec![String::new()];
        for key in keys {
            press(&mut input, &key);
            if matches!(key, Key::Take) {
                texts.clear();
            }
            texts.push(input.text().to_owned());
        }
        for _ in 0..100 {
            input.undo();
            let found = texts.iter().rposition(|text| text == input.text());
            prop_assert!(found.is_some(), "{:?} was never there", input.text());
            prop_assert!(is_boundary(input.text(), input.cursor()));
        }
        prop_assert_eq!(input.text(), "");
    }

    #[test]
    fn up_and_down_stay_on_boundaries_and_come_to_an_end(keys in keys(), width in 1_usize..8) {
        let mut input = LineEditor::default();
        keys.iter().for_each(|key| press(&mut input, key));
        for up in [true, false] {
            let mut moves = 0;
            while if up { input.up(width) } else { input.down(width) } {
                prop_assert!(is_boundary(input.text(), input.cursor()));
                moves += 1;
                prop_assert!(moves <= input.text().len());
            }
        }
    }
}
