//! What the other side has acknowledged.

use super::Sender;
use crate::channel::error::Error;
use crate::ring::Backlog;

impl Sender<'_> {
    /// Whether the other side has acknowledged everything that this side has sent, in this life and earlier ones.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// let seq = writer.send("hello")?;
    /// assert!(!writer.sender().is_delivered()? && writer.sender().acknowledged()? <= seq);
    /// reader.recv()?;
    /// reader.receiver().acknowledge()?; // in the other process
    /// assert!(writer.sender().is_delivered()? && writer.sender().acknowledged()? > seq);
    /// assert_eq!(writer.sender().waiting_bytes()?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_delivered(self) -> Result<bool, Error> {
        self.0.outbound.is_delivered(&self.0.link)
    }

    /// The position up to which the other side has acknowledged: it has every message whose `seq` is below. To wait until it
    /// moves, [`arm`](crate::Endpoint::arm) with [`Interest::acknowledged`](crate::Interest#structfield.acknowledged). The example is at
    /// [`is_delivered`](Self::is_delivered).
    pub fn acknowledged(self) -> Result<u64, Error> {
        let lane = self.0.outbound.encoder.lane();
        lane.look().map_err(|what| self.0.link.corrupt(what))?;
        Ok(lane.taken())
    }

    /// Bytes of the lane that hold what the other side has not acknowledged, headers included.
    pub fn waiting_bytes(self) -> Result<u64, Error> {
        let acknowledged = self.0.sender().acknowledged()?;
        Ok(self.0.outbound.encoder.lane().position() - acknowledged)
    }

    /// What the other side has not acknowledged of what this side has sent, in this life and earlier ones. It walks the
    /// messages one by one, so it is for people to look at. [`is_delivered`](Self::is_delivered) costs less.
    pub fn backlog(self) -> Result<Backlog, Error> {
        self.0.outbound.encoder.lane().backlog().map_err(|what| self.0.link.corrupt(what))
    }
}
