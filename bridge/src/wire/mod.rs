//! What travels: a publication, which is one NATS message.
//!
//! ```text
//! headers   Shmchat-Version: 1
//!           Shmchat-Ring: 9f8c…        the generation of the segment that it comes from
//!           Shmchat-Range: 4096-8200   from where to where of that lane
//!           Shmchat-Bridge: 51d0…      which bridge process sends it
//!           Shmchat-Taken: 17…:12:0    how far that bridge has taken the other stream
//! payload   the local end: its presence, since when, its name
//!           pieces of messages, one after the other
//! ```
//!
//! From the bottom up:
//!
//! | file | what it is |
//! | --- | --- |
//! | `number` | numbers in one to ten bytes |
//! | `piece` | a message cut to a length |
//! | `life` | who is at an end, and whether it is there |
//! | `heading` | the headers |
//! | `payload` | pieces and life as bytes, and back |
//!
//! Whoever may publish on the subject can write anything here. So nothing is trusted: a payload is checked as a whole before
//! a byte of it goes into a lane.

mod heading;
mod life;
mod number;
mod payload;
mod piece;

pub use heading::{Heading, HeadingError, Taken, header};
pub use life::Life;
pub use payload::{Contents, Item, PayloadError, Writer};
pub use piece::{Piece, piece};
