//! The teaching program that this one grew from, to the letter: one slot of 1024 bytes, one byte in a FIFO for each message.
//!
//! ```text
//!   writer                                          reader, "the listener"
//!   ftok(PATH, ID)                                  ftok(PATH, ID)
//!   shmget(key, SIZE, 0666|IPC_CREAT|IPC_EXCL)      shmget(key, SIZE, 0666|IPC_CREAT)
//!   mkfifo(FIFO, 0666)
//!   open(FIFO, O_WRONLY) ............ meet ........ open(FIFO, O_RDONLY)
//!   a line and a NUL into the slot
//!   write 'a', or 'x' for the line "x" ──────────▶  read one byte; 'x' or the end of file: end
//!   sleep                                           copy 1024 bytes, print up to the NUL, sleep
//!   at the end: unlink(FIFO), IPC_RMID              at the end: nothing
//! ```
//!
//! What it gets wrong is the point of the tour's first chapter, so nothing here is made better. Only its errors say what to
//! do next.

mod error;
mod files;
pub mod reader;
pub mod watch;
pub mod writer;

pub use error::Failure;
pub use files::{Files, SLOT, key_of};
