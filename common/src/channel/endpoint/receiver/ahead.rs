//! Taking messages ahead: for a receiver whose work on a message goes on while it receives others, or that cannot do it.

use super::Receiver;
use crate::channel::codec::reached::Reached;
use crate::channel::error::Error;

impl Receiver<'_> {
    /// Takes messages ahead: from now on, neither receiving more nor quitting acknowledges what you were handed. You
    /// [release](Self::release) it when your work on it is done; what is not released by then waits for a successor. So if you
    /// were given something that you cannot do, take it ahead and quit.
    ///
    /// What isn't released takes room in the lane. If it fills the lane and you wait for more, nobody goes on.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// writer.send("print this")?;
    /// reader.recv()?;
    /// reader.receiver().take_ahead(); // the printer is out of paper
    /// reader.quit()?;
    /// assert_eq!(writer.sender().backlog()?.messages, 1);
    /// # drop(writer);
    /// # channel.clean(true)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn take_ahead(self) {
        self.0.inbound.takes_ahead = true;
    }

    /// Releases the whole messages before this position, and nothing else: they are acknowledged. A message that the position
    /// lies inside stays whole for a successor, and you can go on receiving. It goes with [`take_ahead`](Self::take_ahead);
    /// [`acknowledge`](Self::acknowledge) releases everything that you were handed.
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
    /// reader.receiver().take_ahead();
    /// let one = reader.receiver().try_recv_view()?.end();
    /// let two = reader.receiver().try_recv_view()?.end();
    /// reader.receiver().release(one)?; // the first is done
    /// assert_eq!(writer.sender().backlog()?.messages, 2);
    /// reader.receiver().release(two)?;
    /// assert_eq!(writer.sender().backlog()?.messages, 1);
    /// # reader.receiver().try_recv_view()?;
    /// # reader.receiver().acknowledge()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn release(self, reached: Reached) -> Result<(), Error> {
        let super::Endpoint { link, inbound, .. } = self.0;
        inbound.decoder.acknowledge_whole(reached).map_err(|what| link.corrupt(what))?;
        inbound.tell_room(link)?;
        link.check_disk()
    }
}
