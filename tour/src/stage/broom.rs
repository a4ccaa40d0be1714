//! The broom: a process that waits until the tour and its sides are dead, and removes what is left.

use super::removal::Ours;
use nix::sys::signal::SigSet;
use shmchat::inspect::Key;
use shmchat::{Channel, ChannelName};
use std::fs;
use std::io::{BufRead, stdin};
use std::path::{Path, PathBuf};

/// Reads what is ours until all who hold the leash are dead, and sweeps.
pub(crate) fn run(dir: &Path) {
    // Nobody but the end of the leash ends it: a signal that ends the tour may be sent to every process of its terminal.
    let _ = SigSet::all().thread_block();
    let mut ours = Ours::default();
    let mut lines = stdin().lock();
    let mut line = Vec::new();
    // The sides' standard errors come here too, and may be anything.
    while lines.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
        match std::str::from_utf8(&line).ok().and_then(|line| line.trim_end().split_once(' ')) {
            Some(("key", number)) => ours.keys.extend(number.parse().ok().map(Key)),
            Some(("pid", number)) => ours.pids.extend(number.parse::<u32>().ok()),
            Some(("swept", _)) => ours = Ours::default(),
            _ => {}
        }
        line.clear();
    }
    sweep(dir, &ours);
    for folder in [dir, &numbered_of(dir)] {
        let _ = fs::remove_dir_all(folder);
    }
}

/// The tour's second folder, on a file system that numbers its files one after the other. Its name follows from the first one's,
/// and differs from it, since that may lie in `/dev/shm` too. It is short, for the screen shows what is in there.
pub(super) fn numbered_of(dir: &Path) -> PathBuf {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".2");
    Path::new("/dev/shm").join(name)
}

/// Removes our segments, and the channels and files in the folder.
pub(super) fn sweep(dir: &Path, ours: &Ours) {
    ours.remove();
    let channels = dir.join("channels");
    let channel = Channel::named(ChannelName::default()).dir(&channels);
    let _ = channel.clean(true);
    // What a program has scribbled over is no start's any more, and only its folder leads to it.
    for damaged in channel.damaged().into_iter().flatten() {
        let _ = damaged.clean(true);
    }
    let _ = channel.forget(true);
    for folder in [channels, dir.join("original")] {
        let _ = fs::remove_dir_all(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_folder_is_another_one_even_where_temporary_files_lie_beside_it() {
        let dir = Path::new("/dev/shm/shmchat-tour.x");
        assert_eq!(numbered_of(dir), Path::new("/dev/shm/shmchat-tour.x.2"));
        assert_eq!(numbered_of(Path::new("/tmp/shmchat-tour.x")), numbered_of(dir));
    }
}
