//! Two processes on one Linux machine talk through shared memory.
//!
//! One is the *writer*, one the *reader* of a named channel. Between them lies a System V segment with a ring buffer
//! for each direction; a FIFO is the bell that wakes who sleeps. [`Channel::open`] gives an [`Endpoint`]: it sends on
//! one ring, receives on the other, and sleeps on one bell.
//!
//! ```
//! use common::{Channel, Error, Role};
//!
//! # let folder = tempfile::tempdir()?;
//! # let channel = |name: &str| Ok::<_, Error>(Channel::named(name.parse()?).dir(folder.path()));
//! // In one process:
//! let mut writer = channel("lobby")?.attach(Role::Writer)?;
//! writer.send("hello")?;
//!
//! // In another; `Channel::open("lobby", Role::Reader)` where the user's own folder will do:
//! let mut reader = channel("lobby")?.attach(Role::Reader)?;
//! if let Some(message) = reader.recv()? {
//!     assert_eq!(message.bytes, b"hello");
//! }
//! reader.send("hi!")?;
//! # drop(reader);
//! # assert_eq!(writer.recv()?.unwrap().bytes, b"hi!");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
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
//! | [`remedy`] | where the system says no: the number, and what the user can do |
//! | [`folder`] | the channel's folder, and how anything in it is opened |
//! | [`key`] | the key file and `ftok` |
//! | [`segment`] | `shmget`, `shmat`, `shmctl`; the other module with `unsafe` |
//! | [`ring`] | producer and consumer over one lane |
//! | [`bell`] | who may sleep, and the FIFO that wakes |
//! | [`presence`] | who is alive |
//! | [`channel`] | attach, send, receive, wait, quit |
//! | [`message`] | what a chat message is, and its framings |
//! | [`signals`] | the signals that end a program in good order |
//! | `logging` | the `log` facade to the screen, a file, or a file per level (feature `cli`) |
//! | `pipe` | standard input to the channel, the channel to standard output |
//! | `tui` | the screen (feature `tui`) |
//! | `cli` | the arguments both binaries share (feature `cli`) |

pub mod bell;
pub mod fault;
pub mod layout;
pub mod ring;
pub mod sync;

// loom's atomics are no words in memory, so a loom build ends above the ring and the bell's flags.
#[cfg(not(loom))]
pub mod channel;
#[cfg(all(not(loom), feature = "cli"))]
pub mod cli;
#[cfg(not(loom))]
pub mod descriptor;
#[cfg(not(loom))]
pub mod folder;
#[cfg(not(loom))]
pub mod key;
#[cfg(all(not(loom), feature = "cli"))]
pub mod logging;
#[cfg(not(loom))]
pub mod message;
#[cfg(not(loom))]
pub mod pipe;
#[cfg(not(loom))]
pub mod presence;
#[cfg(not(loom))]
pub mod remedy;
#[cfg(not(loom))]
pub mod segment;
#[cfg(not(loom))]
pub mod signals;
#[cfg(all(not(loom), feature = "tui"))]
pub mod tui;

#[cfg(not(loom))]
pub use channel::{Channel, Endpoint, Error, Interest, Message, Outgoing, Part, Presence, Received, Role};
