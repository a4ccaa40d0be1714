//! One key, with its modifiers.
use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key as the terminal reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) struct Chord {
    /// Whether it follows a Ctrl-X.
    pub(in crate::tui) behind_ctrl_x: bool,
    pub(in crate::tui) modifiers: KeyModifiers,
    pub(in crate::tui) code: KeyCode,
}

impl Chord {
    /// The key of an event. Shift is not part of it: it is in the letter.
    pub(in crate::tui) fn of(key: KeyEvent, behind_ctrl_x: bool) -> Chord {
        let modifiers = key.modifiers & KeyModifiers::CONTROL.union(KeyModifiers::ALT);
        Chord { behind_ctrl_x, modifiers, code: key.code }
    }

    /// The letter that it types, if any.
    pub(in crate::tui) fn letter(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() && !self.behind_ctrl_x => Some(c),
            _ => None,
        }
    }
}

impl fmt::Display for Chord {
    /// As it is printed on a keyboard.
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
            // Ctrl-_ arrives from a terminal as this.
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
