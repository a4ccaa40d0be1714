//! Copies by the processor's vector and string moves, in assembler, on x86-64.
//!
//! This is one of the five modules of the library that contain `unsafe`. To the compiler, a block of assembler is
//! opaque: it may be any sequence of relaxed atomic accesses to the words it is given. So the compiler can neither read a
//! shared byte twice nor take what it has read for what is still there. The processor reads each byte once and writes each
//! byte once. There is no reference to bytes of shared memory, only a pointer made from the `&[AtomicU64]`.
//!
//! The order of (A) and (A') is x86-64's own: no store is seen before an earlier one, so the tail not before the payload,
//! also if string moves wrote it; and no load goes ahead of an earlier one. None of these moves is non-temporal, for
//! which that would not hold. Those were slower in any case, and so was fetching lines ahead (`prefetchw`).

#![allow(unsafe_code)]

use crate::sync::AtomicU64;
use std::arch::{asm, is_x86_feature_detected};

/// From so many bytes on, `rep movsb` is quicker to store with: it takes a line that the other processor has without
/// fetching its old contents. In GB/s between two processors, with vector moves and with `rep movsb`: 22 and 31 for 8 KiB
/// (one run of a prototype in C). When the hypervisor had put the two processors far apart, 5.8 and 10.6 for 4 KiB (the
/// same), and 6.0 and 18 for 64 KiB (the bench, medians of four runs). For 1 KiB it gains nothing.
const LONG_STORE: usize = 4 << 10;

/// The same for loads, which write to private memory: `rep movsb` gains some 7 % where that is longer than the
/// first-level cache, and loses as much where it is shorter (the same prototype).
const LONG_LOAD: usize = 32 << 10;

/// A cache line. Zen 3 takes 20 times as long for a `rep movsb` that writes to the middle of one.
const LINE: usize = 64;

/// A way of copying that this processor has: only `best` and `all` make one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way(Moves);

#[derive(Clone, Copy, Debug)]
enum Moves {
    Of16,
    Of32,
    OfStrings,
}

/// Copies as many words as both sides have.
#[inline(never)]
pub(super) fn store(words: &[AtomicU64], whole: &[[u8; 8]]) {
    store_by(Way::best(LONG_STORE, words.as_ptr().addr(), size_of_val(whole)), words, whole);
}

/// The same, out of the shared words.
#[inline(never)]
pub(super) fn load(words: &[AtomicU64], whole: &mut [[u8; 8]]) {
    load_by(Way::best(LONG_LOAD, whole.as_ptr().addr(), size_of_val(whole)), words, whole);
}

#[inline]
pub(super) fn store_by(way: Way, words: &[AtomicU64], whole: &[[u8; 8]]) {
    let bytes = 8 * words.len().min(whole.len());
    // SAFETY: both slices have so many bytes, in different places, since `whole` is private. An `AtomicU64` may be written
    // to through a shared reference, and any bytes make one.
    unsafe { way.copy(words.as_ptr().cast_mut().cast(), whole.as_ptr().cast(), bytes) }
}

#[inline]
pub(super) fn load_by(way: Way, words: &[AtomicU64], whole: &mut [[u8; 8]]) {
    let bytes = 8 * words.len().min(whole.len());
    // SAFETY: both slices have so many bytes, in different places, since `whole` is private.
    unsafe { way.copy(whole.as_mut_ptr().cast(), words.as_ptr().cast(), bytes) }
}

impl Way {
    /// The quickest way to copy so many bytes to this address; `long` ones in another way.
    #[inline]
    fn best(long: usize, to: usize, bytes: usize) -> Self {
        Way(if bytes >= long && to.is_multiple_of(8) && is_x86_feature_detected!("ermsb") {
            Moves::OfStrings
        } else if is_x86_feature_detected!("avx") {
            Moves::Of32
        } else {
            Moves::Of16
        })
    }

    /// All ways that this processor has.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Self> {
        let mut ways = vec![Way(Moves::Of16), Way(Moves::OfStrings)];
        if is_x86_feature_detected!("avx") {
            ways.push(Way(Moves::Of32));
        }
        ways
    }

    /// Copies `bytes`, a multiple of 8.
    ///
    /// # Safety
    /// So many bytes can be read at `from` and written to at `to`, and the two do not overlap.
    #[inline]
    unsafe fn copy(self, to: *mut u8, from: *const u8, bytes: usize) {
        match self.0 {
            // SAFETY: the caller's promise is the same.
            Moves::Of16 => unsafe { by_16(to, from, bytes) },
            // SAFETY: the caller's promise is the same, and such a `Way` is only made where there is AVX.
            Moves::Of32 => unsafe { by_32(to, from, bytes) },
            // SAFETY: the caller's promise is the same.
            Moves::OfStrings => unsafe { by_strings(to, from, bytes) },
        }
    }
}

/// # Safety
/// As for [`Way::copy`].
#[inline]
unsafe fn by_16(to: *mut u8, from: *const u8, bytes: usize) {
    // SAFETY: reads and writes the caller's bytes: 64 as long as there are so many, then what is left of them by the bits
    // of its length.
    unsafe {
        asm!(
            "sub rcx, 64",
            "jb 3f",
            "2:",
            "movups xmm0, [rsi]",
            "movups xmm1, [rsi + 16]",
            "movups xmm2, [rsi + 32]",
            "movups xmm3, [rsi + 48]",
            "movups [rdi], xmm0",
            "movups [rdi + 16], xmm1",
            "movups [rdi + 32], xmm2",
            "movups [rdi + 48], xmm3",
            "add rsi, 64",
            "add rdi, 64",
            "sub rcx, 64",
            "jae 2b",
            "3:", // rcx is 64 too little, which leaves the bits below alone
            "test cl, 32",
            "jz 4f",
            "movups xmm0, [rsi]",
            "movups xmm1, [rsi + 16]",
            "movups [rdi], xmm0",
            "movups [rdi + 16], xmm1",
            "add rsi, 32",
            "add rdi, 32",
            "4:",
            "test cl, 16",
            "jz 5f",
            "movups xmm0, [rsi]",
            "movups [rdi], xmm0",
            "add rsi, 16",
            "add rdi, 16",
            "5:",
            "test cl, 8",
            "jz 6f",
            "mov rcx, [rsi]",
            "mov [rdi], rcx",
            "6:",
            inout("rdi") to => _,
            inout("rsi") from => _,
            inout("rcx") bytes => _,
            out("xmm0") _,
            out("xmm1") _,
            out("xmm2") _,
            out("xmm3") _,
            options(nostack),
        );
    }
}

/// # Safety
/// As for [`Way::copy`]; and the processor has AVX.
#[inline]
unsafe fn by_32(to: *mut u8, from: *const u8, bytes: usize) {
    let long = bytes - bytes % 128;
    if long > 0 {
        // SAFETY: reads and writes the first of the caller's bytes, 128 at a time. As a function of C's might, it uses the
        // upper halves of all vector registers (`vzeroupper`: SSE is slow while they are in use).
        unsafe {
            asm!(
                "2:",
                "vmovups ymm0, [rsi]",
                "vmovups ymm1, [rsi + 32]",
                "vmovups ymm2, [rsi + 64]",
                "vmovups ymm3, [rsi + 96]",
                "vmovups [rdi], ymm0",
                "vmovups [rdi + 32], ymm1",
                "vmovups [rdi + 64], ymm2",
                "vmovups [rdi + 96], ymm3",
                "add rsi, 128",
                "add rdi, 128",
                "sub rcx, 128",
                "jnz 2b",
                "vzeroupper",
                inout("rdi") to => _,
                inout("rsi") from => _,
                inout("rcx") long => _,
                clobber_abi("sysv64"),
                options(nostack),
            );
        }
    }
    // SAFETY: what is left of the caller's bytes.
    unsafe { by_16(to.wrapping_add(long), from.wrapping_add(long), bytes - long) };
}

/// # Safety
/// As for [`Way::copy`].
#[inline]
unsafe fn by_strings(to: *mut u8, from: *const u8, bytes: usize) {
    let before = bytes.min((to.addr().wrapping_neg() % LINE) & !7);
    // SAFETY: no more than the caller's bytes, and still a multiple of 8.
    unsafe { by_16(to, from, before) };
    let (to, from) = (to.wrapping_add(before), from.wrapping_add(before));
    // SAFETY: what is left of the caller's bytes. The direction flag is clear, as it always is in assembler of Rust's.
    unsafe {
        asm!(
            "rep movsb",
            inout("rdi") to => _,
            inout("rsi") from => _,
            inout("rcx") bytes - before => _,
            options(nostack, preserves_flags),
        );
    }
}
