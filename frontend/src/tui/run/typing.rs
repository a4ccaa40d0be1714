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
        match self.news(draft, Instant::now()) {
            Some(typing) => endpoint.set_typing(typing),
            None => Ok(()),
        }
    }

    /// What to tell about this line now, if anything: that we type, or that we have stopped.
    fn news(&mut self, draft: &str, now: Instant) -> Option<bool> {
        let text = if draft.starts_with('/') && !draft.starts_with("//") { "" } else { draft };
        let line = digest(text);
        if !self.enabled || line == std::mem::replace(&mut self.line, line) {
            return None;
        }
        if text.is_empty() {
            return self.told.take().map(|_| false);
        }
        let due = self.told.is_none_or(|told| now.saturating_duration_since(told) >= EACH);
        due.then(|| {
            self.told = Some(now);
            true
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_side_is_told_twice_a_second_at_most_and_only_while_the_line_changes() {
        let start = Instant::now();
        let mut notice = TypingNotice::new(true);
        let mut news = |milliseconds, draft| notice.news(draft, start + Duration::from_millis(milliseconds));
        assert_eq!(news(0, ""), None, "there is nothing to take back");
        assert_eq!([news(0, "你"), news(1, "你好"), news(499, "你好!")], [Some(true), None, None]);
        assert_eq!([news(500, "你好!?"), news(9_000, "你好!?")], [Some(true), None], "it does not change");
        // An end is told at once, and once; a command is none of theirs.
        assert_eq!([news(9_001, ""), news(9_002, ""), news(9_003, "/me waves")], [Some(false), None, None]);
        assert_eq!([news(9_004, "//usr"), news(9_005, "/usr")], [Some(true), Some(false)]);
    }

    #[test]
    fn who_shows_no_typing_tells_nothing() {
        assert_eq!(TypingNotice::new(false).news("hello", Instant::now()), None);
    }
}
