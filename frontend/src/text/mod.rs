//! Text: what is shown of what came from somebody else, where bytes may be cut, and moments and numbers in words.
//!
//! | file | what it does |
//! | --- | --- |
//! | `shown` | what a terminal would obey or hide made visible, or escaped in JSON |
//! | `utf8` | bytes cut between characters |
//! | `time` | a moment |
//! | `count` | "1 message", "2 messages" |

mod count;
mod shown;
mod time;
mod utf8;

pub use count::{counted, messages_waiting};
pub use shown::{escaped, visible, visible_line};
pub use time::rfc3339;
pub use utf8::{complete_characters, split_at_most};

/// What ends a line.
pub const LINE_FEED: u8 = b'\n';
