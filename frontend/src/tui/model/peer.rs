//! The other side, as far as this screen knows it: who it is, whether it is here, and how much of ours it has
//! acknowledged.
//!
//! Nothing else records any of this. The loop compares it with what the endpoint says, and if they differ it passes the
//! model an event.
use shmchat::Backlog;
use shmchat::{Presence, Role};

use super::entry::name;

/// What is known about the other side.
#[derive(Debug)]
pub(in crate::tui) struct PeerStatus {
    role: Role,
    name: String,
    presence: Presence,
    /// Its user is typing.
    typing: bool,
    /// Whether it was here at the same time as us: then a reader ends when the writer quits.
    met: bool,
    /// What we have waiting for it, including messages of earlier runs.
    backlog: Backlog,
    /// It has acknowledged everything below this position.
    acknowledged: u64,
    /// Where our newest message begins.
    newest: Option<u64>,
}

impl PeerStatus {
    /// A peer of this role about which nothing is known yet.
    pub(super) fn unknown(role: Role) -> PeerStatus {
        PeerStatus {
            role,
            name: String::new(),
            presence: Presence::Absent,
            typing: false,
            met: false,
            backlog: Backlog::default(),
            acknowledged: 0,
            newest: None,
        }
    }

    /// Its name as the screen shows it; empty if it gave none.
    pub(in crate::tui) fn name(&self) -> &str {
        &self.name
    }

    pub(in crate::tui) fn presence(&self) -> Presence {
        self.presence
    }

    pub(in crate::tui) fn is_typing(&self) -> bool {
        self.typing
    }

    pub(in crate::tui) fn set_typing(&mut self, typing: bool) {
        self.typing = typing;
    }

    /// Whether it was here at any time since this screen started.
    pub(in crate::tui) fn was_met(&self) -> bool {
        self.met
    }

    pub(in crate::tui) fn backlog(&self) -> Backlog {
        self.backlog
    }

    /// The position below which it has acknowledged everything.
    pub(in crate::tui) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Whether it has acknowledged the message of ours that begins here.
    pub(in crate::tui) fn has_acknowledged(&self, seq: u64) -> bool {
        seq < self.acknowledged
    }

    /// Whether our newest message is not acknowledged yet.
    pub(in crate::tui) fn owes_acknowledgement(&self) -> bool {
        self.newest.is_some_and(|newest| !self.has_acknowledged(newest))
    }

    pub(in crate::tui) fn set_backlog(&mut self, backlog: Backlog) {
        self.backlog = backlog;
    }

    /// A message of ours begins at this position.
    pub(super) fn note_sent(&mut self, seq: u64) {
        self.newest = Some(seq);
    }

    pub(in crate::tui) fn note_acknowledged(&mut self, below: u64) {
        self.acknowledged = self.acknowledged.max(below);
    }

    /// Notes that it came or left. Returns what the transcript says about it, if it is news.
    pub(super) fn note_presence(&mut self, who: &str, now: Presence) -> Option<String> {
        let who = name(who);
        let was_here = matches!(self.presence, Presence::Quit | Presence::Gone) && who == self.name;
        if !who.is_empty() {
            self.name = who;
        }
        if self.presence == now {
            return None;
        }
        self.presence = now;
        self.met |= now == Presence::Here;
        let who = if self.name.is_empty() { format!("the {}", self.role) } else { self.name.clone() };
        match now {
            // The title says so.
            Presence::Absent => None,
            Presence::Here if was_here => Some(format!("{who} is back")),
            Presence::Here => Some(format!("{who} is here")),
            Presence::Quit if self.role == Role::Writer => Some(format!("{who} quit")),
            Presence::Quit => Some(format!("{who} quit; your messages will wait")),
            Presence::Gone => Some(format!("{who} disconnected unexpectedly; your messages will wait")),
        }
    }
}
