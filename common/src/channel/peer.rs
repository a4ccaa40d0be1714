//! The other side, as far as it is known.

use std::time::SystemTime;

/// Whether the other side is there.
///
/// ```
/// use shmchat::{Channel, Presence, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let mut writer = channel.attach(Role::Writer)?;
/// assert_eq!(writer.peer().presence, Presence::Absent);
///
/// let reader = channel.attach(Role::Reader)?; // in the other process
/// writer.handle_wakeup()?;
/// assert_eq!(writer.peer().presence, Presence::Here);
///
/// reader.quit()?;
/// writer.handle_wakeup()?;
/// assert_eq!(writer.peer().presence, Presence::Quit);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// Nobody has come yet.
    #[default]
    Absent,
    /// Attached and alive.
    Here,
    /// Quit in good order.
    Quit,
    /// It died without quitting. The next start in its role takes over.
    Gone,
}

/// The other side, as far as it is known: [`Endpoint::peer`](crate::Endpoint::peer).
///
/// Everything but `presence` is what the other side says of itself; if it [stands in](Self::stands_in) for another, `presence`
/// is too. Do not rely on it, and do not print `name` to a
/// terminal as it is: it may contain control characters.
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let writer = channel.clone().display_name("Ada").attach(Role::Writer)?;
/// let reader = channel.attach(Role::Reader)?;
/// let peer = reader.peer();
/// assert_eq!((peer.name.as_str(), peer.pid), ("Ada", std::process::id()));
/// assert!(peer.since.is_some());
/// # drop(writer);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// Whether it is there.
    pub presence: Presence,
    /// Its display name now, up to 64 bytes. Empty if it gave none. Who sent a message is said by the message:
    /// [`Message::from`](crate::Message::from).
    pub name: String,
    /// Its process id.
    pub pid: u32,
    /// Its user id.
    pub uid: u32,
    /// When it attached. `None` if nobody has come yet.
    pub since: Option<SystemTime>,
    /// When its user last typed, if it says so: [`Endpoint::set_typing`](crate::Endpoint::set_typing). An old time means
    /// that the user has stopped.
    pub typing: Option<SystemTime>,
    /// Its process is there, and stands for somebody elsewhere: [`Endpoint::stand_in`](crate::Endpoint::stand_in). Then
    /// `presence`, `name` and `since` are of the one who is elsewhere, `pid` and `uid` are of the process that is there.
    pub stands_in: bool,
}
