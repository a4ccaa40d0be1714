//! What a chat message is, and its format outside the segment.
//!
//! In a lane, a chat message is a [`Text`](shmchat::Kind::Text) with the sender's time; the library knows each sender's name
//! ([`Message::from`](shmchat::Message::from)). In a pipe it is a line ([`lines`]), ends with a NUL ([`separated`]), or is a JSON object ([`json`]). Text from the
//! other side reaches a terminal, a log or an error line only through [`visible`](crate::text::visible()).
//!
//! Lines are read directly into the segment. Everything else is read into private memory (a [`StreamBuffer`]), from which a
//! [`Source`] makes messages.
//!
//! | file | what it does |
//! | --- | --- |
//! | `message` | a chat message as it is sent |
//! | `quit` | the line that quits |
//! | `stream_buffer` | a stream, read into private memory |
//! | `source` | makes messages from such a stream |
//! | `lines` | turns lines into blocks in the segment, and messages into a stream |
//! | `separated` | a separator byte after each message |
//! | `json` | one object per message |

pub mod json;
pub mod lines;
mod message;
mod quit;
pub mod separated;
mod source;
mod stream_buffer;

pub use message::{action_lead, text};
pub use quit::{QUIT_LINE, asks_to_quit};
pub use source::{InputError, Next, PartPolicy, Source};
pub use stream_buffer::StreamBuffer;
