//! What a chat message is, and how it is framed outside the segment.
//!
//! On a lane a chat message is a [`Text`](shmchat::Kind::Text) with the sender's clock; the sender's name
//! stands in the segment's header. In a pipe it is a line ([`lines`]), ends in a NUL ([`separated`]), or is a JSON object
//! ([`json`]). Text from the other side goes to a terminal, a log or an error line through [`visible`](crate::text::visible()) only.
//!
//! Lines are read where they are to stand in the segment. All else is read into private memory (a [`StreamBuffer`]), from which a
//! [`Source`] makes messages.
//!
//! | file | what it does |
//! | --- | --- |
//! | `message` | a chat message as it is sent |
//! | `quit` | the line that asks for the end |
//! | `stream_buffer` | a stream that is read into private memory |
//! | `source` | what makes messages of one |
//! | `lines` | lines into blocks, where they are to stand, and messages into a stream |
//! | `separated` | a byte behind each message |
//! | `json` | an object per message |

pub mod json;
pub mod lines;
mod message;
mod quit;
pub mod separated;
mod source;
mod stream_buffer;

pub use message::text;
pub use quit::{QUIT_LINE, asks_to_quit};
pub use source::{InputError, Next, PartPolicy, Source};
pub use stream_buffer::StreamBuffer;
