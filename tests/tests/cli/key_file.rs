//! `--key-file` and `--project-id`: a key agreed by other means, and two sides that did not agree.
//!
//! Who names a key is given a segment. With another kind of memory, such a side stands against one that names that kind.

use shmchat::internals::key::{Key, ftok};
use shmchat::internals::layout::{MIN_CAPACITY, segment_bytes};
use shmchat::internals::memory::{self, Location, Rights, Segment, Slot};
use shmchat::{Channel, Error, Role};
use shmchat_tests::checks::Snapshot;
use shmchat_tests::{Place, Run, by_name, called, has_keys, is_about_segments, memory as kind};
use std::fs::{self, File, Permissions};
use std::num::NonZeroU8;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A file to agree on, and the arguments that do.
struct Agreed {
    file: PathBuf,
    opened: File,
    before: Snapshot,
}

impl Agreed {
    fn new(place: &Place) -> Self {
        let file = place.dir().join("agreed");
        fs::write(&file, "anything").expect("a file");
        // Not even read: an ordinary user could not.
        let opened = File::open(&file).expect("a file");
        fs::set_permissions(&file, Permissions::from_mode(0o000)).expect("chmod");
        let before = Snapshot::through(&file, &opened);
        Agreed { file, opened, before }
    }

    fn key(&self, id: u8) -> Key {
        key_of(&self.file, id)
    }

    fn on(&self, run: Run) -> Run {
        run.arg("--key-file").arg(&self.file)
    }
}

impl Drop for Agreed {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(Snapshot::through(&self.file, &self.opened), self.before, "what is not ours was touched");
        }
    }
}

fn key_of(file: &Path, id: u8) -> Key {
    let found = file.metadata().expect("a file");
    ftok(found.dev(), found.ino(), id)
}

/// A segment that goes when the test does.
struct Left(Location);

impl Drop for Left {
    fn drop(&mut self) {
        let _ = self.0.remove();
    }
}

/// The segment that stands at a key, for the test to remove.
#[track_caller]
fn at(key: Key) -> Left {
    Left(Slot::SysV(key).find().expect("a segment at that key"))
}

fn none_at(key: Key) -> bool {
    Slot::SysV(key).find().is_err()
}

#[test]
fn both_sides_meet_at_ftok_of_the_file_which_is_only_looked_at() {
    if is_about_segments("nothing else has a key") {
        return;
    }
    let place = Place::new();
    let agreed = Agreed::new(&place);
    for (args, id) in [("", 110), ("--project-id 7", 7), ("--project-id 255", 255)] {
        let writer = agreed.on(place.writer()).args(args).args("-v").held_input().start();
        writer.wait_attached();
        let _left = at(agreed.key(id));
        let mut writer = writer;
        writer.send("hello\n");
        let reader = agreed.on(place.reader()).args(args).start();
        reader.stdout.wait_for("hello\n");
        writer.end_input();
        assert_eq!((writer.wait().code, reader.wait().code), (Some(0), Some(0)));
        assert!(none_at(agreed.key(id)), "nothing is left");
        place.assert_nothing_left();
    }
}

#[test]
fn a_project_id_alone_is_that_of_the_channels_own_key_file() {
    if is_about_segments("nothing else has a key") {
        return;
    }
    let place = Place::new();
    place.writer().args("--project-id 7").input("hello\n").finish().assert_well();
    let _left = at(key_of(&place.folder().join("key"), 7));
    assert_eq!(place.reader().args("--project-id 7").finish().stdout, b"hello\n");
    assert!(none_at(key_of(&place.folder().join("key"), 7)));
    // 110 is what is tried first anyway.
    place.writer().args("--project-id 110").input("hello\n").finish().assert_well();
    assert_eq!(place.reader().finish().stdout, b"hello\n");
    place.assert_nothing_left();
}

#[test]
fn a_file_that_is_not_there_is_named_and_nothing_is_made() {
    if is_about_segments("nothing else has a key") {
        return;
    }
    let place = Place::new();
    let missing = place.dir().join("missing").display().to_string();
    for run in
        [place.writer(), place.reader(), place.reader().args("--status lobby"), place.reader().args("--clean lobby")]
    {
        run.arg("--key-file").arg(&missing).finish().assert_one_line(1, &[&missing, "--key-file"]);
    }
    assert_eq!(fs::read_dir(place.dir()).expect("the folder").count(), 0);
    for id in ["0", "256", "-1", "x", ""] {
        for run in [place.writer(), place.reader()] {
            run.arg(format!("--project-id={id}")).finish().assert_one_line(2, &["--project-id", "1 to 255"]);
        }
    }
}

#[test]
fn another_programs_segment_at_that_key_is_code_5_with_its_number_and_owner_and_is_not_touched() {
    if is_about_segments("nothing else has a key") {
        return;
    }
    let place = Place::new();
    let agreed = Agreed::new(&place);
    for bytes in [4096, segment_bytes(MIN_CAPACITY)] {
        let foreign = Left(Slot::SysV(agreed.key(110)).create(bytes, Rights::only(0o600)).expect("a free key"));
        Segment::attach(&foreign.0).expect("a segment").as_ref()[100].store(7, std::sync::atomic::Ordering::Relaxed);
        let owner = format!("uid {}", nix::unistd::geteuid());
        let shmid = called(&foreign.0);
        for run in [place.writer(), place.reader()] {
            let ended = agreed.on(run).finish();
            ended.assert_one_line(5, &["lobby", &agreed.key(110).to_string(), &shmid, &owner, "--project-id"]);
        }
        let words = Segment::attach(&foreign.0).expect("it is still there");
        assert_eq!(
            words.as_ref().iter().filter(|word| word.load(std::sync::atomic::Ordering::Relaxed) != 0).count(),
            1
        );
    }
}

#[test]
fn a_channel_of_another_name_with_the_same_file_is_refused_as_another_programs() {
    if is_about_segments("nothing else has a key") {
        return;
    }
    let place = Place::new();
    let agreed = Agreed::new(&place);
    agreed.on(place.writer()).input("hello\n").finish().assert_well();
    let left = at(agreed.key(110));
    agreed.on(place.reader()).arg("other").finish().assert_one_line(5, &["other", &called(&left.0)]);
    assert_eq!(agreed.on(place.reader()).finish().stdout, b"hello\n");
}

/// How two sides may differ: what the first is told, and what the second.
fn differences(agreed: &Agreed) -> [[Vec<String>; 2]; 4] {
    let file = || vec!["--key-file".to_owned(), agreed.file.display().to_string()];
    let id = |id: &str| vec!["--project-id".to_owned(), id.to_owned()];
    [[file(), vec![]], [vec![], file()], [id("7"), vec![]], [[file(), id("8")].concat(), file()]]
}

/// A program with these arguments. Where they name no key, it names the kind of memory that this run is about.
fn run(place: &Place, program: &'static str, args: &[String]) -> Run {
    let run = match args {
        [] => Run::new(program, place.dir()),
        _ => Run::bare(program).arg("--dir").arg(place.dir()),
    };
    args.iter().fold(run, |run, arg| run.arg(arg))
}

/// How the second of two sides that differ is told to get to what the first has made.
fn way_out([first, second]: &[Vec<String>; 2]) -> String {
    match (has_keys(), first.is_empty(), second.is_empty()) {
        (false, true, false) => "start without --key-file, --project-id and --memory, or see it with".to_owned(),
        (false, false, true) => format!("start without --memory {}, or see it with", kind()),
        _ => "start with the same --key-file and --project-id as there".to_owned(),
    }
}

/// The memories that bear the id of the default channel, at whatever key.
fn memories_of(place: &Place) -> Vec<Location> {
    let identity = place.identity().expect("a key file");
    let id = identity.id;
    let all =
        memory::segments().expect("a list").into_iter().filter(|(_, stat)| !stat.doomed).map(|(segment, _)| segment);
    let bears = |segment: &Location| {
        let Ok(segment) = Segment::attach(segment) else { return false };
        let word =
            |index: usize| segment.as_ref().get(index).map(|word| word.load(std::sync::atomic::Ordering::Relaxed));
        (0..2).all(|index| word(shmchat::internals::layout::word::ID + index) == Some(id.0[index]))
    };
    all.filter(bears).chain(by_name(&identity, &place.folder())).collect()
}

/// Removes the default channel's memories, at whatever key, also where the test fails.
struct Tidy<'a>(&'a Place);

impl Drop for Tidy<'_> {
    fn drop(&mut self) {
        if self.0.identity().is_some() {
            for place in memories_of(self.0) {
                let _ = place.remove();
            }
        }
    }
}

#[test]
fn who_names_another_key_while_the_other_side_lives_is_refused_and_told_who_and_which() {
    let place = Place::new();
    let agreed = Agreed::new(&place);
    for differ @ [first, second] in &differences(&agreed) {
        let _tidy = Tidy(&place);
        let reader = run(&place, "reader", first).args("-v").start();
        reader.wait_attached();
        let [one] = &memories_of(&place)[..] else { panic!("one memory") };
        let pid = format!("pid {}", reader.pid());
        let words = ["lobby", "a reader is there", &pid, &one.to_string(), &way_out(differ)];
        run(&place, "writer", second).input("lost?\n").finish().assert_one_line(5, &words);
        assert_eq!(
            memories_of(&place),
            std::slice::from_ref(one),
            "there is one memory, and it is still that one: {first:?} {second:?}"
        );
        run(&place, "writer", first).input("found\n").finish();
        assert_eq!(reader.wait().stdout, b"found\n");
        assert_eq!(memories_of(&place), []);
    }
}

#[test]
fn who_names_another_key_while_messages_wait_is_refused_also_after_a_crash() {
    let place = Place::new();
    let agreed = Agreed::new(&place);
    for (differ, killed) in differences(&agreed).into_iter().flat_map(|two| [(two.clone(), false), (two, true)]) {
        let [first, second] = &differ;
        let _tidy = Tidy(&place);
        let writer = run(&place, "writer", first).input("precious\n");
        let writer = if killed { writer.env("SHMCHAT_CRASH_AT", "tail-stored") } else { writer };
        assert_eq!(writer.finish().code.is_none(), killed);
        for program in ["reader", "writer"] {
            let words = ["lobby", "1 message is waiting there", &way_out(&differ)];
            run(&place, program, second).finish().assert_one_line(5, &words);
        }
        assert_eq!(memories_of(&place).len(), 1);
        // Who only looks, or cleans up, finds it by any key.
        let seen = run(&place, "reader", second).args("--status").finish();
        assert!(String::from_utf8_lossy(&seen.stdout).contains("1 waiting, "), "{seen:?}");
        let refused = run(&place, "reader", second).args("--clean lobby").finish();
        refused.assert_one_line(1, &["1 message is waiting"]);
        // Whoever reads by these arguments is refused: only a segment can be read by them.
        let names_key = ["--key-file", "--project-id"].iter().any(|option| refused.stderr.contains(option));
        assert_eq!(names_key, !second.is_empty() && (has_keys() || !first.is_empty()), "{}", refused.stderr);
        let reader = run(&place, "reader", first).args("--timeout 0 -q").finish();
        assert_eq!(reader.stdout, b"precious\n");
        run(&place, "reader", second).args("--clean -q").finish().assert_well();
        place.assert_nothing_left();
    }
}

#[test]
fn what_a_start_by_another_key_or_without_one_left_when_it_was_killed_anywhere_is_in_nobodys_way() {
    let points = [
        "key-file-made",
        "key-file-filled",
        "segment-created",
        "header-begun",
        "header-half-made",
        "header-named",
        "header-made",
        "bells-made",
        "present-stored",
        "attached",
    ];
    for (point, is_by_key) in points.into_iter().flat_map(|point| [(point, true), (point, false)]) {
        let place = Place::new();
        let agreed = Agreed::new(&place);
        let [by_key, by_none, ..] = differences(&agreed);
        let [first, second] = if is_by_key { by_key } else { by_none };
        let killed = run(&place, "writer", &first).env("SHMCHAT_CRASH_AT", point).finish();
        assert_eq!(killed.code, None, "{point}");
        // A segment without the whole identity is nobody's that could be told; it stays, until somebody says that key again.
        let half = Slot::SysV(agreed.key(110)).find().ok().map(Left);
        let reader = run(&place, "reader", &second).args("-q").start();
        run(&place, "writer", &second).args("-q").input("hello\n").finish().assert_well();
        assert_eq!(reader.wait().stdout, b"hello\n", "{point}");
        // What has a name, or stands at a key of the second pair's, was met and removed.
        if is_by_key || !has_keys() {
            place.assert_nothing_left();
        }
        run(&place, "reader", &first).args("--clean -q lobby").finish().assert_well();
        place.assert_nothing_left();
        assert!(none_at(agreed.key(110)), "{point}");
        drop(half);
    }
}

#[test]
fn the_library_says_so_too() {
    let place = Place::new();
    let agreed = Agreed::new(&place);
    let channel = || Channel::named("lobby".parse().expect("a name")).dir(place.dir());
    let seven = NonZeroU8::new(7).expect("not zero");
    let writer = channel().key_file(&agreed.file).project_id(seven).attach(Role::Writer).expect("attach");
    assert_eq!(writer.segment().key(), Some(agreed.key(7)));
    let error = channel().attach(Role::Reader).expect_err("another key");
    assert!(
        matches!(&error, Error::OtherKey { at, living: Some(Role::Writer), waiting, .. } if at == writer.segment() && waiting.is_empty()),
        "{error}"
    );
    let reader = channel().key_file(&agreed.file).project_id(seven).attach(Role::Reader).expect("attach");
    drop((writer, reader));
    assert!(none_at(agreed.key(7)));
}
