//! How a pump ends when it does not fail.

use nix::sys::signal::Signal;

/// How a pump ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipeOutcome {
    /// All done: the input ended, or the other side quit.
    Done,
    /// The user asked for it, by `x`.
    Quit,
    /// Whoever read our standard output is gone.
    OutputClosed,
    /// A signal came.
    Signal(Signal),
}
