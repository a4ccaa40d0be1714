//! A place of the sender's own, stored in one step with what it sends: for a sender that passes on messages from elsewhere.

use super::Sender;
use crate::channel::error::Error;
use crate::ring::Checkpoint;

impl Sender<'_> {
    /// Shows the other side everything that was enqueued, as [`flush`](Self::flush) does, and stores `checkpoint` in one step
    /// with it. With nothing enqueued it only stores the checkpoint.
    ///
    /// A program that passes messages on from elsewhere stores how far it has come there. After its death, whenever that was,
    /// a successor finds the last checkpoint and exactly the messages that were sent up to it: so it sends none twice and
    /// leaves none out.
    ///
    /// For that, every message must be shown by `flush_at`. [`try_enqueue`](Self::try_enqueue) and
    /// [`try_reserve`](Self::try_reserve) only write. But [`send`](crate::Endpoint::send), [`flush`](Self::flush),
    /// [`arm`](crate::Endpoint::arm), [`quit`](crate::Endpoint::quit), and every call that waits, first show what is written,
    /// without a checkpoint. So if [`try_enqueue`](Self::try_enqueue) finds no room, call `flush_at` for what went in, and wait
    /// after that.
    ///
    /// ```
    /// use shmchat::{Channel, Outgoing, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let log = ["first", "second", "third"]; // what is to be sent, once
    /// let mut writer = channel.attach(Role::Writer)?;
    /// let [next, ..] = writer.sender().checkpoint().unwrap_or_default();
    /// for line in &log[next as usize..2] {
    ///     writer.sender().try_enqueue(&Outgoing::from(*line))?;
    /// }
    /// writer.sender().flush_at(&[2, 0, 0, 0, 0, 0])?;
    /// writer.quit()?;
    ///
    /// let mut successor = channel.attach(Role::Writer)?;
    /// assert_eq!(successor.sender().checkpoint(), Some([2, 0, 0, 0, 0, 0]));
    /// # successor.sender().release_checkpoint();
    /// # drop(successor);
    /// # channel.clean(true)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Crash behaviour
    /// A successor finds the messages and the checkpoint, or neither.
    pub fn flush_at(self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.0.outbound.flush_at(&mut self.0.link, checkpoint)
    }

    /// The last checkpoint that this role has stored in this segment, in this life or an earlier one. `None` if there is
    /// none. The example is at [`flush_at`](Self::flush_at).
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.0.outbound.encoder.checkpoints().last()
    }

    /// Says that the last checkpoint is kept elsewhere now, so the segment may go. Until then it keeps the segment, as a message
    /// that waits does: the last one to quit leaves the segment in place.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let mut writer = channel.attach(Role::Writer)?;
    /// writer.sender().flush_at(&[1; 6])?;
    /// assert!(!writer.quit()?.removed);
    /// let mut writer = channel.attach(Role::Writer)?;
    /// writer.sender().release_checkpoint();
    /// assert!(writer.quit()?.removed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn release_checkpoint(self) {
        self.0.outbound.encoder.release_checkpoint();
    }
}
