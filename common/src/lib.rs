//! Two processes on one Linux machine talk through shared memory.
//!
//! One process is the *writer* and the other the *reader* of a named channel; each sends to the other. Messages lie in a System
//! V shared memory segment, which outlives both processes: what was sent is not lost when one of them is killed. A process
//! with nothing to do sleeps, and a FIFO wakes it.
//!
//! ```standalone_crate
//! use shmchat::{Channel, ChannelName, RecvError, Role};
//! use std::{env, error::Error, process::Command};
//!
//! fn main() -> Result<(), Box<dyn Error>> {
//!     // Where channels lie; without `dir`, in the user's own folder.
//!     let channel = |folder| Ok::<_, Box<dyn Error>>(Channel::named("lobby".parse::<ChannelName>()?).dir(folder));
//!
//!     // This program starts itself again, as the writer.
//!     if let Some(folder) = env::var_os("CHANNELS") {
//!         let mut writer = channel(folder)?.attach(Role::Writer)?;
//!         writer.send("hello")?;
//!         assert_eq!(writer.recv()?.bytes, b"hello yourself");
//!         return Ok(()); // dropping an endpoint quits in good order
//!     }
//!     let folder = tempfile::tempdir()?;
//!     let mut other = Command::new(env::current_exe()?).env("CHANNELS", folder.path()).spawn()?;
//!
//!     let mut reader = channel(folder.path().into())?.attach(Role::Reader)?;
//!     let answer = [reader.recv()?.bytes, b" yourself"].concat();
//!     reader.send(&answer)?;
//!     assert!(matches!(reader.recv(), Err(RecvError::Quit)), "the writer quits without another word");
//!     assert!(other.wait()?.success());
//!     Ok(())
//! }
//! ```
//!
//! `examples/ask.rs` and `examples/answer.rs` are a pair of programs that ask and answer; `examples/ticks.rs` moves items of
//! one type.
//!
//! | to | use |
//! | --- | --- |
//! | open a channel | [`Channel::open`], or [`Channel::named`] and [`attach`](Channel::attach) |
//! | send | [`send`](Endpoint::send), which waits for room; [`try_send`](Endpoint::try_send), [`send_timeout`](Endpoint::send_timeout) |
//! | receive | [`recv`](Endpoint::recv), which waits for a message; [`try_recv`](Endpoint::try_recv), [`recv_timeout`](Endpoint::recv_timeout) |
//! | receive in a loop | `for message in &mut endpoint`, or [`iter`](Endpoint::iter) |
//! | move many messages at once | [`send_batch`](Sender::send_batch), [`recv_batch`](Receiver::recv_batch) and their `try_` forms |
//! | move samples, ticks or frames | [`typed`](Endpoint::typed): slices of one type |
//! | copy less | [`reserve`](Sender::reserve), [`recv_view`](Receiver::recv_view) |
//! | decide what counts as received | [`acknowledge`](Receiver::acknowledge), [`acknowledge_until`](Receiver::acknowledge_until), [`take_ahead`](Receiver::take_ahead), [`release`](Receiver::release) |
//! | wait for other things too | [`Endpoint`] is a file descriptor: [`arm`](Endpoint::arm), `poll`, [`handle_wakeup`](Endpoint::handle_wakeup) |
//! | know who is there and what waits | [`peer`](Endpoint::peer), [`acknowledged`](Sender::acknowledged), [`backlog`](Sender::backlog) |
//! | look after channels | [`Channel::status`], [`Channel::clean`], [`admin`] |
#![doc = include_str!("book/channel.md")]
#![doc = include_str!("book/promises.md")]
#![doc = include_str!("book/messages.md")]
#![doc = include_str!("book/waiting.md")]
#![doc = include_str!("book/batches.md")]
#![doc = include_str!("book/items.md")]
#![doc = include_str!("book/in_place.md")]
#![doc = include_str!("book/acknowledging.md")]
#![doc = include_str!("book/event_loop.md")]
#![doc = include_str!("book/admin.md")]
#![doc = include_str!("book/crash.md")]
#![cfg_attr(not(feature = "internals"), warn(missing_debug_implementations))]
// docs/ARCHITECTURE.md lists the modules from the bottom up. Without `internals` they are private, and what only tests
// use is unused.
#![cfg_attr(not(feature = "internals"), allow(dead_code, unreachable_pub, unused_imports))]

mod barrier;
mod clock;
mod doorbell;
mod fault;
mod layout;
mod ring;
mod sync;

// loom's atomics are not words in memory, so a loom build ends above the ring and the doorbell's flags.
#[cfg(not(loom))]
mod boot;
#[cfg(not(loom))]
mod channel;
#[cfg(not(loom))]
mod descriptor;
#[cfg(not(loom))]
mod folder;
#[cfg(not(loom))]
pub mod hint;
#[cfg(not(loom))]
mod key;
#[cfg(not(loom))]
mod memory;
#[cfg(not(loom))]
mod presence;

#[cfg(not(loom))]
pub mod admin;
#[cfg(not(loom))]
pub mod error;
#[cfg(not(loom))]
pub mod inspect;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;

#[cfg(not(loom))]
pub use channel::{
    Channel, ChannelName, DEFAULT_MESSAGE_LIMIT, Endpoint, Envelope, Interest, Iter, Message, Outgoing, OwnedMessage,
    Part, Peer, Presence, QuitReport, Reached, Receiver, Role, Sender, Typed, TypedReceiver, TypedSender, View,
    WriteSlot,
};
#[cfg(not(loom))]
pub use descriptor::Span;
#[cfg(not(loom))]
pub use error::{Error, RecvError, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
#[cfg(not(loom))]
pub use folder::Access;
#[cfg(not(loom))]
pub use memory::{MemoryKind, handle_sigbus};
pub use ring::record::Kind;
pub use ring::{Backlog, Checkpoint, Memory};

/// The README's program, so that it is compiled.
#[cfg(all(doctest, not(loom)))]
#[doc = include_str!("../../README.md")]
struct Readme;
