//! Who is told of each step. Alone, nobody; in the tour, who stops there.

use std::io::{self, IsTerminal, Write};

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

/// Alone: what is shown goes to standard output, as it is unless that is a terminal.
#[derive(Debug)]
pub struct Alone;

impl Watch for Alone {
    fn before(&mut self, _: &str) {}

    fn may_wait(&mut self, _: &str) {}

    fn sent(&mut self, _: &[u8]) {}

    fn shown(&mut self, text: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if out.is_terminal() {
            out.write_all(visible(text).as_bytes())?;
        } else {
            out.write_all(text)?;
        }
        out.write_all(b"\n")?;
        out.flush()
    }
}

/// What a terminal would obey, as the sign for it: everybody may write into the slot.
fn visible(text: &[u8]) -> String {
    let sign = |c: char| match c {
        '\t' | '\n' => c,
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('·'),
        '\x7f' => '␡',
        _ if c.is_control() => '·',
        _ => c,
    };
    String::from_utf8_lossy(text).chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(visible("\x1b[31mré\td\x07\x7f\u{9b}1m\n".as_bytes()), "␛[31mré\td␇␡·1m\n");
        assert_eq!(visible(b"\x9b31m"), "\u{fffd}31m");
    }
}
