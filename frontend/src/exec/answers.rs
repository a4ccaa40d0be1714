//! How a message stands in a worker's standard input, and its answer in its standard output.
//!
//! | framing | message | answer |
//! | --- | --- | --- |
//! | `line` | a line | a line: done; answers come in the order of the messages |
//! | `nul` | up to a NUL | the same |
//! | `json` | an object, as `reader --framing json` prints it | `{"seq":…,"ok":true}` or `{"seq":…,"ok":false,"error":"…"}`; for `--reply`, with `text` or `base64` |

use super::task::Task;
use crate::framing::json::JsonWriter;
use crate::pipe::Framing;
use crate::text::visible_line;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// The message, if it says.
    pub(super) seq: Option<u64>,
    /// Why it failed, if it did.
    pub(super) error: Option<String>,
    /// What is sent back for it.
    pub(super) reply: Vec<u8>,
}

/// An answer of a worker in JSON. Whatever else it says is its own.
#[derive(Deserialize)]
struct Object {
    seq: u64,
    ok: bool,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    base64: Option<String>,
}

/// The byte that ends a message and an answer.
pub(super) fn separator(framing: Framing) -> u8 {
    if framing == Framing::Nul { 0 } else { b'\n' }
}

/// Appends a message to what goes to a worker.
///
/// # Errors
/// If it cannot stand there.
pub(super) fn append(
    task: &Task,
    framing: Framing,
    json: &mut JsonWriter,
    out: &mut Vec<u8>,
) -> Result<(), &'static str> {
    if framing == Framing::Json {
        json.set_from(&task.from);
        json.append(&task.envelope(), &task.bytes, out);
        return Ok(());
    }
    let separator = separator(framing);
    if memchr::memchr(separator, &task.bytes).is_some() {
        return Err(match separator {
            0 => "the message has a NUL, so it is not one in the worker's pipe: use --framing json",
            _ => "the message has a line feed, so it is not one in the worker's pipe: use --framing nul or json",
        });
    }
    out.extend_from_slice(&task.bytes);
    out.push(separator);
    Ok(())
}

/// Reads an answer, which comes without its separator.
///
/// # Errors
/// If it is none.
pub(super) fn read(bytes: &[u8], framing: Framing) -> Result<Answer, String> {
    if framing != Framing::Json {
        return Ok(Answer { seq: None, error: None, reply: Vec::new() });
    }
    let object: Object = serde_json::from_slice(bytes).map_err(|error| {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        format!("expected {{\"seq\":…,\"ok\":true}} from the worker, not {}: {error}", visible_line(&start))
    })?;
    let reply = match (object.text, object.base64) {
        (Some(text), _) => text.into_bytes(),
        (None, Some(base64)) => STANDARD.decode(base64).map_err(|error| format!("base64 in an answer: {error}"))?,
        (None, None) => Vec::new(),
    };
    let error = (!object.ok).then(|| object.error.unwrap_or_else(|| "the worker says that it failed".to_owned()));
    Ok(Answer { seq: Some(object.seq), error, reply })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_in_json_says_which_message_and_whether_it_is_done() {
        let read = |text: &str| read(text.as_bytes(), Framing::Json);
        let done = Answer { seq: Some(8), error: None, reply: b"4".to_vec() };
        assert_eq!(read("{\"seq\":8,\"ok\":true,\"text\":\"4\",\"more\":[1]}"), Ok(done));
        let failed = Answer { seq: Some(8), error: Some("no".to_owned()), reply: Vec::new() };
        assert_eq!(read("{\"seq\":8,\"ok\":false,\"error\":\"no\"}"), Ok(failed));
        for wrong in ["", "8", "{}", "{\"ok\":true}", "{\"seq\":8}", "{\"seq\":-1,\"ok\":true}", "\u{1b}[2J"] {
            assert!(!read(wrong).unwrap_err().contains('\u{1b}'), "{wrong}");
        }
    }
}
