//! Acknowledging later than the next call: for a receiver whose work on a message goes on while it receives others.

use super::Receiver;
use crate::channel::codec::reached::Reached;
use crate::channel::error::Error;

impl Receiver<'_> {
    /// Chooses who acknowledges. With `true`, receiving more acknowledges nothing: you do, when your work on what you were
    /// handed is done, by [`acknowledge_whole`](Self::acknowledge_whole) or [`acknowledge`](Self::acknowledge). Quitting
    /// still acknowledges everything that was handed over; [`nack`](Self::nack) before it prevents that.
    ///
    /// What isn't acknowledged takes room in the lane. If it fills the lane and you wait for more, nobody goes on.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// writer.send("one")?;
    /// writer.send("two")?;
    /// reader.receiver().set_acknowledge_by_hand(true);
    /// reader.recv()?;
    /// reader.recv()?;
    /// assert_eq!(writer.sender().backlog()?.messages, 2, "both are still being worked on");
    /// reader.receiver().acknowledge()?;
    /// assert!(writer.sender().is_delivered()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_acknowledge_by_hand(self, by_hand: bool) {
        self.0.inbound.by_hand = by_hand;
    }

    /// Acknowledges the whole messages before this position, and nothing else. Unlike
    /// [`acknowledge_until`](Self::acknowledge_until), it leaves a message that the position lies inside whole, for a
    /// successor, and you can go on receiving. It needs
    /// [`set_acknowledge_by_hand`](Self::set_acknowledge_by_hand).
    ///
    /// A message longer than half the lane can't wait there whole: its parts count as messages.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// writer.sender().send_batch(["one", "two", "three"])?;
    /// reader.receiver().set_acknowledge_by_hand(true);
    /// reader.receiver().try_recv_view()?;
    /// let reached = reader.receiver().try_recv_view()?.reached(1); // the "t" of "two"
    /// reader.receiver().acknowledge_whole(reached)?;
    /// assert_eq!(writer.sender().backlog()?.messages, 2);
    /// # reader.receiver().try_recv_view()?;
    /// # reader.receiver().acknowledge()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn acknowledge_whole(self, reached: Reached) -> Result<(), Error> {
        let super::Endpoint { link, inbound, .. } = self.0;
        inbound.decoder.acknowledge_whole(reached).map_err(|what| link.corrupt(what))?;
        inbound.tell_room(link)?;
        link.check_disk()
    }
}
