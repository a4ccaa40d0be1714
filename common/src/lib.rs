//! Two processes on one Linux machine talk through shared memory.
//!
//! One is the *writer*, one the *reader* of a named channel. Between them lies a System V segment with a ring buffer
//! for each direction; a FIFO is the bell that wakes who sleeps. [`Channel::open`] gives an [`Endpoint`]: it sends on
//! one ring, receives on the other, and sleeps on one bell.
//!
//! ```standalone_crate
//! use shmchat::{Channel, ChannelName, Role};
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
//!         let answer = writer.recv()?.ok_or("the reader has quit")?;
//!         assert_eq!(answer.bytes, b"hello yourself");
//!         return Ok(()); // dropping an endpoint quits in good order
//!     }
//!     let folder = tempfile::tempdir()?;
//!     let mut other = Command::new(env::current_exe()?).env("CHANNELS", folder.path()).spawn()?;
//!
//!     let mut reader = channel(folder.path().into())?.attach(Role::Reader)?;
//!     let message = reader.recv()?.ok_or("the writer has quit")?;
//!     let answer = [message.bytes, b" yourself"].concat();
//!     reader.send(&answer)?;
//!     assert!(reader.recv()?.is_none(), "the writer quits without another word");
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
//! | send | [`send`](Endpoint::send), which waits for room; [`send_timeout`](Endpoint::send_timeout), [`try_send`](Endpoint::try_send) |
//! | receive | [`recv`](Endpoint::recv), which waits for a message; [`recv_timeout`](Endpoint::recv_timeout), [`try_recv`](Endpoint::try_recv) |
//! | take them one by one in a loop | `for message in &mut endpoint`, or [`iter`](Endpoint::iter) |
//! | move many | [`send_batch`](Endpoint::send_batch), [`recv_batch`](Endpoint::recv_batch) and their `try_` kin |
//! | copy less | [`reserve`](Endpoint::reserve), [`recv_view`](Endpoint::recv_view) |
//! | wait for other things, too | [`Endpoint`] is a file descriptor: [`arm`](Endpoint::arm), `poll`, [`attend`](Endpoint::attend) |
//! | know who is there | [`peer`](Endpoint::peer), [`taken`](Endpoint::taken), [`backlog`](Endpoint::backlog) |
//!
//! # What it promises
//! Once `send` returns, the message reaches the reader whole and in order, also if either process is killed at any
//! instant, and also if the reader starts minutes later: the segment outlives both. *At least once*: a reader killed
//! between taking a message and acknowledging it sees that one again. An idle pair makes no system call; a busy one
//! none per message.
//!
//! # The house
//! Ground floor first; a module imports only from those above it in this list.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`sync`] | std's atomics, or loom's |
//! | [`fault`] | what a test build can be told to do wrong |
//! | [`layout`] | what lies where in the segment |
//! | [`descriptor`] | shared words straight from and to file descriptors; one of the two modules with `unsafe` |
//! | [`hint`] | where the system says no: the number, and what the user can do |
//! | [`folder`] | the channel's folder, and how anything in it is opened |
//! | [`key`] | the key file and `ftok` |
//! | [`segment`] | `shmget`, `shmat`, `shmctl`; the other module with `unsafe` |
//! | [`ring`] | producer and consumer over one lane |
//! | [`doorbell`] | who may sleep, and the FIFO that wakes |
//! | [`presence`] | who is alive |
//! | [`channel`] | attach, send, receive, wait, quit |

pub mod doorbell;
pub mod fault;
pub mod layout;
pub mod ring;
pub mod sync;

// loom's atomics are no words in memory, so a loom build ends above the ring and the bell's flags.
#[cfg(not(loom))]
pub mod channel;
#[cfg(not(loom))]
pub mod descriptor;
#[cfg(not(loom))]
pub mod folder;
#[cfg(not(loom))]
pub mod hint;
#[cfg(not(loom))]
pub mod key;
#[cfg(not(loom))]
pub mod presence;
#[cfg(not(loom))]
pub mod segment;

#[cfg(not(loom))]
pub use channel::{
    Channel, ChannelName, Endpoint, Error, Interest, Message, Outgoing, OwnedMessage, Part, Presence, Received, Role,
};
