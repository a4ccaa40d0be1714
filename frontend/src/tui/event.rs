//! What can happen to the screen, and what it asks of the loop.
use super::panel::PanelSample;
use chrono::NaiveDateTime;
use shmchat::Backlog;
use shmchat::Presence;

/// Whatever can happen to the screen.
#[derive(Debug, Clone)]
pub enum Event {
    /// A key was pressed.
    Key(crossterm::event::KeyEvent),
    /// Text was pasted, as one piece.
    Paste(String),
    /// The mouse wheel was turned, away from the user or not.
    Wheel {
        /// Away: to what is older.
        up: bool,
    },
    /// The terminal is looked at now, or not any more.
    Focus(bool),
    /// The terminal now has this many columns and rows.
    Resize(u16, u16),
    /// The draft comes back from an editor, or why it does not.
    Edited(Result<String, String>),
    /// A message came from the other side.
    Arrived {
        /// Its sender's name.
        from: String,
        /// The sender's clock, in our time zone.
        at: Option<NaiveDateTime>,
        /// As it arrived; the model makes it visible.
        text: String,
        /// How many of its bytes were left out of `text` because it is very long.
        shortened: u64,
    },
    /// Our message now lies in the segment.
    Sent {
        /// As given in [`Effect::Send`].
        id: u64,
        /// When it was put there.
        at: NaiveDateTime,
        /// Its position in the lane.
        seq: u64,
    },
    /// The other side has acknowledged all of our messages whose position is below this.
    Acknowledged {
        /// The other side's head.
        below: u64,
    },
    /// So much of ours waits for the other side, those of earlier runs included.
    Backlog(Backlog),
    /// The other side came or went.
    Presence {
        /// Its name; empty when it has given none.
        who: String,
        /// What it is now.
        now: Presence,
        /// When that was noticed.
        at: Option<NaiveDateTime>,
    },
    /// A line for the transcript that is nobody's message.
    Notice(String),
    /// The segment was sampled, as it is four times a second while the panel is open.
    Sampled(Box<PanelSample>),
}

/// What the loop is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send this text and answer with [`Event::Sent`] once it lies in the segment.
    Send {
        /// The number of its entry in the transcript.
        id: u64,
        /// What was written.
        text: String,
    },
    /// End in good order.
    Quit,
    /// Stop the process until the shell continues it.
    Suspend,
    /// Draw the whole screen anew.
    Redraw,
    /// Let the user's editor have this draft, and answer with [`Event::Edited`].
    Edit(String),
    /// Hand this text to the terminal's clipboard.
    Copy(String),
    /// Ask the terminal to tell of the mouse wheel, or no more.
    Wheel(bool),
    /// Have the terminal beep.
    Beep,
}
