//! What you sent, to be recalled with Up and Down.
//!
//! ```text
//!     Up ▲   "one"
//!        │   "two"       what you change here and do not send is kept too, until you send something
//!   Down ▼   the draft   never lost by going up
//! ```
use std::collections::{HashMap, VecDeque};

use super::draft::DRAFT_MAX;

/// At most this many texts are kept,
const TEXTS_MAX: usize = 500;

/// with at most this many bytes.
const BYTES_MAX: usize = 16 * DRAFT_MAX;

/// What you sent, oldest first, and your position in it.
#[derive(Debug, Default)]
pub(in crate::tui) struct History {
    sent: VecDeque<String>,
    bytes: usize,
    /// How many steps above the draft you are.
    up: usize,
    /// What you left in the line at a step, if it differs from what you sent.
    left: HashMap<usize, String>,
}

impl History {
    /// Adds what is being sent, and goes back to the draft.
    pub(in crate::tui) fn add(&mut self, text: &str) {
        self.up = 0;
        self.left.clear();
        if self.sent.back().is_some_and(|last| last == text) {
            return;
        }
        self.bytes += text.len();
        self.sent.push_back(text.to_owned());
        while self.sent.len() > TEXTS_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.sent.pop_front() else { return };
            self.bytes -= oldest.len();
        }
    }

    /// The text one step up from `now`, which is kept for the way back.
    pub(in crate::tui) fn older(&mut self, now: &str) -> Option<String> {
        (self.up < self.sent.len()).then(|| self.go(self.up + 1, now))
    }

    /// The text one step down; finally the draft.
    pub(in crate::tui) fn newer(&mut self, now: &str) -> Option<String> {
        Some(self.go(self.up.checked_sub(1)?, now))
    }

    /// How many texts there are: the oldest is this many steps up.
    pub(in crate::tui) fn len(&self) -> usize {
        self.sent.len()
    }

    /// The text at a step, as it was left there.
    pub(in crate::tui) fn at(&self, up: usize) -> &str {
        self.left.get(&up).map_or_else(|| self.text(up), String::as_str)
    }

    /// The text at a step, with `now` kept for the way back.
    pub(in crate::tui) fn go_to(&mut self, up: usize, now: &str) -> String {
        self.go(up.min(self.sent.len()), now)
    }

    /// What differs from what was sent: the text in the line, which is `now`, and what was left at other steps; the draft first.
    pub(in crate::tui) fn drafts<'a>(&'a self, now: &'a str) -> Vec<&'a str> {
        let mut drafts: Vec<_> = self.left.iter().map(|(&up, text)| (up, text.as_str())).collect();
        drafts.retain(|&(up, _)| up != self.up);
        if self.text(self.up) != now {
            drafts.push((self.up, now));
        }
        drafts.sort_unstable();
        drafts.into_iter().map(|(_, text)| text).collect()
    }

    fn go(&mut self, to: usize, now: &str) -> String {
        if self.text(self.up) == now {
            self.left.remove(&self.up);
        } else {
            self.left.insert(self.up, now.to_owned());
        }
        self.up = to;
        self.at(to).to_owned()
    }

    /// The text at a step if nothing was left there. Step 0 is the draft, which is then empty.
    fn text(&self, up: usize) -> &str {
        let index = if up == 0 { None } else { self.sent.len().checked_sub(up) };
        index.map_or("", |index| &self.sent[index])
    }
}
