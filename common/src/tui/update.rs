//! What an event does to the model, and what it asks of the loop.
#![forbid(unsafe_code)]

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::Rect;

use super::event::{Effect, Event};
use super::input::DRAFT_MAX;
use super::layout::Layout;
use super::model::{Mode, Model};
use super::transcript::{self, Columns, Scroll};
use crate::channel::Role;

/// Applies one event. Nothing that arrives can make it fail.
pub fn update(model: &mut Model, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(key) => return on_key(model, key).into_iter().collect(),
        Event::Paste(text) => paste(model, &text),
        Event::Resize(width, height) => model.size = (width, height),
        Event::Arrived { from, at, text, shortened } => {
            model.add_theirs(&from, at, &text, shortened);
        }
        Event::Sent { id, at, seq } => model.mark_sent(id, at, seq),
        Event::Taken { below } => model.mark_taken(below),
        Event::Waiting(waiting) => model.waiting = waiting,
        Event::Presence { who, now } => model.mark_presence(&who, now),
        Event::Notice(text) => model.add_notice(&text),
    }
    Vec::new()
}

/// A paste is text, never keys. Where no input line is open it goes nowhere: opening one would let
/// the clipboard of another window decide what is sent with the next Enter.
fn paste(model: &mut Model, text: &str) {
    if model.mode == Mode::Writing {
        insert(model, text);
    }
}

fn insert(model: &mut Model, text: &str) {
    if !model.input.insert(text) {
        model.add_notice(&format!("a message holds {} KiB; the rest of it was left out", DRAFT_MAX / 1024));
    }
}

/// The modifiers that make another key of a key. Shift is none of them: it is in the letter.
const OTHER_KEY: KeyModifiers = KeyModifiers::CONTROL.union(KeyModifiers::ALT);
const CTRL: KeyModifiers = KeyModifiers::CONTROL;
const ALT: KeyModifiers = KeyModifiers::ALT;
const PLAIN: KeyModifiers = KeyModifiers::NONE;

fn on_key(model: &mut Model, key: KeyEvent) -> Option<Effect> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let modifiers = key.modifiers & OTHER_KEY;
    match (modifiers, key.code) {
        (CTRL, KeyCode::Char('c')) => return Some(Effect::Quit),
        (CTRL, KeyCode::Char('z')) => return Some(Effect::Suspend),
        (CTRL, KeyCode::Char('d')) if model.input.is_empty() || model.mode == Mode::Reading => {
            return Some(Effect::Quit);
        }
        (_, KeyCode::PageUp) => scroll(model, Scroll::Up),
        (_, KeyCode::PageDown) => scroll(model, Scroll::Down),
        _ => {
            return match model.mode {
                Mode::Writing => writing_key(model, modifiers, key.code),
                Mode::Reading => reading_key(model, modifiers, key.code),
            };
        }
    }
    None
}

fn writing_key(model: &mut Model, modifiers: KeyModifiers, code: KeyCode) -> Option<Effect> {
    let input = &mut model.input;
    match (modifiers, code) {
        (PLAIN, KeyCode::Enter) => return enter(model),
        (PLAIN, KeyCode::Esc) => model.mode = Mode::Reading,
        (ALT, KeyCode::Enter) | (CTRL, KeyCode::Char('j')) => insert(model, "\n"),
        (PLAIN, KeyCode::Tab) => insert(model, "\t"),
        (PLAIN, KeyCode::Char(c)) => insert(model, c.encode_utf8(&mut [0; 4])),

        (PLAIN, KeyCode::Backspace) | (CTRL, KeyCode::Char('h')) => input.backspace(),
        (PLAIN, KeyCode::Delete) | (CTRL, KeyCode::Char('d')) => input.delete(),
        (CTRL, KeyCode::Char('u')) => input.kill_to_line_start(),
        (CTRL, KeyCode::Char('k')) => input.kill_to_line_end(),
        (CTRL, KeyCode::Char('w')) => input.kill_back_to_space(),
        (ALT, KeyCode::Backspace) => input.kill_word_left(),
        (ALT, KeyCode::Char('d')) => input.kill_word_right(),

        (PLAIN, KeyCode::Left) | (CTRL, KeyCode::Char('b')) => input.left(),
        (PLAIN, KeyCode::Right) | (CTRL, KeyCode::Char('f')) => input.right(),
        (CTRL | ALT, KeyCode::Left) | (ALT, KeyCode::Char('b')) => input.word_left(),
        (CTRL | ALT, KeyCode::Right) | (ALT, KeyCode::Char('f')) => input.word_right(),
        (PLAIN, KeyCode::Home) | (CTRL, KeyCode::Char('a')) => input.line_start(),
        (PLAIN, KeyCode::End) | (CTRL, KeyCode::Char('e')) => input.line_end(),
        (PLAIN, KeyCode::Up) | (CTRL, KeyCode::Char('p')) => input.up(),
        (PLAIN, KeyCode::Down) | (CTRL, KeyCode::Char('n')) => input.down(),
        _ => {}
    }
    None
}

/// Sends the draft. An `x` alone quits, and `\x` stands for the letter.
fn enter(model: &mut Model) -> Option<Effect> {
    if model.input.is_empty() {
        return None;
    }
    let text = match model.input.take() {
        text if text == "x" => return Some(Effect::Quit),
        text if text == r"\x" => "x".to_owned(),
        text => text,
    };
    let id = model.add_mine(&text);
    // Who writes wants to see what was written, wherever they were reading.
    model.scroll = None;
    Some(Effect::Send { id, text })
}

fn reading_key(model: &mut Model, modifiers: KeyModifiers, code: KeyCode) -> Option<Effect> {
    if modifiers != PLAIN {
        return None;
    }
    match (code, model.side) {
        (KeyCode::Char('x'), _) => return Some(Effect::Quit),
        (KeyCode::Char('i'), _) | (KeyCode::Char('a'), Role::Writer) | (KeyCode::Char('r'), Role::Reader) => {
            model.mode = Mode::Writing;
        }
        (KeyCode::Up | KeyCode::Char('k'), _) => scroll(model, |_| Scroll::Up(1)),
        (KeyCode::Down | KeyCode::Char('j'), _) => scroll(model, |_| Scroll::Down(1)),
        (KeyCode::Home, _) => scroll(model, |_| Scroll::Top),
        (KeyCode::End, _) => scroll(model, |_| Scroll::End),
        _ => {}
    }
    None
}

/// Scrolls by what `way` makes of a page, which is the height of the transcript less one row to read
/// on from.
fn scroll(model: &mut Model, way: impl FnOnce(usize) -> Scroll) {
    let (width, height) = model.size;
    let transcript = Layout::of(model, Rect::new(0, 0, width, height)).transcript;
    let height = usize::from(transcript.height);
    let columns = Columns::of(model, usize::from(width));
    transcript::scroll(model, &columns, height, way(height.saturating_sub(1).max(1)));
}
