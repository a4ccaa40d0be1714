//! What an end and the bench say to each other: on standard output and standard input, a line each.

use crate::outcome::Result;
use std::io::{self, BufRead, Write};

/// The name of the channel on both sides.
pub(crate) const CHANNEL: &str = "bench";

/// The end is ready.
pub(crate) fn ready() -> Result<()> {
    println!("ready");
    Ok(io::stdout().flush()?)
}

/// Waits until the end is to go on.
pub(crate) fn wait_for_go() -> Result<()> {
    io::stdout().flush()?;
    match io::stdin().lock().read_line(&mut String::new())? {
        0 => Err("the bench is gone".into()),
        _ => Ok(()),
    }
}
