//! The life of a channel: who comes first, who sleeps, who dies and when, what is left, and who takes it up.
//!
//! Some of it proves that the rest can fail: `sabotage`, and the last tests of `model`, `kill_loop` and `crash_points`.

mod alive;
mod bells;
mod checkpoint;
mod crash_points;
mod creator;
mod cut;
mod folder;
mod forget;
mod idle;
mod items;
mod kill_loop;
mod memory;
mod model;
mod names;
mod orders;
mod power_cut;
mod reboot;
mod recovery;
mod removed;
mod sabotage;
mod signals;
mod stand_in;
mod stand_in_shown;
mod together;
