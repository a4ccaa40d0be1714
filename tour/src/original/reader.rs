//! The listener: for each byte in the FIFO it copies the slot.

use super::error::Failure;
use super::files::{Files, errno_of, find_or_create, get, key_of};
use super::watch::Watch;
use crate::segments;
use std::fs::File;
use std::io::{self, Read};
use std::thread;

/// Runs the listener to its end: an `x`, or the end of the FIFO. It removes nothing.
///
/// # Errors
/// If a call fails.
pub fn run(files: &Files, watch: &mut dyn Watch) -> Result<(), Failure> {
    watch.before("ftok");
    let key = key_of(files)?;
    watch.before("shmget");
    let id = find_or_create(key, files.size).map_err(|why| Failure::Segment { call: "shmget", key, why })?;
    watch.before("shmat");
    let slot = segments::attach(key, id).map_err(|why| Failure::Segment { call: "shmat", key, why })?;
    watch.before("open");
    watch.may_wait("open");
    let opened = File::open(&files.fifo);
    let failure = |call, error| Failure::Fifo { call, path: files.fifo.clone(), why: errno_of(&error) };
    let mut fifo = opened.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::NoWriter { path: files.fifo.clone() },
        _ => failure("open", error),
    })?;
    loop {
        watch.before("read");
        watch.may_wait("read");
        match one_byte(&mut fifo).map_err(|error| failure("read", error))? {
            None | Some(b'x') => return Ok(()),
            Some(_) => {}
        }
        watch.before("copy");
        let copy = get(&slot);
        watch.before("print");
        let end = copy.iter().position(|&byte| byte == 0).unwrap_or(copy.len());
        watch.shown(&copy[..end]).map_err(Failure::Output)?;
        thread::sleep(files.sleep);
    }
}

fn one_byte(fifo: &mut File) -> io::Result<Option<u8>> {
    let mut byte = [0];
    loop {
        match fifo.read(&mut byte) {
            Ok(0) => return Ok(None),
            Ok(_) => return Ok(Some(byte[0])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
