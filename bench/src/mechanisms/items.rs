//! This program's library for items of one type: slices of them go in and come out, and none carries a length.

use super::shmchat::{channel, unless_quit};
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use shmchat::{Endpoint, Error, Role};
use std::path::PathBuf;

/// Bytes that are shown, or taken, at once: as many as in batches of messages.
const BATCH: usize = 16 << 10;

pub(crate) struct Items<const N: usize> {
    folder: PathBuf,
}

pub(crate) struct ItemsPort<const N: usize> {
    endpoint: Endpoint,
    /// Items that are kept back until they are a slice, and how many.
    kept: Box<[[u8; N]]>,
    filled: usize,
    taken: Box<[[u8; N]]>,
}

fn failed(error: Error) -> Reason {
    match error {
        Error::ItemTooLong { .. } => Reason::unable(error),
        error => error.into(),
    }
}

impl<const N: usize> Drop for Items<N> {
    /// Removes the segment where a run that failed left it.
    fn drop(&mut self) {
        if let Ok(channel) = channel(&self.folder) {
            let _ = channel.clean(true);
        }
    }
}

impl<const N: usize> Mechanism for Items<N> {
    const NAME: &'static str = "shmchat, items";
    const KIND: Kind = Kind::Ours;
    const MANNER: Manner = Manner::TypedBatches;
    type Port = ItemsPort<N>;

    fn prepare(setup: &Setup<'_>) -> Result<Self, Reason> {
        Ok(Items { folder: setup.folder.into() })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let role = if side == Side::First { Role::Writer } else { Role::Reader };
        let slice = || vec![[0; N]; (BATCH / N).max(1)].into();
        Ok(ItemsPort { endpoint: channel(&self.folder)?.attach(role)?, kept: slice(), filled: 0, taken: slice() })
    }
}

impl<const N: usize> Port for ItemsPort<N> {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        message.fill(0, &mut self.kept[self.filled]);
        self.filled += 1;
        if self.filled == self.kept.len() { self.flush() } else { Ok(()) }
    }

    #[inline]
    fn flush(&mut self) -> Result<(), Reason> {
        let items = &self.kept[..std::mem::take(&mut self.filled)];
        self.endpoint.sender().typed().and_then(|mut sender| sender.send_slice(items)).map_err(failed)
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        let mut receiver = self.endpoint.receiver().typed().map_err(failed)?;
        let received = receiver.recv_slice(&mut self.taken);
        unless_quit(received.map(|count| self.taken[..count].iter().for_each(|item| check.bytes(item))))?;
        Ok(())
    }
}
