//! The keys: one table, from which come what a key does, the help of F1, and the line of hints.
//!
//! ```text
//!   key ──▶ binding_of(places that are open now) ──▶ Action ──▶ update
//!                 │
//!               TABLE ──▶ the help (F1), the hints at the bottom
//! ```
//!
//! A key that is in no table is a letter, where one writes, and else nothing.
mod table;

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::model::{Mode, Model};
use shmchat::channel::Role;
pub(super) use table::TABLE;

/// Where a key works. In this order the help lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyContext {
    /// In the input line.
    Writing,
    /// In any line that one types into.
    Editing,
    /// Outside of the input line.
    Reading,
    /// In the line of a search.
    Searching,
    /// While a message is chosen to be copied.
    Choosing,
    /// While a question about a long paste is open.
    Asked,
    /// Anywhere.
    Anywhere,
}

impl KeyContext {
    /// All, as the help lists them, each with its heading.
    pub(super) const ALL: [(KeyContext, &'static str); 7] = [
        (KeyContext::Writing, "Writing"),
        (KeyContext::Editing, "Editing a line"),
        (KeyContext::Reading, "Reading (outside of the line)"),
        (KeyContext::Searching, "Searching"),
        (KeyContext::Choosing, "Choosing a message to copy"),
        (KeyContext::Asked, "Asked about a long paste"),
        (KeyContext::Anywhere, "Anywhere"),
    ];
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Quit,
    Suspend,
    Redraw,
    Help,
    Panel,
    Bare,
    Wheel,
    PageUp,
    PageDown,

    Send,
    /// Sends this instead of what was typed.
    SendText(&'static str),
    NewLine,
    Leave,
    Editor,
    Older,
    Newer,

    Tab,
    Backspace,
    Delete,
    KillToLineStart,
    KillToLineEnd,
    KillBackToSpace,
    KillWordLeft,
    KillWordRight,
    Yank,
    Transpose,
    Undo,
    Left,
    Right,
    WordLeft,
    WordRight,
    LineStart,
    LineEnd,

    Write,
    RowUp,
    RowDown,
    Top,
    End,
    Search,
    NextHit,
    LastHit,
    Choose,

    Find,
    Abandon,
    ChooseOlder,
    ChooseNewer,
    Copy,
    SendPaste,
    EditPaste,
}

/// A key as the terminal gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chord {
    /// Behind a Ctrl-X.
    pub(super) behind_ctrl_x: bool,
    pub(super) modifiers: KeyModifiers,
    pub(super) code: KeyCode,
}

impl Chord {
    /// The key of an event. Shift is no part of it: it is in the letter.
    pub(super) fn of(key: KeyEvent, behind_ctrl_x: bool) -> Chord {
        let modifiers = key.modifiers & KeyModifiers::CONTROL.union(KeyModifiers::ALT);
        Chord { behind_ctrl_x, modifiers, code: key.code }
    }

    /// The letter that it types, if it types one.
    pub(super) fn letter(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() && !self.behind_ctrl_x => Some(c),
            _ => None,
        }
    }
}

impl fmt::Display for Chord {
    /// As it stands on a keyboard.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.behind_ctrl_x {
            f.write_str("Ctrl-X ")?;
        }
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("Ctrl-")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("Alt-")?;
        }
        match self.code {
            // What a terminal sends for Ctrl-_ is told to us as this.
            KeyCode::Char('7') if self.modifiers == KeyModifiers::CONTROL => f.write_str("_"),
            KeyCode::Char(c) if self.modifiers.is_empty() => write!(f, "{c}"),
            KeyCode::Char(c) => write!(f, "{}", c.to_ascii_uppercase()),
            KeyCode::F(number) => write!(f, "F{number}"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::Delete => f.write_str("Del"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Binding {
    pub(super) place: KeyContext,
    /// Only where this side sits.
    pub(super) side: Option<Role>,
    /// Only where this alone stands in the line.
    pub(super) line: Option<&'static str>,
    /// Any of these.
    pub(super) keys: &'static [Chord],
    pub(super) action: Action,
    /// What it does, for the help.
    pub(super) does: &'static str,
    /// What stands in the hints, and how early.
    pub(super) hint: Option<(u8, &'static str)>,
}

impl Binding {
    fn is_open(&self, model: &Model) -> bool {
        self.side.is_none_or(|side| side == model.side)
            && self.line.is_none_or(|line| line == model.input.text())
            && places(model).contains(&self.place)
    }

    /// Its keys as the help shows them.
    pub(super) fn names(&self) -> String {
        let names: Vec<String> =
            self.keys.iter().map(|key| format!("{}{key}", self.line.unwrap_or_default())).collect();
        // One types the x and then Enter; both are shown as what is seen on a keyboard.
        names.join("  ").replace("Enter", if self.line.is_some() { "⏎" } else { "Enter" })
    }
}

/// What is open now: the first place that knows a key has it.
fn places(model: &Model) -> &'static [KeyContext] {
    if model.asked.is_some() {
        return &[KeyContext::Asked, KeyContext::Anywhere];
    }
    match model.mode {
        Mode::Writing => &[KeyContext::Writing, KeyContext::Editing, KeyContext::Anywhere],
        Mode::Reading => &[KeyContext::Reading, KeyContext::Anywhere],
        Mode::Searching => &[KeyContext::Searching, KeyContext::Editing, KeyContext::Anywhere],
        Mode::Choosing => &[KeyContext::Choosing, KeyContext::Anywhere],
    }
}

/// What a key does now.
pub(super) fn action_of(model: &Model, chord: Chord) -> Option<Action> {
    let open = TABLE.iter().filter(|binding| binding.is_open(model) && binding.keys.contains(&chord));
    // A row that asks for a certain line comes before those that do not, and a nearer place before a farther one.
    let place = |binding: &&Binding| places(model).iter().position(|place| *place == binding.place);
    open.min_by_key(|binding| (place(binding), binding.line.is_none())).map(|binding| binding.action)
}

/// The hints of what is open now, the most needed first.
pub(super) fn hints(model: &Model) -> Vec<&'static str> {
    let shown = |binding: &&Binding| {
        binding.side.is_none_or(|side| side == model.side) && places(model).contains(&binding.place)
    };
    let mut hints: Vec<_> = TABLE.iter().filter(shown).filter_map(|binding| binding.hint).collect();
    hints.sort();
    hints.into_iter().map(|(_, hint)| hint).collect()
}
