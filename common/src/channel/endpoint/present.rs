//! What this side shows of itself: its name, and that its user types.

use super::own::Endpoint;
use crate::channel::error::Error;
use crate::doorbell;
use std::time::SystemTime;

impl Endpoint {
    /// Changes the display name: of this side, and of the messages that it sends from now on. At most 64 bytes of it count.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let mut writer = channel.clone().display_name("Ada").attach(Role::Writer)?;
    /// writer.send("hello")?;
    /// writer.set_display_name("Countess")?;
    /// writer.send("hello again")?;
    ///
    /// let mut reader = channel.attach(Role::Reader)?;
    /// assert_eq!(reader.recv()?.from, "Ada");
    /// assert_eq!(reader.recv()?.from, "Countess");
    /// assert_eq!(reader.peer().name, "Countess");
    /// # reader.receiver().acknowledge()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// An [`Error`] if the other side cannot be rung. The name is changed all the same.
    pub fn set_display_name(&mut self, name: &str) -> Result<(), Error> {
        self.outbound.encoder.set_name(name);
        self.link.header.rename(self.link.role, name);
        self.link.ring(doorbell::LOOK)
    }

    /// Says that this side's user is typing, or has stopped, and rings the other side, which finds it in
    /// [`Peer::typing`](crate::Peer::typing). Nothing goes into the lane. Each call costs a system call, and wakes the
    /// other side: twice a second is enough.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// writer.set_typing(true)?;
    /// reader.handle_wakeup()?; // rung
    /// assert!(reader.peer().typing.is_some());
    /// writer.set_typing(false)?;
    /// reader.handle_wakeup()?;
    /// assert!(reader.peer().typing.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// An [`Error`] if the other side cannot be rung.
    pub fn set_typing(&mut self, typing: bool) -> Result<(), Error> {
        self.link.header.set_typing(self.link.role, typing.then(SystemTime::now));
        self.link.ring(doorbell::LOOK)
    }
}
