//! The screen that both binaries share.
//!
//! ```text
//!   input thread            │  the thread that owns everything
//!                           │
//!   crossterm::event::read  │   bell, signals, terminal's hang-up
//!            │              │        │
//!          InputThread ── wake fd ─┼──▶  poll ──▶ Event ──▶ update ──▶ Effect ──▶ channel
//!        (at most 1,024     │                          │
//!         events waiting)   │                        Model
//!                           │                          │
//!                           │                        view ──▶ Screen (the terminal)
//! ```
//!
//! [`update()`] and [`view()`] are plain functions over [`Model`]: no input, no output, no clock. All that
//! the screen does can therefore be tested by handing it events and reading the cells. What touches the
//! terminal stands apart: [`InputThread`] reads it, [`Screen`] takes it over and gives it back.
//!
//! | file | what for |
//! | --- | --- |
//! | `event` | what can happen, and what is asked of the loop |
//! | `model` | what the screen knows, bounded in memory |
//! | `keymap`, `help` | the one table of keys, and what F1 makes of it |
//! | `update` | what a key or an arrival changes |
//! | `input` | the line one types into, its undo, its history |
//! | `search` | what is searched for, and where it is |
//! | `panel` | the shared memory at work, as F2 shows it |
//! | `layout`, `transcript`, `view` | which rows go where, which entries are on the screen, drawing |
//! | `wrap` | rows and columns of a text |
//! | `run`, `outgoing` | the one loop over the real channel; what is on its way into it |
//! | `archive` | the transcript in a file |
//! | `clipboard` | a copied message as the terminal takes it |
//! | `editor` | the user's editor in place of the screen |
//! | `keys`, `terminal` | the input thread; entering and leaving the screen |
mod archive;
mod clipboard;
mod editor;
mod event;
mod help;
mod input;
mod input_thread;
mod keymap;
mod layout;
mod model;
mod outgoing;
mod panel;
mod run;
mod search;
mod terminal;
mod time;
mod transcript;
mod update;
mod view;
mod wait;
mod wrap;

pub use archive::Error as ArchiveError;
pub use event::{Effect, Event};
pub use input_thread::InputThread;
pub use model::Model;
pub use panel::PanelSample;
pub use run::{Error, Options, Outcome, run};
pub use terminal::Screen;
pub use update::update;
pub use view::view;

#[cfg(test)]
mod tests;
