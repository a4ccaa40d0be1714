//! From the other side's stream into the local lane: receiving, putting, and letting the server forget what is in the lane.

use super::backoff::Backoff;
use super::far::Far;
use crate::inbound::{Delivery, Place, Source, Verdict};
use crate::near::{Near, Put};
use crate::server::{StreamHandle, pull};
use crate::wire::{Contents, Life, Taken};
use async_nats::jetstream::consumer::pull::Stream as Messages;
use async_nats::jetstream::stream::{PurgeError, Stream};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use log::warn;
use std::future::pending;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// After how many bytes the server is told to forget what was taken, if its stream is large. Each time costs it
/// something: with 4 MiB, messages of 64 KiB are a sixth slower (`make bridge-bench`).
const FORGET_BYTES: usize = 16 << 20;

/// After how long without anything new it is told to forget the rest, and the other side is told how far we are.
const QUIET: Duration = Duration::from_secs(1);

/// Which stream it is, its last sequence number, and its messages.
type Opened = Result<(u64, u64, Box<Messages>), async_nats::Error>;

/// After how many failures to make the server forget it is worth a warning.
const PURGE_FAILURES: u32 = 3;

enum Pull {
    Opening(BoxFuture<'static, Opened>),
    Open(Box<Messages>),
    Waiting(Pin<Box<Sleep>>),
}

/// What happened.
pub(super) enum Came {
    Opened(Opened),
    Message(Option<Result<Box<async_nats::jetstream::Message>, async_nats::Error>>),
    Waited,
    Forgot(u64, Result<(), PurgeError>),
}

/// From the other side's stream into the local lane.
pub(super) struct Incoming {
    stream: Stream<()>,
    name: String,
    /// The longest message that the server takes.
    longest: usize,
    /// After how many bytes the server is told to forget what was taken.
    forget_bytes: usize,
    place: Place,
    pull: Pull,
    backoff: Backoff,
    troubled: bool,
    /// What is on its way into the lane, and how far it has come.
    current: Option<(Delivery, Taken)>,
    /// The far end's life, as the last publication told.
    life: Life,
    purge: Option<BoxFuture<'static, (u64, Result<(), PurgeError>)>>,
    /// The server was told to forget everything before this.
    purged: u64,
    unpurged_bytes: usize,
    /// How often in a row the server did not forget.
    purge_failures: u32,
    /// Messages were taken that the other side does not know of.
    unsettled: bool,
    quiet_at: Option<Instant>,
    /// How many messages were not from a bridge.
    foreign: u64,
}

impl Incoming {
    /// Goes on at `place`; `life` is what is known of the far end.
    pub(super) fn new(stream: Stream<()>, handle: &StreamHandle, place: Place, life: Life, unsettled: bool) -> Self {
        let longest = handle.max_payload;
        let pull = Pull::Opening(open(stream.clone(), place.taken, longest));
        Incoming {
            stream,
            name: handle.name.clone(),
            longest,
            forget_bytes: forget_bytes(handle),
            place,
            pull,
            backoff: Backoff::default(),
            troubled: false,
            current: None,
            life,
            purge: None,
            purged: 0,
            unpurged_bytes: 0,
            purge_failures: 0,
            unsettled,
            // A bridge that was killed may have taken all of a full stream, so that nothing new can come.
            quiet_at: Some(Instant::now() + QUIET),
            foreign: 0,
        }
    }

    /// The far end, as its stream tells.
    pub(super) fn life(&self) -> &Life {
        &self.life
    }

    /// How far the stream was taken.
    pub(super) fn taken(&self) -> Taken {
        self.current.as_ref().map_or(self.place.taken, |(delivery, taken)| match taken.offset {
            0 => self.place.taken,
            _ => Taken { sequence: delivery.sequence, ..*taken },
        })
    }

    /// Whether something waits for room in the lane.
    pub(super) fn waits_for_room(&self) -> bool {
        self.current.is_some()
    }

    /// Whether the other side has yet to learn how far we are.
    pub(super) fn is_unsettled(&self) -> bool {
        self.unsettled
    }

    /// When it is time for [`quiet`](Self::quiet).
    pub(super) fn quiet_at(&self) -> Option<Instant> {
        self.quiet_at
    }

    /// Waits for what happens next.
    pub(super) async fn happens(&mut self) -> Came {
        let is_busy = self.current.is_some();
        let pulled = async {
            match &mut self.pull {
                Pull::Opening(opening) => Came::Opened(opening.await),
                Pull::Open(messages) => {
                    Came::Message(messages.next().await.map(|message| message.map(Box::new).map_err(Into::into)))
                }
                Pull::Waiting(sleep) => {
                    sleep.await;
                    Came::Waited
                }
            }
        };
        let forgotten = async {
            match &mut self.purge {
                Some(purge) => purge.await,
                None => pending().await,
            }
        };
        tokio::select! {
            came = pulled, if !is_busy => came,
            (before, result) = forgotten => Came::Forgot(before, result),
        }
    }

    /// Deals with it. True if a message came.
    pub(super) fn handle(&mut self, came: Came) -> bool {
        match came {
            Came::Waited => self.reopen(),
            Came::Forgot(before, result) => self.forgot(before, result),
            Came::Opened(Ok((stream, last, messages))) => {
                self.opened(stream, last);
                self.pull = Pull::Open(messages);
            }
            Came::Opened(Err(error)) => self.wait(&error.to_string()),
            Came::Message(None) => self.reopen(),
            Came::Message(Some(Err(error))) => self.wait(&error.to_string()),
            Came::Message(Some(Ok(message))) => {
                self.backoff.reset();
                self.troubled = false;
                match message.info().map(|info| info.stream_sequence) {
                    Ok(sequence) => self.take(sequence, &message),
                    Err(error) => warn!("a message of stream {} has no number: {error}", self.name),
                }
                return true;
            }
        }
        false
    }

    /// The stream may be another one than before, or have lost its end.
    fn opened(&mut self, stream: u64, last: u64) {
        let before = self.place.taken;
        let (place, is_cut) = Place::resume(stream, last, Some((before, self.place.source)), None);
        if before.stream != stream && before.sequence > 0 {
            warn!("the stream {} was deleted and created anew; what was in it is lost", self.name);
        } else if is_cut {
            warn!("the stream {} has lost its end, of {} messages", self.name, before.sequence.saturating_sub(last));
        }
        self.place = place;
    }

    fn take(&mut self, sequence: u64, message: &async_nats::Message) {
        self.unpurged_bytes += message.length;
        self.quiet_at = Some(Instant::now() + QUIET);
        match self.place.judge(sequence, message.headers.as_ref(), message.payload.clone()) {
            Verdict::Had => {
                // A number behind what we know, of which we have the messages.
                if sequence >= self.place.taken.next_sequence() {
                    self.place.finish(sequence, None);
                }
            }
            Verdict::Foreign(why) => {
                self.foreign += 1;
                // Somebody who sends many is to fill neither the log nor our time.
                if self.foreign.is_power_of_two() {
                    warn!(
                        "message {sequence} of stream {} is not from a bridge and is skipped: {why} ({} so far)",
                        self.name, self.foreign
                    );
                }
                self.place.finish(sequence, None);
            }
            Verdict::New { delivery, missing } => {
                if missing > 0 {
                    warn!(
                        "{missing} bytes of messages before number {sequence} were removed from the stream {} before they came \
                         here; look at its limits: nats stream info {}",
                        self.name, self.name
                    );
                }
                let taken = self.place.begin(&delivery);
                self.current = Some((delivery, taken));
            }
        }
    }

    /// Puts what there is room for into the lane. True if something was put.
    pub(super) fn put(&mut self, near: &mut Near, far: &Far) -> Result<bool, shmchat::Error> {
        let Some((delivery, taken)) = &mut self.current else { return Ok(false) };
        // It was checked when it came.
        let Ok((life, contents)) = Contents::checked(&delivery.payload) else { return Ok(false) };
        // A new life begins before its first message, and any other ends behind its last.
        if life.presence == shmchat::Presence::Here {
            near.show(&far.seen(&life, near.shown()))?;
        }
        let heading = &delivery.heading;
        let source = Source { ring: heading.ring, end: heading.range.end };
        let before = taken.offset;
        let put = near.put(contents, *taken, source)?;
        match put {
            Put::Until(offset) => {
                taken.offset = offset;
                self.unsettled |= offset > before;
                Ok(offset > before)
            }
            Put::All => {
                near.show(&far.seen(&life, near.shown()))?;
                self.life = life;
                self.unsettled |= !heading.range.is_empty();
                self.place.finish(delivery.sequence, Some(heading));
                self.current = None;
                Ok(true)
            }
        }
    }

    /// Starts over: the connection is a new one.
    pub(super) fn reopen(&mut self) {
        self.pull = Pull::Opening(open(self.stream.clone(), self.place.taken, self.longest));
    }

    fn wait(&mut self, why: &str) {
        if !std::mem::replace(&mut self.troubled, true) {
            log::info!("nothing comes from the stream {}: {why}; trying again", self.name);
        }
        self.pull = Pull::Waiting(Box::pin(sleep(self.backoff.next())));
    }

    /// Lets the server forget what is in the lane, if that is worth it. The stream's last message stays: it is all that its
    /// publisher remembers.
    pub(super) fn forget(&mut self, is_quiet: bool) {
        let before = self.place.taken.sequence;
        if self.purge.is_some() || before <= self.purged || (!is_quiet && self.unpurged_bytes < self.forget_bytes) {
            return;
        }
        self.unpurged_bytes = 0;
        let stream = self.stream.clone();
        self.purge = Some(Box::pin(async move { (before, stream.purge().sequence(before).await.map(drop)) }));
    }

    /// The server has forgotten, or not.
    fn forgot(&mut self, before: u64, result: Result<(), PurgeError>) {
        self.purge = None;
        match result {
            Ok(()) => (self.purged, self.purge_failures) = (before, 0),
            Err(error) => {
                self.purge_failures += 1;
                // A server that was just restarted may fail once.
                if self.purge_failures == PURGE_FAILURES {
                    warn!("the stream {} keeps what was delivered: {error}; it will fill up", self.name);
                }
                self.quiet_at = Some(Instant::now() + QUIET);
            }
        }
    }

    /// Nothing came for a while. True if the other side is to be told how far we are.
    pub(super) fn quiet(&mut self) -> bool {
        self.quiet_at = None;
        self.forget(true);
        self.unsettled
    }

    /// The other side's stream says how far we are.
    pub(super) fn settle(&mut self, taken: Taken) {
        self.unsettled &= taken < self.taken();
    }
}

/// After how many bytes the server is told to forget what was taken: long before a small stream is full.
fn forget_bytes(handle: &StreamHandle) -> usize {
    let quarter = handle.max_bytes.map_or(usize::MAX, |bytes| usize::try_from(bytes / 4).unwrap_or(usize::MAX));
    quarter.min(FORGET_BYTES)
}

fn open(stream: Stream<()>, taken: Taken, longest: usize) -> BoxFuture<'static, Opened> {
    Box::pin(async move {
        let info = stream.get_info().await?;
        let id = u64::try_from(info.created.unix_timestamp_nanos()).unwrap_or_default();
        let last = info.state.last_sequence;
        let (place, _) = Place::resume(id, last, Some((taken, Source::default())), None);
        Ok((id, last, Box::new(pull::open(&stream, place.taken.next_sequence(), longest).await?)))
    })
}
