//! What a chat message is, and how it is framed outside the segment.
//!
//! On a lane a chat message is a [`Text`](shmchat::ring::record::Kind::Text) with the sender's clock; the sender's name
//! stands in the segment's header. In a pipe it is a line ([`lines`]), ends in a NUL ([`separated`]), or is a JSON object
//! ([`json`]). Text from the other side goes to a terminal, a log or an error line through [`visible`](crate::text::visible()) only.
//!
//! Lines are read where they are to stand in the segment. All else is read into private memory (a [`StreamBuffer`]), from which a
//! [`Source`] makes messages.

mod block;
pub mod json;
pub mod lines;
pub mod separated;
mod source;
mod text;

pub use block::StreamBuffer;
pub use source::{Next, Pieces, Source, Wrong};
pub use text::{clock, text};
