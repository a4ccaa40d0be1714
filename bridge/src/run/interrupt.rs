//! The signals that end a bridge in good order.

use crate::descriptor::Watched;
use crate::failure::Failure;
use frontend::signals::Signals;
use nix::sys::signal::Signal;

/// The signals that end a bridge in good order.
#[derive(Debug)]
pub(super) struct Interrupt {
    signals: Signals,
    signalled: Watched,
}

impl Interrupt {
    /// From now on they are waited for, and do nothing by themselves.
    pub(super) fn new() -> Result<Self, Failure> {
        let signals = Signals::ending().map_err(frontend::cli::Failure::Signals)?;
        let signalled = Watched::new(&signals).map_err(Failure::Watch)?;
        Ok(Interrupt { signals, signalled })
    }

    /// Waits for one.
    pub(super) async fn caught(&self) -> Result<Signal, Failure> {
        loop {
            self.signalled.readable().await;
            if let Some(signal) = self.signals.take() {
                return Ok(signal);
            }
        }
    }
}
