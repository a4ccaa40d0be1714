//! Text: what is shown of what came from somebody else, where it may be cut, and numbers of things in words.
//!
//! | file | what it does |
//! | --- | --- |
//! | `shown` | what a terminal would obey or hide made visible, or escaped in JSON |
//! | `utf8` | bytes cut between characters |
//! | `count` | "1 message", "2 messages" |

mod count;
mod shown;
mod utf8;

pub use count::{counted, messages_waiting};
pub use shown::{escaped, visible};
pub use utf8::{complete_characters, split_at_most};
