//! Which kind of memory the tests use: the same tests run for each.
//!
//! `SHMCHAT_TEST_MEMORY=posix` or `=file` in the environment; System V otherwise. The programs that a test starts get
//! `--memory`, and the channels that it opens itself go through [`in_memory`].

use serde_json::Value;
use shmchat::internals::folder::{Access, Folder};
use shmchat::internals::key::{ChannelId, Identity, PROJECT_IDS};
use shmchat::internals::memory::{Location, SegmentId, Slot};
use shmchat::{Channel, MemoryKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// The variable that says it, which the processes that a test starts inherit.
const VARIABLE: &str = "SHMCHAT_TEST_MEMORY";

/// The kind that this run of the tests is about.
///
/// # Panics
/// If the variable holds anything else than a kind.
pub fn memory() -> MemoryKind {
    static KIND: OnceLock<MemoryKind> = OnceLock::new();
    *KIND.get_or_init(|| match std::env::var(VARIABLE) {
        Ok(kind) => kind.parse().unwrap_or_else(|error| panic!("{VARIABLE}={kind}: {error}")),
        Err(_) => MemoryKind::SysV,
    })
}

/// The channel, of that kind.
pub fn in_memory(channel: Channel) -> Channel {
    match memory() {
        // The default, so that it is used as most people use it.
        MemoryKind::SysV => channel,
        kind => channel.memory(kind),
    }
}

/// Whether a test is about segments as such, and does not apply here: `if is_about_segments("keys collide") { return; }`. It says
/// so.
pub fn is_about_segments(what: &str) -> bool {
    let skipped = memory() != MemoryKind::SysV;
    if skipped {
        eprintln!("skipped for {} memory: {what}", memory());
    }
    skipped
}

/// Whether a key leads to it, which `--key-file` and `--project-id` choose; a name leads to the others.
pub fn has_keys() -> bool {
    memory() == MemoryKind::SysV
}

/// How many words each record has behind its payload: only those of a file are sealed.
pub fn seal_words() -> usize {
    usize::from(memory() == MemoryKind::File)
}

/// What programs call a memory: a segment by its number, anything else by its path.
pub fn called(place: &Location) -> String {
    place.shmid().map_or_else(|| place.to_string(), |shmid| format!("shmid {shmid}"))
}

/// What `--clean` calls what it removes.
pub fn noun() -> &'static str {
    match memory() {
        MemoryKind::SysV => "segment",
        MemoryKind::Posix => "shared memory",
        MemoryKind::File => "file",
    }
}

/// What the memory is [called] of which `--status --json` says this; none where it says that there is none.
pub fn called_in(status: &Value) -> Option<String> {
    let shmid = || status["shmid"].as_i64().map(|shmid| format!("shmid {shmid}"));
    status["path"].as_str().map(str::to_owned).or_else(shmid)
}

/// The memory that is called so, if it is there.
pub fn located(name: &str) -> Option<Location> {
    if let Some(shmid) = name.strip_prefix("shmid ") {
        return Location::of_segment(SegmentId(shmid.parse().ok()?)).ok();
    }
    if let Some(id) = name.strip_prefix("/dev/shm/shmchat-") {
        return Slot::Posix(ChannelId::from_hex(id)?).find().ok();
    }
    file_in(Path::new(name).parent()?)
}

/// The mapped file in a channel's folder.
fn file_in(folder: &Path) -> Option<Location> {
    file_slot(folder)?.find().ok()
}

fn file_slot(folder: &Path) -> Option<Slot> {
    let found = folder.metadata().ok()?;
    let access = if found.mode() & 0o070 == 0 { Access::Owner } else { Access::Group(found.gid()) };
    let folder = Folder::open_existing(folder.parent()?, folder.file_name()?.to_str()?, access).ok()?;
    Some(Slot::File(Arc::new(folder)))
}

/// Where a start makes the channel's memory.
///
/// # Panics
/// If there is no such folder.
pub fn first_slot(identity: &Identity, folder: &Path) -> Slot {
    match memory() {
        MemoryKind::SysV => Slot::SysV(identity.key(*PROJECT_IDS.start())),
        MemoryKind::Posix => Slot::Posix(identity.id),
        MemoryKind::File => file_slot(folder).expect("the channel's folder"),
    }
}

/// What is found by a name: whatever is there is the channel's.
pub fn by_name(identity: &Identity, folder: &Path) -> impl Iterator<Item = Location> + use<> {
    [Slot::Posix(identity.id).find().ok(), file_in(folder)].into_iter().flatten()
}

/// Whether a test that goes through the kinds by itself can be left out, because it belongs to the run of the first of them:
/// `if is_left_to_the_first_kind() { return; }`. It says so.
pub fn is_left_to_the_first_kind() -> bool {
    let skipped = memory() != MemoryKind::SysV;
    if skipped {
        eprintln!("skipped for {} memory: it goes through the kinds by itself, where none is set", memory());
    }
    skipped
}
