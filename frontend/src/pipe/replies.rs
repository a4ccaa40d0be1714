//! What comes back while standard input is sent, printed.

use super::error::Error;
use super::options::Framing;
use super::outcome::PipeOutcome;
use super::output::Output;
use super::print::Printer;
use crate::signals::Signals;
use shmchat::{Endpoint, TryRecvError};
use std::os::fd::BorrowedFd;

/// Prints the replies of a reader, if anybody asked for them.
pub(super) struct Replies<'a>(Option<Printer<'a>>);

impl<'a> Replies<'a> {
    /// On standard output.
    pub(super) fn to(
        output: BorrowedFd<'a>,
        to_terminal: bool,
        framing: Framing,
        signals: &'a Signals,
        endpoint: &Endpoint,
    ) -> Self {
        let capacity = endpoint.capacity();
        let output = Output::new(output, signals, capacity);
        Replies(Some(Printer::new(output, framing, to_terminal, None, capacity)))
    }

    /// Nobody asked.
    pub(super) fn none() -> Self {
        Replies(None)
    }

    /// Whether to wait for them.
    pub(super) fn are_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Prints what is there. Returns why the program has to end, if it does.
    pub(super) fn print(&mut self, endpoint: &mut Endpoint) -> Result<Option<PipeOutcome>, Error> {
        let Some(printer) = &mut self.0 else { return Ok(None) };
        loop {
            printer.begin_batch();
            let received = endpoint.receiver().try_recv_views(|view| printer.print(view));
            if let Some(end) = printer.finish_batch()? {
                return Ok(Some(end));
            }
            // What lies in the pipe is whoever reads it's own: it is only counted, so that nothing is kept of it here.
            printer.taken();
            match received {
                Ok(_) => {}
                // The reader may come back; and what it has not answered stays in the channel until then.
                Err(TryRecvError::Empty | TryRecvError::Quit) => return Ok(None),
                Err(TryRecvError::Channel(error)) => return Err(error.into()),
            }
        }
    }
}
