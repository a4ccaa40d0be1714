//! The end that creates everything, writes, and removes everything.

use super::error::Failure;
use super::files::{Files, MODE, SLOT, errno_of, key_of, put};
use super::watch::Watch;
use crate::segments;
use nix::errno::Errno;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use shmchat::inspect::SegmentId;
use shmchat::internals::memory::Segment;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileTypeExt;
use std::thread;

/// How much of a line is copied before the watch is asked again: a copy is not one step, and a person must be able to stop
/// within it.
const FIRST_PART: usize = 16;

/// Runs the writer to its end. A line that is just `x` ends it, and so does the end of the lines.
///
/// # Errors
/// If a call fails. As in the original, what was made stays then.
pub fn run(
    files: &Files,
    lines: impl Iterator<Item = io::Result<Vec<u8>>>,
    watch: &mut dyn Watch,
) -> Result<(), Failure> {
    watch.before("ftok");
    let key = key_of(files)?;
    watch.before("shmget");
    let made = segments::create(key, files.size.max(SLOT), MODE);
    let id = made.map_err(|why| match why {
        Errno::EEXIST => Failure::Taken { key },
        why => Failure::Segment { call: "shmget", key, why },
    })?;
    watch.before("shmat");
    let slot = segments::attach(key, id).map_err(|why| Failure::Segment { call: "shmat", key, why })?;
    watch.before("mkfifo");
    make_fifo(files)?;
    watch.before("open");
    watch.may_wait("open");
    let opened = OpenOptions::new().write(true).open(&files.fifo);
    let mut fifo = opened.map_err(|error| failure(files, "open", &error))?;

    let done = talk(files, lines, watch, &slot, &mut fifo);
    if matches!(done, Ok(()) | Err(Failure::ListenerGone)) {
        drop(fifo);
        leave(files, slot, id, watch);
    }
    done
}

fn make_fifo(files: &Files) -> Result<(), Failure> {
    match mkfifo(&files.fifo, Mode::from_bits_truncate(MODE)) {
        Ok(()) => Ok(()),
        Err(Errno::EEXIST) => {
            let is_fifo = fs::metadata(&files.fifo).is_ok_and(|found| found.file_type().is_fifo());
            if is_fifo { Ok(()) } else { Err(Failure::NoFifo { path: files.fifo.clone() }) }
        }
        Err(why) => Err(Failure::Fifo { call: "mkfifo", path: files.fifo.clone(), why }),
    }
}

fn talk(
    files: &Files,
    lines: impl Iterator<Item = io::Result<Vec<u8>>>,
    watch: &mut dyn Watch,
    slot: &Segment,
    fifo: &mut File,
) -> Result<(), Failure> {
    for line in lines {
        let mut line = line.map_err(Failure::Input)?;
        let is_end = line == b"x";
        line.truncate(SLOT - 1);
        line.push(0);
        watch.before("copy");
        let (first, rest) = line.split_at(line.len().min(FIRST_PART));
        put(slot, 0, first);
        if !rest.is_empty() {
            watch.before("copy the rest");
            put(slot, first.len(), rest);
        }
        watch.before("ring");
        ring(files, fifo, if is_end { b'x' } else { b'a' })?;
        watch.sent(&line[..line.len() - 1]);
        if is_end {
            return Ok(());
        }
        watch.before("sleep");
        thread::sleep(files.sleep);
    }
    watch.before("ring");
    ring(files, fifo, b'x')
}

fn ring(files: &Files, fifo: &mut File, byte: u8) -> Result<(), Failure> {
    fifo.write_all(&[byte]).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::ListenerGone,
        _ => failure(files, "write", &error),
    })
}

fn failure(files: &Files, call: &'static str, error: &io::Error) -> Failure {
    Failure::Fifo { call, path: files.fifo.clone(), why: errno_of(error) }
}

/// What is gone already is as good as removed.
fn leave(files: &Files, slot: Segment, id: SegmentId, watch: &mut dyn Watch) {
    watch.before("unlink");
    let _ = fs::remove_file(&files.fifo);
    watch.before("remove");
    drop(slot);
    let _ = segments::remove(id);
}
