//! The rights of all that is made, whatever the umask.

use shmchat::internals::memory::{RING_FILE, Slot};
use shmchat_tests::{Place, Run, by_name};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const UMASKS: [&str; 5] = ["umask 000", "umask 022", "umask 077", "umask 0777", "umask 0277"];

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o7777
}

#[test]
fn the_default_stays_0600_with_folder_0700_also_under_a_lax_umask() {
    for umask in UMASKS {
        let place = Place::new();
        // A base that they make themselves.
        let base = place.dir().join("base");
        let run = |program, log: &str| {
            Run::bare(program).arg("--dir").arg(&base).args("-v --log-to").arg(place.dir().join(log)).after(umask)
        };
        let mut writer = run("writer", "writer.log").held_input().start();
        let reader = run("reader", "reader.log").start();
        writer.send("hello\n");
        reader.stdout.wait_for("hello\n");
        let folder = base.join("lobby");
        assert_eq!((mode(&base), mode(&folder)), (0o700, 0o700), "{umask}");
        let mut seen = Vec::new();
        for entry in fs::read_dir(&folder).expect("the folder").flatten() {
            assert_eq!(mode(&entry.path()), 0o600, "{umask}: {}", entry.path().display());
            seen.push(entry.file_name().into_string().expect("UTF-8"));
        }
        seen.sort();
        seen.retain(|name| name != RING_FILE);
        assert_eq!(seen, ["key", "lock", "reader.lock", "to-reader", "to-writer", "writer.lock"]);
        // What the other side said may stand in a log.
        for log in ["writer.log", "reader.log"] {
            assert_eq!(mode(&place.dir().join(log)), 0o600, "{umask}: {log}");
        }
        let key =
            shmchat::internals::key::Identity::read_or_fill(&mut fs::File::open(folder.join("key")).expect("the key"));
        let identity = key.expect("an id");
        let find = || Slot::SysV(identity.key(110)).find().ok().or_else(|| by_name(&identity, &folder).next());
        let stat = find().expect("a memory").stat().expect("a memory");
        assert_eq!(stat.mode, 0o600, "{umask}");
        writer.end_input();
        writer.wait().assert_well();
        reader.wait().assert_well();
        assert!(find().is_none(), "nothing is left");
        // What one start made, the next can use.
        run("writer", "writer.log").input("again\n").finish().assert_well();
        assert_eq!(run("reader", "reader.log").finish().stdout, b"again\n", "{umask}");
    }
}

#[test]
fn the_default_place_is_made_for_its_owner_alone() {
    for umask in UMASKS {
        let place = Place::new();
        let run = |program| Run::bare(program).env("XDG_RUNTIME_DIR", place.dir()).after(umask);
        run("writer").input("hello\n").finish().assert_well();
        let base = place.dir().join("shmchat");
        assert_eq!((mode(&base), mode(&base.join("lobby"))), (0o700, 0o700), "{umask}");
        assert_eq!(run("reader").finish().stdout, b"hello\n");
    }
}
