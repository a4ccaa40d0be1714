//! Single steps on memory that nobody else uses: nanoseconds each.

use crate::measure::now;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed, Ordering::SeqCst, fence};

/// Steps between two readings of the clock.
const BURST: u64 = 10_000;

fn cost(time: u64, mut step: impl FnMut(u64)) -> f64 {
    (0..BURST).for_each(&mut step);
    let start = now();
    let mut steps = 0;
    loop {
        (0..BURST).for_each(&mut step);
        steps += BURST;
        let passed = now() - start;
        if passed >= time {
            return passed as f64 / steps as f64;
        }
    }
}

pub(super) fn store(time: u64) -> f64 {
    let word = AtomicU64::new(0);
    cost(time, |number| black_box(&word).store(number, Relaxed))
}

pub(super) fn store_and_fence(time: u64) -> f64 {
    let word = AtomicU64::new(0);
    cost(time, |number| {
        black_box(&word).store(number, Relaxed);
        fence(SeqCst);
    })
}

pub(super) fn swap(time: u64) -> f64 {
    let word = AtomicU64::new(0);
    cost(time, |number| {
        black_box(black_box(&word).swap(number, SeqCst));
    })
}

pub(super) fn clock(time: u64) -> f64 {
    cost(time, |_| {
        black_box(now());
    })
}
