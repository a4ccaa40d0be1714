//! How a pump ends when it does not fail.

use nix::sys::signal::Signal;

/// How a pump ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipeOutcome {
    /// Done: the input ended, or the other side quit.
    Done,
    /// The user quit with `x`.
    Quit,
    /// The process that read our standard output is gone.
    OutputClosed,
    /// A signal arrived.
    Signal(Signal),
}
