//! What the programs are used for while one of their calls fails.

use super::pools::{commands_work, workers_work};
use super::readers::{reader_cleans, reader_looks, reader_makes_room, reader_prints, reader_waits};
use super::stage::{Seen, Stage};
use super::writers::{writer_is_first, writer_leaves_last, writer_rings, writer_waits_for_room};

/// One thing that a program is used for.
#[derive(Clone, Copy)]
pub(crate) struct Scene {
    /// What happens.
    pub(crate) name: &'static str,
    /// Which program is made to fail, as the table calls it.
    pub(crate) program: &'static str,
    /// The arguments that choose the memory.
    pub(crate) memory: &'static str,
    /// Which of its calls fail.
    pub(crate) which: Which,
    /// Plays it. Panics if something is not as it must be.
    pub(crate) play: fn(&Stage) -> Seen,
}

/// Which calls of a scene are made to fail.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    /// All of them.
    All,
    /// Those that no scene before it has, and those about these things. The others would do the same again.
    New(&'static [&'static str]),
}

impl Scene {
    const fn of(program: &'static str, name: &'static str, play: fn(&Stage) -> Seen) -> Self {
        Scene { name, program, memory: "", which: Which::All, play }
    }

    /// In another kind of memory.
    const fn within(self, memory: &'static str, things: &'static [&'static str]) -> Self {
        Scene { memory, which: Which::New(things), ..self }
    }

    /// With calls about these things, and those that are new.
    const fn about(self, things: &'static [&'static str]) -> Self {
        Scene { which: Which::New(things), ..self }
    }
}

const FIRST: Scene = Scene::of("writer", "a writer that is the first", writer_is_first);
const FULL: Scene = Scene::of("writer", "a writer that waits for room", writer_waits_for_room);
const LEAVES: Scene = Scene::of("writer", "a writer that leaves last", writer_leaves_last);
const PRINTS: Scene = Scene::of("reader", "a reader of what waits", reader_prints);
const CLEANS: Scene = Scene::of("reader --clean", "a clean-up after a killed writer", reader_cleans);
const LOOKS: Scene = Scene::of("reader --status", "a look at what waits", reader_looks);

const POSIX: &str = "--memory posix";
const OBJECT: &[&str] = &["the POSIX memory"];
const SYNCED: &str = "--memory file --sync";
const FILE: &[&str] = &["the mapped file", "the boot's id"];
const STREAMS: &[&str] = &["standard output"];
const WORKERS: &[&str] = &["standard output", "a command", "a command's pipe", "a command's group"];

/// All of them, the whole ones first.
pub(crate) const SCENES: [Scene; 21] = [
    FIRST,
    Scene::of("writer", "a writer whose reader sleeps", writer_rings),
    FULL,
    LEAVES,
    PRINTS,
    Scene::of("reader", "a reader whose writer waits for room", reader_makes_room),
    Scene::of("reader", "a reader that is the first, whose writer dies", reader_waits),
    CLEANS,
    LOOKS,
    FIRST.within(POSIX, OBJECT),
    LEAVES.within(POSIX, OBJECT),
    PRINTS.within(POSIX, OBJECT),
    CLEANS.within(POSIX, OBJECT),
    LOOKS.within(POSIX, OBJECT),
    FIRST.within(SYNCED, FILE),
    FULL.within(SYNCED, FILE),
    PRINTS.within(SYNCED, FILE),
    CLEANS.within(SYNCED, FILE),
    LOOKS.within(SYNCED, FILE),
    Scene::of("reader --exec", "a pool of commands", commands_work).about(STREAMS),
    Scene::of("reader --worker", "a pool of workers", workers_work).about(WORKERS),
];
