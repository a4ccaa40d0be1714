//! What the first bytes through a channel cost more than the next: the kernel gives a process each page of the memory when it
//! first touches it.

use crate::mechanism::Reason;
use shmchat::{Channel, MemoryKind, Role};
use std::time::Instant;

/// How much passes: each page of the lane is touched once by then, the default one, by both ends.
const BYTES: usize = 1 << 20;

/// What is sent at once.
const PIECE: usize = 4 << 10;

/// How long the last of so many MiB takes, in nanoseconds. Both ends are in this process.
pub(super) fn last_of(laps: usize, kind: MemoryKind) -> Result<f64, Reason> {
    let folder = tempfile::tempdir()?;
    let channel = Channel::named("touch".parse()?).dir(folder.path()).memory(kind);
    let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    let message = vec![1; PIECE];
    let mut taken = 0.0;
    for _ in 0..laps {
        let start = Instant::now();
        for _ in 0..BYTES / PIECE {
            writer.send(&message)?;
            reader.recv()?;
            reader.receiver().acknowledge()?;
        }
        taken = start.elapsed().as_nanos() as f64;
    }
    Ok(taken)
}
