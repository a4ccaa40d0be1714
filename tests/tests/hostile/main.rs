//! What means harm, or is broken: nonsense in the segment, things of other users, wrong rights, hostile input, and system calls
//! that fail.

mod corpus;
mod foreign;
mod group;
mod inject;
mod memory_places;
mod rights;
mod scribbler;
