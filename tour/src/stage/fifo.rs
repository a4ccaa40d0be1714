//! What lies in a FIFO, without taking it out.

use nix::fcntl::{SpliceFFlags, tee};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, pipe};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The bytes in a FIFO; `None` if there is no such file. `pids` are those who may have it open.
///
/// To look, one needs an end that reads. Opening one where nobody reads would change what happens: it lets a writer through that
/// waits for a reader. So it is opened only where one of these processes reads it, which changes nothing for anybody; where
/// none does, nobody could read what is there, and it is not shown.
pub(super) fn bytes(path: &Path, pids: [Option<u32>; 2]) -> Option<Vec<u8>> {
    let found = fs::metadata(path).ok()?;
    let place = (found.dev(), found.ino());
    let read = pids.into_iter().flatten().find_map(|pid| reading_end(pid, place));
    Some(read.and_then(|end| copied(&end)).unwrap_or_default())
}

/// An end of our own, if the process has one that reads.
fn reading_end(pid: u32, place: (u64, u64)) -> Option<File> {
    for entry in fs::read_dir(format!("/proc/{pid}/fd")).ok()?.flatten() {
        let is_it = fs::metadata(entry.path()).is_ok_and(|found| (found.dev(), found.ino()) == place);
        if !is_it {
            continue;
        }
        let name = entry.file_name();
        let flags = fs::read_to_string(format!("/proc/{pid}/fdinfo/{}", name.display())).unwrap_or_default();
        let flags = flags.lines().find_map(|line| line.strip_prefix("flags:\t"));
        let flags = flags.and_then(|flags| i32::from_str_radix(flags.trim(), 8).ok()).unwrap_or(-1);
        // The access mode is in the lowest two bits; 0 is O_RDONLY.
        if flags & 3 == 0 {
            let nonblock = nix::fcntl::OFlag::O_NONBLOCK.bits();
            return OpenOptions::new().read(true).custom_flags(nonblock).open(entry.path()).ok();
        }
    }
    None
}

/// `tee` copies from pipe to pipe and takes nothing out.
fn copied(end: &File) -> Option<Vec<u8>> {
    let (mut out, into) = pipe().ok()?;
    let count = tee(end, &into, 64, SpliceFFlags::SPLICE_F_NONBLOCK).ok()?;
    let mut bytes = vec![0; count];
    out.read_exact(&mut bytes).ok()?;
    Some(bytes)
}
