//! What a program's help and man page say beside its options.

use super::failure::EXIT_CODES;
use shmchat::Role;

/// A program, as its help and its man page describe it. Its name, its options and what it does are clap's.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The command line in short. The options are listed elsewhere.
    pub usage: &'static str,
    /// Command lines worth knowing, each with what it does.
    pub examples: &'static [(&'static str, &'static str)],
    /// The exit codes, each with what it means.
    pub exit_codes: &'static [(&'static str, &'static str)],
    /// Whether there is a screen to type commands on.
    pub has_screen: bool,
    /// Other man pages, each with its section.
    pub see_also: &'static [(&'static str, u8)],
}

const READER: Program = Program {
    usage: "reader [OPTIONS] [CHANNEL]",
    examples: &[
        ("reader", "chat; start `writer` in another terminal"),
        ("reader logs | grep error", "print what `tail -f log | writer logs` sends"),
        ("reader jobs --exec gzip {}", "run a command for each message"),
        ("reader --status", "channels, who is there, and what is waiting"),
        ("reader --clean", "remove what killed processes left behind"),
    ],
    exit_codes: &EXIT_CODES,
    has_screen: true,
    see_also: &[("writer", 1), ("ipcs", 1), ("ipcrm", 1), ("sysvipc", 7), ("fifo", 7), ("ftok", 3)],
};

const WRITER: Program = Program {
    usage: "writer [OPTIONS] [CHANNEL]",
    examples: &[
        ("writer", "chat; start `reader` in another terminal"),
        ("tail -f log | writer logs", "send each line as it comes"),
        ("seq 1000 | writer", "returns at once; the messages wait for a reader"),
        ("writer --status", "channels, who is there, and what is waiting"),
    ],
    see_also: &[("reader", 1), ("ipcs", 1), ("ipcrm", 1), ("sysvipc", 7), ("fifo", 7), ("ftok", 3)],
    ..READER
};

impl Program {
    /// `reader` or `writer`.
    pub(super) fn of(role: Role) -> Self {
        match role {
            Role::Reader => READER,
            Role::Writer => WRITER,
        }
    }
}
