//! How large a segment is, and its lanes.

/// How many bytes come before the lanes: one page, so that the lanes start on a page of their own.
pub const HEADER_BYTES: usize = 4096;

/// The smallest lane of a segment, in bytes.
pub const MIN_CAPACITY: u64 = 64 << 10;

/// The largest lane of a segment, in bytes.
pub const MAX_CAPACITY: u64 = 1 << 30;

/// The default size of a lane, in bytes. Smaller lanes leave both sides too little to do between two wake-ups; larger
/// ones do not stay in the caches. Messages of 64 bytes in batches, in millions per second, by capacity: 64 KiB 18, 256
/// KiB 118, 1 MiB 122, 4 MiB 106, 16 MiB 83, 64 MiB 58; messages of 64 KiB, in thousands: 8, 39, 143, 105, 118, 81
/// (`make bench-quick`, section "capacity"; the curve is `docs/bench/capacity.svg`).
pub const DEFAULT_CAPACITY: u64 = 1 << 20;

/// The size of a segment whose lanes have `capacity` bytes each, in bytes. The example is at [`capacity_of`].
#[must_use]
pub const fn segment_bytes(capacity: u64) -> usize {
    HEADER_BYTES + 2 * capacity as usize
}

/// The capacity that a segment of `bytes` bytes was made with. `None` if no segment of this library has that size.
///
/// ```
/// use shmchat::inspect::{capacity_of, segment_bytes};
///
/// assert_eq!(segment_bytes(1 << 20), 4096 + 2 * (1 << 20));
/// assert_eq!(capacity_of(segment_bytes(1 << 20)), Some(1 << 20));
/// assert_eq!(capacity_of(4096), None);
/// ```
#[must_use]
pub fn capacity_of(bytes: usize) -> Option<u64> {
    let capacity = (bytes.checked_sub(HEADER_BYTES)? / 2) as u64;
    (is_capacity(capacity) && segment_bytes(capacity) == bytes).then_some(capacity)
}

/// Whether a segment's lanes may have this size.
pub fn is_capacity(bytes: u64) -> bool {
    bytes.is_power_of_two() && (MIN_CAPACITY..=MAX_CAPACITY).contains(&bytes)
}
