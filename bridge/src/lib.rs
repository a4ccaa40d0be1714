//! `shmchat-bridge`: carries a channel of [`shmchat`] to another machine, over NATS JetStream.
//!
//! ```text
//! machine A                                                        machine B
//! writer ── segment ── bridge --role reader ══ JetStream ══ bridge --role writer ── segment ── reader
//! ```
//!
//! `docs/BRIDGE.md` has the walk of a message and what a crash at each step does.
//!
//! From the bottom up: a module imports only from those above it in this list.
//!
//! | module | what it is |
//! | --- | --- |
//! | `text` | words for messages |
//! | `descriptor` | a descriptor that the runtime waits for |
//! | [`failure`] | why a bridge ended, and its exit code |
//! | [`cli`] | the arguments, and the secrets that are none |
//! | [`wire`] | what travels: headers and payload of a publication |
//! | [`outbound`] | packs what is in the local lane, and keeps the publications that are on their way in order |
//! | [`inbound`] | how far the other side's stream was taken |
//! | [`near`] | the local end: the channel in which this process plays the missing role |
//! | [`server`] | the connection, the streams, publishing, receiving, and who is there |
//! | [`run`](mod@run) | the one loop |

#![forbid(unsafe_code)]

pub mod cli;
mod descriptor;
pub mod failure;
pub mod inbound;
pub mod near;
pub mod outbound;
pub mod run;
pub mod server;
mod text;
pub mod wire;

pub use run::run;
