//! Signals as a program finds them that a person starts: none is ignored.
//!
//! What is ignored stays so in the programs that one starts, and these keep to it, as they should under `nohup`. So who runs the tests
//! by `nohup`, or in the background of a script, would have them wait for an end that no signal brings.

#![allow(unsafe_code)]

use nix::sys::signal::{SigHandler, Signal, signal};
use std::sync::Once;

/// Gives the signals that end a program their default, for this process and all that it starts.
pub(crate) fn reset() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for number in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
            // SAFETY: the default disposition runs no code of ours.
            unsafe { signal(number, SigHandler::SigDfl) }.expect("a signal's disposition");
        }
    });
}
