//! What was typed on the screen and is on its way into the segment.
//!
//! The screen must not wait for room. If there is none, a text stays here until the doorbell says that there is some. A
//! text too long for one message of the lane goes in parts, as a long line does.
use crate::framing::text;
use shmchat::TrySendError;
use shmchat::{Endpoint, Error, Kind, Outgoing, Part};
use std::collections::VecDeque;
use std::time::SystemTime;

/// The texts that are not completely in the segment yet, in order.
#[derive(Debug, Default)]
pub(super) struct OutgoingQueue {
    texts: VecDeque<QueuedText>,
}

#[derive(Debug)]
struct QueuedText {
    id: u64,
    kind: Kind,
    /// The name that we had when it was written.
    from: String,
    text: String,
    /// How many of its bytes are in the segment.
    done: usize,
    /// Where it begins there.
    seq: Option<u64>,
}

/// A text that is in the segment now.
pub(super) struct SentText {
    pub(super) id: u64,
    pub(super) kind: Kind,
    pub(super) from: String,
    pub(super) text: String,
    pub(super) seq: u64,
    pub(super) clock: SystemTime,
}

impl OutgoingQueue {
    /// Adds a text of this kind, under the name that we have now.
    pub(super) fn push(&mut self, id: u64, kind: Kind, from: &str, text: String) {
        self.texts.push_back(QueuedText { id, kind, from: from.to_owned(), text, done: 0, seq: None });
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Sends as much as there is room for, and returns the texts that are in the segment now.
    pub(super) fn send(&mut self, endpoint: &mut Endpoint) -> Result<Vec<SentText>, Error> {
        let mut sent = Vec::new();
        while let Some(queued) = self.texts.front_mut() {
            let clock = SystemTime::now();
            let rest = &queued.text.as_bytes()[queued.done..];
            let length = rest.len().min(endpoint.sender().part_limit());
            let part = Part::of(queued.seq.is_none(), length == rest.len());
            let (kind, from) = (queued.kind, Some(queued.from.as_str()));
            let message = Outgoing { part, kind, from, ..text(&rest[..length], clock) };
            let seq = match endpoint.sender().try_enqueue(&message) {
                Ok(seq) => seq,
                Err(TrySendError::Full) => break,
                Err(TrySendError::Channel(error)) => return Err(error),
            };
            let seq = *queued.seq.get_or_insert(seq);
            queued.done += length;
            if part.is_end() {
                sent.extend(self.texts.pop_front().map(|queued| SentText {
                    id: queued.id,
                    kind: queued.kind,
                    from: queued.from,
                    text: queued.text,
                    seq,
                    clock,
                }));
            }
        }
        endpoint.sender().flush()?;
        Ok(sent)
    }
}
