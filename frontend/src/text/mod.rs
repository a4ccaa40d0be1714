//! Text: showing what came from somebody else, where bytes may be cut, and times and numbers in words.
//!
//! | file | what it does |
//! | --- | --- |
//! | `shown` | makes visible what a terminal would obey or hide, or escapes it in JSON |
//! | `name` | which display names are fine |
//! | `process` | which process the other side is |
//! | `lines` | the lines of a block |
//! | `utf8` | cuts bytes between characters |
//! | `time` | a time |
//! | `count` | "1 message", "2 messages" |
//! | `size` | "2.1 MB" |

mod count;
mod lines;
mod name;
mod process;
mod shown;
mod size;
mod time;
mod utf8;

pub use count::{counted, messages_waiting};
pub use lines::each_line;
pub use name::{NAME_MAX, NameError, check_name};
pub use process::process;
pub use shown::{escaped, is_hidden, visible, visible_line};
pub use size::size;
pub use time::{local_time, rfc3339};
pub use utf8::{complete_characters, split_at_most};

/// What ends a line.
pub const LINE_FEED: u8 = b'\n';
