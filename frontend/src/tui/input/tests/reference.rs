//! Any keys, against a plain editor that keeps a list of graphemes.
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use crate::tui::input::LineEditor;
use crate::tui::input::draft::{is_blank, is_boundary, is_word};
use crate::tui::wrap;

#[derive(Debug, Clone)]
enum EditKey {
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

fn press(input: &mut LineEditor, key: &EditKey) {
    match key {
        EditKey::Insert(text) => _ = input.insert(text),
        EditKey::Backspace => input.backspace(),
        EditKey::Delete => input.delete(),
        EditKey::Left => input.left(),
        EditKey::Right => input.right(),
        EditKey::Up => _ = input.up(usize::MAX),
        EditKey::Down => _ = input.down(usize::MAX),
        EditKey::WordLeft => input.word_left(),
        EditKey::WordRight => input.word_right(),
        EditKey::LineStart => input.line_start(),
        EditKey::LineEnd => input.line_end(),
        EditKey::KillToLineStart => input.kill_to_line_start(),
        EditKey::KillToLineEnd => input.kill_to_line_end(),
        EditKey::KillBackToSpace => input.kill_back_to_space(),
        EditKey::KillWordLeft => input.kill_word_left(),
        EditKey::KillWordRight => input.kill_word_right(),
        EditKey::Transpose => input.transpose(),
        EditKey::Yank => _ = input.yank(),
        EditKey::Take => _ = input.take(),
    }
}

/// The same editor over a list of graphemes, where every key is plain arithmetic.
#[derive(Default)]
struct ReferenceEditor {
    graphemes: Vec<String>,
    cursor: usize,
    goal: Option<usize>,
    killed: String,
    /// The last key killed something.
    killing: bool,
}

impl ReferenceEditor {
    fn press(&mut self, key: &EditKey) {
        let goal = self.goal.take();
        let was_killing = std::mem::take(&mut self.killing);
        let (at, end) = (self.cursor, self.graphemes.len());
        let line_start = (0..at).rev().find(|i| self.graphemes[*i] == "\n").map_or(0, |i| i + 1);
        let line_end = (at..end).find(|i| self.graphemes[*i] == "\n").unwrap_or(end);
        match key {
            EditKey::Insert(text) => {
                self.graphemes.insert(at, (*text).to_owned());
                self.split_again(at + 1);
            }
            EditKey::Backspace => self.cut(at.saturating_sub(1), at),
            EditKey::Delete => self.cut(at, (at + 1).min(end)),
            EditKey::Left => self.cursor = at.saturating_sub(1),
            EditKey::Right => self.cursor = (at + 1).min(end),
            EditKey::LineStart => self.cursor = line_start,
            EditKey::LineEnd => self.cursor = line_end,
            EditKey::WordLeft => self.cursor = self.back(is_word),
            EditKey::WordRight => self.cursor = self.forward(),
            EditKey::KillToLineStart if at == line_start => self.kill(was_killing, at.saturating_sub(1), at),
            EditKey::KillToLineStart => self.kill(was_killing, line_start, at),
            EditKey::KillToLineEnd if at == line_end => self.kill(was_killing, at, (at + 1).min(end)),
            EditKey::KillToLineEnd => self.kill(was_killing, at, line_end),
            EditKey::KillBackToSpace => self.kill(was_killing, self.back(|g| !is_blank(g)), at),
            EditKey::KillWordLeft => self.kill(was_killing, self.back(is_word), at),
            EditKey::KillWordRight => self.kill(was_killing, at, self.forward()),
            EditKey::Up if line_start == 0 => self.goal = goal,
            EditKey::Down if line_end == end => self.goal = goal,
            EditKey::Up | EditKey::Down => {
                let goal = goal.unwrap_or(self.columns(line_start, at));
                let up = matches!(key, EditKey::Up);
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
            EditKey::Transpose => {
                let middle = if at == end { at.saturating_sub(1) } else { at };
                if middle > 0 {
                    self.graphemes.swap(middle - 1, middle);
                    self.split_again(middle + 1);
                }
            }
            EditKey::Yank => {
                let before: String = self.graphemes[..at].concat() + &self.killed;
                let text = before.clone() + &self.graphemes[at..].concat();
                self.split(&text, before.len());
            }
            EditKey::Take => {
                *self = ReferenceEditor { killed: std::mem::take(&mut self.killed), ..ReferenceEditor::default() }
            }
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

fn keys() -> impl Strategy<Value = Vec<EditKey>> {
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
        EditKey::Backspace,
        EditKey::Delete,
        EditKey::Left,
        EditKey::Right,
        EditKey::Up,
        EditKey::Down,
        EditKey::WordLeft,
        EditKey::WordRight,
        EditKey::LineStart,
        EditKey::LineEnd,
        EditKey::KillToLineStart,
        EditKey::KillToLineEnd,
        EditKey::KillBackToSpace,
        EditKey::KillWordLeft,
        EditKey::KillWordRight,
        EditKey::Transpose,
        EditKey::Yank,
        EditKey::Yank,
    ]);
    let key = prop_oneof![8 => text.prop_map(EditKey::Insert), 8 => other, 1 => Just(EditKey::Take)];
    prop::collection::vec(key, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn any_keys_do_what_the_plain_editor_does(keys in keys()) {
        let mut input = LineEditor::default();
        let mut reference = ReferenceEditor::default();
        for key in keys {
            press(&mut input, &key);
            reference.press(&key);
            prop_assert_eq!(input.text(), reference.graphemes.concat());
            prop_assert_eq!(input.cursor(), reference.graphemes[..reference.cursor].concat().len(), "{:?}", key);
        }
    }

    #[test]
    fn undo_goes_back_over_texts_that_were_there_to_the_empty_line(keys in keys()) {
        let mut input = LineEditor::default();
        let mut texts = vec![String::new()];
        for key in keys {
            press(&mut input, &key);
            if matches!(key, EditKey::Take) {
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
