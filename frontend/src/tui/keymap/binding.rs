//! What a row of the table of keys says: where a key works, what it does, and how the help shows both.
use shmchat::Role;

use super::chord::Chord;

/// Where a key works. The help lists them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum KeyContext {
    /// In the input line.
    Writing,
    /// In any line you type into.
    Editing,
    /// Outside the input line.
    Reading,
    /// In the line of a search.
    Searching,
    /// In a search through what you sent.
    Recalling,
    /// While a message is chosen to be copied.
    Choosing,
    /// While a question about a long paste is open.
    Asked,
    /// While the question is open whether to leave a draft.
    Leaving,
    /// Anywhere.
    Anywhere,
}

impl KeyContext {
    /// All of them in the help's order, each with its heading.
    pub(in crate::tui) const ALL: [(KeyContext, &'static str); 9] = [
        (KeyContext::Writing, "Writing"),
        (KeyContext::Editing, "Editing a line"),
        (KeyContext::Reading, "Reading (outside the input line)"),
        (KeyContext::Searching, "Searching"),
        (KeyContext::Recalling, "Searching what you sent (Ctrl-R)"),
        (KeyContext::Choosing, "Choosing a message to copy"),
        (KeyContext::Asked, "When asked about a long paste"),
        (KeyContext::Leaving, "When asked whether to leave a draft"),
        (KeyContext::Anywhere, "Anywhere"),
    ];
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Action {
    Quit,
    /// Quits, but asks first if a draft stands.
    QuitOrAsk,
    /// Quits by what the line holds, which is no draft.
    QuitLine,
    /// Stays after all.
    Stay,
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
    Recall,
    RecallOlder,
    RecallShorter,
    RecallTake,
    RecallDrop,

    Tab,
    Backspace,
    Delete,
    /// The same, and says why it does nothing if there is nothing.
    DeleteOrSay,
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

impl Action {
    /// How much its hint is needed on a narrow screen: the way out most, then the help.
    pub(super) fn is_needed(self) -> u8 {
        match self {
            Action::Quit
            | Action::QuitOrAsk
            | Action::QuitLine
            | Action::Stay
            | Action::Abandon
            | Action::RecallDrop
            | Action::EditPaste => 2,
            Action::Help => 1,
            _ => 0,
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub(in crate::tui) struct Binding {
    pub(in crate::tui) place: KeyContext,
    /// Only on this side, if set.
    pub(in crate::tui) side: Option<Role>,
    /// Only if the line holds exactly this, if set.
    pub(in crate::tui) line: Option<&'static str>,
    /// Any of these.
    pub(in crate::tui) keys: &'static [Chord],
    pub(in crate::tui) action: Action,
    /// What it does, for the help.
    pub(in crate::tui) does: &'static str,
    /// What the hints show, and how early.
    pub(in crate::tui) hint: Option<(u8, &'static str)>,
}

impl Binding {
    /// Its keys as the help shows them.
    pub(in crate::tui) fn names(&self) -> String {
        let names: Vec<String> =
            self.keys.iter().map(|key| format!("{}{key}", self.line.unwrap_or_default())).collect();
        // You type the x and then Enter; both are shown as they look on a keyboard.
        names.join("  ").replace("Enter", if self.line.is_some() { "⏎" } else { "Enter" })
    }

    pub(super) const fn hint(self, rank: u8, hint: &'static str) -> Binding {
        Binding { hint: Some((rank, hint)), ..self }
    }

    pub(super) const fn of(self, side: Role) -> Binding {
        Binding { side: Some(side), ..self }
    }

    pub(super) const fn line(self, line: &'static str) -> Binding {
        Binding { line: Some(line), ..self }
    }
}
