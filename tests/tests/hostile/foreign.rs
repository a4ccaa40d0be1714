//! Things that are not ours where ours should be: refused, told of, and left as they are.

use nix::sys::stat::Mode;
use nix::unistd::{geteuid, mkfifo};
use shmchat::MemoryKind;
use shmchat::internals::layout::{MIN_CAPACITY, VERSION, segment_bytes, word};
use shmchat::internals::memory::{Location, Rights, Segment, Slot};
use shmchat_tests::checks::{self, NOBODY, Snapshot};
use shmchat_tests::{Place, Run, is_about_segments, is_root, memory, needs_root, paste};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

fn both(place: &Place) -> [Run; 2] {
    [place.writer(), place.reader()]
}

fn is_bell(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"to-"))
}

/// What belongs in this place, of ours.
fn make_right(path: &Path) {
    if is_bell(path) {
        mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR).expect("a FIFO");
    } else {
        fs::write(path, "").expect("a file");
        fs::set_permissions(path, Permissions::from_mode(0o600)).expect("chmod");
    }
}

#[test]
fn a_symbolic_link_is_refused_with_what_it_is_whose_it_is_and_how_to_mend_it_and_what_is_behind_it_is_not_touched() {
    checks::links_are_refused(None);
    // Into what is root's, whoever runs this.
    checks::assert_refused(None, &["a symbolic link of uid"], |path| {
        let target = if is_bell(path) { "/dev/null" } else { "/etc/passwd" };
        symlink(target, path).expect("a link");
        vec![path.into()]
    });
}

#[test]
fn a_plain_file_a_fifo_or_a_folder_in_the_place_of_something_else_is_refused_and_not_touched() {
    let me = format!(" of uid {}", geteuid());
    checks::assert_refused(None, &[&me, "move it away", "--dir"], |path| {
        if is_bell(path) {
            fs::write(path, "precious").expect("a file");
            fs::set_permissions(path, Permissions::from_mode(0o600)).expect("chmod");
        } else {
            mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR).expect("a FIFO");
        }
        vec![path.into()]
    });
    checks::assert_refused(None, &["a folder", &me, "move it away", "--dir"], |path| {
        fs::create_dir(path).expect("a folder");
        fs::write(path.join("inside"), "precious").expect("a file");
        vec![path.into(), path.join("inside")]
    });
}

#[test]
fn a_file_or_fifo_with_wider_rights_is_refused_and_the_command_that_is_named_mends_it() {
    checks::wider_rights_are_refused(None);
}

#[test]
fn a_file_or_fifo_of_another_user_is_refused_and_not_touched() {
    if !needs_root() {
        return;
    }
    checks::assert_refused(None, &[&format!("belongs to uid {NOBODY}"), "--dir"], |path| {
        make_right(path);
        chown(path, Some(NOBODY), Some(NOBODY)).expect("chown");
        vec![path.into()]
    });
}

#[test]
fn a_folder_of_another_user_is_refused_and_nothing_is_made_in_it() {
    // Of root's, and open to others.
    for program in ["writer", "reader"] {
        let ended = Run::new(program, "/proc".as_ref()).arg("1").finish();
        let words = if is_root() { ["open to others", "chmod"] } else { ["belongs to uid 0", "--dir"] };
        ended.assert_one_line(1, &[&["/proc/1"], &words[..]].concat());
    }
}

#[test]
fn a_closed_folder_of_another_user_is_refused_by_root_too() {
    if !needs_root() {
        return;
    }
    let place = Place::new();
    let path = place.folder().display().to_string();
    let before = another_users_folder(&place.folder());
    for run in both(&place) {
        run.finish().assert_one_line(1, &[&path, &format!("belongs to uid {NOBODY}"), "--dir"]);
    }
    before.assert_same();
    // The default place of all channels is checked as they are.
    let base = place.dir().join("shmchat");
    let path = base.display().to_string();
    let before = another_users_folder(&base);
    for run in in_the_default_place(&place) {
        run.finish().assert_one_line(1, &[&path, &format!("belongs to uid {NOBODY}"), "--dir"]);
    }
    before.assert_same();
}

/// Makes it, with the rights that it would have as ours.
fn another_users_folder(path: &Path) -> Snapshot {
    fs::create_dir(path).expect("a folder");
    fs::set_permissions(path, Permissions::from_mode(0o700)).expect("chmod");
    chown(path, Some(NOBODY), Some(NOBODY)).expect("chown");
    Snapshot::of(path)
}

fn in_the_default_place(place: &Place) -> [Run; 2] {
    ["writer", "reader"].map(|program| Run::bare(program).env("XDG_RUNTIME_DIR", place.dir()))
}

#[test]
fn the_default_place_is_checked_as_its_channels_are() {
    let place = Place::new();
    let base = place.dir().join("shmchat");
    let path = base.display().to_string();
    let real = place.dir().join("real");
    fs::create_dir(&real).expect("a folder");
    fs::set_permissions(&real, Permissions::from_mode(0o700)).expect("chmod");
    symlink(&real, &base).expect("a link");
    let before = [Snapshot::of(&base), Snapshot::of(&real)];
    for run in in_the_default_place(&place) {
        run.finish().assert_one_line(1, &[&path, "a symbolic link of uid", "--dir"]);
    }
    before.iter().for_each(Snapshot::assert_same);
    fs::remove_file(&base).expect("the link");

    fs::create_dir(&base).expect("a folder");
    fs::set_permissions(&base, Permissions::from_mode(0o777)).expect("chmod");
    let before = Snapshot::of(&base);
    for run in in_the_default_place(&place) {
        run.finish().assert_one_line(1, &["open to others (mode 0777)", &format!("chmod 700 {path}")]);
    }
    before.assert_same();
}

/// All words of a segment, and what the kernel says of it.
fn look(id: &Location) -> (Vec<u64>, u32, u32, u32) {
    let stat = id.stat().expect("it is still there");
    let segment = Segment::attach(id).expect("a segment");
    let words = segment.as_ref().iter().map(|word| word.load(Relaxed)).collect();
    (words, stat.uid, stat.creator, stat.mode)
}

/// A segment that goes when the test does.
struct Foreign(Location);

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.0.remove();
    }
}

#[test]
fn a_segment_with_wider_rights_is_code_5_and_the_command_that_is_named_mends_it() {
    if is_about_segments("the same of the others is in `memory_places`") {
        return;
    }
    let place = Place::new();
    place.writer().args("--capacity 64KiB").input("hello\n").finish().assert_well();
    let ours = place.only_segment();
    let key = place.identity().expect("a key file").key(110);
    let words = look(&ours).0;
    ours.remove().expect("removing");
    // The same again, open to all.
    let open = Foreign(Slot::SysV(key).create(segment_bytes(MIN_CAPACITY), Rights::only(0o666)).expect("a free key"));
    let mapping = Segment::attach(&open.0).expect("a segment");
    mapping.as_ref().iter().zip(&words).for_each(|(word, &value)| word.store(value, Relaxed));
    let before = look(&open.0);
    let way_out = open.0.removal();
    for run in both(&place).into_iter().chain([place.reader().args("--clean --force lobby")]) {
        run.finish().assert_one_line(5, &["lobby", &key.to_string(), "open to others (mode 0666)", &way_out]);
    }
    assert_eq!(look(&open.0), before, "untouched");
    drop(mapping);
    assert!(paste(&way_out));
    place.writer().finish().assert_well();
    place.assert_nothing_left();
}

#[test]
fn a_segment_of_another_version_is_code_5_and_the_command_that_is_named_mends_it() {
    let place = Place::new();
    place.writer().input("hello\n").finish().assert_well();
    let ours = place.only_segment();
    Segment::attach(&ours).expect("a segment").as_ref()[word::VERSION].store(VERSION + 1, Relaxed);
    let before = look(&ours);
    let way_out = ours.removal();
    for run in both(&place).into_iter().chain([place.reader().args("--clean --force lobby")]) {
        run.finish().assert_one_line(5, &["lobby", &format!("version {}", VERSION + 1), &way_out]);
    }
    assert_eq!(look(&ours), before, "untouched");
    assert!(paste(&way_out));
    place.writer().finish().assert_well();
    place.assert_nothing_left();
}

#[test]
fn a_segment_of_another_user_at_our_key_is_left_alone_and_the_next_key_taken() {
    // What any user can try, another program's segment, is tried in `key`.
    if is_about_segments("keys that another program has") || !needs_root() {
        return;
    }
    let place = Place::for_all_users();
    place.writer().finish().assert_well();
    let identity = place.identity().expect("a key file");
    for bytes in [4096, segment_bytes(MIN_CAPACITY)] {
        let what = format!("occupy {} {bytes}", identity.key(110).0);
        place.hostile(&what).as_user(NOBODY, NOBODY, &place.programs()).finish().assert_well();
        let theirs = Foreign(Slot::SysV(identity.key(110)).find().expect("a segment"));
        let before = look(&theirs.0);
        let reader = place.reader().args("-q").start();
        place.writer().args("-q").input("hello\n").finish().assert_well();
        let reader = reader.wait();
        reader.assert_well();
        assert_eq!(reader.stdout, b"hello\n");
        assert_eq!(place.reader().args("--clean --force").finish().code, Some(0));
        assert_eq!(look(&theirs.0), before, "untouched");
        place.assert_nothing_left();
    }
}

#[test]
fn a_key_file_replaced_while_running_is_code_5_and_the_new_one_is_not_touched() {
    let place = Place::new();
    let reader = place.reader().start();
    let writer = place.writer().held_input().start();
    writer.send("one\n");
    reader.stdout.wait_for("one\n");
    reader.wait_asleep();
    writer.wait_asleep();
    let key = place.folder().join("key");
    let old = place.only_segment();
    fs::rename(&key, place.dir().join("old")).expect("moving");
    fs::write(&key, "somebody's\n").expect("a file");
    let before = Snapshot::of(&key);
    writer.send("two\n");
    let path = key.display().to_string();
    for side in [writer.wait(), reader.wait()] {
        side.assert_one_line(5, &["lobby", &path, "removed or replaced", "Start again"]);
    }
    // A file is found without its key, if something waits in it.
    assert!(old.stat().is_err() || memory() == MemoryKind::File, "it would have been left for ever");
    for run in both(&place) {
        run.finish().assert_one_line(1, &[]);
    }
    before.assert_same();
}

#[test]
fn status_and_clean_refuse_what_a_start_refuses_in_the_same_words_and_with_the_same_code() {
    // Of a channel that is named.
    for what in ["link", "dangling", "file", "open", "foreign", "bell", "open bell"] {
        if what == "foreign" && !needs_root() {
            continue;
        }
        let place = Place::new();
        let folder = place.folder();
        plant(&folder, what);
        let before = Snapshot::of(&if what.contains("bell") { folder.join("to-writer") } else { folder });
        let refused = place.writer().finish();
        assert_eq!(refused.code, Some(1), "{what}: {refused:?}");
        for args in ["--status lobby", "--status --json lobby", "--clean lobby", "--clean --force lobby"] {
            let ended = place.reader().args(args).finish();
            ended.assert_one_line(1, &[refused.stderr.strip_prefix("writer: ").expect("a name")]);
        }
        // And where none is named.
        place.reader().args("--clean").finish().assert_one_line(1, &[refused.stderr.trim_start_matches("writer: ")]);
        let shown = place.reader().args("--status --json").finish();
        let shown = shown.assert_well();
        let status: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("one object");
        assert_eq!((&status["channel"], &status["condition"]), (&"lobby".into(), &"unusable".into()), "{what}");
        assert!(refused.stderr.contains(status["problem"].as_str().expect("a sentence")), "{what}: {status}");
        before.assert_same();
    }
}

/// Puts something in the place of a channel's folder that a start refuses.
fn plant(folder: &Path, what: &str) {
    let real = folder.with_file_name("real");
    match what {
        "link" => {
            make_folder(&real, 0o700);
            symlink(&real, folder).expect("a link");
        }
        "dangling" => symlink(&real, folder).expect("a link"),
        "file" => fs::write(folder, "precious").expect("a file"),
        "open" => make_folder(folder, 0o750),
        "foreign" => {
            make_folder(folder, 0o700);
            chown(folder, Some(NOBODY), None).expect("chown");
        }
        _ => {
            make_folder(folder, 0o700);
            make_right(&folder.join("key"));
            let bell = folder.join("to-writer");
            if what == "bell" {
                symlink("/dev/null", bell).expect("a link");
            } else {
                make_right(&bell);
                fs::set_permissions(bell, Permissions::from_mode(0o622)).expect("chmod");
            }
        }
    }
}

fn make_folder(path: &Path, mode: u32) {
    fs::create_dir(path).expect("a folder");
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("chmod");
}

#[test]
fn in_the_default_place_all_that_a_start_would_refuse_is_told_and_in_another_what_others_may_have_there_is_not() {
    let place = Place::new();
    let base = place.dir().join("shmchat");
    make_folder(&base, 0o700);
    for what in ["link", "dangling", "file", "open"] {
        let _ = fs::remove_dir(base.join("real"));
        plant(&base.join(what), what);
    }
    let _ = fs::remove_dir(base.join("real"));
    // Left by a start that was killed: no channel yet, and nothing wrong with it.
    make_folder(&base.join("begun"), 0o700);
    let names = |run: Run| {
        let shown = run.args("--status --json").finish();
        shown.assert_well();
        let text = String::from_utf8(shown.stdout).expect("UTF-8");
        let status = |line| serde_json::from_str::<serde_json::Value>(line).expect("an object");
        let problems = text.lines().map(status).filter(|status| status["condition"] == "unusable");
        problems.map(|status| status["channel"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let default = || Run::bare("reader").env("XDG_RUNTIME_DIR", place.dir());
    assert_eq!(names(default()), ["dangling", "file", "link", "open"]);
    let cleaned = default().args("--clean").finish();
    let said = (cleaned.code, cleaned.stderr.lines().count());
    assert_eq!(said, (Some(1), 4), "{}", cleaned.stderr);
    // The same things beside a --dir's channels: what does not look like a channel is nobody's business.
    assert!(names(Run::new("reader", &base)).is_empty());
    assert_eq!(Run::new("reader", &base).args("--clean").finish().code, Some(0));
    // But what does look like one, also through a link.
    make_folder(&base.join("real"), 0o700);
    make_right(&base.join("real/key"));
    assert_eq!(names(Run::new("reader", &base)), ["dangling", "link"]);
}

#[test]
fn a_default_place_that_a_start_refuses_is_refused_by_status_and_clean_too() {
    let place = Place::new();
    let base = place.dir().join("shmchat");
    for what in ["link", "dangling", "file", "open", "foreign"] {
        if what == "foreign" && !needs_root() {
            continue;
        }
        plant(&base, what);
        let run = |program| Run::bare(program).env("XDG_RUNTIME_DIR", place.dir());
        let refused = run("writer").finish();
        assert_eq!(refused.code, Some(1), "{what}: {refused:?}");
        for args in ["--status", "--status lobby", "--status --json", "--clean", "--clean --force lobby"] {
            let ended = run("reader").args(args).finish();
            ended.assert_one_line(1, &[refused.stderr.strip_prefix("writer: ").expect("a name")]);
            assert_eq!(ended.stdout, b"", "{what} {args}");
        }
        let _ = fs::remove_dir_all(place.dir().join("real"));
        fs::remove_file(&base).or_else(|_| fs::remove_dir_all(&base)).expect("removing");
    }
}
