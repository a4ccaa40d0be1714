//! Standard input to the channel, the channel to standard output: what a script uses.
//!
//! ```text
//! stdin ─► Feed ─► Endpoint … segment … Endpoint ─► Printer ─► Output ─► stdout
//! ```
//!
//! Ground floor first; a file imports only from those above it in this list.
//!
//! | file | what it is |
//! | --- | --- |
//! | `options`, `outcome`, `error` | what a pump is asked to do, how it ends, why it fails |
//! | `poll` | the one `poll` of each loop |
//! | `presence` | who is on the other side, told on standard error |
//! | `observer` | looking on, for who shows how far it is |
//! | `stdio` | what standard input and output are, and a `read` |
//! | `keyboard` | a reader's terminal, where a line may ask for the end |
//! | `feed` | standard input into messages: lines, a raw stream, anything else |
//! | `written` | how far messages went to standard output |
//! | `output` | standard output, written as far as it goes without waiting |
//! | `print` | messages into what is printed |
//! | `deliver` | waiting for the reader to have taken all |
//! | `send`, `receive` | the two pumps |
//!
//! Both pumps are one loop around one `poll` and never block outside it: not in reading (they read what `poll` says
//! is there) and not in writing (what goes without waiting), so a signal ends them at any time.

mod deliver;
mod error;
mod feed;
mod keyboard;
mod observer;
mod options;
mod outcome;
mod output;
mod poll;
mod presence;
mod print;
mod receive;
mod send;
mod stdio;
mod written;

pub use error::Error;
pub use observer::Observer;
pub use options::{Framing, OnError, OnFull, Printing, Sending};
pub use outcome::PipeOutcome;
pub use receive::receive;
pub use send::send;
