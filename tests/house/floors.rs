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
            "sync",
            "fault",
            "layout",
            "descriptor",
            "hint",
            "folder",
            "key",
            "segment",
            "ring",
            "doorbell",
            "presence",
            "channel",
        ],
    },
    Floors {
        folder: "common/src/channel",
        rooms: &[
            "name", "error", "keys", "mod", "header", "find", "peer", "summary", "orphan", "damaged", "encoder",
            "decoder", "endpoint", "inspect", "iterate", "sleep", "receive", "in_place", "send", "attach", "status",
            "quit", "intact", "clean",
        ],
    },
    Floors { folder: "frontend/src", rooms: &["text", "framing", "signals", "logging", "pipe", "tui", "cli"] },
    Floors { folder: "writer/src", rooms: &[] },
    Floors { folder: "reader/src", rooms: &[] },
];

/// Imports that are known to go round in a circle or upward, as file and imported file. Nothing looks at them.
///
/// TO BE EMPTIED: take one out with the change that turns the import around. One that is no longer needed fails the test.
pub(crate) const KNOWN_CIRCLES: &[(&str, &str)] = &[
    ("common/src/channel/attach.rs", "common/src/channel/clean.rs"),
    ("common/src/channel/decoder.rs", "common/src/channel/decoder/block.rs"),
    ("common/src/channel/decoder/in_place.rs", "common/src/channel/in_place.rs"),
    ("common/src/channel/decoder/mark.rs", "common/src/channel/decoder.rs"),
    ("common/src/channel/encoder.rs", "common/src/channel/in_place.rs"),
    ("common/src/channel/endpoint.rs", "common/src/channel/inspect.rs"),
    ("common/src/channel/error.rs", "common/src/channel/mod.rs"),
    ("common/src/channel/error.rs", "common/src/channel/orphan.rs"),
    ("common/src/channel/find.rs", "common/src/channel/attach.rs"),
    ("common/src/channel/mod.rs", "common/src/channel/attach.rs"),
    ("common/src/channel/mod.rs", "common/src/channel/clean.rs"),
    ("common/src/channel/mod.rs", "common/src/channel/damaged.rs"),
    ("common/src/channel/mod.rs", "common/src/channel/endpoint.rs"),
    ("common/src/channel/mod.rs", "common/src/channel/find.rs"),
    ("common/src/channel/mod.rs", "common/src/channel/orphan.rs"),
    ("common/src/channel/mod.rs", "common/src/channel/status.rs"),
    ("common/src/channel/peer.rs", "common/src/channel/endpoint.rs"),
    ("common/src/fault.rs", "common/src/fault/death.rs"),
    ("common/src/folder/access.rs", "common/src/folder/mod.rs"),
    ("frontend/src/cli/args.rs", "frontend/src/cli/mod.rs"),
    ("frontend/src/cli/exit.rs", "frontend/src/cli/mod.rs"),
    ("frontend/src/cli/mod.rs", "frontend/src/cli/progress.rs"),
    ("frontend/src/cli/status.rs", "frontend/src/cli/status/report.rs"),
    ("frontend/src/pipe/buffered.rs", "frontend/src/pipe/feed.rs"),
    ("frontend/src/pipe/send.rs", "frontend/src/pipe/feed.rs"),
    ("frontend/src/tui/input.rs", "frontend/src/tui/input/undo.rs"),
    ("frontend/src/tui/keymap.rs", "frontend/src/tui/keymap/table.rs"),
    ("frontend/src/tui/run/reassembly.rs", "frontend/src/tui/run.rs"),
    ("frontend/src/tui/update.rs", "frontend/src/tui/update/reading.rs"),
    ("bench/src/mechanisms/iceoryx2.rs", "bench/src/mechanisms/mod.rs"),
    ("bench/src/mechanisms/mapped_file.rs", "bench/src/mechanisms/mod.rs"),
    ("bench/src/mechanisms/mod.rs", "bench/src/mechanisms/posix_queue.rs"),
    ("bench/src/mechanisms/mod.rs", "bench/src/mechanisms/posix_semaphores.rs"),
    ("bench/src/mechanisms/mod.rs", "bench/src/mechanisms/rtrb.rs"),
    ("bench/src/mechanisms/mod.rs", "bench/src/mechanisms/shmem_ipc.rs"),
    ("bench/src/mechanisms/mod.rs", "bench/src/mechanisms/sysv_queue.rs"),
    ("bench/src/mechanisms/sockets.rs", "bench/src/mechanisms/mod.rs"),
    ("bench/src/programs/carry.rs", "bench/src/programs/mod.rs"),
    ("bench/src/programs/idle.rs", "bench/src/programs/mod.rs"),
    ("bench/src/programs/mod.rs", "bench/src/programs/start.rs"),
    ("bench/src/programs/mod.rs", "bench/src/programs/typing.rs"),
    ("bench/src/report/plots/dots.rs", "bench/src/report/plots/mod.rs"),
    ("bench/src/report/plots/lines.rs", "bench/src/report/plots/mod.rs"),
];

/// Files that are known to be too long.
///
/// TO BE EMPTIED, as above.
pub(crate) const KNOWN_LONG: &[&str] = &["frontend/src/tui/input/tests.rs", "tests/framings.rs", "tests/status.rs"];

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
