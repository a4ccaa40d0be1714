//! What can happen to the screen, and what it asks the loop to do.
use super::panel::PanelSample;
use crate::transfer::Note;
use chrono::NaiveDateTime;
use shmchat::Backlog;
use shmchat::Presence;

/// Everything that can happen to the screen.
#[derive(Debug, Clone)]
pub enum Event {
    /// A key was pressed.
    Key(crossterm::event::KeyEvent),
    /// Text was pasted, as one piece.
    Paste(String),
    /// The mouse wheel was turned.
    Wheel {
        /// Away from the user: towards older messages.
        up: bool,
    },
    /// The terminal has gained or lost the focus.
    Focus(bool),
    /// The terminal now has this many columns and rows.
    Resize(u16, u16),
    /// The draft came back from an editor, or why it did not.
    Edited(Result<String, String>),
    /// A message arrived from the other side.
    Arrived {
        /// Its sender's name.
        from: String,
        /// The sender's clock, in our time zone.
        at: Option<NaiveDateTime>,
        /// As it arrived; the model makes it visible.
        text: String,
        /// How many of its bytes `text` leaves out because the message is very long.
        shortened: u64,
    },
    /// The same, and it says what its sender does.
    Acted {
        /// Its sender's name.
        from: String,
        /// The sender's clock, in our time zone.
        at: Option<NaiveDateTime>,
        /// What they do, as it arrived.
        text: String,
        /// How many of its bytes `text` leaves out.
        shortened: u64,
    },
    /// Our message is in the segment now.
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
    /// This is what we have waiting for the other side, including messages of earlier runs.
    Backlog(Backlog),
    /// The other side came or left.
    Presence {
        /// Its name; empty if it gave none.
        who: String,
        /// Its presence now.
        now: Presence,
        /// When that was noticed.
        at: Option<NaiveDateTime>,
    },
    /// The other side's user is typing, or has stopped.
    Typing(bool),
    /// A line for the transcript that is not a message.
    Notice(String),
    /// A file was offered, has got further, or has arrived.
    File(Note),
    /// The segment was sampled, which happens four times a second while the panel is open.
    Sampled(Box<PanelSample>),
}

/// What the loop is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send this text, and answer with [`Event::Sent`] once it is in the segment.
    Send {
        /// The number of its entry in the transcript.
        id: u64,
        /// What was written.
        text: String,
    },
    /// The same, and the text says what its sender does.
    Act {
        /// The number of its entry in the transcript.
        id: u64,
        /// What was written.
        text: String,
    },
    /// Send under this name from now on.
    Rename(String),
    /// End in good order.
    Quit,
    /// Stop the process until the shell continues it.
    Suspend,
    /// Redraw the whole screen.
    Redraw,
    /// Open this draft in the user's editor, and answer with [`Event::Edited`].
    Edit(String),
    /// Hand this text to the terminal's clipboard.
    Copy(String),
    /// Ask the terminal to report the mouse wheel, or to stop.
    Wheel(bool),
    /// Tell about a message that arrived while nobody was looking.
    Alert(Alert),
    /// Say in a notice who is here, which segment this is, and what is waiting.
    Status,
    /// Offer the file of this path, and answer with [`Event::File`], or with a notice why not.
    SendFile(String),
    /// Take the file on offer, to this path if it is not empty, and answer in the same way.
    GetFile(String),
    /// Decline the file on offer, or stop one, and answer in the same way.
    SkipFile,
    /// Save the transcript so far in a new file of this name, and say so in a notice.
    Save(String),
}

/// A message that arrived while nobody was looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its sender's name, as the screen shows it.
    pub from: String,
    /// The beginning of its text, as the screen shows it.
    pub text: String,
}
