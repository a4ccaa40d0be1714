//! The guided tour: how two processes share memory safely, learned by being their scheduler.
//!
//! ```text
//!   keys ──▶ tour (plain state: chapter, goal, question) ──▶ effects ──▶ stage ──▶ two real processes
//!                        ▲                                                 │
//!                        └──────────── what they did, what is there ◀──────┘
//! ```
//!
//! | room | what it knows |
//! | --- | --- |
//! | `segments` | System V segments, by key and number |
//! | `original` | the teaching program's protocol, to the letter |
//! | `story` | what happened on the stage, and what is there: plain data |
//! | `chapters` | all words of the tour, and when a goal is reached |
//! | `tour` | the state of the tour: keys in, effects out |
//! | `side` | what a child process does |
//! | `stage` | starts, steps, kills and looks; leaves nothing |
//! | `costs` | the measurements of the last chapter |
//! | `wrap` | words into lines |
//! | `view` | draws it |
//! | `run` | the loop and the terminal |
//! | `pages` | the chapters as pages, for `docs/learn` |
#![forbid(unsafe_code)]

mod chapters;
pub mod cli;
mod costs;
pub mod original;
mod pages;
mod run;
mod segments;
mod side;
mod stage;
mod story;
mod tour;
mod view;
mod wrap;
