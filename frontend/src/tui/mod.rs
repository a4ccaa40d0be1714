//! The screen that both binaries share.
//!
//! ```text
//!   input thread            │  the thread that owns everything
//!                           │
//!   crossterm::event::read  │   doorbell, signals, terminal's hang-up
//!            │              │        │
//!   InputThread ── wake fd ─┼──▶  poll ──▶ Event ──▶ update ──▶ Effect ──▶ channel
//!        (at most 1,024     │                          │
//!         events waiting)   │                        Model
//!                           │                          │
//!                           │                        view ──▶ Screen (the terminal)
//! ```
//!
//! [`update()`] and [`view()`] are plain functions of [`Model`]: no input, no output, no clock. So tests can check
//! everything the screen does by passing it events and reading the cells. What touches the terminal is separate:
//! [`InputThread`] reads it, [`Screen`] takes it over and gives it back.
//!
//! The floors, lowest first. A file imports only from floors below its own, or from files in its own folder that do not
//! import it; this file only declares.
//!
//! | floor | file | what it is for |
//! | --- | --- | --- |
//! | 1 | `time` | local times |
//! | 1 | `wait` | sleeping on descriptors |
//! | 1 | `wrap` | rows and columns of a text |
//! | 1 | `link` | links in a text, and where they are on the screen |
//! | 1 | `clipboard` | copying a message to the terminal's clipboard |
//! | 2 | `input` | the line you type into, its undo, its history |
//! | 2 | `panel` | the shared memory at work, as F2 shows it |
//! | 3 | `event` | what can happen, and what the loop is asked to do |
//! | 3 | `search` | what is searched for, and where it is |
//! | 4 | `model` | what the screen knows, in bounded memory; its `peer` is the only record of the other side |
//! | 5 | `keymap` | the one table of keys |
//! | 5 | `layout` | which rows of the screen go where |
//! | 5 | `transcript` | which entries are on the screen |
//! | 6 | `help` | the help (F1), made from the table of keys |
//! | 7 | `update` | what a key or an arrival changes |
//! | 8 | `view` | drawing |
//! | 9 | `archive` | the transcript in a file |
//! | 9 | `outgoing` | messages on their way into the segment |
//! | 9 | `input_thread` | the thread that reads the keys |
//! | 9 | `terminal` | entering and leaving the screen |
//! | 9 | `editor` | the user's editor in place of the screen |
//! | 10 | `alert` | telling about what arrives while nobody is looking |
//! | 11 | `run` | the one loop over the real channel |
mod alert;
mod archive;
mod clipboard;
mod editor;
mod event;
mod help;
mod input;
mod input_thread;
mod keymap;
mod layout;
mod link;
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
pub use event::{Alert, Effect, Event};
pub use input_thread::InputThread;
pub use link::LinkPiece;
pub use model::Model;
pub use panel::PanelSample;
pub use run::{Error, Options, Outcome, run};
pub use terminal::Screen;
pub use update::update;
pub use view::view;

#[cfg(test)]
mod tests;
