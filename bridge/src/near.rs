//! The local end: the channel in which this process plays the missing role.

use crate::descriptor::Watched;
use crate::failure::Failure;
use crate::inbound::Source;
use crate::outbound::Batcher;
use crate::wire::{Contents, Life, Taken, piece};
use log::info;
use shmchat::{
    Channel, Endpoint, Error, Interest, Kind, Outgoing, Presence, Reached, Role, TryRecvError, TrySendError,
};
use std::ops::ControlFlow;
use std::time::UNIX_EPOCH;

/// What came of putting a payload into the lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// All of it is in the lane.
    All,
    /// The lane is full; it holds everything before this offset of the payload.
    Until(u64),
}

/// The local end. Dropping it withdraws from the channel: the other side sees that this one is gone, not that it quit.
#[derive(Debug)]
pub struct Near {
    /// `None` once it has withdrawn.
    endpoint: Option<Endpoint>,
    doorbell: Watched,
    /// The far end as it is shown here.
    shown: Life,
    /// The other side has quit, and everything it sent was taken.
    quit: bool,
}

impl Near {
    /// Attaches. Somebody who was at the far end when it was last heard of is shown as gone, until they are known to be there, if
    /// an earlier bridge has shown them here: who was never here cannot have gone. Otherwise nobody is shown yet.
    pub fn attach(channel: &Channel, role: Role, last: Option<&Life>) -> Result<Self, Failure> {
        let somebody_was = channel.status()?.is_some_and(|it| it.roles[role as usize].presence != Presence::Absent);
        let shown = match last {
            Some(life) if life.presence == Presence::Here && somebody_was => {
                Life { presence: Presence::Gone, ..life.clone() }
            }
            _ => Life::default(),
        };
        let mut endpoint = channel.clone().stand_in(shown.presence).attach(role)?;
        endpoint.set_display_name(&shown.name)?;
        endpoint.receiver().take_ahead();
        let doorbell = Watched::new(&endpoint).map_err(Failure::Watch)?;
        Ok(Near { endpoint: Some(endpoint), doorbell, shown, quit: false })
    }

    fn endpoint(&mut self) -> &mut Endpoint {
        self.endpoint.as_mut().expect("it has not withdrawn")
    }

    /// The generation of the segment.
    pub fn ring(&self) -> u64 {
        self.endpoint.as_ref().map_or(0, Endpoint::generation)
    }

    /// The position of the lane's end: nothing was ever sent from behind it.
    pub fn tail(&self) -> u64 {
        let Some(endpoint) = &self.endpoint else { return 0 };
        let lane = endpoint.role().other() as usize;
        endpoint.inspect(0, 0).lanes[lane].tail
    }

    /// Who is at this end.
    pub fn life(&self) -> Life {
        let Some(endpoint) = &self.endpoint else { return Life::default() };
        let (now, found) = (endpoint.peer(), endpoint.peer_at_attach());
        let (peer, presence) = match now.presence {
            // A life that was over before we came, and that has left nothing: only this tells of it.
            Presence::Absent => (found, found.presence),
            // What it sent comes first.
            Presence::Quit if !self.quit => (now, Presence::Here),
            presence => (now, presence),
        };
        let since = peer.since.and_then(|since| since.duration_since(UNIX_EPOCH).ok());
        let since = since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
        Life { presence, since, pid: peer.pid, name: peer.name.clone() }
    }

    /// Takes what is in the lane, as long as the batcher has room.
    pub fn take(&mut self, batcher: &mut Batcher) -> Result<(), Error> {
        let taken = self.endpoint().receiver().try_recv_views(|view| {
            batcher.add(&view);
            if batcher.is_full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        self.quit = match taken {
            Ok(_) | Err(TryRecvError::Empty) => false,
            Err(TryRecvError::Quit) => true,
            Err(TryRecvError::Channel(error)) => return Err(error),
        };
        Ok(())
    }

    /// Gives back the room of everything before this: it is stored.
    pub fn acknowledge(&mut self, reached: Reached) -> Result<(), Error> {
        self.endpoint().receiver().release(reached)
    }

    /// Puts what there is room for of a payload into the lane, from `taken.offset` on, with a checkpoint that says so.
    pub fn put(&mut self, contents: Contents<'_>, taken: Taken, source: Source) -> Result<Put, Error> {
        let begun = match taken.offset {
            Taken::ALL => return Ok(Put::All),
            offset => offset as usize,
        };
        let name = self.shown.name.clone();
        let mut sender = self.endpoint().sender();
        // A block of lines is one record, and its time is 8 bytes of it.
        let (whole, lines) = (sender.whole_limit(), sender.part_limit() - 8);
        let (mut reached, mut anything, mut is_full) = (begun, false, false);
        'items: for item in contents {
            let mut done = begun.saturating_sub(item.start);
            if begun >= item.start && done >= item.bytes.len() {
                continue;
            }
            let limit = if item.kind == Kind::Lines { lines } else { whole };
            loop {
                let piece = piece(item.kind, item.part, item.bytes, done, limit);
                let message = Outgoing {
                    kind: piece.kind,
                    sent: item.sent,
                    bytes: &item.bytes[piece.bytes.clone()],
                    part: piece.part,
                    unterminated: item.unterminated && piece.part.is_end(),
                    from: (item.from != name).then_some(item.from),
                };
                sender = self.endpoint().sender();
                match sender.try_enqueue(&message) {
                    Ok(_) => {}
                    Err(TrySendError::Full) => {
                        is_full = true;
                        break 'items;
                    }
                    Err(TrySendError::Channel(error)) => return Err(error),
                }
                anything = true;
                done = piece.done;
                reached = item.start + done;
                if done >= item.bytes.len() {
                    break;
                }
            }
        }
        let put = if is_full { Put::Until(reached as u64) } else { Put::All };
        if anything {
            let offset = match put {
                Put::All => Taken::ALL,
                Put::Until(offset) => offset,
            };
            let checkpoint = [taken.stream, taken.sequence, offset, source.ring, source.end, 0];
            self.endpoint().sender().flush_at(&checkpoint)?;
        }
        Ok(put)
    }

    /// How far the stream was taken, as the lane says: by this process or one before it.
    pub fn taken(&mut self) -> Option<(Taken, Source)> {
        let [stream, sequence, offset, ring, end, _] = self.endpoint().sender().checkpoint()?;
        Some((Taken { stream, sequence, offset }, Source { ring, end }))
    }

    /// The other bridge, or the stream, knows how far we have taken it: nothing in this segment is needed for that.
    pub fn settle(&mut self, taken: &Taken) {
        if self.taken().is_some_and(|(known, _)| known.stream == taken.stream && known <= *taken) {
            self.endpoint().sender().release_checkpoint();
        }
    }

    /// Shows the far end here, as if it were this process.
    pub fn show(&mut self, life: &Life) -> Result<(), Error> {
        if *life == self.shown {
            return Ok(());
        }
        info!("the far end: {} {:?}", life.name, life.presence);
        if life.name != self.shown.name {
            self.endpoint().set_display_name(&life.name)?;
        }
        if life.presence != self.shown.presence || !life.is_same(&self.shown) {
            self.endpoint().stand_in(life.presence)?;
        }
        self.shown = life.clone();
        Ok(())
    }

    /// The far end as it is shown here.
    pub fn shown(&self) -> &Life {
        &self.shown
    }

    /// Gets ready to sleep; false if there is something to do.
    pub fn arm(&mut self, interest: Interest) -> Result<bool, Error> {
        self.endpoint().arm(interest)
    }

    /// Waits until the doorbell rings, after [`arm`](Self::arm).
    pub async fn rung(&self) {
        self.doorbell.readable().await;
    }

    /// After a sleep, for whatever reason it ended.
    pub fn awake(&mut self) -> Result<(), Error> {
        self.endpoint().handle_wakeup()
    }

    /// Leaves the channel in good order.
    pub fn withdraw(&mut self) -> Result<(), Error> {
        match self.endpoint.take() {
            Some(endpoint) => endpoint.withdraw().map(drop),
            None => Ok(()),
        }
    }
}

impl Drop for Near {
    fn drop(&mut self) {
        if !std::thread::panicking()
            && let Err(error) = self.withdraw()
        {
            info!("{error}");
        }
    }
}
