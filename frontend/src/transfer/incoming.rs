//! Files that the other side offers, and those that our user takes.
//!
//! ```text
//!            /get                 bytes, done, the hash agrees
//!   open ───────────▶ taking ─────────────────────────────────▶ stored
//!    │  ▲                │
//!    │  └────────────────┤ no space, unwritable, damaged: the offer stands, /get PATH may do better
//!    ▼                   ▼
//!   gone   /skip, withdrawn, the other side left
//! ```
//!
//! What a hostile peer can do: have [`OFFERS_MAX`] lines and file names in our memory, and write to the disk what our user
//! said `/get` to, up to the size that the line showed.
use super::destination::{Destination, PartialFile};
use super::folders::Folders;
use super::frame::{Frame, Refused, Withdrawn};
use super::note::{Note, Step, Transfer, percent, person};
use super::outbox::{Content, Outbox};
use super::safe_name::safe_name;
use super::sha256::Hash;
use crate::text::size as size_text;
use nix::errno::Errno;
use std::collections::VecDeque;
use std::io;

/// At most this many offers of one side stand at once.
pub const OFFERS_MAX: usize = 8;

/// So many takes are remembered for which a peer was told that we know nothing of them.
const TOLD_MAX: usize = 8;

/// The offers of the other side.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    /// In the order in which they came.
    offers: Vec<Offered>,
    told: VecDeque<u64>,
}

#[derive(Debug)]
struct Offered {
    id: u64,
    from: String,
    /// Safe to store and to show.
    name: String,
    size: u64,
    taking: Option<Taking>,
}

/// A file on its way.
#[derive(Debug)]
struct Taking {
    take: u64,
    file: PartialFile,
    received: u64,
    hash: Hash,
}

impl Offered {
    fn note(&self, step: Step, text: String) -> Note {
        Note { transfer: Transfer::Theirs(self.id), step, from: self.from.clone(), text }
    }

    fn going(&self, received: u64) -> Note {
        self.note(Step::Going, format!("receiving {}: {} %", self.name, percent(received, self.size)))
    }

    fn ended(&self, text: String) -> Note {
        self.note(Step::Ended, text)
    }
}

impl Incoming {
    pub(super) fn offered(&mut self, from: &str, id: u64, size: u64, name: &str, outbox: &mut Outbox) -> Option<Note> {
        // A successor's sender offers again what may wait here already.
        if self.offers.iter().any(|offer| offer.id == id) {
            return None;
        }
        let offer = Offered { id, from: person(from), name: safe_name(name), size, taking: None };
        let what = format!("{} offers {}, {}", offer.from, offer.name, size_text(size));
        if self.offers.len() >= OFFERS_MAX {
            outbox.answer(&Frame::Skip { offer: id }, Content::Other);
            return Some(offer.ended(format!("{what}: skipped, {OFFERS_MAX} offers are open already")));
        }
        let note = offer.note(Step::Offered, format!("{what}: /get or /skip"));
        self.offers.push(offer);
        Some(note)
    }

    pub(super) fn withdrawn(&mut self, id: u64, why: Withdrawn) -> Option<Note> {
        let at = self.offers.iter().position(|offer| offer.id == id)?;
        let offer = self.offers.remove(at);
        let Offered { from, name, .. } = &offer;
        let kept = if offer.taking.is_some() { "; nothing was kept" } else { "" };
        Some(offer.ended(match why {
            Withdrawn::Asked => format!("{from} has withdrawn {name}{kept}"),
            Withdrawn::Changed => format!("{name} changed at {from}'s while it was on offer{kept}"),
            Withdrawn::Unreadable => format!("{from} could not read {name}{kept}"),
            Withdrawn::Unknown => format!("{from} no longer offers {name}{kept}"),
        }))
    }

    /// Bytes have come.
    pub(super) fn chunk(&mut self, take: u64, offset: u64, bytes: &[u8], outbox: &mut Outbox) -> Option<Note> {
        let Some(offer) = self.offer_of(take) else {
            self.refuse_unknown(take, outbox);
            return None;
        };
        let taking = offer.taking.as_mut()?;
        let end = offset.checked_add(bytes.len() as u64);
        if end.is_some_and(|end| end <= taking.received) {
            // The same again.
            return None;
        }
        if offset != taking.received || end.is_none_or(|end| end > offer.size) {
            return Some(fail(offer, &Failure::Damaged, outbox));
        }
        if let Err(error) = taking.file.append(bytes) {
            return Some(fail(offer, &Failure::System(error), outbox));
        }
        taking.hash.update(bytes);
        let before = taking.received;
        taking.received += bytes.len() as u64;
        let now = taking.received;
        (percent(before, offer.size) != percent(now, offer.size)).then(|| offer.going(now))
    }

    /// All bytes were sent.
    pub(super) fn done(
        &mut self,
        take: u64,
        sha256: &[u8; 32],
        folders: &Folders,
        outbox: &mut Outbox,
    ) -> Option<Note> {
        let Some(offer) = self.offer_of(take) else {
            self.refuse_unknown(take, outbox);
            return None;
        };
        let Taking { file, received, hash, .. } = offer.taking.take()?;
        if received != offer.size || hash.finish() != *sha256 {
            return Some(refused(offer, take, &Failure::Damaged, outbox));
        }
        let path = match file.finish() {
            Ok(path) => path,
            Err(error) => return Some(refused(offer, take, &Failure::System(error), outbox)),
        };
        outbox.say(&Frame::Stored { take });
        let text = format!("received {}, {}: {}", offer.name, size_text(offer.size), folders.shown(&path));
        let note = offer.ended(text);
        let id = offer.id;
        self.offers.retain(|offer| offer.id != id);
        Some(note)
    }

    /// `/get [PATH]`: takes the oldest offer that is not being taken. An error is for the user, and changes nothing.
    pub(super) fn get(
        &mut self,
        path: &str,
        take: u64,
        folders: &Folders,
        outbox: &mut Outbox,
    ) -> Result<Note, String> {
        let Some(offer) = self.offers.iter_mut().find(|offer| offer.taking.is_none()) else {
            let already = self.offers.first().map(|offer| format!("{} is on its way already", offer.name));
            return Err(already.unwrap_or_else(|| "nobody offers a file: there is nothing to get".to_owned()));
        };
        let path = Some(path).filter(|path| !path.is_empty()).map(|path| folders.typed(path));
        let place = path.clone().unwrap_or_else(|| folders.downloads());
        let destination = Destination::of(path.as_deref(), &place, &offer.name);
        let file = destination.and_then(PartialFile::create).map_err(|error| {
            let way_out = match error.kind() {
                io::ErrorKind::AlreadyExists => "nothing is overwritten: /get another PATH",
                _ => "/get PATH stores it elsewhere",
            };
            let place = folders.shown(&place);
            format!("cannot store {} in {place}: {}; {way_out}", offer.name, reason(&error))
        })?;
        outbox.say(&Frame::Accept { offer: offer.id, take });
        offer.taking = Some(Taking { take, file, received: 0, hash: Hash::default() });
        Ok(offer.going(0))
    }

    /// `/skip`: declines the oldest open offer or, if none is open, stops the oldest transfer.
    pub(super) fn skip(&mut self, outbox: &mut Outbox) -> Option<Note> {
        let open = self.offers.iter().position(|offer| offer.taking.is_none());
        let at = open.or_else(|| (!self.offers.is_empty()).then_some(0))?;
        let offer = self.offers.remove(at);
        outbox.say(&Frame::Skip { offer: offer.id });
        let kept = if offer.taking.is_some() { "; nothing was kept" } else { "" };
        Some(offer.ended(format!("skipped {}{kept}", offer.name)))
    }

    /// The other side is gone, and everything it sent has arrived: nobody gives these any more.
    pub(super) fn left(&mut self) -> Vec<Note> {
        let gone = std::mem::take(&mut self.offers).into_iter();
        gone.map(|offer| {
            let Offered { from, name, .. } = &offer;
            offer.ended(match offer.taking {
                Some(_) => format!("{from} left before {name} was whole; nothing was kept"),
                None => format!("{from} left and no longer offers {name}"),
            })
        })
        .collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.offers.is_empty()
    }

    pub(super) fn unfinished(&self) -> impl Iterator<Item = String> {
        let taken = self.offers.iter().filter(|offer| offer.taking.is_some());
        taken.map(|offer| format!("not all of {} was received, and nothing was kept", offer.name))
    }

    fn offer_of(&mut self, take: u64) -> Option<&mut Offered> {
        self.offers.iter_mut().find(|offer| offer.taking.as_ref().is_some_and(|taking| taking.take == take))
    }

    /// Once for each take: what is still under way when it is refused is no news.
    fn refuse_unknown(&mut self, take: u64, outbox: &mut Outbox) {
        if self.told.contains(&take) {
            return;
        }
        if self.told.len() == TOLD_MAX {
            self.told.pop_front();
        }
        self.told.push_back(take);
        outbox.answer(&Frame::Refuse { take, why: Refused::Unknown }, Content::Other);
    }
}

/// Why a file could not be stored.
enum Failure {
    Damaged,
    System(io::Error),
}

/// Ends a transfer. The offer stands.
fn fail(offer: &mut Offered, failure: &Failure, outbox: &mut Outbox) -> Note {
    let take = offer.taking.take().map_or(0, |taking| taking.take);
    refused(offer, take, failure, outbox)
}

fn refused(offer: &Offered, take: u64, failure: &Failure, outbox: &mut Outbox) -> Note {
    let name = &offer.name;
    let (why, text) = match failure {
        Failure::Damaged => {
            let text = format!("{name} arrived damaged, and nothing was kept; /get tries again");
            (Refused::Damaged, text)
        }
        Failure::System(error) => {
            let full = [Errno::ENOSPC, Errno::EDQUOT, Errno::EFBIG].contains(&errno(error));
            let text = format!("cannot store {name}: {}; /get PATH stores it elsewhere", reason(error));
            (if full { Refused::NoSpace } else { Refused::Unwritable }, text)
        }
    };
    outbox.say(&Frame::Refuse { take, why });
    offer.ended(text)
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or_default())
}

/// The system's words, without the number.
pub(super) fn reason(error: &io::Error) -> String {
    match errno(error) {
        Errno::UnknownErrno => error.to_string(),
        errno => errno.desc().to_owned(),
    }
}
