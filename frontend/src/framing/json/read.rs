//! Turns objects into messages.

use super::kind_name::KindName;
use crate::framing::quit::asks_to_quit;
use crate::framing::source::{InputError, Next, PartPolicy, Source};
use crate::framing::stream_buffer::StreamBuffer;
use crate::text::LINE_FEED;
use crate::text::split_at_most;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use shmchat::Kind;
use shmchat::{DEFAULT_MESSAGE_LIMIT, Outgoing, Part};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest line, in bytes without its line end: an object is read whole before any of it is sent, so it needs a
/// bound. It is the length of the longest message that a receiver puts together by default; a longer one is written as
/// several objects with `more`.
pub const MAX_LINE: usize = DEFAULT_MESSAGE_LIMIT;

/// One line of input.
#[derive(Deserialize)]
struct InputObject {
    seq: Option<u64>,
    #[serde(default, deserialize_with = "clock")]
    ts: Option<SystemTime>,
    text: Option<String>,
    #[serde(default, deserialize_with = "bytes")]
    base64: Option<Vec<u8>>,
    #[serde(default)]
    rest: bool,
    #[serde(default)]
    more: bool,
    #[serde(default)]
    cut: bool,
    #[serde(default)]
    unterminated: bool,
    kind: Option<KindName>,
    from: Option<String>,
}

/// Parses RFC 3339 into a time that a message can carry.
fn clock<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let time = DateTime::parse_from_rfc3339(&text).map_err(|error| {
        D::Error::custom(format!("ts is not a time such as 2026-11-21T18:26:24.123456789Z ({error})"))
    })?;
    let nanoseconds = i128::from(time.timestamp()) * 1_000_000_000 + i128::from(time.timestamp_subsec_nanos());
    let clock = u64::try_from(nanoseconds).map_err(|_| D::Error::custom("ts is before 1970 or after 2554"))?;
    Ok(Some(UNIX_EPOCH + Duration::from_nanos(clock)))
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    STANDARD.decode(text).map(Some).map_err(|error| D::Error::custom(format!("base64: {error}")))
}

/// The message that is being read.
#[derive(Debug)]
struct Open {
    kind: Kind,
    sent: Option<SystemTime>,
    seq: Option<u64>,
    /// Who it is from, if it says so.
    from: Option<String>,
    /// Whether a part of it has been sent, by us or by an earlier writer.
    begun: bool,
}

/// Makes messages from a stream of objects.
#[derive(Debug)]
pub struct Objects {
    block: StreamBuffer,
    policy: PartPolicy,
    /// Whether a line that is just `x` quits.
    x_quits: bool,
    /// The number of the first line in the block, counted from 1.
    line: u64,
    /// How many bytes of the block are known to contain no line end.
    scanned: usize,
    /// Whether the line is too long and being skipped: everything up to its end is thrown away.
    skipping: bool,
    /// The message that is not completely sent.
    open: Option<Open>,
    /// What was read of it; bytes before `sent` have been sent.
    message: Vec<u8>,
    sent: usize,
    /// Set once its end was read: whether it is unterminated.
    end: Option<bool>,
    /// Whether its end will not come: what there is of it is sent.
    truncated: bool,
    /// Whether a line after it was skipped, which may have continued it: no other line continues it.
    severed: bool,
    /// Whether the message before was begun but not finished: what comes next must not look like its continuation.
    abandoned: bool,
    /// How many bytes of the stream `message` was read from.
    lines: usize,
    /// What [`next`](Source::next) returned: how many bytes of the message, and whether they were its end.
    given: (usize, bool),
}

impl Objects {
    /// Reads objects, and sends messages by this policy. `x_quits`: whether a line that is just `x` quits.
    pub fn new(policy: PartPolicy, x_quits: bool) -> Self {
        Objects {
            block: StreamBuffer::default(),
            policy,
            x_quits,
            line: 1,
            scanned: 0,
            skipping: false,
            open: None,
            message: Vec::new(),
            sent: 0,
            end: None,
            truncated: false,
            severed: false,
            abandoned: false,
            lines: 0,
            given: (0, false),
        }
    }

    /// How many bytes of the message can be sent now, and whether they are its end.
    fn ready(&self) -> Option<(usize, bool)> {
        let rest = &self.message[self.sent..];
        if rest.len() > self.policy.limit {
            return Some((split_at_most(rest, self.policy.limit), false));
        }
        let is_stream = || self.policy.streams && self.open.as_ref().is_some_and(|open| open.kind == Kind::Bytes);
        let now = self.truncated || is_stream();
        (self.end.is_some() || (now && !rest.is_empty())).then_some((rest.len(), self.end.is_some()))
    }

    /// The length of the next line, and how much of the block it takes with its line end.
    fn next_line(&mut self) -> Result<Option<(usize, usize)>, InputError> {
        let rest = self.block.rest();
        let found = memchr::memchr(LINE_FEED, &rest[self.scanned..]).map(|at| at + self.scanned);
        let length = found.unwrap_or(rest.len());
        if !self.skipping && length > MAX_LINE {
            let what =
                format!("the line is longer than {MAX_LINE} bytes; write it as several objects with \"more\":true");
            return Err(InputError { line: self.line, column: MAX_LINE + 1, what });
        }
        match found {
            Some(at) => Ok(Some((at, at + 1))),
            None if self.block.has_ended() && !rest.is_empty() => Ok(Some((length, length))),
            None => {
                self.scanned = length;
                Ok(None)
            }
        }
    }

    fn take_line(&mut self, bytes: usize) {
        self.block.take(bytes);
        self.scanned = 0;
        self.line += 1;
    }

    /// Throws away what there is of a skipped line. Returns whether its end was there.
    fn throw_away(&mut self) -> Result<bool, InputError> {
        if let Some((_, taken)) = self.next_line()? {
            self.skipping = false;
            self.take_line(taken);
            return Ok(true);
        }
        self.block.take(self.block.rest().len());
        self.scanned = 0;
        Ok(false)
    }

    /// Reads a line into the message; `None` if something has to be sent first.
    fn read(&mut self, length: usize, taken: usize) -> Result<Option<()>, InputError> {
        let object = parse(&self.block.rest()[..length], self.line)?;
        if object.kind == Some(KindName::File) {
            // An offer, to which this line cannot add the file.
            self.take_line(taken);
            return Ok(Some(()));
        }
        if let Some(open) = &self.open {
            let differs = matches!((open.seq, object.seq), (Some(one), Some(next)) if one != next);
            // The rest of a message that an earlier reader began continues what it left open.
            let other = self.severed || object.cut || (differs && !object.rest);
            if other && self.sent < self.message.len() {
                self.truncated = true;
                return Ok(None);
            }
            if other {
                self.abandoned = open.begun;
                self.open = None;
            }
        }
        self.severed = false;
        if object.cut {
            self.take_line(taken);
            return Ok(Some(()));
        }
        let kind = object.kind.map_or(Kind::Text, KindName::kind);
        let sent = (kind != Kind::Bytes).then(|| object.ts.unwrap_or(self.block.clock()));
        match &mut self.open {
            // A reader that starts in the middle of a message has another number for it.
            Some(open) if object.rest => open.seq = object.seq,
            Some(_) => {}
            None => {
                let abandoned = std::mem::take(&mut self.abandoned);
                let begun = object.rest && !abandoned;
                self.open = Some(Open { kind, sent, seq: object.seq, from: object.from, begun });
            }
        }
        match (object.text, object.base64) {
            (Some(text), _) => self.message.extend_from_slice(text.as_bytes()),
            (None, bytes) => self.message.extend(bytes.unwrap_or_default()),
        }
        self.end = (!object.more).then_some(object.unterminated);
        self.lines += taken;
        self.take_line(taken);
        Ok(Some(()))
    }
}

/// Parses a line. `line` is its number.
fn parse(bytes: &[u8], line: u64) -> Result<InputObject, InputError> {
    let wrong = |column: usize, what: String| InputError { line, column: column.max(1), what };
    // serde would also accept an array of the fields' values.
    let blanks = bytes.len() - bytes.trim_ascii_start().len();
    if bytes.get(blanks) != Some(&b'{') {
        return Err(wrong(blanks + 1, "expected an object with text or base64".to_owned()));
    }
    let object: InputObject = serde_json::from_slice(bytes).map_err(|error| {
        let said = error.to_string();
        // It counts lines by itself.
        let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
        wrong(error.column(), what.to_owned())
    })?;
    if object.kind == Some(KindName::File) {
        return Ok(object);
    }
    match (&object.text, &object.base64) {
        (None, None) if object.cut && !object.more => Ok(object),
        _ if object.cut => {
            Err(wrong(1, "cut means that nothing more follows, so it excludes text, base64 and more".to_owned()))
        }
        (Some(_), Some(_)) => Err(wrong(1, "both text and base64: expected only one of them".to_owned())),
        (None, None) => Err(wrong(1, "neither text nor base64: expected one of them".to_owned())),
        _ => Ok(object),
    }
}

impl Source for Objects {
    fn block(&mut self) -> &mut StreamBuffer {
        &mut self.block
    }

    fn next(&mut self) -> Result<Next<'_>, InputError> {
        let given = loop {
            if let Some(given) = self.ready() {
                break given;
            }
            if self.skipping && !self.throw_away()? {
                return Ok(Next::Nothing);
            }
            let Some((length, taken)) = self.next_line()? else {
                if self.block.has_ended() && self.sent < self.message.len() {
                    self.truncated = true;
                    continue;
                }
                return Ok(Next::Nothing);
            };
            let line = self.block.rest()[..length].trim_ascii();
            if self.x_quits && asks_to_quit(line) {
                return Ok(Next::Quit);
            }
            if line.is_empty() {
                self.take_line(taken);
                continue;
            }
            self.read(length, taken)?;
        };
        self.given = given;
        let (length, is_end) = given;
        let open = self.open.as_ref().expect("there is something to be sent of it");
        Ok(Next::Message(Outgoing {
            kind: open.kind,
            sent: open.sent,
            bytes: &self.message[self.sent..self.sent + length],
            part: Part::of(!open.begun, is_end),
            unterminated: is_end && self.end == Some(true),
            from: open.from.as_deref(),
        }))
    }

    fn sent(&mut self) {
        let (length, is_end) = self.given;
        self.sent += length;
        if let Some(open) = &mut self.open {
            open.begun = true;
        }
        if self.sent == self.message.len() {
            self.message.clear();
            (self.sent, self.lines, self.truncated) = (0, 0, false);
        } else if self.sent >= self.message.len() / 2 {
            self.message.drain(..self.sent);
            self.sent = 0;
        }
        if is_end {
            (self.open, self.end) = (None, None);
        }
    }

    fn skip(&mut self) {
        self.severed = self.open.is_some();
        match self.next_line() {
            Ok(Some((_, taken))) => self.take_line(taken),
            _ => self.skipping = true,
        }
    }

    fn unsent(&self) -> usize {
        self.block.rest().len() + self.lines
    }
}
