//! Which segments are the original pair's: those at a key of theirs that one of them has made.
//!
//! A key alone is not enough. Its file is removed, another program's file may get the same inode, and then that program's
//! segment has the same key.

use crate::segments;
use shmchat::inspect::{Key, SegmentId};
use std::fs;

/// The keys of the pair, and the processes that have played it.
#[derive(Debug, Default)]
pub(super) struct Ours {
    pub(super) keys: Vec<Key>,
    pub(super) pids: Vec<u32>,
}

impl Ours {
    /// Removes their segments.
    pub(super) fn remove(&self) {
        let table = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
        for id in self.listed(&table) {
            let _ = segments::remove(id);
        }
    }

    /// Their segments in the kernel's table: key, shmid, perms, size, cpid, and so on.
    fn listed(&self, table: &str) -> Vec<SegmentId> {
        let row = |line: &str| {
            let words: Vec<_> = line.split_whitespace().collect();
            let [key, id, _, _, creator, ..] = words[..] else { return None };
            let is_ours = self.keys.contains(&Key(key.parse().ok()?)) && self.pids.contains(&creator.parse().ok()?);
            is_ours.then_some(SegmentId(id.parse().ok()?))
        };
        table.lines().filter_map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_one_of_us_made_at_one_of_our_keys_is_ours() {
        let table = "       key      shmid perms       size  cpid  lpid nattch\n\
            1845493760  7  666  4096  40  41  0\n 1845493760  8  666  4096  50  51  2\n -5  9  666  4096  40  41  0\n";
        let ours = Ours { keys: vec![Key(1_845_493_760)], pids: vec![40, 41] };
        assert_eq!(ours.listed(table), [SegmentId(7)]);
    }
}
