//! What the kernel knows of a memory.

/// What the kernel knows of a memory: [`Location::stat`](super::Location::stat) has the example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// The size of the whole, in bytes.
    pub bytes: usize,
    /// The user id that owns it.
    pub uid: u32,
    /// The user id that created it; the owner, if the kernel knows no other.
    pub creator: u32,
    /// Its group id.
    pub group: u32,
    /// The nine permission bits.
    pub mode: u32,
    /// How many times it is attached, by anybody. `None` if the kernel does not count that: it does for a segment only.
    pub attached: Option<u64>,
    /// Whether a segment is marked for removal (`SHM_DEST`) and goes with the last detach.
    pub doomed: bool,
}
