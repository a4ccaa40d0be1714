//! A channel that a group shares: `--mode 0660 --group NAME`.

#![deny(unsafe_code)]

use nix::unistd::getegid;
use shmchat::MemoryKind;
use shmchat::internals::memory::{Location, Rights, Segment, Slot};
use shmchat_tests::checks::Snapshot;
use shmchat_tests::{Place, Run, is_about_segments, is_root, memory, users};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

const ALICE: u32 = 54_001;
const BOB: u32 = 54_002;
/// Not in the group.
const MALLORY: u32 = 54_003;
/// Whom the user database does not know.
const STRANGER: u32 = 54_004;
const SHARED: u32 = 54_321;
const GROUP: &str = "--mode 0660 --group shmchat-shared";

/// Whether there are these users, of whom the first two are in the group; said where there are not.
fn three_users() -> bool {
    let three = [("shmchat-alice", ALICE), ("shmchat-bob", BOB), ("shmchat-mallory", MALLORY)];
    users(&three, &[("shmchat-shared", SHARED, &["shmchat-alice", "shmchat-bob"])])
}

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
    let stat = place.segments()[0].stat().expect("the segment");
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
        let told = if args.ends_with("--group 0") && !is_root() { "" } else { told };
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
    if !three_users() {
        return;
    }
    let place = Place::for_all_users();
    let programs = place.programs();
    let (writer, reader) = (|| place.writer().args(GROUP), || place.reader().args(GROUP));
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
    if memory() == MemoryKind::File {
        eprintln!("skipped: what lies in the group's folder every member may remove");
        return;
    }
    if !three_users() {
        return;
    }
    let place = Place::for_all_users();
    let programs = place.programs();
    place.writer().args(GROUP).input("hello\n").as_user(ALICE, SHARED, &programs).finish().assert_well();
    let reader = place.reader().args(GROUP).as_user(BOB, SHARED, &programs).finish();
    assert_eq!((reader.code, reader.stdout.as_slice()), (Some(0), &b"hello\n"[..]), "{}", reader.stderr);
    assert_eq!(place.segments().len(), 1, "bob cannot remove it");
    let clean = || place.reader().args(GROUP).args("--clean");
    clean().as_user(BOB, SHARED, &programs).finish().assert_one_line(1, &[&format!("uid {ALICE}"), "--clean"]);
    clean().as_user(ALICE, SHARED, &programs).finish().assert_well();
    place.assert_nothing_left();
    // What bob may remove goes at once.
    let alice = place.reader().args(GROUP).args("-v").as_user(ALICE, SHARED, &programs).start();
    alice.wait_attached();
    alice.kill();
    assert!(place.folder().join("to-reader").exists());
    clean().as_user(BOB, SHARED, &programs).finish().assert_one_line(1, &[&format!("uid {ALICE}"), "--clean"]);
    assert!(!place.folder().join("to-reader").exists() && !place.folder().join("to-writer").exists());
    clean().as_user(ALICE, SHARED, &programs).finish().assert_well();
    place.assert_nothing_left();
}

/// Makes a user the owner of a segment; its creator stays who it was. <https://man7.org/linux/man-pages/man2/shmctl.2.html>
#[allow(unsafe_code)]
fn give(id: &Location, user: u32) {
    let shmid = id.shmid().expect("a segment").0;
    let mut rights = std::mem::MaybeUninit::<libc::shmid_ds>::zeroed();
    // SAFETY: IPC_STAT writes one shmid_ds to the pointer, which points to room for one.
    assert_eq!(unsafe { libc::shmctl(shmid, libc::IPC_STAT, rights.as_mut_ptr()) }, 0, "IPC_STAT");
    // SAFETY: it is made of integers, and all of it was zero before the call.
    let mut rights = unsafe { rights.assume_init() };
    rights.shm_perm.uid = user;
    // SAFETY: IPC_SET reads one shmid_ds from the pointer, which points to one.
    assert_eq!(unsafe { libc::shmctl(shmid, libc::IPC_SET, &raw mut rights) }, 0, "IPC_SET");
}

/// A folder that everybody may write to, in which everything gets the group by itself.
fn open_base(place: &Place) -> std::path::PathBuf {
    let base = place.dir().join("base");
    fs::create_dir(&base).expect("a folder");
    chown(&base, None, Some(SHARED)).expect("chown");
    fs::set_permissions(&base, Permissions::from_mode(0o2777)).expect("chmod");
    base
}

/// Opens a channel that its owner has made for itself to the group, as the owner could.
fn open_to_the_group(folder: &Path) {
    for entry in fs::read_dir(folder).expect("the folder").flatten() {
        chown(entry.path(), None, Some(SHARED)).expect("chown");
        fs::set_permissions(entry.path(), Permissions::from_mode(0o660)).expect("chmod");
    }
    chown(folder, None, Some(SHARED)).expect("chown");
    fs::set_permissions(folder, Permissions::from_mode(0o770)).expect("chmod");
}

#[test]
fn a_room_that_an_outsider_made_and_opened_to_the_group_is_refused_and_nothing_reaches_the_outsider() {
    if !three_users() {
        return;
    }
    let place = Place::for_all_users();
    let base = open_base(&place);
    let run = |program, user, group| Run::new(program, &base).as_user(user, group, &place.programs());
    for (outsider, why) in
        [(MALLORY, "not a member of group shmchat-shared"), (STRANGER, "unknown to the user database")]
    {
        let listening = run("reader", outsider, outsider).args("-v --stay").start();
        listening.wait_attached();
        open_to_the_group(&base.join("lobby"));
        for (id, stat) in shmchat::internals::memory::all().expect("a list") {
            if stat.uid == outsider {
                id.share(Rights { mode: 0o660, group: Some(SHARED) }).expect("IPC_SET");
            }
        }
        let before = Snapshot::of(&base.join("lobby/key"));
        for (program, member) in [("writer", ALICE), ("reader", BOB), ("writer", 0)] {
            let told = format!("belongs to uid {outsider}");
            run(program, member, SHARED)
                .args(GROUP)
                .input("secret\n")
                .finish()
                .assert_one_line(1, &[&told, why, "--dir"]);
        }
        before.assert_same();
        let heard = listening.kill();
        assert_eq!(heard.stdout, b"", "{heard:?}");
        for (id, stat) in shmchat::internals::memory::all().expect("a list") {
            if stat.uid == outsider {
                id.remove().expect("removing");
            }
        }
        fs::remove_dir_all(base.join("lobby")).expect("removing");
    }
}

#[test]
fn each_thing_in_a_room_must_be_a_members() {
    if !three_users() {
        return;
    }
    let place = Place::for_all_users();
    let programs = place.programs();
    let writer = || place.writer().args(GROUP).args("-q").input("hello\n").as_user(ALICE, SHARED, &programs);
    writer().finish().assert_well();
    for name in [".", "key", "lock", "reader.lock", "writer.lock", "to-reader", "to-writer"] {
        for outsider in [MALLORY, STRANGER] {
            let path = place.folder().join(name).components().as_path().to_path_buf();
            chown(&path, Some(outsider), None).expect("chown");
            let before = Snapshot::of(&path);
            let told = [&*path.to_string_lossy(), &format!("belongs to uid {outsider}")];
            writer().finish().assert_one_line(1, &told);
            if !name.contains("lock") {
                let reader = place.reader().args(GROUP).as_user(BOB, SHARED, &programs);
                reader.finish().assert_one_line(1, &told);
            }
            before.assert_same();
            // Another member's, or root's, is as good as one's own.
            for member in [BOB, 0, ALICE] {
                chown(&path, Some(member), None).expect("chown");
                writer().finish().assert_well();
            }
        }
    }
    // The first, and one from each member's start: 7 things, two outsiders, three members.
    let count = 1 + 7 * 2 * 3;
    let reader = place.reader().args(GROUP).as_user(BOB, SHARED, &programs).args("-q").finish();
    assert_eq!(reader.stdout, b"hello\n".repeat(count), "{reader:?}");
}

#[test]
fn a_segment_that_an_outsider_made_or_owns_is_left_alone_and_the_members_meet_at_the_next_key() {
    if is_about_segments("keys that another program has") || !three_users() {
        return;
    }
    let place = Place::for_all_users();
    let programs = place.programs();
    let hello = || place.writer().args(GROUP).args("-q").input("hello\n").as_user(ALICE, SHARED, &programs);
    hello().finish().assert_well();
    let ours = place.only_segment();
    let (key, bytes) = ours.stat().map(|stat| (ours.key().expect("a segment"), stat.bytes)).expect("it is there");
    let words = |id: &Location| {
        let segment = Segment::attach(id).expect("a segment");
        segment.as_ref().iter().map(|word| word.load(Relaxed)).collect::<Vec<_>>()
    };
    let whole = words(&ours);
    ours.remove().expect("removing");
    // The same, word by word, as by somebody who has once been in the group; made or owned by one who is not in it now.
    for (creator, owner) in [(MALLORY, MALLORY), (MALLORY, ALICE), (ALICE, MALLORY), (STRANGER, STRANGER)] {
        place.hostile(&format!("occupy {} {bytes}", key.0)).as_user(creator, creator, &programs).finish().assert_well();
        let theirs = Slot::SysV(key).find().expect("a segment");
        let copy = Segment::attach(&theirs).expect("a segment");
        copy.as_ref().iter().zip(&whole).for_each(|(word, &value)| word.store(value, Relaxed));
        theirs.share(Rights { mode: 0o660, group: Some(SHARED) }).expect("IPC_SET");
        give(&theirs, owner);
        let listening = place.reader().args(GROUP).args("-v").as_user(BOB, SHARED, &programs).start();
        listening.wait_attached();
        hello().finish().assert_well();
        assert_eq!(listening.wait().stdout, b"hello\n");
        assert!(words(&theirs) == whole, "untouched: {creator} made it and {owner} owns it");
        place.reader().args(GROUP).args("--clean -q").as_user(BOB, SHARED, &programs).finish();
        theirs.remove().expect("it is still there");
    }
}

#[test]
fn a_folder_for_channels_that_is_there_is_used_also_where_nothing_can_be_made_beside_it() {
    if !three_users() {
        return;
    }
    let place = Place::for_all_users();
    let programs = place.programs();
    let parent = place.dir().join("srv");
    let base = parent.join("shared");
    fs::create_dir_all(&base).expect("folders");
    fs::set_permissions(&parent, Permissions::from_mode(0o755)).expect("chmod");
    chown(&base, None, Some(SHARED)).expect("chown");
    let run = |program, user| Run::new(program, &base).args(GROUP).args("-q").as_user(user, SHARED, &programs);
    for mode in [0o2770, 0o770, 0o1777] {
        fs::set_permissions(&base, Permissions::from_mode(mode)).expect("chmod");
        let reader = run("reader", BOB).start();
        run("writer", ALICE).input("hello\n").finish().assert_well();
        assert_eq!(reader.wait().stdout, b"hello\n", "{mode:o}");
        fs::remove_dir_all(base.join("lobby")).expect("removing");
        assert_eq!(fs::read_dir(&parent).expect("a folder").count(), 1, "nothing was made beside it");
    }
    // Where it is not usable the true reason is named: what could not be made is the room in it.
    fs::set_permissions(&base, Permissions::from_mode(0o755)).expect("chmod");
    let room = base.join("lobby").display().to_string();
    let told = format!("cannot make the folder {room}: Permission denied");
    run("writer", ALICE).finish().assert_one_line(1, &[&told, "--dir"]);
    fs::set_permissions(&base, Permissions::from_mode(0o700)).expect("chmod");
    let told = format!("{}: Permission denied", base.display());
    run("writer", ALICE).finish().assert_one_line(1, &["cannot open the folder", &told]);
}

#[test]
fn what_is_for_a_group_is_its_owners_alone_until_it_has_the_groups_id() {
    if !three_users() {
        return;
    }
    let place = Place::for_all_users();
    // A creator whose own group is another one, killed where the folder is made and not opened yet; under a umask that takes
    // nothing away.
    let start = place.hostile("start 54321").env("SHMCHAT_CRASH_AT", "folder-made").after("umask 000");
    assert_eq!(start.as_user(0, MALLORY, &place.programs()).finish().code, None);
    let names = fs::read_dir(place.dir()).expect("a folder").flatten().map(|entry| entry.path());
    let left: Vec<_> = names.filter(|path| !path.ends_with("programs")).collect();
    let [left] = &left[..] else { panic!("one folder: {left:?}") };
    assert_eq!(rights(left), (0o700, SHARED));
}
