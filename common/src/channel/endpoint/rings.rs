//! How often the doorbells rang.

/// How often the doorbells rang since this side attached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rings {
    /// The other side was rung.
    pub given: u64,
    /// This side was woken by the other one's ringing: several rings that came together are one.
    pub heard: u64,
}
