//! A channel: `open(name, role)` gives an [`Endpoint`] that sends on one lane and receives on the other.
//!
//! ```text
//!              to-writer ◄──────── rings ────────┐
//!   ┌──────────┐                              ┌──────────┐
//!   │  writer  │ ── lane messages ──────────► │  reader  │
//!   │ Endpoint │ ◄─────────── lane replies ── │ Endpoint │
//!   └──────────┘                              └──────────┘
//!        └──────── rings ────────► to-reader
//! ```
//!
//! From the bottom up: each line imports only from those above it.
//!
//! | | what it does |
//! | --- | --- |
//! | `role`, `name`, `segment_ref`, `peer` | plain types: the two sides, a channel's name, which segment, the other side |
//! | `error`, `config` | what can go wrong; how a channel is to be opened |
//! | `disk` | the disk under the memory, if it is on one |
//! | `codec/` | turns messages into records and back; knows no process |
//! | `header/` | the segment's header by field, a role's record in it, and what is waiting |
//! | `locate/` | whose memory this is: the folder's files, locks, keys, the segment |
//! | `endpoint/` | what a process holds once attached: send, receive, wait, quit |
//! | `outlive` | a start where the memory outlives the boot |
//! | `attach` | the one path for first start, restart and recovery |
//! | `admin/` | status, clean-up, orphans |
//! | `builder` | [`Channel`]: where everything begins |
//!
//! # Crash behaviour
//! The last chapter of the crate page, `book/crash.md`, says what others find after a death at any step. Each step is a
//! point of [`fault`](crate::fault) at which a test build can be made to die. `tests/tests/lifecycle/crash_points` dies at all of them,
//! in both roles, alone and beside a living peer, and compares what it finds with the table.

mod admin;
mod attach;
mod builder;
mod codec;
mod config;
mod disk;
mod endpoint;
mod error;
mod header;
mod locate;
mod name;
mod outlive;
mod peer;
mod role;
mod segment_ref;

pub use admin::clean::Cleaned;
pub use admin::error::AdminError;
pub use admin::listing::{channels_in, dir_exists};
pub use admin::orphan::{Orphan, orphans};
pub use admin::ownership::Ownership;
pub use admin::segment_status::SegmentStatus;
pub use admin::segments::Segments;
pub use admin::status::{Condition, Status};
pub use builder::Channel;
pub use codec::decoder::items::NoItems;
pub use codec::decoder::{DEFAULT_MESSAGE_LIMIT, Decoder};
pub use codec::encoder::{Encoder, WhenTight};
pub use codec::envelope::{Envelope, Message, OwnedMessage};
pub use codec::outgoing::Outgoing;
pub use codec::part::Part;
pub use codec::reached::Reached;
pub use codec::view::{InPlace, View};
pub use codec::write_slot::WriteSlot;
pub use endpoint::{
    Endpoint, Inspection, Interest, Iter, QuitReport, Receiver, Rings, Sender, Typed, TypedReceiver, TypedSender,
};
pub use error::{
    Corruption, Error, ItemType, MemoryError, Misfit, RecvError, RecvTimeoutError, SendTimeoutError, TryRecvError,
    TrySendError,
};
pub use name::{ChannelName, InvalidName};
pub use peer::{Peer, Presence};
pub use role::Role;
pub use segment_ref::SegmentRef;
