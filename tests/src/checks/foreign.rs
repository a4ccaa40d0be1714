//! Things that are not ours where ours should be.

use crate::{Place, Run, paste};
use shmchat::internals::fault::Mutant;
use std::fs::{self, File, Permissions};
use std::io::{Read, Seek};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// A user that is neither root nor anybody else.
pub const NOBODY: u32 = 65534;

/// All about a file that a program could change: kind and rights, owner, inode, times, content.
#[derive(Debug, PartialEq, Eq)]
pub struct Snapshot {
    path: PathBuf,
    mode: u32,
    owner: (u32, u32),
    place: (u64, u64),
    changed: [i64; 4],
    content: Vec<u8>,
}

impl Snapshot {
    /// Of what stands at `path` itself, if it is a link.
    pub fn of(path: &Path) -> Self {
        Snapshot::with(path, || fs::read(path).expect("reading"))
    }

    /// The same, of a file that may not be read any more, but was opened before that.
    pub fn through(path: &Path, mut opened: &File) -> Self {
        Snapshot::with(path, || {
            let mut content = Vec::new();
            opened.rewind().and_then(|()| opened.read_to_end(&mut content)).expect("reading");
            content
        })
    }

    fn with(path: &Path, read: impl FnOnce() -> Vec<u8>) -> Self {
        let found = path.symlink_metadata().unwrap_or_else(|error| panic!("{} has gone: {error}", path.display()));
        let mut content = Vec::new();
        if found.is_file() {
            content = read();
        } else if found.is_symlink() {
            content = fs::read_link(path).expect("a link").into_os_string().into_encoded_bytes();
        } else if found.is_dir() {
            let names = fs::read_dir(path).expect("a folder").flatten().map(|entry| entry.file_name());
            let mut names: Vec<_> = names.map(|name| name.into_encoded_bytes()).collect();
            names.sort();
            content = names.join(&b'/');
        }
        Snapshot {
            path: path.into(),
            mode: found.mode(),
            owner: (found.uid(), found.gid()),
            place: (found.dev(), found.ino()),
            // The content's time, and that of everything else that is known of a file.
            changed: [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()],
            content,
        }
    }

    /// Asserts that nothing of it has changed.
    #[track_caller]
    pub fn assert_same(&self) {
        assert_eq!(&Snapshot::of(&self.path), self, "what is not ours was touched");
    }
}

/// The files of a channel's folder, and which of the programs open each.
const FILES: [(&str, &[&str]); 6] = [
    ("key", &["writer", "reader"]),
    ("lock", &["writer", "reader"]),
    ("writer.lock", &["writer", "reader"]),
    ("reader.lock", &["writer", "reader"]),
    ("to-writer", &["writer", "reader"]),
    ("to-reader", &["writer", "reader"]),
];

fn run(place: &Place, program: &str) -> Run {
    // Who does not refuse does not stay either.
    if program == "writer" { place.writer() } else { place.reader().args("--timeout 0") }
}

/// Asserts that both programs refuse what `make` puts in the place of each of the channel's files, by code 1 and one line in which the
/// path and `words` stand, that they touch neither it nor what `behind` it is, and that they start once it is gone.
#[track_caller]
pub fn assert_refused(sabotage: Option<Mutant>, words: &[&str], make: impl Fn(&Path) -> Vec<PathBuf>) {
    for (file, programs) in FILES {
        for program in programs {
            let place = Place::with(sabotage);
            fs::create_dir(place.folder()).expect("a folder");
            fs::set_permissions(place.folder(), Permissions::from_mode(0o700)).expect("chmod");
            let path = place.folder().join(file);
            let made = make(&path);
            let watched: Vec<_> = made.iter().map(|path| Snapshot::of(path)).collect();
            let ended = run(&place, program).finish();
            let path_text = path.display().to_string();
            ended.assert_one_line(1, &[&[path_text.as_str()], words].concat());
            watched.iter().for_each(Snapshot::assert_same);
            let behind = place.folder().join("precious");
            assert_eq!(behind.exists(), made.contains(&behind), "nothing was made behind a link");
            // "Move it away".
            fs::rename(&path, place.dir().join("away")).expect("moving it away");
            let ended = run(&place, program).finish();
            assert!(matches!(ended.code, Some(0 | 3)), "it starts: {ended:?}");
        }
    }
}

/// A link in the place of each file, to a file that would do.
pub fn links_are_refused(sabotage: Option<Mutant>) {
    let me = format!("a symbolic link of uid {}", nix::unistd::geteuid());
    for exists in [true, false] {
        assert_refused(sabotage, &[&me, "--dir"], |path| {
            let target = path.with_file_name("precious");
            symlink(&target, path).expect("a link");
            let is_bell = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"to-"));
            if exists && is_bell {
                nix::unistd::mkfifo(&target, nix::sys::stat::Mode::from_bits_truncate(0o600)).expect("a FIFO");
            } else if exists {
                fs::write(&target, "").expect("a file");
                fs::set_permissions(&target, Permissions::from_mode(0o600)).expect("chmod");
            } else {
                return vec![path.into()];
            }
            vec![path.into(), target]
        });
    }
}

/// Files, FIFOs and folders of ours that others can read or write; each refused with the command that closes it, which helps.
pub fn wider_rights_are_refused(sabotage: Option<Mutant>) {
    let paths = ["key", "lock", "writer.lock", "reader.lock", "to-writer", "to-reader", "."];
    for (file, mode) in paths.into_iter().flat_map(|file| [0o606, 0o620, 0o777].map(|mode| (file, mode))) {
        for program in ["writer", "reader"] {
            let place = Place::with(sabotage);
            // What waits keeps all files there.
            place.writer().input("kept\n").finish().assert_well();
            let path = place.folder().join(file).components().as_path().to_path_buf();
            fs::set_permissions(&path, Permissions::from_mode(mode)).expect("chmod");
            let before = Snapshot::of(&path);
            let ended = run(&place, program).finish();
            let wanted = if file == "." { "700" } else { "600" };
            let way_out = format!("chmod {wanted} {}", path.display());
            ended
                .assert_one_line(1, &[&path.display().to_string(), &format!("{mode:04o}"), "open to others", &way_out]);
            before.assert_same();
            assert!(paste(&way_out));
            assert_eq!(place.reader().finish().stdout, b"kept\n", "{file}");
        }
    }
}
