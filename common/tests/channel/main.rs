//! Two endpoints over a real segment, real FIFOs and real locks, in one process or two threads of it.
#![cfg(not(loom))]

mod finding;
mod item_types;
mod items;
mod items_beside;
mod messages;
mod place;
mod reboot;
mod wakes;
