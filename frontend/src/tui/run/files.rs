//! Connects the transfers of files with the channel, the transcript and its file.
use crate::transfer::{Folders, Note, Step, Transfers};
use crate::tui::archive::Archive;
use crate::tui::event::{Effect, Event};
use crate::tui::model::Model;
use crate::tui::update::update;
use shmchat::{Endpoint, Error, Kind, Message, Outgoing, Part, Peer, Presence, TrySendError};
use std::time::SystemTime;

/// A process of the other side.
type Life = (u32, Option<SystemTime>);

/// The transfers of a screen, and with whom.
pub(super) struct Files {
    transfers: Transfers,
    /// Who was here at the last look.
    peer: Option<Life>,
}

impl Files {
    /// None yet, in lanes of `capacity` bytes.
    pub(super) fn new(capacity: u64) -> Files {
        Files { transfers: Transfers::new(capacity, Folders::of_this_user()), peer: None }
    }

    /// Notes who is here. That somebody is gone counts only once all that they sent has arrived (`drained`); but a successor's
    /// messages must not be taken for theirs.
    pub(super) fn follow(&mut self, peer: &Peer, drained: bool) {
        let here = (peer.presence == Presence::Here).then_some((peer.pid, peer.since));
        match here {
            Some(_) if here == self.peer => return,
            Some(_) => {
                if self.peer.is_some() {
                    self.transfers.left(&peer.name);
                }
                self.transfers.came();
            }
            None if drained && (self.peer.is_some() || self.transfers.has_offers_of_theirs()) => {
                self.transfers.left(&peer.name);
            }
            None => return,
        }
        self.peer = here;
    }

    /// `/send`, `/get` or `/skip`, as the effect says. What goes wrong is said in a notice.
    pub(super) fn obey(&mut self, effect: &Effect, model: &mut Model) {
        let done =
            getrandom::u64().map_err(|error| format!("no random number: {error}")).and_then(|drawn| match effect {
                Effect::SendFile(path) => self.transfers.send(path, drawn),
                Effect::GetFile(path) => self.transfers.get(path, drawn),
                _ => self.transfers.skip(),
            });
        if let Err(why) = done {
            update(model, Event::Notice(why));
        }
    }

    /// A message of [`Kind::File`]. A frame is never longer than a record, so a part of one is none of ours.
    pub(super) fn receive(&mut self, message: &Message<'_>) {
        if message.envelope.part == Part::Whole {
            self.transfers.receive(message.from, message.bytes);
        }
    }

    /// Sends what may go, as far as there is room. Returns whether anything went.
    pub(super) fn send(&mut self, endpoint: &mut Endpoint) -> Result<bool, Error> {
        let mut any = false;
        let limit = endpoint.sender().part_limit();
        while let Some(bytes) = self.transfers.next_frame(limit) {
            let message = Outgoing { kind: Kind::File, sent: Some(SystemTime::now()), ..Outgoing::from(bytes) };
            match endpoint.sender().try_enqueue(&message) {
                Ok(seq) => self.transfers.sent(seq),
                Err(TrySendError::Full) => break,
                Err(TrySendError::Channel(error)) => return Err(error),
            }
            any = true;
        }
        if any {
            endpoint.sender().flush()?;
        }
        Ok(any)
    }

    /// The other side has acknowledged everything below this position.
    pub(super) fn acknowledged(&mut self, below: u64) {
        self.transfers.acknowledged(below);
    }

    /// Says on the screen what there is to say; offers and results also in the transcript's file.
    pub(super) fn tell(&mut self, model: &mut Model, mut archive: Option<&mut Archive>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for note in self.transfers.take_notes() {
            if let Some(archive) = &mut archive
                && let Note { step: Step::Offered | Step::Ended, text, .. } = &note
            {
                archive.add_note(text, SystemTime::now());
            }
            effects.extend(update(model, Event::File(note)));
        }
        effects
    }

    pub(super) fn waits_for_room(&self) -> bool {
        self.transfers.waits_for_room()
    }

    pub(super) fn waits_for_acknowledgement(&self) -> bool {
        self.transfers.waits_for_acknowledgement()
    }

    /// Whether there are bytes still to be read and sent.
    pub(super) fn is_sending(&self) -> bool {
        self.transfers.is_sending()
    }

    /// How many pieces of files wait in our lane.
    pub(super) fn frames_in_flight(&self) -> u64 {
        self.transfers.frames_in_flight()
    }

    /// What ends with this screen, for the user to know; and what ended with the other side's, if that is why this one ends.
    pub(super) fn unfinished(&self, other_quit: bool) -> Vec<String> {
        let lost = if other_quit { self.transfers.lost() } else { &[] };
        lost.iter().cloned().chain(self.transfers.unfinished()).collect()
    }
}
