//! Who holds a lock, as the kernel lists it: asking the lock itself would mean taking it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The one of these processes that holds the `flock` of this file, if one does.
pub(super) fn holder(path: &Path, pids: [Option<u32>; 2]) -> Option<u32> {
    listed(&fs::read_to_string("/proc/locks").ok()?, fs::metadata(path).ok()?.ino(), pids)
}

/// The same, of what the kernel lists. A file on another file system may have the same inode; the devices are not compared,
/// since some file systems give files another one than the kernel lists.
fn listed(locks: &str, inode: u64, pids: [Option<u32>; 2]) -> Option<u32> {
    let inode = inode.to_string();
    // "3: FLOCK  ADVISORY  WRITE 4711 fe:01:5242 0 EOF"; one that only waits has an arrow after its number.
    locks.lines().find_map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, pid, place, ..] = words[..] else { return None };
        let pid = pid.parse().ok()?;
        (place.rsplit(':').next() == Some(&inode) && pids.contains(&Some(pid))).then_some(pid)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_on_another_file_with_the_same_inode_is_not_taken_for_ours() {
        let locks = "1: FLOCK  ADVISORY  WRITE 50 00:21:77 0 EOF\n2: -> FLOCK  ADVISORY  WRITE 41 fe:01:77 0 EOF\n\
            3: FLOCK  ADVISORY  WRITE 40 fe:01:77 0 EOF\n4: POSIX  ADVISORY  WRITE 41 fe:01:77 0 EOF\n";
        assert_eq!(listed(locks, 77, [Some(40), Some(41)]), Some(40));
        assert_eq!(listed(locks, 77, [None, Some(41)]), None);
        assert_eq!(listed(locks, 7, [Some(40), Some(41)]), None);
    }
}
