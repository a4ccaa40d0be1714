//! "bob is typing", both ways: a word in the segment's header, and nothing in the lane. There is a timer only while the other
//! side types.
use crate::tui::event::Event;
use crate::tui::model::Model;
use crate::tui::update::update;
use shmchat::{Endpoint, Error, Peer};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

/// The other side is told twice a second at most.
const EACH: Duration = Duration::from_millis(500);

/// After that long without news, the other side has stopped typing.
const FADES: Duration = Duration::from_secs(5);

/// What was told to the other side about our line, and is to be shown of theirs.
pub(super) struct TypingNotice {
    /// Not with `--no-typing`: then nothing is told, and nothing shown.
    enabled: bool,
    /// The line at the last look.
    line: u64,
    /// When the other side was last told that we type.
    told: Option<Instant>,
}

impl TypingNotice {
    pub(super) fn new(enabled: bool) -> TypingNotice {
        TypingNotice { enabled, line: digest(""), told: None }
    }

    /// Tells the other side if our line has changed. A command is not for the other side.
    pub(super) fn tell(&mut self, endpoint: &mut Endpoint, draft: &str) -> Result<(), Error> {
        if !self.enabled {
            return Ok(());
        }
        let text = if draft.starts_with('/') && !draft.starts_with("//") { "" } else { draft };
        let line = digest(text);
        if line == std::mem::replace(&mut self.line, line) {
            return Ok(());
        }
        if text.is_empty() {
            return if self.told.take().is_some() { endpoint.set_typing(false) } else { Ok(()) };
        }
        if self.told.is_none_or(|told| told.elapsed() >= EACH) {
            self.told = Some(Instant::now());
            return endpoint.set_typing(true);
        }
        Ok(())
    }

    /// How long the other side's user still counts as typing; `None` if they are not.
    fn left(&self, peer: &Peer) -> Option<Duration> {
        let since = peer.typing.filter(|_| self.enabled)?.elapsed().ok()?;
        FADES.checked_sub(since)
    }

    /// Shows whether the other side's user is typing.
    pub(super) fn show(&self, endpoint: &Endpoint, model: &mut Model) {
        let typing = self.left(endpoint.peer()).is_some();
        if typing != model.peer.is_typing() {
            update(model, Event::Typing(typing));
        }
    }

    /// When to look again; `None` if the doorbell will tell.
    pub(super) fn until_fades(&self, endpoint: &Endpoint) -> Option<Duration> {
        self.left(endpoint.peer())
    }
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
