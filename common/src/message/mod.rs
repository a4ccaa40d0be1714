//! What a chat message is, and how it is framed outside the segment.
//!
//! On a lane a chat message is a [`Text`](crate::ring::record::Kind::Text) with the sender's clock; the sender's name
//! stands in the segment's header. In a pipe it is a line ([`lines`]). Text from the other side goes to a terminal, a
//! log or an error line through [`visible()`] only.

#![forbid(unsafe_code)]

pub mod lines;
mod text;
mod visible;

pub use text::{clock, text};
pub use visible::visible;
