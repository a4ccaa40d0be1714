//! The programs, as lines of plain pseudo-code, and the steps at which each line comes next.

use crate::story::{Cast, Line, Play};

pub(super) const fn line(at: &'static [&'static str], code: &'static str) -> Line {
    Line { at, code }
}

/// The original writer.
pub(super) const ORIGINAL_WRITER: &[Line] = &[
    line(&["ftok"], "key = ftok(path, id)"),
    line(&["shmget"], "shmget(key, 4096, CREAT|EXCL)"),
    line(&["shmat"], "slot = shmat()"),
    line(&["mkfifo"], "mkfifo(\"./myfifo\")"),
    line(&["open"], "open the FIFO, wait for a reader"),
    line(&["copy"], "copy the line into the slot"),
    line(&["copy the rest"], "  … from its 17th byte on"),
    line(&["ring"], "write 'a'; 'x' if the line is x"),
    line(&["sleep"], "sleep(1)"),
    line(&["unlink"], "unlink the FIFO"),
    line(&["remove"], "remove the segment"),
];

/// The original listener.
pub(super) const ORIGINAL_READER: &[Line] = &[
    line(&["ftok"], "key = ftok(path, id)"),
    line(&["shmget"], "shmget(key, 4096, CREAT)"),
    line(&["shmat"], "slot = shmat()"),
    line(&["open"], "open the FIFO, wait for a writer"),
    line(&["read"], "read a byte; 'x' ends it"),
    line(&["copy"], "copy 1024 bytes of the slot"),
    line(&["print"], "print them, up to the NUL"),
];

/// The library's writer, attached.
pub(super) const WRITER: &[Line] = &[
    line(&["message"], "copy the record behind the tail"),
    line(&["payload-stored"], "tail = tail + its length"),
    line(&["tail-stored"], "is the reader's flag up?"),
    line(&["flag-claimed"], "  take it down, ring the reader"),
    line(&["quit"], "quit"),
];

/// The library's reader, attached.
pub(super) const READER: &[Line] = &[
    line(&["look"], "is there a record before the tail?"),
    line(&["record-copied"], "  yes, and copied out: show it"),
    line(&["shown"], "  give it back: move the head"),
    line(&["nothing-found"], "no: raise my flag"),
    line(&["flag-raised"], "  look once more"),
    line(&["falling-asleep", "sleep"], "  still nothing: sleep on the bell"),
    line(&["woken"], "woken: empty the bell"),
    line(&["bell-emptied"], "  lower the flag"),
    line(&["quit"], "quit"),
];

/// The words of a lane.
const LANE: &[&str] = &["head", "tail", "reader's flag", "writer's lock", "reader's lock"];

/// What the library's writer sends.
pub(super) const MESSAGES: &[&str] = &["first message", "second message", "third message"];

/// The library's two sides, attached, with nothing left out.
pub(super) const RIGHT: Play = Play {
    cast: Cast::Library { mutants: [None, None] },
    code: [WRITER, READER],
    messages: MESSAGES,
    facts: LANE,
    has_scribbling: false,
};
