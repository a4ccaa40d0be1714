//! The broom: a process that waits until the tour and its sides are dead, and removes what is left.

use super::removal::Ours;
use crate::segments;
use nix::sys::signal::SigSet;
use shmchat::inspect::Key;
use shmchat::internals::key::{Identity, PROJECT_IDS};
use shmchat::internals::layout::{Words, word};
use shmchat::{Channel, ChannelName};
use std::fs::{self, File};
use std::io::{BufRead, stdin};
use std::path::Path;

/// Reads what is ours until all who hold the leash are dead, and sweeps.
pub(crate) fn run(dir: &Path) {
    // Nobody but the end of the leash ends it: a signal that ends the tour may be sent to every process of its terminal.
    let _ = SigSet::all().thread_block();
    let (mut ours, mut folders) = (Ours::default(), vec![dir.to_owned()]);
    let mut lines = stdin().lock();
    let mut line = Vec::new();
    // The sides' standard errors come here too, and may be anything.
    while lines.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
        match std::str::from_utf8(&line).ok().and_then(|line| line.trim_end().split_once(' ')) {
            Some(("key", number)) => ours.keys.extend(number.parse().ok().map(Key)),
            Some(("pid", number)) => ours.pids.extend(number.parse::<u32>().ok()),
            Some(("swept", _)) => ours = Ours::default(),
            Some(("folder", path)) => folders.push(path.into()),
            _ => {}
        }
        line.clear();
    }
    sweep(dir, &ours);
    for folder in folders {
        let _ = fs::remove_dir_all(folder);
    }
}

/// Removes our segments, and the channels and files in the folder.
pub(super) fn sweep(dir: &Path, ours: &Ours) {
    ours.remove();
    let channels = dir.join("channels");
    let name = ChannelName::default();
    let folder = channels.join(name.as_str());
    // Before the folder goes: which segment it is.
    let identity = File::open(folder.join("key")).ok().and_then(|mut file| Identity::read(&mut file).ok().flatten());
    let forgotten = Channel::named(name).dir(&channels).forget(true);
    // What a program scribbled over may be beyond recognition; the key and the id are not.
    if let (Err(_), Some(identity)) = (forgotten, identity) {
        for key in PROJECT_IDS.map(|id| identity.key(id)) {
            let Ok(id) = segments::find(key) else { continue };
            let is_ours = segments::look(key, id).is_ok_and(|window| {
                window.count() > word::ID + 1 && [window.word(word::ID), window.word(word::ID + 1)] == identity.id.0
            });
            if is_ours {
                let _ = segments::remove(id);
            }
        }
    }
    for folder in [channels, dir.join("original")] {
        let _ = fs::remove_dir_all(folder);
    }
}
