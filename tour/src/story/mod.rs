//! What happened on the stage and what is there, as plain data: what conditions are asked of, and what is drawn.

mod chapter;
mod look;
mod scene;
mod sides;

pub(crate) use chapter::{Cast, Chapter, Goal, Line, Play, Question};
pub(crate) use look::{Bell, Dump, Fact, Look};
pub(crate) use scene::{Entry, Happening, Scene};
pub(crate) use sides::{End, SIDES, Side, State};
