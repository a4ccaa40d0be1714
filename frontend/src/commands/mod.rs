//! The commands that begin with a slash in the input line: one table, which the screen, its help (F1) and the man page
//! are made from.
//!
//! | file | what it does |
//! | --- | --- |
//! | `table` | every command: its name, its argument, one line of help |
//! | `parse` | tells a command from a message, and names the nearest one if there is no such command |

mod parse;
mod table;

pub(crate) use parse::{Completed, Line, complete, escaped, hint, is_name, parse};
pub(crate) use table::{COMMANDS, Command, ESCAPE};
