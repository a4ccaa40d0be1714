//! What the draft was before each change.
use std::collections::VecDeque;

use super::draft::DRAFT_MAX;

/// At most this many changes can be undone,
const STEPS_MAX: usize = 200;

/// and at most this many bytes are kept for that: sixteen drafts of the maximum length.
const BYTES_MAX: usize = 16 * DRAFT_MAX;

/// A draft as it was.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) text: String,
    pub(super) cursor: usize,
}

/// The drafts before each change, oldest first.
#[derive(Debug, Default)]
pub(super) struct Undo {
    steps: VecDeque<Step>,
    bytes: usize,
}

impl Undo {
    /// Keeps a draft that is about to change, and drops the oldest ones if there are too many.
    pub(super) fn push(&mut self, text: &str, cursor: usize) {
        // A change that changed nothing does not count.
        if self.steps.back().is_some_and(|last| last.text == text) {
            return;
        }
        self.bytes += text.len();
        self.steps.push_back(Step { text: text.to_owned(), cursor });
        while self.steps.len() > STEPS_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.steps.pop_front() else { return };
            self.bytes -= oldest.text.len();
        }
    }

    /// The draft before the last change.
    pub(super) fn pop(&mut self) -> Option<Step> {
        let step = self.steps.pop_back()?;
        self.bytes -= step.text.len();
        Some(step)
    }
}
