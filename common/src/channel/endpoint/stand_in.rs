//! Standing for somebody who is somewhere else.

use super::own::Endpoint;
use crate::channel::error::Error;
use crate::channel::header::StandIn;
use crate::channel::peer::Presence;
use crate::doorbell;
use crate::fault::{Point, point};

impl Endpoint {
    /// Stands for somebody elsewhere, on another machine perhaps: from now on the other side sees this presence in place of
    /// this process's own, and this side's [display name](Self::set_display_name) as theirs. [`Presence::Quit`] ends a
    /// receiver that has everything, as a quit does. [`Presence::Here`] after anything else is a new life: first show
    /// [`Presence::Gone`] or [`Presence::Quit`] if one life follows another. Set the name before it.
    ///
    /// All else stays as it is: both sides send, receive, ring and sleep as before, whatever is shown. To show nothing of
    /// this process even at its start, attach with [`Channel::stand_in`](crate::Channel::stand_in).
    ///
    /// When this process dies or [withdraws](Self::withdraw), the other side sees [`Presence::Gone`] where it saw
    /// [`Presence::Here`]; a quit remains a quit, and nobody remains nobody. [`quit`](Self::quit) quits for the one elsewhere.
    ///
    /// ```
    /// use shmchat::{Channel, Presence, Role, TryRecvError};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let mut reader = channel.attach(Role::Reader)?;
    /// // Ada writes on another machine, and this process passes on what she says.
    /// let mut bridge = channel.clone().stand_in(Presence::Absent).attach(Role::Writer)?;
    /// reader.handle_wakeup()?;
    /// assert_eq!(reader.peer().presence, Presence::Absent);
    ///
    /// bridge.set_display_name("Ada")?;
    /// bridge.stand_in(Presence::Here)?;
    /// bridge.send("hello")?;
    /// bridge.stand_in(Presence::Quit)?;
    /// assert_eq!(reader.recv()?.from, "Ada");
    /// assert!(matches!(reader.try_recv(), Err(TryRecvError::Quit)));
    /// reader.handle_wakeup()?;
    /// assert_eq!((reader.peer().presence, reader.peer().stands_in), (Presence::Quit, true));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// An [`Error`] if the other side cannot be rung. It is shown all the same.
    pub fn stand_in(&mut self, shows: Presence) -> Result<(), Error> {
        // What was sent before a quit is there once the quit is seen.
        self.outbound.flush(&mut self.link)?;
        let stand_in = StandIn::after(self.link.own.stand_in, shows);
        self.link.own.stand_in = Some(stand_in);
        self.link.header.set_stand_in(self.link.role, Some(stand_in));
        point(Point::StandInStored);
        self.link.ring(if shows == Presence::Quit { doorbell::QUIT } else { doorbell::LOOK })
    }
}
