//! JSON Lines: an object a line, for `jq` and its like, and for a way to another machine. What [`Objects`] reads is what
//! [`JsonWriter`] writes, and any bytes survive the trip.
//!
//! ```json
//! {"seq":8,"ts":"2026-11-21T18:26:24.123456789Z","from":"alice","text":"hello"}
//! {"seq":40,"ts":"2026-11-21T18:26:25.000000000Z","from":"alice","base64":"/w=="}
//! ```
//!
//! | field | written | read |
//! | --- | --- | --- |
//! | `seq` | always: the message's position in the lane, the same each time it is shown | of two parts of one message it is the same |
//! | `ts` | when it was said: UTC, RFC 3339 (<https://www.rfc-editor.org/rfc/rfc3339>), where the message says so | the same; when the line was read, where it is left out |
//! | `from` | the sender's name, if it gave one | no: messages carry no name, who attaches does (`--name`) |
//! | `text` | what was said | the same |
//! | `base64` | that, where it is not UTF-8 (<https://www.rfc-editor.org/rfc/rfc4648#section-4>) | the same; one of the two must be there |
//! | `more` | `true` where the next object goes on with this message | the same |
//! | `rest` | `true` where this goes on with a message whose beginning an earlier reader had | the same, if no other message was cut off just before |
//! | `cut` | `true` in an object without text that says: of the message with this `seq`, which had `more`, nothing more comes, as its writer is gone | the message is left unfinished, as it was |
//! | `unterminated` | `true` where the source had no line end: a last line, a stream | the same |
//! | `kind` | `"bytes"` where it is no text to its sender but plain bytes, such as `--framing raw` | the same, else `"text"` |
//!
//! C0, DEL, C1, bidirectional and invisible controls are written as `\uXXXX`, wherever it goes ([`escaped`](crate::text::escaped)): whoever parses
//! it reads the same, and a terminal has nothing to obey.
//!
//! Fields that are not known are passed over, and so are lines of blanks. A message of more than a record's bytes (64 KiB)
//! is written as several objects, `more` in all but the last; in none of them is anything held back for another. Read, a
//! text is put together again and sent whole, if it fits half the lane; of `"kind":"bytes"` each object is sent as it comes,
//! since a stream may last. Where a writer died in the middle, this follows on the last that had `more`:
//!
//! ```json
//! {"seq":8,"from":"alice","cut":true}
//! ```

mod kind_name;
mod read;
mod write;

pub use read::{MAX_LINE, Objects};
pub use write::JsonWriter;

#[cfg(test)]
mod tests;
