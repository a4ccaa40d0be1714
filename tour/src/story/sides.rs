//! The two sides, and what a side may be doing.

/// One of the two processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Writer,
    Reader,
}

/// Both.
pub(crate) const SIDES: [Side; 2] = [Side::Writer, Side::Reader];

impl Side {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Side::Writer => "writer",
            Side::Reader => "reader",
        }
    }
}

/// What a side is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// There is no such process.
    #[default]
    Absent,
    /// It was let go, and has not said yet what comes next.
    Running,
    /// It is stopped before this step.
    At(String),
    /// It may wait for the other side in this call.
    Waiting(String),
    /// It has ended.
    Ended(End),
}

/// How a side ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It came to its end.
    Done,
    /// It gave up, and said why.
    Failed(String),
    /// You killed it.
    Killed,
    /// By a signal of somebody else's.
    Signal(i32),
}
