//! Files that our user offers, and the bytes of those that the other side takes.
//!
//! ```text
//!           accept                 all sent           stored
//!   open ───────────▶ sending ───────────────▶ done ─────────▶ gone
//!    │  ▲                │                      │
//!    │  └────────────────┴──────────────────────┘ refused, or the other side left: the offer stands
//!    ▼
//!   gone   skipped, withdrawn, the file changed
//! ```
//!
//! A file is opened when it is offered and read once, when it is taken: the hash goes behind the bytes. It is read from the
//! descriptor that was opened, so a file of the same name that replaces it is not what goes out. If its size or its time
//! changes while it is on offer, it is withdrawn.
use super::frame::{CHUNK_HEAD, Frame, NAME_MAX, Refused, Withdrawn};
use super::incoming::{OFFERS_MAX, reason};
use super::note::{Note, Step, Transfer, percent, person};
use super::outbox::{Content, Outbox};
use super::safe_name::safe_name;
use super::sha256::Hash;
use crate::text::{size as size_text, visible_line};
use nix::libc::O_NONBLOCK;
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Our offers.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// In the order in which they were made.
    offers: Vec<Offer>,
    /// Bytes in the lane that the other side has not acknowledged: position, take, how many.
    in_flight: VecDeque<(u64, u64, u64)>,
    /// Below this position of the lane, it has acknowledged everything.
    acknowledged: u64,
    /// Where our newest frame stands.
    newest: Option<u64>,
}

#[derive(Debug)]
struct Offer {
    id: u64,
    /// As it goes out.
    name: String,
    file: File,
    /// What it was when it was offered.
    was: Shape,
    /// Where the offer stands in the lane, once it does.
    seq: Option<u64>,
    sending: Option<Sending>,
}

/// What must not change while a file is on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    size: u64,
    /// Seconds and nanoseconds of its last change.
    modified: (i64, i64),
}

impl Shape {
    fn of(file: &File) -> io::Result<Shape> {
        let found = file.metadata()?;
        Ok(Shape { size: found.len(), modified: (found.mtime(), found.mtime_nsec()) })
    }
}

/// A file on its way.
#[derive(Debug)]
struct Sending {
    take: u64,
    /// To whom.
    to: String,
    sent: u64,
    acknowledged: u64,
    hash: Hash,
    /// All of it was sent, and the hash.
    done: bool,
}

impl Offer {
    fn note(&self, step: Step, text: String) -> Note {
        Note { transfer: Transfer::Ours(self.id), step, from: String::new(), text }
    }

    /// What the user sees of the name.
    fn shown(&self) -> String {
        visible_line(&self.name)
    }

    fn frame(&self) -> Frame<'_> {
        Frame::Offer { offer: self.id, size: self.was.size, name: &self.name }
    }

    fn going(&self, acknowledged: u64) -> Note {
        let percent = percent(acknowledged, self.was.size);
        self.note(Step::Going, format!("sending {}: {percent} %", self.shown()))
    }

    fn ended(&self, text: String) -> Note {
        self.note(Step::Ended, text)
    }

    fn is_taken_as(&self, take: u64) -> bool {
        self.sending.as_ref().is_some_and(|sending| sending.take == take)
    }
}

impl Outgoing {
    /// `/send FILE`. An error is for the user, and changes nothing.
    pub(super) fn offer(&mut self, path: &Path, id: u64, outbox: &mut Outbox) -> Result<Note, String> {
        let cannot = |why: &str| format!("cannot send {}: {why}", visible_line(&path.display().to_string()));
        if self.offers.len() >= OFFERS_MAX {
            return Err(cannot(&format!("{OFFERS_MAX} files are on offer already; wait, or /skip one")));
        }
        // A FIFO without a writer must not hold the screen up.
        let opened = OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(path);
        let file = opened.map_err(|error| cannot(&reason(&error)))?;
        let is_file = file.metadata().map_err(|error| cannot(&reason(&error)))?.is_file();
        if !is_file {
            return Err(cannot("not a regular file; pack a folder into one first, for instance with tar"));
        }
        let was = Shape::of(&file).map_err(|error| cannot(&reason(&error)))?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let name = match &name[..name.floor_char_boundary(NAME_MAX)] {
            "" => safe_name(""),
            name => name.to_owned(),
        };
        let offer = Offer { id, name, file, was, seq: None, sending: None };
        outbox.push(&offer.frame(), Content::Offer(id));
        let text = format!("you offer {}, {}; /skip withdraws it", offer.shown(), size_text(was.size));
        let note = offer.note(Step::Offered, text);
        self.offers.push(offer);
        Ok(note)
    }

    /// The other side wants it.
    pub(super) fn accepted(&mut self, to: &str, id: u64, take: u64, outbox: &mut Outbox) -> Option<Note> {
        let Some(offer) = self.offers.iter_mut().find(|offer| offer.id == id) else {
            outbox.answer(&Frame::Withdraw { offer: id, why: Withdrawn::Unknown }, Content::Other);
            return None;
        };
        if offer.is_taken_as(take) {
            return None;
        }
        if let Some(before) = &offer.sending {
            outbox.forget(before.take);
        }
        offer.sending =
            Some(Sending { take, to: person(to), sent: 0, acknowledged: 0, hash: Hash::default(), done: false });
        Some(offer.going(0))
    }

    pub(super) fn skipped(&mut self, by: &str, id: u64, outbox: &mut Outbox) -> Option<Note> {
        let offer = self.remove(id, outbox)?;
        Some(offer.ended(match offer.sending {
            Some(_) => format!("{} stopped {}; nothing was kept", person(by), offer.shown()),
            None => format!("{} skipped {}", person(by), offer.shown()),
        }))
    }

    pub(super) fn stored(&mut self, take: u64, outbox: &mut Outbox) -> Option<Note> {
        let is_it = |offer: &&Offer| offer.sending.as_ref().is_some_and(|it| it.take == take && it.done);
        let id = self.offers.iter().find(is_it)?.id;
        let offer = self.remove(id, outbox)?;
        let to = offer.sending.as_ref().map_or_else(|| person(""), |sending| sending.to.clone());
        Some(offer.ended(format!("{to} has received {}, {}", offer.shown(), size_text(offer.was.size))))
    }

    pub(super) fn refused(&mut self, take: u64, why: Refused, outbox: &mut Outbox) -> Option<Note> {
        let offer = self.offers.iter_mut().find(|offer| offer.is_taken_as(take))?;
        let Sending { to, .. } = offer.sending.take()?;
        outbox.forget(take);
        let name = offer.shown();
        let what = match why {
            Refused::Unknown => {
                // A successor, that has seen no offer.
                outbox.answer(&offer.frame(), Content::Offer(offer.id));
                format!("{to} was restarted before {name} was whole")
            }
            Refused::NoSpace => format!("{to} has no space for {name}"),
            Refused::Unwritable => format!("{to} could not store {name}"),
            Refused::Damaged => format!("{name} arrived damaged"),
        };
        Some(offer.ended(format!("{what}; it is still on offer")))
    }

    /// `/skip`, where there is nothing to skip but our own: withdraws the oldest.
    pub(super) fn withdraw(&mut self, outbox: &mut Outbox) -> Option<Note> {
        let id = self.offers.first()?.id;
        let offer = self.remove(id, outbox)?;
        outbox.say(&Frame::Withdraw { offer: id, why: Withdrawn::Asked });
        Some(offer.ended(format!("you withdrew {}", offer.shown())))
    }

    /// The other side is gone: what it was taking is open again.
    pub(super) fn left(&mut self, who: &str, outbox: &mut Outbox) -> Vec<Note> {
        self.in_flight.clear();
        let taken = self.offers.iter_mut().filter_map(|offer| {
            outbox.forget(offer.sending.take()?.take);
            let text = format!("{} left before {} was whole; it is still on offer", person(who), offer.shown());
            Some(offer.ended(text))
        });
        taken.collect()
    }

    /// Another one is here: it is offered what its predecessor has seen. What still waits in the lane, it will see.
    pub(super) fn came(&mut self, outbox: &mut Outbox) {
        for offer in &mut self.offers {
            if offer.seq.is_some_and(|seq| seq < self.acknowledged) {
                offer.seq = None;
                outbox.push(&offer.frame(), Content::Offer(offer.id));
            }
        }
    }

    /// Puts the next bytes into the outbox, if the other side has acknowledged enough of those before. A frame has at most
    /// `limit` bytes, and at most `window` bytes are in flight.
    pub(super) fn read_on(&mut self, limit: usize, window: u64, outbox: &mut Outbox) -> Option<Note> {
        let offer = self.offers.iter_mut().find(|it| it.sending.as_ref().is_some_and(|sending| !sending.done))?;
        let sending = offer.sending.as_mut()?;
        let in_flight: u64 = self.in_flight.iter().map(|(_, _, bytes)| bytes).sum();
        let room = usize::try_from(window.saturating_sub(in_flight)).unwrap_or(usize::MAX);
        let length = limit.saturating_sub(CHUNK_HEAD).max(1);
        if room < length && in_flight > 0 {
            return None;
        }
        let length = u64::try_from(length).unwrap_or(u64::MAX).min(offer.was.size - sending.sent);
        // At most `limit`, so it fits.
        let mut bytes = vec![0; length as usize];
        let read = offer.file.read_exact_at(&mut bytes, sending.sent).and_then(|()| Shape::of(&offer.file));
        let why = match read {
            Ok(shape) if shape == offer.was => None,
            Ok(_) => Some(Withdrawn::Changed),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Some(Withdrawn::Changed),
            Err(_) => Some(Withdrawn::Unreadable),
        };
        if let Some(why) = why {
            let id = offer.id;
            let offer = self.remove(id, outbox)?;
            outbox.say(&Frame::Withdraw { offer: id, why });
            let name = offer.shown();
            return Some(offer.ended(match why {
                Withdrawn::Changed => {
                    format!("{name} has changed since you offered it, and was not sent; /send it again")
                }
                _ => format!("cannot read {name}, and it was not sent"),
            }));
        }
        let take = sending.take;
        if length > 0 {
            sending.hash.update(&bytes);
            let chunk = Frame::Chunk { take, offset: sending.sent, bytes: &bytes };
            outbox.push(&chunk, Content::Bytes { take, bytes: length });
            sending.sent += length;
        }
        if sending.sent == offer.was.size {
            sending.done = true;
            let sha256 = std::mem::take(&mut sending.hash).finish();
            outbox.push(&Frame::Done { take, sha256 }, Content::Bytes { take, bytes: 0 });
        }
        None
    }

    /// A frame is in the lane now.
    pub(super) fn note_sent(&mut self, content: Content, seq: u64) {
        self.newest = Some(seq);
        match content {
            Content::Bytes { take, bytes } => self.in_flight.push_back((seq, take, bytes)),
            Content::Offer(id) => {
                if let Some(offer) = self.offers.iter_mut().find(|offer| offer.id == id) {
                    offer.seq = Some(seq);
                }
            }
            Content::Other => {}
        }
    }

    /// The other side has acknowledged everything below this position.
    pub(super) fn acknowledged(&mut self, below: u64) -> Vec<Note> {
        self.acknowledged = self.acknowledged.max(below);
        let mut notes = Vec::new();
        while let Some(&(_, take, bytes)) = self.in_flight.front().filter(|(seq, ..)| *seq < self.acknowledged) {
            self.in_flight.pop_front();
            let Some(offer) = self.offers.iter_mut().find(|offer| offer.is_taken_as(take)) else { continue };
            let Some(sending) = &mut offer.sending else { continue };
            let before = percent(sending.acknowledged, offer.was.size);
            sending.acknowledged += bytes;
            let now = sending.acknowledged;
            if percent(now, offer.was.size) != before {
                notes.push(offer.going(now));
            }
        }
        notes
    }

    /// Whether an acknowledgement is due: it lets the next bytes go, and nothing waits after the last one.
    pub(super) fn owes_acknowledgement(&self) -> bool {
        self.newest.is_some_and(|newest| newest >= self.acknowledged)
    }

    /// Whether there are bytes still to be read.
    pub(super) fn is_sending(&self) -> bool {
        self.offers.iter().any(|offer| offer.sending.as_ref().is_some_and(|sending| !sending.done))
    }

    pub(super) fn unfinished(&self) -> impl Iterator<Item = String> {
        self.offers.iter().map(|offer| match &offer.sending {
            Some(Sending { to, .. }) => format!("{to} has not received all of {}", offer.shown()),
            None => format!("{} is no longer on offer: nobody took it", offer.shown()),
        })
    }

    /// How many of our frames with bytes wait in the lane.
    pub(super) fn frames_in_flight(&self) -> u64 {
        self.in_flight.len() as u64
    }

    fn remove(&mut self, id: u64, outbox: &mut Outbox) -> Option<Offer> {
        let at = self.offers.iter().position(|offer| offer.id == id)?;
        let offer = self.offers.remove(at);
        if let Some(sending) = &offer.sending {
            outbox.forget(sending.take);
        }
        Some(offer)
    }
}
