//! How much fits: into the rings of those peers that let one choose, and into what the kernel allows.

use crate::mechanism::Reason;

/// Bytes of messages in a ring of those peers whose ring has a size: as many as in a lane of ours.
pub(super) const CAPACITY: usize = 1 << 20;

/// Messages that such a ring holds, a power of two: at least two, so that one can be written while another is read.
pub(super) const fn slots(payload: usize) -> usize {
    if payload <= CAPACITY / 2 { 1 << (CAPACITY / payload).ilog2() } else { 2 }
}

/// One of the kernel's limits, from its file under `/proc/sys`.
pub(super) fn limit(file: &str) -> Result<usize, Reason> {
    let text = std::fs::read_to_string(file).map_err(|error| Reason(format!("{file}: {error}")))?;
    Ok(text.trim().parse()?)
}
