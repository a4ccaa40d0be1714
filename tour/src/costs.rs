//! What things cost on this machine: short loops, each as long as it takes to say it in one figure.
//!
//! These are no benchmarks: `make bench` is, with the machine to itself and the programs as users build them. They are right
//! to a factor of two, and what they show are factors of a hundred.

use nix::unistd::getppid;
use shmchat::{Channel, ChannelName, Role};
use std::hint::{black_box, spin_loop};
use std::io::{self, Read, Write, pipe};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::thread;
use std::time::{Duration, Instant};

/// How long each of them is tried.
const TRIED: Duration = Duration::from_millis(150);

/// A name, nanoseconds, and a remark.
pub(crate) type Cost = (&'static str, f64, &'static str);

/// Measures all of them, in about a second.
pub(crate) fn measure(folder: &Path) -> io::Result<Vec<Cost>> {
    let word = AtomicU64::new(0);
    let store = each(1000, || black_box(&word).store(1, Ordering::Relaxed));
    let fenced = each(1000, || {
        black_box(&word).store(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    });
    let call = each(1000, || _ = black_box(getppid()));
    Ok(vec![
        ("a store to memory", store, ""),
        ("a store and a full fence", fenced, "what a sleeper's flag needs"),
        ("a cache line, there and back", line()?, "between two processors"),
        ("a system call", call, "getppid, which does nothing"),
        ("a byte through a pipe", byte()?, "a write and a read, nobody asleep"),
        ("waking a sleeper, there and back", sleeper()?, "two bytes, two sleeps"),
        ("a message of 8 bytes", message(folder)?, "sent, received and acknowledged"),
    ])
}

/// Nanoseconds for each call: the best of many short tries, since this process does not have the machine to itself.
fn each(at_once: u32, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut best = f64::INFINITY;
    while start.elapsed() < TRIED {
        let start = Instant::now();
        for _ in 0..at_once {
            call();
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(at_once));
    }
    best
}

/// Two threads hand a number back and forth.
fn line() -> io::Result<f64> {
    const STOP: u64 = u64::MAX;
    let word = Arc::new(AtomicU64::new(0));
    let other = Arc::clone(&word);
    let answering = thread::Builder::new().spawn(move || {
        loop {
            match other.load(Ordering::Acquire) {
                STOP => return,
                odd if odd % 2 == 1 => other.store(odd + 1, Ordering::Release),
                _ => spin_loop(),
            }
        }
    })?;
    let mut number = 0;
    let cost = each(100, || {
        word.store(number + 1, Ordering::Release);
        number += 2;
        while word.load(Ordering::Acquire) != number {
            spin_loop();
        }
    });
    word.store(STOP, Ordering::Release);
    let _ = answering.join();
    Ok(cost)
}

fn byte() -> io::Result<f64> {
    let (mut read, mut write) = pipe()?;
    let mut failed = Ok(());
    let cost = each(100, || {
        let moved = write.write_all(b"a").and_then(|()| read.read_exact(&mut [0]));
        if moved.is_err() {
            failed = moved;
        }
    });
    failed.map(|()| cost)
}

/// Two threads that sleep on each other.
fn sleeper() -> io::Result<f64> {
    let (mut there, mut to) = pipe()?;
    let (mut back, mut from) = pipe()?;
    let answering = thread::Builder::new()
        .spawn(move || while there.read_exact(&mut [0]).and_then(|()| from.write_all(b"a")).is_ok() {})?;
    let mut failed = Ok(());
    let cost = each(20, || {
        let moved = to.write_all(b"a").and_then(|()| back.read_exact(&mut [0]));
        if moved.is_err() {
            failed = moved;
        }
    });
    drop(to);
    let _ = answering.join();
    failed.map(|()| cost)
}

/// Both ends in this process, in batches, as a stream goes. The channel lies in `folder`, which the broom knows.
fn message(folder: &Path) -> io::Result<f64> {
    const BATCH: usize = 100;
    let channel = Channel::named(ChannelName::default()).dir(folder);
    let mut writer = channel.attach(Role::Writer).map_err(io::Error::other)?;
    let mut reader = channel.attach(Role::Reader).map_err(io::Error::other)?;
    let mut failed = Ok(());
    let cost = each(20, || {
        let mut batch = || -> Result<(), shmchat::TryRecvError> {
            writer.sender().send_batch([b"12345678"; BATCH])?;
            reader.receiver().try_recv_batch(1 << 20, |message| _ = black_box(message.bytes))?;
            Ok(reader.receiver().acknowledge()?)
        };
        if let Err(error) = batch() {
            failed = Err(io::Error::other(error));
        }
    });
    failed.map(|()| cost / BATCH as f64)
}
