//! Who holds a lock, as the kernel lists it: asking the lock itself would mean taking it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The process that holds the `flock` of this file, if one does.
pub(super) fn holder(path: &Path) -> Option<u32> {
    let inode = fs::metadata(path).ok()?.ino().to_string();
    let locks = fs::read_to_string("/proc/locks").ok()?;
    // "3: FLOCK  ADVISORY  WRITE 4711 fe:01:5242 0 EOF"; one that only waits has an arrow after its number.
    locks.lines().find_map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, pid, place, ..] = words[..] else { return None };
        (place.rsplit(':').next() == Some(&inode)).then(|| pid.parse().ok()).flatten()
    })
}
