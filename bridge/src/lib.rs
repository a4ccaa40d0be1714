//! `shmchat-bridge`: carries a channel of [`shmchat`] to another machine, over NATS JetStream.
//!
//! ```text
//! machine A                                                        machine B
//! writer ── segment ── bridge --role reader ══ JetStream ══ bridge --role writer ── segment ── reader
//! ```
//!
//! From the bottom up: a module imports only from those above it in this list.
//!
//! | module | what it is |
//! | --- | --- |
//! | `text` | words for messages |
//! | [`failure`] | why a bridge ended, and its exit code |
//! | [`cli`] | the arguments, and the secrets that are none |
//! | [`server`] | the connection, and the streams |
//! | [`run`](mod@run) | from start to end |

#![forbid(unsafe_code)]

pub mod cli;
pub mod failure;
pub mod run;
pub mod server;
mod text;

pub use run::run;
