//! The screen driven by events and read back as text.
mod anything;
mod commands;
mod files;
mod help;
mod highlights;
mod keys;
mod letters;
mod line;
mod links;
mod namesakes;
mod panel;
mod reading;
mod recall;
mod screens;
mod search;
mod writing;

use chrono::{NaiveDate, NaiveDateTime};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Position;
use ratatui::style::Modifier;

use super::event::{Alert, Effect, Event};
use super::link::LinkPiece;
use super::model::Model;
use super::update::update;
use super::view::view;
use shmchat::Backlog;
use shmchat::{Presence, Role};

/// A screen under test.
struct Play {
    model: Model,
    /// Positions in the lane given out so far.
    seq: u64,
}

impl Play {
    fn new(side: Role, width: u16, height: u16) -> Play {
        let me = match side {
            Role::Writer => "alice",
            Role::Reader => "bob",
        };
        let size = (width, height);
        Play { model: Model::new(side, "lobby".into(), me.into(), size, true, day(21)), seq: 0 }
    }

    fn event(&mut self, event: Event) -> Vec<Effect> {
        update(&mut self.model, event)
    }

    fn key(&mut self, code: KeyCode) -> Vec<Effect> {
        self.event(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    fn ctrl(&mut self, c: char) -> Vec<Effect> {
        self.event(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)))
    }

    fn alt(&mut self, code: KeyCode) -> Vec<Effect> {
        self.event(Event::Key(KeyEvent::new(code, KeyModifiers::ALT)))
    }

    fn keys(&mut self, text: &str) -> Vec<Effect> {
        text.chars().flat_map(|c| self.key(KeyCode::Char(c))).collect()
    }

    fn here(&mut self, who: &str) {
        self.event(Event::Presence { who: who.into(), now: Presence::Here, at: None });
    }

    fn arrived(&mut self, from: &str, at: NaiveDateTime, text: &str) {
        let (from, text) = (from.into(), text.into());
        self.event(Event::Arrived { from, at: Some(at), text, shortened: 0 });
    }

    /// Types and sends, and lets it reach the segment.
    fn send(&mut self, at: NaiveDateTime, text: &str) {
        self.event(Event::Paste(text.into()));
        for effect in self.key(KeyCode::Enter) {
            if let Effect::Send { id, .. } = effect {
                self.event(Event::Sent { id, at, seq: self.seq });
                self.seq += 64;
            }
        }
    }

    fn acknowledged(&mut self) {
        self.event(Event::Acknowledged { below: self.seq });
    }

    fn terminal(&self) -> Terminal<TestBackend> {
        let (width, height) = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| drop(view(&self.model, frame))).unwrap();
        terminal
    }

    /// The links on the screen, and its cells.
    fn links(&self) -> (Vec<LinkPiece>, Buffer) {
        let (width, height) = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut links = Vec::new();
        terminal.draw(|frame| links = view(&self.model, frame)).unwrap();
        (links, terminal.backend().buffer().clone())
    }

    /// The screen as text between bars, and where the cursor stands.
    fn screen(&self) -> String {
        let terminal = self.terminal();
        let mut screen: String = rows(terminal.backend().buffer()).iter().map(|row| format!("│{row}│\n")).collect();
        screen.push_str(&match self.cursor() {
            Some(Position { x, y }) => format!("cursor {x},{y}"),
            None => "no cursor".to_owned(),
        });
        screen
    }

    fn cursor(&self) -> Option<Position> {
        let mut terminal = self.terminal();
        let backend = terminal.backend_mut();
        backend.cursor_visible().then(|| backend.cursor_position())
    }
}

/// What is in the cells, a wide symbol standing for both of its cells.
fn rows(buffer: &Buffer) -> Vec<String> {
    let row = |y: u16| {
        let mut row = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += symbol.cell_width().max(1);
        }
        row
    };
    (0..buffer.area.height).map(row).collect()
}

/// The pieces of the screen that have this modifier.
fn with(play: &Play, modifier: Modifier) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for cell in play.terminal().backend().buffer().content() {
        if cell.modifier.contains(modifier) {
            piece.push_str(cell.symbol());
        } else if !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    pieces
}

/// A day of November 2026.
fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

/// A minute after nine on the 21st.
fn at(minute: u32) -> NaiveDateTime {
    day(21).and_hms_opt(9, minute, 0).unwrap()
}
