//! What the programs `writer` and `reader` add to the library [`shmchat`].
//!
//! From the bottom up: a module imports only from those above it in this list.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`text`] | showing text that came from somebody else; times and numbers in words |
//! | [`framing`] | the format of messages in a pipe: lines, NUL, JSON Lines; which line quits |
//! | `commands` | what can be typed after a slash: the table, and telling a command from a message |
//! | [`signals`] | the signals that end a program in good order |
//! | [`logging`] | the `log` facade to the screen, a file, or one file per level |
//! | [`transfer`] | files from one side to the other |
//! | [`pipe`] | standard input to the channel, the channel to standard output |
//! | [`exec`] | a pool of workers behind the reader |
//! | [`tui`] | the screen |
//! | [`cli`] | the arguments both programs share, and the config file |

#![forbid(unsafe_code)]

pub mod cli;
mod commands;
pub mod exec;
pub mod framing;
pub mod logging;
pub mod pipe;
pub mod signals;
pub mod text;
pub mod transfer;
pub mod tui;
