//! Who is told of each step. Alone, nobody; in the tour, who stops there.

use std::io::{self, Write};

/// Told what is about to be done, and what was.
pub trait Watch {
    /// This step comes next.
    fn before(&mut self, step: &str);
    /// This step comes next, and may wait for the other side.
    fn may_wait(&mut self, step: &str);
    /// This line is in the slot, and its byte in the FIFO.
    fn sent(&mut self, line: &[u8]);
    /// This was in the slot.
    fn shown(&mut self, text: &[u8]) -> io::Result<()>;
}

/// Alone: what is shown goes to standard output.
#[derive(Debug)]
pub struct Alone;

impl Watch for Alone {
    fn before(&mut self, _: &str) {}

    fn may_wait(&mut self, _: &str) {}

    fn sent(&mut self, _: &[u8]) {}

    fn shown(&mut self, text: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text)?;
        out.write_all(b"\n")?;
        out.flush()
    }
}
