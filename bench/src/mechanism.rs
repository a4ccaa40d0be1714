//! What each mechanism has to do to be measured.

use crate::pattern::{Check, Pattern};
use std::fmt;
use std::path::Path;

/// A way for two sides to pass messages.
///
/// [`prepare`](Self::prepare) runs once, before the sides part; each side then [opens](Self::open) its end. Both
/// directions work, since a ping-pong needs them.
pub(crate) trait Mechanism: Sized + Sync {
    /// As the tables name it.
    const NAME: &'static str;
    /// Who it is: ours, a peer that one would pick instead, or a reference.
    const KIND: Kind;
    /// How its messages are handed over, so that like is compared with like.
    const MANNER: Manner;
    /// One side's end.
    type Port: Port;

    /// Makes what both sides share.
    fn prepare(setup: &Setup<'_>) -> Result<Self, Reason>;

    /// Opens one side's end, in the process (or thread) that will use it. Both sides are opened at once, so this may
    /// wait for the other.
    fn open(&self, side: Side) -> Result<Self::Port, Reason>;
}

/// One side's end of a mechanism.
pub(crate) trait Port {
    /// Sends one message, waiting for room. It may stay back until [`flush`](Self::flush) where the mechanism sends
    /// in batches.
    fn send(&mut self, message: Pattern) -> Result<(), Reason>;

    /// Shows the other side all that was sent.
    fn flush(&mut self) -> Result<(), Reason> {
        Ok(())
    }

    /// Waits for at least one message and hands all that came at once to `check`.
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason>;
}

/// What is to be passed, and where there is room for files.
#[derive(Clone, Copy)]
pub(crate) struct Setup<'a> {
    /// Bytes of each message: 8 or a multiple.
    pub(crate) payload: usize,
    /// A folder of this run's own.
    pub(crate) folder: &'a Path,
    /// Bytes of the ring, where a mechanism of ours is to have another than its default.
    pub(crate) capacity: Option<u64>,
}

/// Which of the two sides. In a one-way run the first sends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    First,
    Second,
}

impl Side {
    /// Of two things, one for each direction (first to second, second to first): what this side sends on, and what it
    /// receives from.
    pub(crate) fn of<T>(self, [there, back]: [T; 2]) -> (T, T) {
        match self {
            Side::First => (there, back),
            Side::Second => (back, there),
        }
    }
}

/// What a mechanism is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// This program.
    Ours,
    /// This program in another kind of memory than its default: no target is about that.
    OursElsewhere,
    /// What one would pick instead.
    Peer,
    /// Between two processes, but written by hand for one size of message, by one who trusts the other side with
    /// everything: no peer, but what can be hoped for.
    ByHand,
    /// Between two threads of one process: no peer, but what can be hoped for.
    InProcess,
}

/// How a mechanism takes and shows messages. The sender's side decides: a receiver may take as many as have come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    /// A call for each message, which is copied from where the program has it and shown at once.
    Single,
    /// A step for each message too, but it is made where the other side will look at it, and nobody copies it.
    InPlace,
    /// Messages of any length, kept back until there are many, then shown at once.
    Batches,
    /// The same with items that all have the size of one type, so that none carries a length: in a byte stream too, whose
    /// reader has to know where each ends.
    TypedBatches,
}

impl Manner {
    /// As the tables name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Manner::Single => "single",
            Manner::InPlace => "in place",
            Manner::Batches => "batches",
            Manner::TypedBatches => "typed batches",
        }
    }
}

/// Why a mechanism cannot be measured, as the table says it.
#[derive(Clone, Debug)]
pub(crate) struct Reason(pub(crate) String);

/// Reasons come from the sides' processes as text, so it is their words that tell which kind they are.
impl Reason {
    const HUNG: &str = "it hung";
    const UNABLE: &str = "it cannot do that";
    const ABSENT: &str = "not measured";

    /// No end came within so many seconds.
    pub(crate) fn hung(seconds: u64) -> Self {
        Reason(format!("{}: no end within {seconds} s", Self::HUNG))
    }

    /// Whether it was [`hung`](Self::hung).
    pub(crate) fn is_hang(&self) -> bool {
        self.0.starts_with(Self::HUNG)
    }

    /// Nothing is wrong with it, but it was not made for that.
    pub(crate) fn unable(why: impl fmt::Display) -> Self {
        Reason(format!("{}: {why}", Self::UNABLE))
    }

    /// Whether it was [`unable`](Self::unable).
    pub(crate) fn is_inability(&self) -> bool {
        self.0.starts_with(Self::UNABLE)
    }

    /// The bench was built without it; what to do to have it.
    #[cfg(any(not(feature = "tachyon"), test))]
    pub(crate) fn absent(what_to_do: impl fmt::Display) -> Self {
        Reason(format!("{}: {what_to_do}", Self::ABSENT))
    }

    /// Whether it was [`absent`](Self::absent).
    pub(crate) fn is_absence(&self) -> bool {
        self.0.starts_with(Self::ABSENT)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Reason {
    fn from(error: E) -> Self {
        Reason(error.to_string())
    }
}
