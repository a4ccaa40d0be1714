//! What the records of a channel outlive.

/// What the records of a channel outlive, besides the processes that use it. The header says it, so that both sides do what
/// is needed for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u64)]
pub enum Durability {
    /// The memory is gone after a reboot. Nothing is needed.
    #[default]
    Boot = 0,
    /// The memory is a file. After a power cut some of its pages may be older than others, so each record carries a
    /// checksum, its seal: see [`crate::ring::seal`].
    Sealed = 1,
    /// The same, and whatever is accepted or acknowledged is first brought to the disk; all but the mark inside a record, since
    /// each line would cost an `fdatasync`. So lines that were acknowledged may come again, as long as others of their block
    /// wait.
    Synced = 2,
}

impl Durability {
    /// The one that a word of the header says.
    pub const fn from_word(word: u64) -> Option<Self> {
        match word {
            0 => Some(Durability::Boot),
            1 => Some(Durability::Sealed),
            2 => Some(Durability::Synced),
            _ => None,
        }
    }

    /// Whether records are sealed.
    #[inline]
    pub const fn is_sealed(self) -> bool {
        !matches!(self, Durability::Boot)
    }
}
