//! The other side, as far as it is known.

use std::time::SystemTime;

/// Whether the other side is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// Nobody has come yet.
    #[default]
    Absent,
    /// Attached and alive.
    Here,
    /// Quit in good order.
    Quit,
    /// Died without quitting.
    Gone,
}

/// The other side, as far as it is known. All but `presence` is what it says of itself: for people to read, and never
/// as it is: it may hold what a terminal obeys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// Whether it is there.
    pub presence: Presence,
    /// Its display name; empty if it gave none.
    pub name: String,
    /// Its process id.
    pub pid: u32,
    /// Its user id.
    pub uid: u32,
    /// When it attached; none where nobody has come yet.
    pub since: Option<SystemTime>,
}
