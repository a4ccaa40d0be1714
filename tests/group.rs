//! A channel that a group shares: `--mode 0660 --group NAME`.

#![forbid(unsafe_code)]

use common::segment;
use nix::unistd::{getegid, geteuid};
use shmchat_tests::Place;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// A group of nobody's, for processes that root starts in it.
const SHARED: u32 = 54_321;
/// Users that need no entry in `/etc/passwd`.
const ALICE: u32 = 54_001;
const BOB: u32 = 54_002;
const MALLORY: u32 = 54_003;

fn rights(path: &Path) -> (u32, u32) {
    let found = fs::metadata(path).expect("it is there");
    (found.permissions().mode() & 0o7777, found.gid())
}

#[test]
fn mode_and_group_open_a_channel_to_the_group_and_to_no_more() {
    let place = Place::new();
    let gid = getegid().as_raw();
    let group = format!("--mode 0660 --group {gid}");
    let reader = place.reader().args(&group).args("-v").start();
    reader.wait_attached();
    assert_eq!(rights(&place.folder()), (0o770, gid));
    for name in ["key", "lock", "reader.lock", "writer.lock", "to-reader", "to-writer"] {
        assert_eq!(rights(&place.folder().join(name)), (0o660, gid), "{name}");
    }
    let stat = segment::stat(place.segments()[0]).expect("the segment");
    assert_eq!((stat.mode, stat.group), (0o660, gid));

    // Whoever does not say that it is a group's is told so, and finds it as closed as it should be.
    place.writer().input("no\n").finish().assert_one_line(1, &["is open to others", "--mode 0660 --group"]);
    place.writer().args(&group).input("hello\n").finish().assert_well();
    assert_eq!(reader.wait().stdout, b"hello\n");
    place.assert_nothing_left();
}

#[test]
fn a_group_is_never_let_in_by_half_a_request() {
    let place = Place::new();
    for (args, told) in [
        ("--mode 0660", "--group NAME"),
        ("--group 0", "--mode 0660"),
        ("--mode 0600 --group 0", "--mode 0660"),
        ("--mode 0666 --group 0", "0660"),
        ("--mode 0640 --group 0", "0660"),
        ("--mode 0660 --group no-such-group", "getent group"),
    ] {
        // Group 0 is root's own; for others it is one they are not in, which is refused as well.
        let told = if args.ends_with("--group 0") && !geteuid().is_root() { "" } else { told };
        place.writer().args(args).finish().assert_one_line(2, &[told]);
        assert!(!place.folder().exists(), "{args}");
    }
}

#[test]
fn a_private_channel_is_not_opened_to_a_group_afterwards() {
    let place = Place::new();
    place.writer().input("mine\n").finish().assert_well();
    let group = format!("--mode 0660 --group {}", getegid());
    place.reader().args(&group).finish().assert_one_line(1, &["is not open to group", "0700", "another channel"]);
    assert_eq!(rights(&place.folder()).0, 0o700);
    assert_eq!(place.reader().finish().stdout, b"mine\n");
}

#[test]
fn members_share_a_channel_and_outsiders_get_nowhere() {
    if !geteuid().is_root() {
        // Only root can run programs as other users; what one user can see of a group's channel is tried above.
        println!("not root: tried with one user only, by the other tests");
        return;
    }
    let place = Place::for_all_users();
    let programs = place.programs();
    let group = format!("--mode 0660 --group {SHARED}");
    let (writer, reader) = (|| place.writer().args(&group), || place.reader().args(&group));
    // Whoever comes first makes the folder, the files and the segment.
    for (one, other) in [(ALICE, BOB), (BOB, ALICE)] {
        let listening = reader().args("-v").as_user(one, SHARED, &programs).start();
        listening.wait_attached();
        writer().input("hello\n").as_user(other, SHARED, &programs).finish().assert_well();
        let listening = listening.wait();
        assert_eq!((listening.code, listening.stdout.as_slice()), (Some(0), &b"hello\n"[..]), "{}", listening.stderr);

        // Waiting messages pass between users too.
        writer().input("later\n").as_user(one, SHARED, &programs).finish().assert_well();
        let outsider = reader().as_user(MALLORY, MALLORY, &programs).finish();
        outsider.assert_one_line(2, &["not a member"]);
        let outsider = place.reader().as_user(MALLORY, MALLORY, &programs).finish();
        outsider.assert_one_line(1, &["lobby", "Permission denied"]);
        assert_eq!(reader().as_user(other, SHARED, &programs).finish().stdout, b"later\n");
        reader().args("--clean").as_user(one, SHARED, &programs).finish().assert_well();
        assert_eq!(place.segments(), [], "the creator's clean-up leaves nothing");
    }
}

#[test]
fn a_member_who_did_not_create_the_segment_leaves_it_for_who_did() {
    if !geteuid().is_root() {
        println!("not root: only root can run programs as other users");
        return;
    }
    let place = Place::for_all_users();
    let programs = place.programs();
    let group = format!("--mode 0660 --group {SHARED}");
    place.writer().args(&group).input("hello\n").as_user(ALICE, SHARED, &programs).finish().assert_well();
    let reader = place.reader().args(&group).as_user(BOB, SHARED, &programs).finish();
    assert_eq!((reader.code, reader.stdout.as_slice()), (Some(0), &b"hello\n"[..]), "{}", reader.stderr);
    assert_eq!(place.segments().len(), 1, "bob cannot remove it");
    let clean = || place.reader().args(&group).args("--clean");
    clean().as_user(BOB, SHARED, &programs).finish().assert_one_line(1, &[&format!("uid {ALICE}"), "--clean"]);
    clean().as_user(ALICE, SHARED, &programs).finish().assert_well();
    place.assert_nothing_left();
}
