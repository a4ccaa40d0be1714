//! A file through `writer` and `reader`, and through `cat | cat`.

use super::channel::{Channel, Programs};
use super::together::{Together, read_soon};
use crate::mechanism::Reason;
use std::fs::File;
use std::io::{PipeReader, Read, pipe};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How our programs are told to carry the bytes.
#[derive(Clone, Copy)]
pub(super) enum Framing {
    /// Each line is a message.
    Lines,
    /// A stream without messages.
    Raw,
}

impl Framing {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Framing::Lines => &[],
            Framing::Raw => &["--framing", "raw"],
        }
    }
}

/// Where the bytes go in the end.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// To `/dev/null` at once.
    Null,
    /// Through a pipe, to one more `cat`.
    Pipe,
}

/// `reader >END` and `writer <FILE`.
pub(super) fn ours(programs: &Programs, framing: Framing, file: &Path, end: End) -> Result<Duration, Reason> {
    let channel = Channel::new(programs)?;
    let start = Instant::now();
    let mut together = Together::new()?;
    let sink = match end {
        End::Null => Stdio::null(),
        End::Pipe => {
            let (source, sink) = pipe()?;
            together.start(Command::new("cat").stdin(source).stdout(Stdio::null()))?;
            sink.into()
        }
    };
    together.start(channel.reader().args(framing.arguments()).stdout(sink))?;
    together.start(channel.writer().args(framing.arguments()).stdin(File::open(file)?).stdout(Stdio::null()))?;
    together.finish()?;
    Ok(start.elapsed())
}

/// `cat FILE | cat >END`.
pub(super) fn cats(file: &Path, end: End) -> Result<Duration, Reason> {
    let start = Instant::now();
    let mut together = Together::new()?;
    let (mut source, sink) = pipe()?;
    together.start(Command::new("cat").arg(file).stdin(Stdio::null()).stdout(sink))?;
    if let End::Pipe = end {
        let (next, sink) = pipe()?;
        together.start(Command::new("cat").stdin(source).stdout(sink))?;
        source = next;
    }
    together.start(Command::new("cat").stdin(source).stdout(Stdio::null()))?;
    together.finish()?;
    Ok(start.elapsed())
}

/// Compares what `reader` prints with the file, byte by byte.
pub(super) fn check(programs: &Programs, framing: Framing, file: &Path) -> Result<(), Reason> {
    let channel = Channel::new(programs)?;
    let mut together = Together::new()?;
    let (output, sink) = pipe()?;
    together.start(channel.reader().args(framing.arguments()).stdout(sink))?;
    together.start(channel.writer().args(framing.arguments()).stdin(File::open(file)?).stdout(Stdio::null()))?;
    let compared = compare(output, File::open(file)?);
    together.finish()?;
    compared
}

fn compare(mut output: PipeReader, mut file: File) -> Result<(), Reason> {
    let mut space = vec![0; 1 << 18];
    let mut wanted = vec![0; 1 << 18];
    let mut at = 0;
    loop {
        let count = read_soon(&mut output, &mut space)?;
        if count == 0 {
            let rest = file.read(&mut wanted)?;
            return if rest == 0 { Ok(()) } else { Err(Reason(format!("the output ends after {at} bytes"))) };
        }
        let is_longer = file.read_exact(&mut wanted[..count]).is_err();
        if is_longer || space[..count] != wanted[..count] {
            return Err(Reason(format!("the output differs from the file within {count} bytes of byte {at}")));
        }
        at += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn compared(printed: &[u8], wanted: &[u8]) -> Result<(), String> {
        let (output, mut sink) = pipe().unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(wanted).unwrap();
        std::thread::scope(|scope| {
            // Nobody reads to the end where the output is wrong.
            scope.spawn(move || drop(sink.write_all(printed)));
            compare(output, file.reopen().unwrap()).map_err(|reason| reason.to_string())
        })
    }

    #[test]
    fn the_output_is_right_only_if_every_byte_is_and_none_is_missing_or_too_many() {
        assert_eq!(compared(b"one\ntwo\n", b"one\ntwo\n"), Ok(()));
        assert_eq!(compared(b"one\n", b"one\ntwo\n"), Err("the output ends after 4 bytes".into()));
        for wrong in [&b"one\ntwO\n"[..], b"one\ntwo\nthree\n"] {
            assert!(compared(wrong, b"one\ntwo\n").unwrap_err().contains("differs"), "{wrong:?}");
        }
        // More of the same, in a read of its own.
        assert!(compared(&[7; 1 << 20], &[7; 1 << 17]).unwrap_err().contains("differs"));
    }
}
