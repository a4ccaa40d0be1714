//! One of the two processes that the tour stops, steps and kills. It does what the program that it plays does, and asks its
//! standard input before each step.
//!
//! What it says, a line each: `at STEP`, and it waits for a byte; `in STEP`, and it may wait for the other side; `sent TEXT`;
//! `shown TEXT`; `failed TEXT`.

mod control;
mod library;
mod plan;

use crate::original::{reader, writer};
use control::Control;
pub(crate) use plan::{Part, Plan};

/// Plays its part, to its end, and gives the exit code.
pub(crate) fn run(plan: &Plan) -> i32 {
    let mut control = Control::new(plan.parent);
    let done = match &plan.part {
        Part::OriginalWriter(files) => {
            let lines = plan.messages.iter().map(|line| Ok(line.clone().into_bytes()));
            writer::run(files, lines, &mut control).map_err(|error| error.to_string())
        }
        Part::OriginalReader(files) => reader::run(files, &mut control).map_err(|error| error.to_string()),
        Part::Library(role, dir) => {
            library::run(*role, dir, &plan.messages, &plan.stops, control).map_err(|error| error.to_string())
        }
    };
    match done {
        Ok(()) => 0,
        Err(error) => {
            Control::say("failed", error.as_bytes());
            1
        }
    }
}
