//! Looking at the segment, the FIFOs, the locks and the processes. It changes nothing, except where it scribbles.

use super::scratch::{PROJECT_ID, Scratch};
use super::{fifo, locks};
use crate::original::SLOT;
use crate::segments;
use crate::story::{Bell, Dump, Fact, Look};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use shmchat::Role;
use shmchat::inspect::{Key, SegmentId};
use shmchat::internals::key::{Identity, PROJECT_IDS, ftok};
use shmchat::internals::layout::{Lane, LanePlace, MIN_CAPACITY, WORD, Words, segment_bytes, word};
use shmchat::internals::memory::{Stat, Window};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::SeqCst;

/// How many bytes of the messages are shown.
const SHOWN: u64 = 128;

/// What is looked at.
pub(super) struct Seen<'a> {
    pub(super) scratch: &'a Scratch,
    pub(super) pids: [Option<u32>; 2],
}

impl Seen<'_> {
    fn answers(&self, who: Role) -> String {
        match self.pids[who as usize] {
            None => "none".to_owned(),
            Some(pid) => match kill(Pid::from_raw(pid as i32), None) {
                Ok(()) => format!("yes ({pid})"),
                Err(_) => format!("no ({pid})"),
            },
        }
    }
}

fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    Fact { name, value: value.into() }
}

fn described(id: SegmentId, key: Key, stat: &Stat) -> String {
    let doomed = if stat.doomed { ", removed, and gone with its last user" } else { "" };
    format!(
        "segment {id}: key {}, attached {}, {} bytes, mode {:o}{doomed}",
        key,
        attached(stat),
        stat.bytes,
        stat.mode
    )
}

/// How many times it is attached: the kernel counts that for a segment.
fn attached(stat: &Stat) -> u64 {
    stat.attached.unwrap_or_default()
}

/// The original pair.
pub(super) fn original(seen: &Seen<'_>, key_files: &[PathBuf; 2]) -> Look {
    let key = |path: &PathBuf| path.metadata().ok().map(|found| ftok(found.dev(), found.ino(), PROJECT_ID as u8));
    let keys = [key(&key_files[0]), key(&key_files[1])];
    let mut look = Look::default();
    if let Some((key, id)) = keys[0].and_then(|key| Some((key, segments::find(key).ok()?))) {
        look.segment = segments::stat(id).ok().map(|(key, stat)| described(id, key, &stat));
        if let Ok(window) = segments::look(key, id) {
            look.dump = dump(&window, 0, 0, SHOWN.min(SLOT as u64));
        }
    }
    if key_files[0] != key_files[1] {
        for (file, (key, name)) in key_files.iter().zip(keys.iter().zip(["writer's key", "reader's key"])) {
            let key = key.map(|key| key.to_string()).unwrap_or_default();
            let inode = file.metadata().map(|found| found.ino()).unwrap_or_default();
            look.facts.push(fact(name, format!("{key} of {}, inode {inode}", file.display())));
        }
    }
    let bytes = fifo::bytes(&seen.scratch.original().join("myfifo"), seen.pids);
    look.bells.push(Bell { name: "myfifo", bytes });
    look
}

/// The first segment at one of a channel's keys that has the right size, and of which `is_it` says that it is the channel's: other
/// programs may have one at a key of ours.
fn segment_of(folder: &Path, is_it: impl Fn(&Window, &Identity) -> bool) -> Option<(Key, SegmentId, Window)> {
    let mut file = File::open(folder.join("key")).ok()?;
    let identity = Identity::read(&mut file).ok()??;
    PROJECT_IDS.map(|id| identity.key(id)).find_map(|key| {
        let id = segments::find(key).ok()?;
        let window = segments::look(key, id).ok()?;
        (window.count() * WORD == segment_bytes(MIN_CAPACITY) && is_it(&window, &identity)).then_some((key, id, window))
    })
}

/// Whether it bears the channel's id.
fn bears_id(window: &Window, identity: &Identity) -> bool {
    [window.word(word::ID), window.word(word::ID + 1)] == identity.id.0
}

/// Whether it may be one that our writer is still making, or was when it was killed.
fn is_unfinished(window: &Window, _: &Identity) -> bool {
    window.word(word::MAGIC) == 0
}

fn place() -> LanePlace {
    LanePlace::in_segment(Lane::Messages, MIN_CAPACITY)
}

/// The library's two sides.
pub(super) fn library(seen: &Seen<'_>) -> Look {
    let mut look = Look::default();
    let place = place();
    let channel = seen.scratch.channel();
    let segment = segment_of(&channel, bears_id).or_else(|| segment_of(&channel, is_unfinished));
    let window = segment.and_then(|(_, id, window)| {
        let (key, stat) = segments::stat(id).ok()?;
        look.segment = Some(described(id, key, &stat));
        Some((window, stat))
    });
    if let Some((window, stat)) = &window {
        let [head, tail] = [place.head, place.tail].map(|index| window.word(index));
        look.facts.push(fact("head", head.to_string()));
        look.facts.push(fact("tail", tail.to_string()));
        let flag = if window.word(place.consumer_parked) == 0 { "down" } else { "up" };
        look.facts.push(fact("reader's flag", flag));
        for (name, role) in [("writer's state", Role::Writer), ("reader's state", Role::Reader)] {
            let state = window.word(word::ROLES + role as usize * word::ROLE_STRIDE + word::STATE);
            let state = ["absent", "present", "quit"].get(state as usize).copied().unwrap_or("nonsense");
            look.facts.push(fact(name, state));
        }
        look.facts.push(fact("attached", attached(stat).to_string()));
        // Two rows behind what was read stay in sight.
        let from = head / 16 * 16;
        look.dump = dump(window, place.data, if from < place.capacity { from } else { 0 }, SHOWN);
        look.dump.marks = vec![(head, "head"), (tail, "tail")];
    }
    for (name, file) in [("writer's lock", "writer.lock"), ("reader's lock", "reader.lock"), ("channel's lock", "lock")]
    {
        let holder = locks::holder(&channel.join(file), seen.pids);
        look.facts.push(fact(name, holder.map_or("free".to_owned(), |pid| format!("held by {pid}"))));
    }
    look.facts.push(fact("writer's pid answers", seen.answers(Role::Writer)));
    look.facts.push(fact("reader's pid answers", seen.answers(Role::Reader)));
    for name in ["to-reader", "to-writer"] {
        look.bells.push(Bell { name, bytes: fifo::bytes(&channel.join(name), seen.pids) });
    }
    look
}

/// Bytes from an offset behind a word on.
fn dump(words: &impl Words, base: usize, from: u64, length: u64) -> Dump {
    let first = base + (from / 8) as usize;
    let end = (first + (length / 8) as usize).min(words.count());
    Dump { from, bytes: (first..end).flat_map(|index| words.word(index).to_ne_bytes()).collect(), marks: Vec::new() }
}

/// Makes the record at the head of this channel's lane a billion bytes long, both in the ring and beside the tail.
pub(super) fn scribble(channel: &Path) {
    const LENGTH: u64 = 0x3fff_ffff;
    let segment = segment_of(channel, bears_id).and_then(|(key, id, _)| segments::attach(key, id).ok());
    let Some(segment) = segment else { return };
    let place = place();
    let words = segment.as_ref();
    let head = words[place.head].load(SeqCst);
    words[place.word_at(head)].fetch_or(LENGTH, SeqCst);
    words[place.tail_copy].fetch_or(LENGTH, SeqCst);
}

#[cfg(test)]
mod tests {
    use super::*;
    use shmchat::{Channel, ChannelName};

    /// Another program's segment, which goes when the test does.
    struct Theirs(Key, SegmentId);

    impl Theirs {
        fn new(key: Key, size: usize) -> Self {
            Theirs(key, segments::create(key, size, 0o600).expect("a segment"))
        }

        fn words(&self) -> Vec<u64> {
            let window = segments::look(self.0, self.1).expect("a look");
            (0..window.count()).map(|index| window.word(index)).collect()
        }
    }

    impl Drop for Theirs {
        fn drop(&mut self) {
            let _ = segments::remove(self.1);
        }
    }

    /// A channel whose segment goes with the test.
    struct Cleaned(Channel);

    impl Drop for Cleaned {
        fn drop(&mut self) {
            let _ = self.0.clean(true);
        }
    }

    #[test]
    fn another_programs_segment_at_a_key_of_ours_is_neither_shown_nor_scribbled_over() {
        let dir = tempfile::tempdir().expect("a folder");
        let channel = Channel::named(ChannelName::default()).dir(dir.path());
        let Cleaned(channel) = &Cleaned(channel.capacity(Channel::MIN_CAPACITY).expect("a size"));
        // So that there is a key file.
        channel.attach(Role::Writer).and_then(|writer| writer.quit()).expect("a channel");
        let folder = dir.path().join(ChannelName::default().as_str());
        let identity = Identity::read(&mut File::open(folder.join("key")).expect("a key file"));
        let identity = identity.expect("reading it").expect("an id");
        // Too short, too long, just long enough for the first lane; and as long as ours, and begun by somebody else.
        let ours = segment_bytes(MIN_CAPACITY);
        let sizes = [4096, 2 * ours, place().words_needed() * WORD, ours];
        let theirs: Vec<_> = PROJECT_IDS.zip(sizes).map(|(id, size)| Theirs::new(identity.key(id), size)).collect();
        segments::attach(theirs[3].0, theirs[3].1).expect("attaching").as_ref()[word::MAGIC].store(1, SeqCst);
        let as_they_were: Vec<_> = theirs.iter().map(Theirs::words).collect();
        assert!(segment_of(&folder, bears_id).is_none() && segment_of(&folder, is_unfinished).is_none());
        scribble(&folder);

        let mut writer = channel.attach(Role::Writer).expect("attaching");
        writer.send("hello").expect("sending");
        let (key, id, window) = segment_of(&folder, bears_id).expect("our segment");
        assert!(theirs.iter().all(|theirs| (theirs.0, theirs.1) != (key, id)));
        let header = |window: &Window| window.word(place().word_at(window.word(place().head)));
        let before = header(&window);
        scribble(&folder);
        assert_ne!(header(&window), before);
        assert!(theirs.iter().map(Theirs::words).eq(as_they_were));
    }
}
