//! What is between a bridge and its server: the connection, and the streams.
//!
//! From the bottom up: a file imports only from those above it in this list.
//!
//! | file | what it does |
//! | --- | --- |
//! | `names` | the names of streams and subjects |
//! | `patience` | how long to wait between two attempts, and how long in all |
//! | `events` | what the client tells besides answers, and who hears it |
//! | `connect` | the connection, and that it comes back |
//! | `shape` | which streams can carry a channel |
//! | `refusal` | what JetStream says, as an error with its way out |
//! | `streams` | finds the streams, or creates them |
//! | [`last`] | where a stream ends, and the last publication of ours in it |
//! | [`publish`] | sends a publication, and what the server may answer |
//! | [`pull`] | the messages of a stream |
//! | [`here`] | which bridges are there |

mod connect;
mod events;
pub mod here;
pub mod last;
mod names;
mod patience;
pub mod publish;
pub mod pull;
mod refusal;
mod shape;
mod streams;

pub use connect::{Connection, connect};
pub use events::ServerEvent;
pub use names::{Direction, StreamNames};
pub use streams::{StreamHandle, ensure};
