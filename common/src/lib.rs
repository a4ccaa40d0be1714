//! Two processes on one Linux machine talk through shared memory.
//!
//! One is the *writer*, one the *reader* of a named channel. Between them lies a System V segment with a ring buffer
//! for each direction; a FIFO is the bell that wakes who sleeps. [`Channel::open`] gives an [`Endpoint`]: it sends on
//! one ring, receives on the other, and sleeps on one bell.
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
//! [`Channel::open`] is all of it where the user's own folder and the defaults will do. `examples/ask.rs` and
//! `examples/answer.rs` are a pair that asks and answers.
//!
//! | to | use |
//! | --- | --- |
//! | send | [`send`](Endpoint::send), which waits for room; [`try_send`](Endpoint::try_send), [`send_timeout`](Endpoint::send_timeout) |
//! | receive | [`recv`](Endpoint::recv), which waits for a message; [`try_recv`](Endpoint::try_recv), [`recv_timeout`](Endpoint::recv_timeout) |
//! | take them one by one in a loop | `for message in &mut endpoint`, or [`iter`](Endpoint::iter) |
//! | move many | [`send_batch`](Sender::send_batch), [`recv_batch`](Receiver::recv_batch) and their `try_` kin |
//! | copy less | [`reserve`](Sender::reserve), [`recv_view`](Receiver::recv_view) |
//! | say yourself what you are done with | [`acknowledge`](Receiver::acknowledge), [`acknowledge_until`](Receiver::acknowledge_until), [`nack`](Receiver::nack) |
//! | wait for other things, too | [`Endpoint`] is a file descriptor: [`arm`](Endpoint::arm), `poll`, [`handle_wakeup`](Endpoint::handle_wakeup) |
//! | know who is there | [`peer`](Endpoint::peer), [`acknowledged`](Sender::acknowledged), [`backlog`](Sender::backlog) |
//! | look after channels | [`Channel::status`], [`Channel::clean`], [`admin`] |
//!
//! # What it promises
//! Once `send` returns, the message reaches the reader whole and in order, also if either process is killed at any
//! instant, and also if the reader starts minutes later: the segment outlives both. *At least once*: a reader killed
//! between taking a message and acknowledging it sees that one again. An idle pair makes no system call; a busy one
//! none per message.
//!
//! # The house
//! Ground floor first; a room imports only from those above it in this list.
//!
//! | room | what it is |
//! | --- | --- |
//! | `clock`, `sync` | times as words; std's atomics, or loom's |
//! | `fault` | what a test build can be told to do wrong |
//! | `layout` | what lies where in the segment |
//! | `descriptor` | shared words straight from and to file descriptors; one of the two rooms with `unsafe` |
//! | [`hint`] | where the system says no: what can be done |
//! | `folder` | the channel's folder, and how anything in it is opened |
//! | `key` | the key file and `ftok` |
//! | `segment` | `shmget`, `shmat`, `shmctl`; the other room with `unsafe` |
//! | `ring` | producer and consumer over one lane |
//! | `doorbell` | who may sleep, and the FIFO that wakes |
//! | `presence` | who is alive |
//! | `channel` | attach, send, receive, wait, quit; its own page has the table of what is found after a death at any point |
//!
//! The feature `internals` opens the rooms to this repository's tests, fuzz targets and bench; no promise is made of them.

// Without `internals` the rooms are closed, and what only tests use is used by nobody.
#![cfg_attr(not(feature = "internals"), allow(dead_code, unreachable_pub, unused_imports))]

mod clock;
mod doorbell;
mod fault;
mod layout;
mod ring;
mod sync;

// loom's atomics are no words in memory, so a loom build ends above the ring and the doorbell's flags.
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
mod presence;
#[cfg(not(loom))]
mod segment;

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
    Part, Peer, Presence, QuitReport, Reached, Receiver, Role, Sender, View, WriteSlot,
};
#[cfg(not(loom))]
pub use descriptor::Span;
#[cfg(not(loom))]
pub use error::{Error, RecvError, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
#[cfg(not(loom))]
pub use folder::Access;
pub use ring::record::Kind;
pub use ring::{Backlog, Memory};
