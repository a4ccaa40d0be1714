//! Both directions, for the loop: frames in, frames out, and what to tell the user.
use super::folders::Folders;
use super::frame::Frame;
use super::incoming::Incoming;
use super::note::{Note, person};
use super::outbox::Outbox;
use super::outgoing::Outgoing;
use super::safe_name::safe_name;
use crate::text::size as size_text;

/// At most so many bytes of files are in flight, where the lane is large enough.
const WINDOW: u64 = 256 << 10;

/// All transfers of a screen.
#[derive(Debug)]
pub struct Transfers {
    incoming: Incoming,
    outgoing: Outgoing,
    outbox: Outbox,
    folders: Folders,
    window: u64,
    notes: Vec<Note>,
    /// What was lost when the other side left, until somebody else comes.
    lost: Vec<String>,
}

impl Transfers {
    /// None yet, in a lane of `capacity` bytes.
    pub fn new(capacity: u64, folders: Folders) -> Transfers {
        Transfers {
            incoming: Incoming::default(),
            outgoing: Outgoing::default(),
            outbox: Outbox::default(),
            folders,
            window: WINDOW.min(capacity / 4),
            notes: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// `/send FILE`: offers it. `id` must be one that nobody can have drawn before.
    pub fn send(&mut self, path: &str, id: u64) -> Result<(), String> {
        if path.is_empty() {
            return Err("which file? /send FILE".to_owned());
        }
        let note = self.outgoing.offer(&self.folders.typed(path), id, &mut self.outbox)?;
        self.notes.push(note);
        Ok(())
    }

    /// `/get [PATH]`: takes the oldest offer. `take` must be a number that nobody can have drawn before.
    pub fn get(&mut self, path: &str, take: u64) -> Result<(), String> {
        let note = self.incoming.get(path, take, &self.folders, &mut self.outbox)?;
        self.notes.push(note);
        Ok(())
    }

    /// `/skip`: declines the oldest offer, or else stops the oldest transfer, or else withdraws our own oldest offer.
    pub fn skip(&mut self) -> Result<(), String> {
        let skipped = self.incoming.skip(&mut self.outbox);
        let note = skipped.or_else(|| self.outgoing.withdraw(&mut self.outbox));
        self.notes.push(note.ok_or("there is no file to skip")?);
        Ok(())
    }

    /// A message of the other side with a frame in it, or with anything else.
    pub fn receive(&mut self, from: &str, bytes: &[u8]) {
        let Transfers { incoming, outgoing, outbox, folders, .. } = self;
        let Some(frame) = Frame::decode(bytes) else { return };
        let note = match frame {
            Frame::Offer { offer, size, name } => incoming.offered(from, offer, size, name, outbox),
            Frame::Withdraw { offer, why } => incoming.withdrawn(offer, why),
            Frame::Chunk { take, offset, bytes } => incoming.chunk(take, offset, bytes, outbox),
            Frame::Done { take, sha256 } => incoming.done(take, &sha256, folders, outbox),
            Frame::Accept { offer, take } => outgoing.accepted(from, offer, take, outbox),
            Frame::Skip { offer } => outgoing.skipped(from, offer, outbox),
            Frame::Stored { take } => outgoing.stored(take, outbox),
            Frame::Refuse { take, why } => outgoing.refused(take, why, outbox),
        };
        self.notes.extend(note);
    }

    /// The next frame to send, of at most `limit` bytes: once it is in the lane, say so with [`sent`](Self::sent).
    pub fn next_frame(&mut self, limit: usize) -> Option<&[u8]> {
        if self.outbox.is_empty() {
            let note = self.outgoing.read_on(limit, self.window, &mut self.outbox);
            self.notes.extend(note);
        }
        self.outbox.front()
    }

    /// The frame is in the lane, at this position.
    pub fn sent(&mut self, seq: u64) {
        if let Some(content) = self.outbox.pop() {
            self.outgoing.note_sent(content, seq);
        }
    }

    /// The other side has acknowledged everything below this position.
    pub fn acknowledged(&mut self, below: u64) {
        let notes = self.outgoing.acknowledged(below);
        self.notes.extend(notes);
    }

    /// The other side's process is gone, and all that it sent has arrived.
    pub fn left(&mut self, who: &str) {
        let lost = self.incoming.left();
        self.lost = lost.iter().map(|note| note.text.clone()).collect();
        self.notes.extend(lost);
        self.notes.extend(self.outgoing.left(who, &mut self.outbox));
    }

    /// Another process of the other side is here.
    pub fn came(&mut self) {
        self.lost.clear();
        self.outgoing.came(&mut self.outbox);
    }

    /// What the user is to be told, since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Whether a frame waits for room.
    pub fn waits_for_room(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Whether the other side has yet to acknowledge a frame of ours.
    pub fn waits_for_acknowledgement(&self) -> bool {
        self.outgoing.owes_acknowledgement()
    }

    /// Whether there are bytes still to be read and sent.
    pub fn is_sending(&self) -> bool {
        self.outgoing.is_sending()
    }

    /// Whether the other side offers something.
    pub fn has_offers_of_theirs(&self) -> bool {
        !self.incoming.is_empty()
    }

    /// What is lost if this process ends now, a line for each file.
    pub fn unfinished(&self) -> Vec<String> {
        self.outgoing.unfinished().chain(self.incoming.unfinished()).collect()
    }

    /// What was lost when the other side left, a line for each file. A screen that ends by that has no time to show it.
    pub fn lost(&self) -> &[String] {
        &self.lost
    }

    /// How many of our frames wait in the lane and are no messages to a person.
    pub fn frames_in_flight(&self) -> u64 {
        self.outgoing.frames_in_flight()
    }
}

/// What a frame looks like where files are not received: a line for an offer, nothing for the others.
pub fn offer_line(from: &str, bytes: &[u8]) -> Option<String> {
    let (name, size) = offer_of(bytes)?;
    Some(format!("{} offers {name}, {} (files can be received on the screen only)", person(from), size_text(size)))
}

/// The name and the size of what a frame offers, if it does. The name is one to store a file under.
pub fn offer_of(bytes: &[u8]) -> Option<(String, u64)> {
    let Frame::Offer { size, name, .. } = Frame::decode(bytes)? else { return None };
    Some((safe_name(name), size))
}
