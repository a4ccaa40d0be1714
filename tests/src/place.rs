//! A channel folder of a test's own, and what lies there and in the kernel.

use crate::LIMIT;
use crate::alone;
use crate::memory::by_name;
use crate::program;
use crate::run::Run;
use crate::terminal::Terminal;
use shmchat::ChannelName;
use shmchat::admin::Ownership;
use shmchat::internals::fault::Mutant;
use shmchat::internals::key::{ChannelId, Identity, Key, PROJECT_IDS};
use shmchat::internals::layout::{HEADER_BYTES, WORD, word};
use shmchat::internals::memory::{Location, Segment, SegmentId};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

/// A temporary `--dir` with its channels. Dropping it removes all of it, whatever waits there.
#[derive(Debug)]
pub struct Place {
    base: tempfile::TempDir,
    /// What the programs that run here leave out.
    sabotage: Option<Mutant>,
}

impl Default for Place {
    fn default() -> Self {
        Place::new()
    }
}

impl Place {
    /// An empty one.
    pub fn new() -> Self {
        Place::with(None)
    }

    /// An empty one whose programs are sabotaged, if this says how.
    pub fn with(sabotage: Option<Mutant>) -> Self {
        alone();
        Place { base: tempfile::tempdir().expect("a temporary folder"), sabotage }
    }

    /// One that every user may enter and write to, with copies of the programs in `programs`: where the tests were
    /// built may be closed to others.
    pub fn for_all_users() -> Self {
        alone();
        // So may the folder for temporary files, where it is root's own.
        let is_open = |path: &Path| path.metadata().is_ok_and(|found| found.permissions().mode() & 0o001 != 0);
        let parent = std::env::temp_dir();
        let parent = if parent.ancestors().all(is_open) { parent } else { "/tmp".into() };
        let base = tempfile::Builder::new().permissions(Permissions::from_mode(0o1777)).tempdir_in(parent);
        let place = Place { base: base.expect("a temporary folder"), sabotage: None };
        // The umask took rights away.
        fs::set_permissions(place.dir(), Permissions::from_mode(0o1777)).expect("rights");
        let programs = place.programs();
        fs::create_dir(&programs).expect("a folder");
        fs::set_permissions(&programs, Permissions::from_mode(0o755)).expect("rights");
        for name in ["writer", "reader", "hostile"] {
            fs::copy(program(name), programs.join(name)).expect("a copy");
        }
        place
    }

    /// Where [`for_all_users`](Self::for_all_users) has put the programs.
    pub fn programs(&self) -> PathBuf {
        self.dir().join("programs")
    }

    /// The `--dir`.
    pub fn dir(&self) -> &Path {
        self.base.path()
    }

    /// The folder of the default channel.
    pub fn folder(&self) -> PathBuf {
        self.dir().join(ChannelName::default().as_str())
    }

    /// A `writer` here.
    pub fn writer(&self) -> Run {
        self.at(self.dir())("writer")
    }

    /// A `reader` here.
    pub fn reader(&self) -> Run {
        self.at(self.dir())("reader")
    }

    /// Runs a program with another `--dir`, sabotaged like all that run here.
    pub fn at(&self, dir: &Path) -> impl Fn(&'static str) -> Run {
        move |program| match self.sabotage {
            None => Run::new(program, dir),
            Some(mutant) => Run::new(program, dir).env("SHMCHAT_SABOTAGE", mutant.name()),
        }
    }

    /// One that means harm here: see `bin/hostile.rs`.
    pub fn hostile(&self, what: &str) -> Run {
        Run::new("hostile", self.dir()).args(what)
    }

    /// The screens of a writer called alice and a reader called bob, who came first; they see each other.
    pub fn screens(&self) -> (Terminal, Terminal) {
        let reader = self.bob();
        reader.wait_for("waiting for a writer");
        let writer = self.alice();
        writer.wait_for("bob ● here");
        reader.wait_for("alice ● here");
        (writer, reader)
    }

    /// The same, the writer first.
    pub fn screens_writer_first(&self) -> (Terminal, Terminal) {
        let writer = self.alice();
        writer.wait_for("waiting for a reader");
        let reader = self.bob();
        reader.wait_for("alice ● here");
        writer.wait_for("bob ● here");
        (writer, reader)
    }

    /// The screen of a writer called alice.
    pub fn alice(&self) -> Terminal {
        self.writer().args("--name alice").in_terminal()
    }

    /// The screen of a reader called bob.
    pub fn bob(&self) -> Terminal {
        self.reader().args("--name bob").in_terminal()
    }

    /// What the default channel's key file says; none where there is no such file.
    pub fn identity(&self) -> Option<Identity> {
        identity(&self.folder())
    }

    /// The default channel's memory: one, or none.
    pub fn segments(&self) -> Vec<Location> {
        segments_in(&self.folder())
    }

    /// The default channel's memory. There must be one.
    #[track_caller]
    pub fn only_segment(&self) -> Location {
        only_segment_in(&self.folder())
    }

    /// Waits until so many messages wait for the default channel's reader. What is sent to a program's input is in the lane
    /// only when that program has read it.
    #[track_caller]
    pub fn wait_for_waiting(&self, messages: u64) {
        let channel = shmchat::Channel::named(ChannelName::default()).dir(self.dir());
        let limit = Instant::now() + LIMIT;
        loop {
            let status = channel.status().expect("a look at the channel");
            let waiting = status.and_then(|status| status.lanes[0]).map(|backlog| backlog.messages);
            if waiting == Some(messages) {
                return;
            }
            assert!(Instant::now() < limit, "{waiting:?} messages wait, not {messages}");
            std::thread::yield_now();
        }
    }

    /// Asserts that nothing at all is left of the default channel, whose key file had said this.
    #[track_caller]
    pub fn assert_forgotten(&self, identity: Option<Identity>) {
        assert!(!self.folder().exists(), "its folder is left");
        let segments = identity.map(|identity| segments_for(&identity, &self.folder())).unwrap_or_default();
        assert_eq!(segments, [], "segments left");
    }

    /// Asserts that neither segment nor FIFO is left of the default channel.
    #[track_caller]
    pub fn assert_nothing_left(&self) {
        if !self.folder().exists() {
            // It was cleaned up. Only then, because such a look attaches every segment of this user for a moment.
            let mut orphans = shmchat::admin::orphans(Some(self.dir()), &[]).expect("a look at the segments");
            // One that is removed goes with the last onlooker who has it attached.
            orphans.retain(|orphan| orphan.whose != Ownership::Removed);
            assert!(orphans.is_empty(), "segments left without a folder: {orphans:?}");
            return;
        }
        assert!(self.folder().join("key").is_file(), "the channel was used, and its key file stays");
        let segments = self.identity().map(|identity| segments_for(&identity, &self.folder())).unwrap_or_default();
        assert_eq!(segments, [], "segments left");
        let fifo = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_fifo());
        let entries = fs::read_dir(self.folder()).expect("the channel's folder").flatten();
        let fifos: Vec<_> = entries.filter(fifo).map(|entry| entry.file_name()).collect();
        assert!(fifos.is_empty(), "FIFOs left: {fifos:?}");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A test may have put a base of its own into it.
        let inside = |path: PathBuf| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        let folders = inside(self.dir().into()).flat_map(|folder| inside(folder.clone()).chain([folder]));
        for identity in folders.filter_map(|folder| identity(&folder)) {
            // What lies in the folder goes with it.
            for place in segments_for(&identity, &self.folder()) {
                let _ = place.remove();
            }
        }
    }
}

fn segments_in(folder: &Path) -> Vec<Location> {
    identity(folder).map(|identity| segments_of(identity, folder)).unwrap_or_default()
}

/// The memory of the channel whose folder this is. There must be one.
#[track_caller]
pub fn only_segment_in(folder: &Path) -> Location {
    let [place] = &segments_in(folder)[..] else { panic!("one memory") };
    place.clone()
}

fn identity(folder: &Path) -> Option<Identity> {
    // Read only: an unfinished key file stays as it is.
    Identity::read_or_fill(&mut File::open(folder.join("key")).ok()?).ok()
}

/// The memory that bears the id of `identity`; a chance neighbour at one of its keys has another.
fn segments_of(identity: Identity, folder: &Path) -> Vec<Location> {
    let at_keys = at_keys_of(&identity).filter(|(_, found)| *found == identity.id).map(|(segment, _)| segment);
    at_keys.chain(by_name(&identity, folder)).collect()
}

/// The same, and also those whose creator was killed before it had written the id, or all of it, and nothing after it.
fn segments_for(identity: &Identity, folder: &Path) -> Vec<Location> {
    let begun = |found: ChannelId| found.0.iter().zip(identity.id.0).all(|(&word, id)| word == 0 || word == id);
    let ours = |segment: &Location, found| found == identity.id || (begun(found) && is_new(segment));
    let at_keys = at_keys_of(identity).filter(|(segment, found)| ours(segment, *found)).map(|(segment, _)| segment);
    at_keys.chain(by_name(identity, folder)).collect()
}

/// Whether nothing but an identity has been written to the segment's header.
fn is_new(segment: &Location) -> bool {
    let after_identity = word::KEY_INODE + 1..HEADER_BYTES / WORD;
    Segment::attach(segment).is_ok_and(|segment| {
        let words = segment.as_ref().get(after_identity).unwrap_or_default();
        words.iter().all(|word| word.load(Ordering::Relaxed) == 0)
    })
}

/// What stands at the keys of `identity`, as the kernel lists it, and the id that stands in it.
fn at_keys_of(identity: &Identity) -> impl Iterator<Item = (Location, ChannelId)> + use<> {
    let keys = PROJECT_IDS.map(|id| identity.key(id)).collect::<Vec<_>>();
    let list = fs::read_to_string("/proc/sysvipc/shm").expect("the kernel's list of segments");
    let mut found = Vec::new();
    for line in list.lines().skip(1) {
        let mut columns = line.split_whitespace().map_while(|column| column.parse().ok());
        if let (Some(key), Some(segment)) = (columns.next(), columns.next())
            && keys.contains(&Key(key))
            && let place = (Location::SysV { key: Key(key), shmid: SegmentId(segment) })
            && let Some(id) = id_in(&place)
        {
            found.push((place, id));
        }
    }
    found.into_iter()
}

/// The id that a segment bears; none where it has gone meanwhile or has no room for one.
fn id_in(segment: &Location) -> Option<ChannelId> {
    let segment = Segment::attach(segment).ok()?;
    let words = segment.as_ref().get(word::ID..word::ID + 2)?;
    Some(ChannelId([words[0].load(Ordering::Relaxed), words[1].load(Ordering::Relaxed)]))
}

/// The most memory that a living process has held so far beside a segment of `segment_bytes`, in bytes: `VmHWM` of
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>, which the kernel keeps, less the whole segment. None once it has ended, or if it has not yet begun.
///
/// A process that was just started may still be in our own memory: the kernel lets whoever waits for a `vfork` go on before it
/// gives the new program memory of its own (`exec_mmap` of `fs/exec.c`).
pub fn memory_in_use(pid: i32, segment_bytes: u64) -> Option<u64> {
    let ours = std::env::current_exe().ok();
    if fs::read_link(format!("/proc/{pid}/exe")).ok() == ours {
        return None;
    }
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"))?;
    Some((kilobytes.parse::<u64>().ok()? << 10).saturating_sub(segment_bytes))
}
