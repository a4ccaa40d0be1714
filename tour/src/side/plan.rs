//! What a side is to play.

use crate::original::Files;
use shmchat::Role;
use std::path::PathBuf;

/// Which program.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// The original writer.
    OriginalWriter(Files),
    /// The original listener.
    OriginalReader(Files),
    /// A side of a channel of the library, whose channels lie here.
    Library(Role, PathBuf),
}

/// All that a side needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Which program.
    pub(crate) part: Part,
    /// What a writer sends.
    pub(crate) messages: Vec<String>,
    /// The points of the library at which it stops.
    pub(crate) stops: Vec<String>,
    /// The tour's process id: with any other parent, the tour has died before this side could ask to die with it.
    pub(crate) parent: i32,
}
