//! What stands where a memory should be, and file systems without room for one.
//!
//! `/dev/shm` belongs to everybody, and the name of a channel's memory can be read there.

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use shmchat::internals::memory::RING_FILE;
use shmchat_tests::checks::{NOBODY, Snapshot};
use shmchat_tests::{Place, Run, is_left_to_the_first_kind, needs_root, output};
use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

const KINDS: [&str; 2] = ["posix", "file"];

fn run(place: &Place, program: &'static str, kind: &str) -> Run {
    plain(place, program).arg(format!("--memory={kind}"))
}

fn plain(place: &Place, program: &'static str) -> Run {
    Run::bare(program).arg("--dir").arg(place.dir())
}

/// Removes what a test has put there.
struct Planted(PathBuf);

impl Drop for Planted {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0).or_else(|_| fs::remove_dir_all(&self.0));
    }
}

/// A channel without a memory, and where it would be.
fn channel(kind: &str) -> (Place, Planted) {
    let place = Place::new();
    plain(&place, "writer").finish().assert_well();
    let id = place.identity().expect("a key file").id;
    let path = match kind {
        "posix" => format!("/dev/shm/shmchat-{id}").into(),
        _ => place.folder().join(RING_FILE),
    };
    (place, Planted(path))
}

#[test]
fn a_link_a_fifo_a_folder_or_an_open_file_in_the_place_of_a_memory_is_refused_and_not_touched() {
    if is_left_to_the_first_kind() {
        return;
    }
    for (kind, what) in KINDS.into_iter().flat_map(|kind| [0, 1, 2, 3].map(|what| (kind, what))) {
        let (place, planted) = channel(kind);
        let path = &planted.0;
        let words = match what {
            0 => {
                symlink("/etc/passwd", path).expect("a link");
                "a symbolic link of uid"
            }
            1 => {
                mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR).expect("a FIFO");
                "a FIFO of uid"
            }
            2 => {
                fs::create_dir(path).expect("a folder");
                "a folder of uid"
            }
            _ => {
                fs::write(path, vec![7; 4096 + (2 << 16)]).expect("a file");
                fs::set_permissions(path, Permissions::from_mode(0o666)).expect("chmod");
                // What it says decides first.
                "the magic number"
            }
        };
        let before = Snapshot::of(path);
        for program in ["writer", "reader"] {
            let ended = run(&place, program, kind).finish();
            let code = if what == 3 { 5 } else { 1 };
            ended.assert_one_line(code, &[path.to_str().expect("UTF-8"), words]);
        }
        before.assert_same();
        if kind == "posix" && what != 3 {
            // Whoever did not ask for it is not kept out by it.
            plain(&place, "writer").input("hello\n").finish().assert_well();
            assert_eq!(plain(&place, "reader").finish().assert_well().stdout, b"hello\n");
            before.assert_same();
        }
    }
}

#[test]
fn memory_of_another_user_is_refused_and_not_touched() {
    if is_left_to_the_first_kind() || !needs_root() {
        return;
    }
    for kind in KINDS {
        let (place, planted) = channel(kind);
        fs::write(&planted.0, vec![0; 4096 + (2 << 16)]).expect("a file");
        fs::set_permissions(&planted.0, Permissions::from_mode(0o600)).expect("chmod");
        chown(&planted.0, Some(NOBODY), Some(NOBODY)).expect("chown");
        let before = Snapshot::of(&planted.0);
        run(&place, "writer", kind).finish().assert_one_line(1, &[&format!("belongs to uid {NOBODY}")]);
        before.assert_same();
    }
}

#[test]
fn what_a_creator_left_that_died_early_is_replaced_and_what_was_cut_short_is_not() {
    if is_left_to_the_first_kind() {
        return;
    }
    for kind in KINDS {
        for bytes in [0, 1, 4096, 100_000] {
            let (place, planted) = channel(kind);
            fs::write(&planted.0, vec![0; bytes]).expect("a file");
            fs::set_permissions(&planted.0, Permissions::from_mode(0o600)).expect("chmod");
            run(&place, "writer", kind).input("hello\n").finish();
            assert_eq!(plain(&place, "reader").finish().assert_well().stdout, b"hello\n", "{kind} {bytes}");
            assert!(!planted.0.exists());
        }
        let (place, planted) = channel(kind);
        run(&place, "writer", kind).input("waits\n").finish().assert_well();
        let whole = fs::read(&planted.0).expect("the memory");
        for bytes in [8_u64, 4096, whole.len() as u64 - 1] {
            File::options().write(true).open(&planted.0).and_then(|file| file.set_len(bytes)).expect("cut");
            for program in ["writer", "reader"] {
                plain(&place, program).finish().assert_one_line(5, &["its own size", "--clean --force lobby"]);
            }
            File::options().write(true).open(&planted.0).and_then(|file| file.write_all_at(&whole, 0)).expect("mend");
        }
        assert_eq!(plain(&place, "reader").finish().assert_well().stdout, b"waits\n", "nothing was thrown away");
    }
}

#[test]
fn a_clean_up_by_force_removes_what_was_cut_short() {
    if is_left_to_the_first_kind() {
        return;
    }
    for kind in KINDS {
        let (place, planted) = channel(kind);
        run(&place, "writer", kind).input("waits\n").finish().assert_well();
        File::options().write(true).open(&planted.0).and_then(|file| file.set_len(5000)).expect("cut");
        plain(&place, "reader").args("--clean").finish().assert_one_line(5, &["its own size", "--clean --force"]);
        plain(&place, "reader").args("--clean --force lobby").finish().assert_well();
        assert!(!planted.0.exists());
    }
}

#[test]
fn memory_that_is_open_to_others_is_refused() {
    if is_left_to_the_first_kind() {
        return;
    }
    for kind in KINDS {
        let (place, planted) = channel(kind);
        run(&place, "writer", kind).input("waits\n").finish().assert_well();
        fs::set_permissions(&planted.0, Permissions::from_mode(0o644)).expect("chmod");
        let way_out = format!("rm {}", planted.0.display());
        plain(&place, "reader").finish().assert_one_line(5, &["open to others (mode 0644)", &way_out]);
    }
}

/// Runs a program where this directory is a file system of 1 MiB; `None` where we may not mount one.
fn on_a_small_file_system(directory: &Path, run: Run) -> Option<Run> {
    let words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"].map(OsString::from);
    let mount = |then: &str| {
        let script = format!("mount -t tmpfs -o size=1m,mode=1777 tmpfs '{}' && {then}", directory.display());
        words.iter().cloned().chain([script.into()]).collect::<Vec<_>>()
    };
    let tried = mount("true");
    if !output(Command::new(&tried[0]).args(&tried[1..])).is_ok_and(|output| output.status.success()) {
        if needs_root() {
            eprintln!("skipped: not even root may mount a small file system here");
        }
        return None;
    }
    Some(run.under(mount("exec \"$0\" \"$@\"")))
}

/// Where the memory is, and the directory whose file system it takes room of.
fn scarce(place: &Place, kind: &str) -> PathBuf {
    match kind {
        "posix" => "/dev/shm".into(),
        _ => place.dir().join("small"),
    }
}

fn on_scarce(kind: &str, args: &str, input: &str) -> Option<(Place, Run)> {
    let place = Place::new();
    let directory = scarce(&place, kind);
    if kind == "file" {
        fs::create_dir(&directory).expect("a folder");
    }
    let dir = if kind == "file" { directory.clone() } else { place.dir().to_path_buf() };
    let run = Run::bare("writer").arg("--dir").arg(dir).arg(format!("--memory={kind}")).args(args).input(input);
    on_a_small_file_system(&directory, run).map(|run| (place, run))
}

#[test]
fn a_full_file_system_is_an_error_at_the_start_that_says_how_much_room_there_is() {
    if is_left_to_the_first_kind() {
        return;
    }
    for kind in KINDS {
        let Some((_place, run)) = on_scarce(kind, "", "hello\n") else { return };
        let words = ["no room in", "2101248 bytes are needed", "of 1048576 are free", "--capacity", "--memory"];
        run.finish().assert_one_line(1, &words);
        // Half as much fits.
        let Some((_place, run)) = on_scarce(kind, "--capacity 64KiB", "hello\n") else { return };
        run.finish().assert_well();
    }
}

/// Without room of its own, a store is a SIGBUS, which looks as if somebody had cut the file short.
#[test]
fn without_the_reservation_a_full_file_system_ends_the_writer_later() {
    if is_left_to_the_first_kind() {
        return;
    }
    for kind in KINDS {
        let line = format!("{}\n", "x".repeat(1000)).repeat(1045);
        let Some((_place, run)) = on_scarce(kind, "", &line) else { return };
        let ended = run.env("SHMCHAT_SABOTAGE", "sparse-memory").finish();
        assert!(
            ended.stderr.contains("has cut this file short while it was in use, or the disk is full"),
            "the test of the full file system can fail: {ended:?}"
        );
    }
}
