//! Files from one side to the other, in the same lanes as the chat. Nothing here knows a channel or a terminal.
//!
//! ```text
//!   alice                                                            bob
//!   /send photo.jpg ── offer ───────────────────────────────────▶   alice offers photo.jpg, 2.1 MB: /get or /skip
//!                   ◀─────────────────────────────── accept, take ── /get
//!                   ── chunk, chunk, chunk … ────────────────────▶   receiving photo.jpg: 43 %
//!                   ── done, SHA-256 ────────────────────────────▶
//!   bob has received photo.jpg ◀─────────────────────────── stored ── received photo.jpg, 2.1 MB: ~/Downloads/photo.jpg
//! ```
//!
//! | file | what it knows |
//! | --- | --- |
//! | `frame` | the frames as bytes, and a decoder that trusts none |
//! | `safe_name` | a name to store a file under |
//! | `sha256` | the hash |
//! | `note` | lines for the transcript |
//! | `folders` | the folder for downloads; paths as people type and read them |
//! | `destination` | the file that is not whole yet, and how it gets its name |
//! | `outbox` | frames that wait for room |
//! | `incoming` | what the other side offers |
//! | `outgoing` | what we offer |
//! | `transfers` | both, for the loop |
//!
//! # Limits
//! - A regular file of any size. At most 8 offers of each side stand at once; more are skipped.
//! - At most 256 KiB, or a quarter of the lane, are in flight: a message waits behind no more than that.
//! - A hostile peer fills 8 offers in memory, and the disk by what you said `/get` to, up to the size it showed.
//!
//! # Crash behaviour
//! A transfer is not resumed: it is gone without a trace. A file that is not whole has no name in any folder (`O_TMPFILE`), so
//! the kernel frees it when the receiver dies. If the receiver dies, the sender offers the file to its successor again. If the
//! sender dies, its offers die with it, and the receiver says so. Resuming would need names for files that are not whole, and
//! a record of what they are; a local copy takes seconds.
//!
//! If the receiver dies after the file got its name and before it could say so, its successor is offered the file once more; a
//! second `/get` gives it a number. Nothing is synced to disk.
//!
//! Frames are delivered at least once. Each one that carries bytes says for which *take* they are, a number that the receiver
//! drew for this one `/get`, and where they belong: what comes twice, or comes to a successor, is left out.

mod destination;
mod folders;
mod frame;
mod incoming;
mod note;
mod outbox;
mod outgoing;
mod safe_name;
mod sha256;
mod transfers;

pub use folders::Folders;
pub use frame::{Frame, Refused, Withdrawn};
pub use incoming::OFFERS_MAX;
pub use note::{Note, Step, Transfer};
pub use transfers::{Transfers, offer_line, offer_of};

#[cfg(test)]
mod tests;
