//! The table itself.
use super::binding::Action as A;
use super::binding::Binding;
use super::binding::KeyContext::{
    self, Anywhere, Asked, Choosing, Editing, Leaving, Reading, Recalling, Searching, Writing,
};
use super::chord::Chord;
use crate::framing::QUIT_LINE;
use crossterm::event::KeyCode::{
    self, Backspace, Delete, Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp, Right, Tab, Up,
};
use crossterm::event::KeyModifiers;
use shmchat::Role;

const fn key(code: KeyCode) -> Chord {
    Chord { behind_ctrl_x: false, modifiers: KeyModifiers::NONE, code }
}

const fn letter(c: char) -> Chord {
    key(KeyCode::Char(c))
}

const fn ctrl(code: KeyCode) -> Chord {
    Chord { behind_ctrl_x: false, modifiers: KeyModifiers::CONTROL, code }
}

const fn ctrl_letter(c: char) -> Chord {
    ctrl(KeyCode::Char(c))
}

const fn alt(code: KeyCode) -> Chord {
    Chord { behind_ctrl_x: false, modifiers: KeyModifiers::ALT, code }
}

const fn alt_letter(c: char) -> Chord {
    alt(KeyCode::Char(c))
}

const fn ctrl_x(chord: Chord) -> Chord {
    Chord { behind_ctrl_x: true, ..chord }
}

const fn row(place: KeyContext, keys: &'static [Chord], action: A, does: &'static str) -> Binding {
    Binding { place, side: None, line: None, keys, action, does, hint: None }
}

/// Every key that does something.
pub(in crate::tui) const TABLE: &[Binding] = &[
    row(Writing, &[key(Enter)], A::Send, "send").hint(10, "Enter send"),
    row(Writing, &[alt(Enter), ctrl_letter('j')], A::NewLine, "insert a new line").hint(11, "Alt-Enter new line"),
    row(Writing, &[key(Enter)], A::QuitLine, "quit").line(QUIT_LINE).hint(12, "x⏎ quit"),
    row(Writing, &[key(Enter)], A::SendText("x"), "send the letter x").line("\\x"),
    row(Writing, &[ctrl_letter('d')], A::Quit, "quit, on an empty line").line(""),
    row(Writing, &[key(Esc)], A::Leave, "leave the line to read, search or copy").hint(40, "Esc leave the line"),
    row(Writing, &[key(Up), ctrl_letter('p')], A::Older, "a row up, then older messages of yours"),
    row(Writing, &[key(Down), ctrl_letter('n')], A::Newer, "a row down, then newer messages of yours"),
    row(Writing, &[ctrl_letter('r')], A::Recall, "search what you sent"),
    row(Writing, &[ctrl_x(ctrl_letter('e'))], A::Editor, "edit in $VISUAL or $EDITOR"),
    row(Writing, &[key(Tab)], A::Tab, "complete a command, else insert a tab"),
    // Editing, as readline has it.
    row(Editing, &[key(Left), ctrl_letter('b')], A::Left, "a character left"),
    row(Editing, &[key(Right), ctrl_letter('f')], A::Right, "a character right"),
    row(Editing, &[alt_letter('b'), ctrl(Left), alt(Left)], A::WordLeft, "a word left"),
    row(Editing, &[alt_letter('f'), ctrl(Right), alt(Right)], A::WordRight, "a word right"),
    row(Editing, &[key(Home), ctrl_letter('a')], A::LineStart, "to the start of the line"),
    row(Editing, &[key(End), ctrl_letter('e')], A::LineEnd, "to the end of the line"),
    row(Editing, &[key(Backspace), ctrl_letter('h')], A::Backspace, "delete the character before the cursor"),
    row(Editing, &[key(Delete)], A::Delete, "delete the character after the cursor"),
    row(Editing, &[ctrl_letter('d')], A::DeleteOrSay, "the same; it quits on an empty line only"),
    row(Editing, &[ctrl_letter('k')], A::KillToLineEnd, "kill to the end of the line"),
    row(Editing, &[ctrl_letter('u')], A::KillToLineStart, "kill to the start of the line"),
    row(Editing, &[ctrl_letter('w')], A::KillBackToSpace, "kill back to a space"),
    row(Editing, &[alt(Backspace)], A::KillWordLeft, "kill a word left"),
    row(Editing, &[alt_letter('d'), ctrl(Delete)], A::KillWordRight, "kill a word right"),
    row(Editing, &[ctrl_letter('y')], A::Yank, "yank what was killed"),
    row(Editing, &[ctrl_letter('t')], A::Transpose, "swap two characters"),
    row(Editing, &[ctrl_letter('7')], A::Undo, "undo"),
    // Reading.
    row(Reading, &[letter('x')], A::QuitOrAsk, "quit; with a draft, twice").hint(11, "x quit"),
    row(Reading, &[ctrl_letter('d')], A::Quit, "quit"),
    row(Reading, &[letter('i'), letter('a')], A::Write, "write").of(Role::Writer).hint(10, "i write"),
    row(Reading, &[letter('r'), letter('i')], A::Write, "reply").of(Role::Reader).hint(12, "r reply"),
    row(Reading, &[key(Up), letter('k')], A::RowUp, "a row up"),
    row(Reading, &[key(Down), letter('j')], A::RowDown, "a row down"),
    row(Reading, &[key(Home), letter('g')], A::Top, "to the oldest message"),
    row(Reading, &[key(End), letter('G')], A::End, "to the newest message"),
    row(Reading, &[letter('/')], A::Search, "search").hint(14, "/ search"),
    row(Reading, &[letter('n')], A::NextHit, "to the next older match"),
    row(Reading, &[letter('N')], A::LastHit, "to the next newer match"),
    row(Reading, &[letter('y')], A::Choose, "choose a message to copy").hint(15, "y copy"),
    row(Reading, &[letter('b')], A::Bare, "a bare view without borders, on or off"),
    row(Reading, &[letter('m')], A::Wheel, "the wheel in the input line too, on or off"),
    row(Reading, &[letter('?')], A::Help, "this list"),
    row(Reading, &[key(Esc)], A::Leave, "close the help or the panel; clear the search"),
    // A search.
    row(Searching, &[key(Enter)], A::Find, "search upwards from here").hint(10, "Enter find"),
    row(Searching, &[key(Esc)], A::Abandon, "stop searching").hint(11, "Esc back"),
    // A search through what was sent.
    row(Recalling, &[key(Enter)], A::RecallTake, "put it into the line, to edit or send it").hint(10, "Enter take it"),
    row(Recalling, &[ctrl_letter('r')], A::RecallOlder, "an older one").hint(11, "Ctrl-R older"),
    row(Recalling, &[key(Esc), ctrl_letter('g')], A::RecallDrop, "back to the draft").hint(12, "Esc back"),
    row(Recalling, &[key(Backspace), ctrl_letter('h')], A::RecallShorter, "search for less, from the newest on"),
    // Choosing.
    row(Choosing, &[key(Up), letter('k')], A::ChooseOlder, "the message above").hint(11, "↑ ↓ another"),
    row(Choosing, &[key(Down), letter('j')], A::ChooseNewer, "the message below"),
    row(Choosing, &[letter('y'), key(Enter)], A::Copy, "copy it, if the terminal allows").hint(10, "y copy"),
    row(Choosing, &[key(Esc)], A::Abandon, "copy nothing").hint(12, "Esc back"),
    // Asked.
    row(Asked, &[key(Enter)], A::SendPaste, "send it as one message").hint(10, "Enter yes"),
    row(Asked, &[key(Esc)], A::EditPaste, "edit it first").hint(11, "Esc edit"),
    // Leaving.
    row(Leaving, &[letter('x')], A::Quit, "quit; the draft is printed").hint(10, "x quit"),
    row(Leaving, &[key(Esc)], A::Stay, "go back, as with any other key").hint(11, "Esc back"),
    // Anywhere.
    row(Anywhere, &[key(F(1))], A::Help, "show or hide this list").hint(20, "F1 help"),
    row(Anywhere, &[key(F(2))], A::Panel, "show or hide the shared memory at work").hint(21, "F2 segment"),
    row(Anywhere, &[key(PageUp)], A::PageUp, "a page up").hint(50, "PgUp PgDn scroll"),
    row(Anywhere, &[key(PageDown)], A::PageDown, "a page down"),
    row(Anywhere, &[ctrl_letter('l')], A::Redraw, "redraw the screen"),
    row(Anywhere, &[ctrl_letter('z')], A::Suspend, "suspend; fg in the shell resumes"),
    row(Anywhere, &[ctrl_letter('c')], A::Quit, "quit"),
];
