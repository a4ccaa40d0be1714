//! The headings of the options that other programs don't have.

/// What the bridge is, and for how long.
pub(super) const BRIDGE: &str = "Bridge";
/// The server, and how to log in there.
pub(super) const SERVER: &str = "NATS server";
/// The streams.
pub(super) const STREAM: &str = "Streams";
