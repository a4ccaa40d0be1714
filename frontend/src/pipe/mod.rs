//! From standard input to the channel, and from the channel to standard output: what a script uses.
//!
//! ```text
//! stdin ─► Feed ─► Endpoint … segment … Endpoint ─► Printer ─► Output ─► stdout
//! ```
//!
//! From the bottom up: a file imports only from those above it in this list.
//!
//! | file | what it is |
//! | --- | --- |
//! | `options`, `outcome`, `error` | what a pump is asked to do, how it ends, why it fails |
//! | `poll` | the one `poll` in each loop |
//! | `presence` | reports on standard error who is on the other side |
//! | `observer` | watching, for whoever shows progress |
//! | `stdio` | what standard input and output are, and a `read` |
//! | `nonblocking` | writes to a descriptor without waiting |
//! | `keyboard` | a reader's terminal, where a line may ask for the end |
//! | `feed` | turns standard input into messages: lines, a raw stream, anything else |
//! | `written` | how much of the messages has been written |
//! | `output` | standard output, written without blocking, and how much of it has been taken |
//! | `print` | turns messages into output |
//! | `taken` | acknowledges what was printed, as it is taken |
//! | `replies` | what comes back meanwhile, printed |
//! | `deliver` | waiting until the reader has acknowledged everything |
//! | `send`, `receive` | the two pumps |
//!
//! Each pump is one loop around one `poll`, and never blocks anywhere else: it reads only what `poll` reports, and writes
//! only what goes without waiting. So a signal can end it at any time.

mod deliver;
mod error;
mod feed;
mod keyboard;
mod nonblocking;
mod observer;
mod options;
mod outcome;
mod output;
mod poll;
mod presence;
mod print;
mod receive;
mod replies;
mod send;
mod stdio;
mod taken;
mod written;

pub use error::Error;
pub(crate) use nonblocking::{NonBlocking, Wrote};
pub use observer::Observer;
pub use options::{Framing, OnError, OnFull, Printing, Sending};
pub use outcome::PipeOutcome;
pub(crate) use poll::is_awake;
pub(crate) use presence::report_presence;
pub use receive::receive;
pub use send::send;
