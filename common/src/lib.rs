//! Temporary head.
pub mod bell;
#[cfg(not(loom))]
pub mod channel;
#[cfg(not(loom))]
pub mod folder;
#[cfg(not(loom))]
pub mod key;
pub mod layout;
pub mod message;
#[cfg(not(loom))]
pub mod presence;
pub mod ring;
#[cfg(not(loom))]
pub mod segment;
pub mod sync;

#[cfg(not(loom))]
pub use channel::{Channel, Endpoint, Error, Message, Outgoing, Part, Presence, Received, Role};
