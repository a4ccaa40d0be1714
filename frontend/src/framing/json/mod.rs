//! JSON Lines: one object per line, for `jq` and the like, and for carrying messages to another machine. [`Objects`] reads what
//! [`JsonWriter`] writes, and any bytes survive the round trip.
//!
//! ```json
//! {"seq":8,"ts":"2026-11-21T18:26:24.123456789Z","from":"alice","text":"hello"}
//! {"seq":40,"ts":"2026-11-21T18:26:25.000000000Z","from":"alice","base64":"/w=="}
//! ```
//!
//! | field | written | read |
//! | --- | --- | --- |
//! | `seq` | always: the message's position in the lane, the same each time it is printed | the same for all parts of one message |
//! | `ts` | when it was sent: UTC, RFC 3339 (<https://www.rfc-editor.org/rfc/rfc3339>), if the message says so | the same; if it is missing, the time when the line was read |
//! | `from` | the sender's name, if it gave one | ignored: the name belongs to the attached process (`--name`), not to a message |
//! | `text` | the message | the same |
//! | `base64` | the message, if it is not UTF-8 (<https://www.rfc-editor.org/rfc/rfc4648#section-4>) | the same; one of the two must be there |
//! | `more` | `true` if the next object continues this message | the same |
//! | `rest` | `true` if this continues a message whose beginning an earlier reader received | the same, unless another message was cut off just before |
//! | `cut` | `true` in an object without text, which says: nothing more follows of the message with this `seq`, which had `more`, because its writer is gone | the message stays unfinished, as it was |
//! | `unterminated` | `true` if the source had no line end: a last line, a stream | the same |
//! | `kind` | `"bytes"` if its sender sent plain bytes and not text, as with `--framing raw` | the same; otherwise `"text"` |
//!
//! A file that a screen offers is an object without text. It has its `name`, made safe to store it under, and its `size` in bytes;
//! the bytes are not in here. Read back, it is left out: a line cannot offer a file.
//!
//! ```json
//! {"seq":8,"ts":"2026-11-21T18:26:24.123456789Z","from":"carol","kind":"file","name":"photo.jpg","size":2100000}
//! ```
//!
//! A transcript of a screen also has `{"ts":…,"kind":"file","note":…}`, which says in words what became of a file.
//!
//! C0, DEL, C1, bidirectional and invisible controls are always written as `\uXXXX`
//! ([`escaped`](crate::text::escaped)): a parser reads the same, and a terminal has nothing to obey.
//!
//! Unknown fields are ignored, and so are blank lines. A message longer than a record (64 KiB) is written as several
//! objects, with `more` in all but the last; each is written at once. When they are read, a text is put together again
//! and sent whole if it fits half the lane. With `"kind":"bytes"`, each object is sent as it arrives, because a stream
//! may be long. If a writer died in the middle, this follows the last object that had `more`:
//!
//! ```json
//! {"seq":8,"from":"alice","cut":true}
//! ```

mod kind_name;
mod read;
mod write;

pub use read::{MAX_LINE, Objects};
pub use write::{JsonWriter, append_note};

#[cfg(test)]
mod tests;
