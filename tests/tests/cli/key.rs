//! The key is libc's `ftok`, and where it is another program's the channel finds another one.
//!
//! What is found by a name needs no key, so whose segments stand at the channel's keys is nothing to it.

#![deny(unsafe_op_in_unsafe_fn)]

use shmchat::internals::key::{Key, PROJECT_IDS, ftok};
use shmchat::internals::memory::{self, Location, Rights, Slot};
use shmchat_tests::{Place, Run, has_keys, is_about_segments, needs_alone};
use std::ffi::CString;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What the C library says.
#[allow(unsafe_code)]
fn libc_ftok(path: &Path, project_id: u8) -> Key {
    let path = CString::new(path.as_os_str().as_bytes()).expect("a path without NUL");
    // SAFETY: the path is a C string that outlives the call, and ftok keeps nothing of it.
    Key(unsafe { libc::ftok(path.as_ptr(), project_id.into()) })
}

#[test]
fn ftok_is_libcs_for_a_thousand_files_and_every_project_id() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for number in 0_usize..1_000 {
        let path = folder.path().join(number.to_string());
        let found = File::create(&path).and_then(|file| file.metadata()).expect("a file");
        // Four ids each, so that all are seen many times, and those that a channel uses.
        let some = (0..4).map(|step| ((number * 4 + step) % 255 + 1) as u8);
        for project_id in some.chain(PROJECT_IDS) {
            let ours = ftok(found.dev(), found.ino(), project_id);
            assert_eq!(ours, libc_ftok(&path, project_id), "{} with id {project_id}", path.display());
        }
    }
    // And a device that is not the temporary folder's.
    let found = fs::metadata("/proc/self/status").expect("proc");
    assert_eq!(ftok(found.dev(), found.ino(), 110).0 >> 24, 110);
    for path in ["/dev/null", "/proc", "/"] {
        let found = fs::metadata(path).expect("a file that every Linux has");
        assert_eq!(ftok(found.dev(), found.ino(), 110), libc_ftok(Path::new(path), 110), "{path}");
    }
}

/// A segment of another program, removed when dropped.
struct Foreign(Location);

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.0.remove();
    }
}

#[test]
fn the_segment_stands_at_libcs_key_of_the_key_file() {
    if is_about_segments("nothing else has a key") {
        return;
    }
    let place = Place::new();
    place.writer().input("hello\n").finish().assert_well();
    let key = libc_ftok(&place.folder().join("key"), 110);
    assert_eq!(place.segments(), [Slot::SysV(key).find().expect("a segment at that key")]);
}

#[test]
fn where_another_programs_segment_stands_both_sides_meet_at_the_next_key() {
    let place = Place::new();
    // Makes the key file, and leaves no segment.
    place.writer().finish().assert_well();
    let identity = place.identity().expect("a key file");
    for taken in 1..=8 {
        // Of a size that a channel's own could have, and full of zeros but for one word: not "its creator died".
        let sizes = [4096, (64 << 10) * 2 + 4096];
        let foreign: Vec<Foreign> = PROJECT_IDS
            .take(taken)
            .map(|id| {
                Foreign(Slot::SysV(identity.key(id)).create(sizes[taken % 2], Rights::only(0o600)).expect("a free key"))
            })
            .collect();
        for foreign in &foreign {
            let attached = memory::Segment::attach(&foreign.0).expect("a segment");
            attached.as_ref()[100].store(0xdead_beef, std::sync::atomic::Ordering::Relaxed);
        }

        let reader = place.reader().start();
        place.writer().input("hello\n").finish();
        assert_eq!(reader.wait().stdout, b"hello\n", "{taken} keys taken");
        place.assert_nothing_left();
        for foreign in &foreign {
            let attached = memory::Segment::attach(&foreign.0).expect("it is still there");
            let words = attached.as_ref().iter().map(|word| word.load(std::sync::atomic::Ordering::Relaxed));
            assert_eq!(words.filter(|&word| word != 0).collect::<Vec<_>>(), [0xdead_beef], "untouched");
        }
    }
}

#[test]
fn where_all_keys_are_taken_it_is_said_with_code_5_by_who_needs_one() {
    let place = Place::new();
    place.writer().finish().assert_well();
    let identity = place.identity().expect("a key file");
    let make = |id| Foreign(Slot::SysV(identity.key(id)).create(4096, Rights::only(0o600)).expect("a free key"));
    let _foreign: Vec<Foreign> = PROJECT_IDS.map(make).collect();
    if !has_keys() {
        place.writer().input("hello\n").finish().assert_well();
        assert_eq!(place.reader().finish().stdout, b"hello\n");
        assert_eq!(place.segments(), []);
        return;
    }
    let reader = place.reader().args("-q").finish();
    reader.assert_one_line(5, &["reader: ", "lobby", "ipcs -m"]);
    assert!(reader.stderr.contains(&identity.key(110).to_string()), "{}", reader.stderr);
}

/// Leaves `count` real orphans at the first keys of the default channel: segments that killed writers of other channels have
/// made there, whose folders are gone.
fn orphans(place: &Place, count: usize) {
    let key_file = place.folder().join("key");
    for id in PROJECT_IDS.take(count) {
        let writer = place.writer().args("--capacity 64KiB -q --project-id").arg(id.to_string());
        let writer = writer.arg("--key-file").arg(&key_file).arg(format!("gone-{id}"));
        assert_eq!(writer.env("SHMCHAT_CRASH_AT", "attached").finish().code, None);
        fs::remove_dir_all(place.dir().join(format!("gone-{id}"))).expect("removing");
    }
}

#[test]
fn orphans_at_its_first_keys_lock_no_channel_out_and_where_they_stand_at_all_the_command_that_is_named_helps() {
    // The command or the start looks at every segment of the user.
    if is_about_segments("nothing else has a key") || !needs_alone() {
        return;
    }
    let place = Place::new();
    for (orphaned, next) in [(9, 119), (100, 210)] {
        // The clean-up of the round before has taken the key file too.
        place.writer().args("-q").finish().assert_well();
        let identity = place.identity().expect("a key file");
        orphans(&place, orphaned);
        let reader = place.reader().args("-q").start();
        let writer = place.writer().args("-v").input("hello\n").finish();
        assert!(writer.stderr.contains(&format!("(key {}", identity.key(next))), "{}", writer.stderr);
        assert_eq!(reader.wait().stdout, b"hello\n", "{orphaned} orphans");
        place.reader().args("--clean -q").finish();
        assert_eq!(memory::segments().expect("a list"), []);
    }
    place.writer().args("-q").finish().assert_well();
    orphans(&place, PROJECT_IDS.count());
    place.writer().args("-q").finish().assert_one_line(5, &["lobby", "ipcs -m", "with: reader --clean"]);
    // Wherever the orphans' folders were: no --dir.
    let cleaned = Run::bare("reader").args("--clean").finish();
    assert_eq!(cleaned.code, Some(0), "{}", cleaned.stderr);
    place.writer().args("-q").input("hello\n").finish().assert_well();
    assert_eq!(place.reader().args("-q").finish().stdout, b"hello\n");
    place.assert_nothing_left();
}
