//! Many segments that are not the channel's: what a start, `--status`, `--clean` and a quit do about them. A segment that is
//! attached costs 10 µs, one that is only listed 0.3 µs, so the tests count both. How long it takes is for the bench.
//!
//! Whichever kind of memory a channel has, a segment may be its own: that of an earlier start which chose another kind. The POSIX
//! memory of other channels is nothing to it, because it knows its own by the name.

use shmchat::MemoryKind;
use shmchat::internals::key::{ChannelId, Key};
use shmchat::internals::layout::{MIN_CAPACITY, segment_bytes};
use shmchat::internals::memory::{Location, Rights, Slot, all};
use shmchat_tests::status::json;
use shmchat_tests::{Place, Run, has_keys, memory, needs_alone, output};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

/// The key of those that have none.
const PRIVATE: Key = Key(libc::IPC_PRIVATE);

/// The size that the tests' own segments have.
const OURS: usize = segment_bytes(MIN_CAPACITY);

/// Segments that go when the test does.
struct Others(Vec<Location>);

impl Others {
    fn new(keys: impl IntoIterator<Item = Key>, bytes: usize, mode: u32) -> Self {
        Others(
            keys.into_iter()
                .map(|key| Slot::SysV(key).create(bytes, Rights::only(mode)).expect("a free key"))
                .collect(),
        )
    }

    /// So many of the size that the tests' own segments have.
    fn private(count: usize) -> Self {
        Others::new([PRIVATE].repeat(count), OURS, 0o600)
    }

    /// As much POSIX memory of other channels, from this number on.
    fn named(from: u64, count: u64) -> Self {
        let slots = (from..from + count).map(|number| Slot::Posix(ChannelId([0, number])));
        Others(slots.map(|slot| slot.create(OURS, Rights::only(0o600)).expect("a free name")).collect())
    }

    fn at(key: Key, bytes: usize) -> Self {
        Others::new([key], bytes, 0o600)
    }

    /// How many of them were ever attached: the kernel keeps who was the last.
    fn attached(&self) -> usize {
        let list = fs::read_to_string("/proc/sysvipc/shm").expect("the kernel's list of segments");
        let rows = list.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let is_one = |row: &Vec<_>| self.0.iter().any(|place| place.shmid().is_some_and(|id| row[1] == id.to_string()));
        rows.filter(|row| is_one(row) && row[5] != "0").count()
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        for id in &self.0 {
            let _ = id.remove();
        }
    }
}

/// A key with this project id that no file of the tests has: its device is another one.
fn key(id: u8, rest: u16) -> Key {
    let device = std::env::temp_dir().metadata().expect("the folder for temporary files").dev();
    let other = (device as u8) ^ 0x80;
    Key((u32::from(id) << 24 | u32::from(other) << 16 | u32::from(rest)) as i32)
}

/// A pair that comes, passes a line, and quits.
fn come_and_go(place: &Place, args: &str) {
    let reader = place.reader().args(args).start();
    place.writer().args(args).input("hello\n").finish().assert_well();
    assert_eq!(reader.wait().stdout, b"hello\n");
}

#[test]
fn a_start_attaches_none_of_the_users_other_segments_but_those_at_agreed_keys() {
    // The command or the start looks at every segment of the user.
    if !needs_alone() {
        return;
    }
    let (plain, keyed) = (Others::private(20), Others::new((1..4).map(|rest| key(110, rest)), OURS, 0o600));
    let marked = Others::new((1..4).map(|rest| key(7, rest)), OURS, 0o700);
    let place = Place::new();
    come_and_go(&place, "");
    let attached = || (plain.attached() + keyed.attached(), marked.attached());
    assert_eq!(attached(), (0, 0), "a new channel has no segment yet");
    for args in ["", "--project-id 7"].into_iter().filter(|args| args.is_empty() || has_keys()) {
        come_and_go(&place, args);
    }
    assert_eq!(attached(), (0, 3));
}

/// `reader` as it looks at all channels: in the place, and in the user's own directory, which is another one.
fn looks(place: &Place, args: &str) -> [Run; 2] {
    let elsewhere = Run::bare("reader").env("XDG_RUNTIME_DIR", place.dir().join("nowhere"));
    [place.reader(), elsewhere].map(|run| run.args(args))
}

#[test]
fn a_look_at_all_attaches_only_segments_whose_size_and_key_a_channel_can_have() {
    if !needs_alone() {
        return;
    }
    let mut cannot = vec![Others::private(20), Others::new([PRIVATE], OURS, 0o700), Others::at(key(0, 1), OURS)];
    for (bytes, rest) in [1, 4096, OURS - 4096, OURS - 1, OURS + 1, 2 * OURS, 3 << 20].into_iter().zip(1..) {
        cannot.push(Others::at(key(110, rest), bytes));
        cannot.push(Others::at(PRIVATE, bytes));
    }
    let can = [1, 110, 255].map(|id| Others::at(key(id, 100), OURS));
    let place = Place::new();
    // A channel without a segment.
    place.writer().finish().assert_well();
    for run in ["--status", "--clean"].into_iter().flat_map(|args| looks(&place, args)) {
        run.finish().assert_well();
    }
    assert_eq!(cannot.iter().map(Others::attached).sum::<usize>(), 0);
    assert_eq!(can.each_ref().map(Others::attached), [1, 1, 1]);
}

#[test]
fn a_memory_whose_folder_is_gone_is_found_at_whatever_key_and_of_whatever_size() {
    if !needs_alone() {
        return;
    }
    let place = Place::new();
    let file = place.dir().join("agreed");
    fs::write(&file, "").expect("a file");
    let agreed = format!("--key-file {}", file.display());
    let keys = ["", "--project-id 1", "--project-id 255", &agreed];
    // All of its room is reserved, but for that of a segment.
    let sizes = ["64KiB", if has_keys() { "1GiB" } else { "16MiB" }];
    for (key, size) in
        keys.into_iter().filter(|key| key.is_empty() || has_keys()).flat_map(|key| sizes.map(|size| (key, size)))
    {
        place.writer().args(key).args("--capacity").arg(size).input("x\n").finish().assert_well();
        let left = json(place.reader());
        fs::remove_dir_all(place.folder()).expect("removing");
        for run in looks(&place, "") {
            let found = json(run);
            if memory() == MemoryKind::File {
                assert!(found.is_empty(), "it is gone with its folder: {found:?}");
                continue;
            }
            let [orphan] = &found[..] else { panic!("{key} {size}: {found:?}") };
            assert_eq!(orphan["condition"], "orphan");
            for field in ["memory", "key", "shmid", "path", "bytes"] {
                assert_eq!(orphan[field], left[0][field], "{key} {size}: {orphan}");
            }
        }
        place.reader().args("--clean --force").finish().assert_well();
        assert_eq!(all().expect("a list"), [], "{key} {size}");
    }
}

/// The calls about segments that a run makes: how often it lists them, how many entries it looks at, how many it attaches. And
/// how much of [other channels' POSIX memory](Others::named) it opens.
#[derive(Debug, PartialEq)]
struct Calls {
    lists: usize,
    entries: usize,
    attached: usize,
    opened: usize,
}

fn calls(place: &Place, run: Run) -> Calls {
    let log = place.dir().join("trace");
    let strace = ["strace", "-f", "-e", "trace=shmctl,shmat,openat", "-o"].map(OsString::from).into_iter();
    run.under(strace.chain([log.clone().into()])).finish().assert_well();
    let log = fs::read_to_string(log).expect("a trace");
    let count = |word: &str| log.lines().filter(|line| line.contains(word)).count();
    Calls {
        lists: count("SHM_INFO"),
        entries: count("SHM_STAT_ANY"),
        attached: count("shmat("),
        opened: count("/shmchat-0000000000000000"),
    }
}

#[test]
fn starts_looks_and_quits_list_the_segments_at_most_once_however_many_segments_and_channels_there_are() {
    if !needs_alone() {
        return;
    }
    if output(Command::new("strace").arg("-V")).is_err() {
        println!("strace is not installed: make strace");
        return;
    }
    let (mut others, mut there) = (Vec::new(), 0);
    let place = Place::new();
    for (round, count) in [50, 50, 100].into_iter().enumerate() {
        others.extend([Others::private(count), Others::named(there as u64, count as u64)]);
        there += count;
        // Channels that nobody uses.
        for channel in 0..3 {
            place.writer().arg(format!("unused-{round}-{channel}")).finish().assert_well();
        }
        let own = usize::from(has_keys());
        let runs = [
            // Each quits too, and removes its memory.
            ("a new channel", place.writer().arg(format!("new-{round}")), 0, own, 0),
            ("a known channel", place.writer().arg("unused-0-0"), 1, own, 0),
            ("a look at one", place.reader().args("--status unused-0-0"), 1, 0, 0),
            // One with a channel's name may be an orphan of this place.
            ("a look at all", place.reader().args("--status"), 1, 0, there),
            ("a look at all and more", place.reader().args("--status --all"), 1, 0, there),
        ];
        for (what, run, lists, attached, opened) in runs {
            let found = calls(&place, run);
            let expected = (lists, attached, opened);
            assert_eq!((found.lists, found.attached, found.opened), expected, "{what}, beside {there}");
            // The kernel gives out indices up to half as many again as there are segments, but to 64 at least.
            let most = lists * (there + there / 2 + 65);
            assert!(found.entries <= most, "{what}, beside {there}: {found:?}");
        }
    }
    assert_eq!(others.iter().map(Others::attached).sum::<usize>(), 0);
}
