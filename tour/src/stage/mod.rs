//! The stage: two real processes, and a folder, a FIFO and a segment of their own. It starts, steps, kills and looks, and
//! leaves nothing, whichever way the tour ends.
//!
//! ```text
//!   tour ── stdin: a byte a step ──▶ side ── stdout: what it does ──▶ a thread that reads it ──▶ the loop
//!    │                                │
//!    └── leash ◀── held by all ───────┘     the broom reads the leash: at its end all are dead, and it sweeps
//! ```
//!
//! # Crash behaviour
//! The kernel kills the sides when the tour dies (`PR_SET_PDEATHSIG`), and closes the last ends of the leash. The broom, a
//! process of its own group that no key of the terminal reaches, then removes the segments, the FIFOs and the folder.

mod actor;
pub(crate) mod broom;
mod collision;
mod fifo;
mod locks;
mod looking;
mod removal;
mod scratch;

use crate::original::Files;
use crate::side::{Part, Plan};
use crate::story::{Cast, End, Look, Play, SIDES, Side};
use actor::Actor;
pub(crate) use actor::Report;
use looking::Seen;
use scratch::{PROJECT_ID, Scratch};
use shmchat::Role;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::time::Duration;

/// The size of its segment.
const ORIGINAL_SIZE: usize = 4096;

/// What plays, and where.
pub(crate) struct Stage {
    /// Before the scratch: dropping that waits until all sides are dead.
    actors: [Option<Actor>; 2],
    scratch: Scratch,
    reports: Sender<Report>,
    play: Option<&'static Play>,
    /// The key files of the original pair.
    key_files: [PathBuf; 2],
    /// Counts lives, so that the words of a dead one are not taken for its successor's.
    lives: u64,
}

impl Stage {
    /// An empty stage, whose sides' words go to `reports`.
    pub(crate) fn new(reports: Sender<Report>) -> io::Result<Self> {
        let scratch = Scratch::new()?;
        let key_files = [scratch.key_file(), scratch.key_file()];
        Ok(Stage { scratch, actors: [None, None], reports, play: None, key_files, lives: 0 })
    }

    /// Clears the stage.
    pub(crate) fn clear(&mut self) {
        self.actors = [None, None];
        self.play = None;
        self.scratch.sweep();
    }

    /// A folder for channels, which is swept like everything here.
    pub(crate) fn channels(&mut self) -> io::Result<PathBuf> {
        self.scratch.prepare()?;
        Ok(self.scratch.channels())
    }

    /// Clears the stage and gets a play ready; the sides are not started yet.
    pub(crate) fn set(&mut self, play: &'static Play) -> io::Result<()> {
        self.clear();
        self.scratch.prepare()?;
        if let Cast::Original { two_files } = play.cast {
            self.key_files = if two_files {
                let collision = collision::find(&mut self.scratch)?;
                collision.ok_or_else(|| io::Error::other("no two files with one key were found on this machine"))?
            } else {
                let file = self.scratch.free_key_file()?;
                [file.clone(), file]
            };
        }
        self.play = Some(play);
        Ok(())
    }

    /// Starts a side.
    pub(crate) fn start(&mut self, side: Side) -> io::Result<u32> {
        let play = self.play.ok_or_else(|| io::Error::other("nothing is played"))?;
        self.lives += 1;
        let part = match play.cast {
            Cast::Original { .. } => {
                let files = Files {
                    path: self.key_files[side as usize].clone(),
                    project_id: PROJECT_ID,
                    fifo: PathBuf::from("./myfifo"),
                    size: ORIGINAL_SIZE,
                    sleep: Duration::ZERO,
                };
                if side == Side::Writer { Part::OriginalWriter(files) } else { Part::OriginalReader(files) }
            }
            _ => {
                let role = if side == Side::Writer { Role::Writer } else { Role::Reader };
                Part::Library(role, self.scratch.channels())
            }
        };
        let mutant = match play.cast {
            Cast::Library { mutants } => mutants[side as usize],
            _ => None,
        };
        let plan = Plan {
            part,
            messages: play.messages.iter().map(ToString::to_string).collect(),
            stops: play.stops(side as usize).map(str::to_owned).collect(),
            parent: std::process::id() as i32,
        };
        // What was killed is only now forgotten, so that one can see what a zombie is.
        self.actors[side as usize] = None;
        let leash = self.scratch.leash()?;
        let actor =
            Actor::start(side, self.lives, &plan, mutant, &self.scratch.original(), leash, self.reports.clone())?;
        let pid = actor.pid();
        self.scratch.started(pid)?;
        self.actors[side as usize] = Some(actor);
        Ok(pid)
    }

    /// Lets a side go on.
    pub(crate) fn step(&mut self, side: Side) {
        if let Some(actor) = &mut self.actors[side as usize] {
            actor.step();
        }
    }

    /// Kills a side with SIGKILL.
    pub(crate) fn kill(&mut self, side: Side) {
        if let Some(actor) = &mut self.actors[side as usize] {
            actor.kill();
        }
    }

    /// Whether these are words of a side that is still on the stage.
    pub(crate) fn is_current(&self, side: Side, life: u64) -> bool {
        self.actors[side as usize].as_ref().is_some_and(|actor| actor.life() == life)
    }

    /// How a side ended that has closed its output.
    pub(crate) fn end_of(&mut self, side: Side) -> End {
        self.actors[side as usize].as_mut().map_or(End::Done, Actor::end)
    }

    /// Keeps what a side said before it gave up.
    pub(crate) fn failing(&mut self, side: Side, why: &str) {
        if let Some(actor) = &mut self.actors[side as usize] {
            actor.failing(why);
        }
    }

    /// Writes over the next message's header, as a broken or hostile process could.
    pub(crate) fn scribble(&self) {
        looking::scribble(&self.scratch.channel());
    }

    /// Looks at what both share.
    pub(crate) fn look(&self) -> Look {
        let Some(play) = self.play else { return Look::default() };
        let pids = SIDES.map(|side| self.actors[side as usize].as_ref().map(Actor::pid));
        let seen = Seen { scratch: &self.scratch, pids };
        match play.cast {
            Cast::Original { .. } => looking::original(&seen, &self.key_files),
            _ => looking::library(&seen),
        }
    }
}
