//! The tables: which room lies on which floor. This is the file to edit when a room is added or moved.

/// The rooms of a folder, ground floor first. A room imports only from those before it.
///
/// A room is a file, or a folder with all that is in it. What has a table of its own is checked by both. The folder's
/// own file (`mod.rs`, `lib.rs`, `main.rs`, or the file beside the folder) is its roof, above all, unless the table
/// names it: `mod`.
pub(crate) struct Floors {
    pub(crate) folder: &'static str,
    pub(crate) rooms: &'static [&'static str],
}

/// All tables. Every file of a folder that stands here has its floor.
pub(crate) const HOUSE: &[Floors] = &[
    Floors {
        folder: "common/src",
        rooms: &[
            "clock",
            "boot",
            "sync",
            "barrier",
            "fault",
            "layout",
            "descriptor",
            "hint",
            "folder",
            "key",
            "memory",
            "ring",
            "doorbell",
            "presence",
            "channel",
            "error",
            "admin",
            "inspect",
            "internals",
        ],
    },
    Floors {
        folder: "common/src/channel",
        rooms: &[
            "role",
            "name",
            "segment_ref",
            "peer",
            "error",
            "config",
            "disk",
            "codec",
            "header",
            "locate",
            "endpoint",
            "outlive",
            "attach",
            "admin",
            "builder",
        ],
    },
    Floors {
        folder: "common/src/channel/codec",
        rooms: &[
            "part",
            "outgoing",
            "envelope",
            "reached",
            "copy",
            "sender_name",
            "encoder",
            "write_slot",
            "view",
            "decoder",
        ],
    },
    Floors {
        folder: "common/src/channel/header",
        rooms: &["stand_in", "peer_record", "mod", "endurance", "item_type", "summary"],
    },
    Floors {
        folder: "common/src/channel/locate",
        rooms: &["alone", "files", "locks", "keys", "probe", "remove", "find"],
    },
    Floors {
        folder: "common/src/channel/endpoint",
        rooms: &[
            "interest",
            "rings",
            "link",
            "peer_watch",
            "intact",
            "outbound",
            "inbound",
            "own",
            "present",
            "stand_in",
            "wait",
            "sender",
            "receiver",
            "agreed",
            "items",
            "typed",
            "iter",
            "inspect",
            "quit",
        ],
    },
    Floors {
        folder: "common/src/channel/admin",
        rooms: &[
            "segment_status",
            "ownership",
            "error",
            "segments",
            "listing",
            "orphan",
            "damaged",
            "clean",
            "forget",
            "status",
        ],
    },
    Floors {
        folder: "frontend/src",
        rooms: &["text", "framing", "commands", "signals", "logging", "transfer", "pipe", "exec", "tui", "cli"],
    },
    Floors { folder: "frontend/src/commands", rooms: &["table", "parse"] },
    Floors {
        folder: "frontend/src/transfer",
        rooms: &[
            "frame",
            "safe_name",
            "sha256",
            "note",
            "folders",
            "destination",
            "outbox",
            "incoming",
            "outgoing",
            "transfers",
        ],
    },
    Floors {
        folder: "frontend/src/pipe",
        rooms: &[
            "options",
            "outcome",
            "error",
            "poll",
            "presence",
            "observer",
            "stdio",
            "nonblocking",
            "keyboard",
            "feed",
            "written",
            "output",
            "print",
            "taken",
            "replies",
            "deliver",
            "send",
            "receive",
        ],
    },
    Floors {
        folder: "frontend/src/exec",
        rooms: &[
            "faults",
            "error",
            "command_line",
            "options",
            "task",
            "intake",
            "plan",
            "watcher",
            "child",
            "output",
            "crew",
            "context",
            "commands",
            "answers",
            "worker",
            "workers",
            "records",
            "tally",
            "run",
        ],
    },
    Floors {
        folder: "frontend/src/tui",
        rooms: &[
            "time",
            "wait",
            "wrap",
            "link",
            "clipboard",
            "input",
            "panel",
            "event",
            "search",
            "model",
            "layout",
            "keymap",
            "transcript",
            "help",
            "update",
            "view",
            "archive",
            "outgoing",
            "input_thread",
            "terminal",
            "editor",
            "alert",
            "run",
        ],
    },
    Floors { folder: "writer/src", rooms: &[] },
    Floors {
        folder: "bridge/src",
        rooms: &["text", "descriptor", "failure", "cli", "wire", "outbound", "inbound", "near", "server", "run"],
    },
    Floors { folder: "bridge/src/wire", rooms: &["number", "piece", "life", "heading", "payload"] },
    Floors { folder: "bridge/src/outbound", rooms: &["window", "batcher"] },
    Floors { folder: "bridge/src/inbound", rooms: &["place"] },
    Floors {
        folder: "bridge/src/run",
        rooms: &["backoff", "far", "outgoing", "incoming", "interrupt", "keyboard", "carry", "start"],
    },
    Floors { folder: "bridge/src/cli", rooms: &["headings", "secret", "units", "server", "stream"] },
    Floors {
        folder: "bridge/src/server",
        rooms: &[
            "names", "patience", "events", "connect", "shape", "refusal", "streams", "last", "publish", "pull", "here",
        ],
    },
    Floors { folder: "reader/src", rooms: &[] },
    Floors {
        folder: "tour/src",
        rooms: &[
            "segments", "original", "story", "chapters", "tour", "side", "stage", "costs", "wrap", "view", "run",
            "pages", "cli",
        ],
    },
    Floors { folder: "tour/src/original", rooms: &["error", "files", "watch", "writer", "reader"] },
    Floors { folder: "tour/src/side", rooms: &["plan", "control", "library"] },
    Floors {
        folder: "tour/src/stage",
        rooms: &["fifo", "locks", "removal", "broom", "scratch", "collision", "actor", "looking"],
    },
    Floors { folder: "tour/src/story", rooms: &["sides", "look", "scene", "chapter"] },
    Floors { folder: "tour/src/view", rooms: &["style", "help", "talk", "code", "memory"] },
    Floors { folder: "tour/src/run", rooms: &["event", "input", "patience", "screen"] },
];

impl Floors {
    /// The room of a file, if it is one of this folder's.
    pub(crate) fn room<'a>(&self, file: &'a str) -> Option<&'a str> {
        let inside = file.strip_prefix(self.folder)?;
        match inside {
            ".rs" | "/mod.rs" | "/lib.rs" | "/main.rs" => Some("mod"),
            _ => inside.strip_prefix('/').map(|inside| inside.split(['/', '.']).next().unwrap_or(inside)),
        }
    }

    /// The floor of a room, if it has one.
    pub(crate) fn floor(&self, room: &str) -> Option<usize> {
        let named = self.rooms.iter().position(|&other| other == room);
        named.or_else(|| (room == "mod").then_some(self.rooms.len()))
    }

    /// Whether this import goes from one room of the folder to one that is not below.
    pub(crate) fn goes_upward(&self, from: &str, to: &str) -> bool {
        let (Some(from), Some(to)) = (self.room(from), self.room(to)) else { return false };
        from != to && self.floor(from) <= self.floor(to)
    }
}
