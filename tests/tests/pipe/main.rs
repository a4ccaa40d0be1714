//! `writer` and `reader` in pipes: bytes, lines, messages and their parts, from one end to the other.

mod counted;
mod delivered;
mod files;
mod framings;
mod framings_long;
mod on_full;
mod parts;
mod pipe;
mod plain;
mod raw;
mod senders;
mod stopped;
mod taken;
