//! Frames that wait for room in the lane.
use super::frame::Frame;
use std::collections::VecDeque;

/// At most this many answers wait. A peer that asks and never reads costs no more; one that reads gets them all.
const ANSWERS_MAX: usize = 64;

/// What a frame is to its sender, once it is in the lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// An offer of ours.
    Offer(u64),
    /// So many bytes of a file, for this take.
    Bytes { take: u64, bytes: u64 },
    /// Anything else.
    Other,
}

/// Frames in the order in which they will be sent.
#[derive(Debug, Default)]
pub(super) struct Outbox(VecDeque<(Vec<u8>, Content)>);

impl Outbox {
    pub(super) fn push(&mut self, frame: &Frame<'_>, content: Content) {
        self.0.push_back((frame.encode(), content));
    }

    /// Says what our user decided.
    pub(super) fn say(&mut self, frame: &Frame<'_>) {
        self.push(frame, Content::Other);
    }

    /// Answers a frame of the other side, unless too many answers wait already.
    pub(super) fn answer(&mut self, frame: &Frame<'_>, content: Content) {
        if self.0.len() < ANSWERS_MAX {
            self.push(frame, content);
        }
    }

    pub(super) fn front(&self) -> Option<&[u8]> {
        self.0.front().map(|(bytes, _)| bytes.as_slice())
    }

    pub(super) fn pop(&mut self) -> Option<Content> {
        self.0.pop_front().map(|(_, content)| content)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets the bytes that wait for this take.
    pub(super) fn forget(&mut self, take: u64) {
        self.0.retain(|(_, content)| !matches!(content, Content::Bytes { take: of, .. } if *of == take));
    }
}
