//! Where a received file goes, and the file while it is not whole.
//!
//! ```text
//!   /get          ──▶ a file without a name (O_TMPFILE) in the folder ──▶ bytes ──▶ hash agrees ──▶ linkat: its name
//!                                    │
//!                                    └── killed, skipped, no space, another hash: the kernel frees it, nothing is left
//! ```
//!
//! `linkat` fails if the name is taken, by whatever: a file, a folder, a symbolic link. So nothing is ever overwritten or
//! followed, whoever makes a file of that name in the meantime.
//!
//! A file system without `O_TMPFILE` (NFS, FUSE) gets a file `.shmchat-XXXXXX.part` instead, which is renamed without
//! replacing. Only there, and only by SIGKILL, such a file may be left behind.
use super::safe_name::numbered;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::libc::O_TMPFILE;
use nix::unistd::linkat;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile, PersistError};

/// The highest number that is put behind a name that is taken.
const NUMBER_MAX: u32 = 999;

/// What a file is to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// This name or, where it is taken, the same with a number.
    In {
        /// The folder.
        folder: PathBuf,
        /// The [safe name](super::safe_name).
        name: String,
    },
    /// This path and no other.
    Exactly(PathBuf),
}

impl Destination {
    /// What `/get PATH` means: in that folder, or exactly that file. Without a path, in the folder for downloads.
    pub(super) fn of(path: Option<&Path>, downloads: &Path, name: &str) -> io::Result<Destination> {
        let inside = |folder: &Path| Destination::In { folder: folder.to_owned(), name: name.to_owned() };
        match path {
            None => Ok(inside(downloads)),
            Some(path) if path.is_dir() => Ok(inside(path)),
            Some(path) if path.symlink_metadata().is_ok() => Err(Errno::EEXIST.into()),
            // A slash at the end means a folder, and there is none.
            Some(path) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => Err(Errno::ENOENT.into()),
            Some(path) => Ok(Destination::Exactly(path.to_owned())),
        }
    }

    fn folder(&self) -> &Path {
        match self {
            Destination::In { folder, .. } => folder,
            Destination::Exactly(path) => match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            },
        }
    }

    /// The names to try, one after the other.
    fn candidates(&self) -> impl Iterator<Item = PathBuf> {
        let numbers = if let Destination::In { .. } = self { 0..=NUMBER_MAX } else { 0..=0 };
        numbers.map(|number| match self {
            Destination::In { folder, name } => folder.join(numbered(name, number)),
            Destination::Exactly(path) => path.clone(),
        })
    }
}

/// A file that is not whole yet, for its owner only. If it is dropped, nothing is left of it.
#[derive(Debug)]
pub(super) struct PartialFile {
    destination: Destination,
    file: Unfinished,
}

#[derive(Debug)]
enum Unfinished {
    Nameless(File),
    Named(NamedTempFile),
}

impl PartialFile {
    /// Begins one in the folder where it will stand.
    pub(super) fn create(destination: Destination) -> io::Result<PartialFile> {
        let folder = destination.folder();
        let nameless = OpenOptions::new().write(true).custom_flags(O_TMPFILE).mode(0o600).open(folder);
        let file = match nameless {
            Ok(file) => Unfinished::Nameless(file),
            Err(error) if lacks_nameless_files(&error) => {
                // With O_CREAT and O_EXCL, 0600.
                Unfinished::Named(Builder::new().prefix(".shmchat-").suffix(".part").tempfile_in(folder)?)
            }
            Err(error) => return Err(error),
        };
        Ok(PartialFile { destination, file })
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.file {
            Unfinished::Nameless(file) => file.write_all(bytes),
            Unfinished::Named(file) => file.write_all(bytes),
        }
    }

    /// Gives the file its name, and returns it. Something that exists is never replaced.
    pub(super) fn finish(self) -> io::Result<PathBuf> {
        let mut candidates = self.destination.candidates();
        match self.file {
            Unfinished::Nameless(file) => {
                let open = format!("/proc/self/fd/{}", file.as_raw_fd());
                first_free(&mut candidates, |path| {
                    Ok(linkat(AT_FDCWD, open.as_str(), AT_FDCWD, path, AtFlags::AT_SYMLINK_FOLLOW)?)
                })
            }
            Unfinished::Named(file) => {
                let mut file = Some(file);
                first_free(&mut candidates, |path| {
                    let Some(now) = file.take() else { return Err(Errno::EEXIST.into()) };
                    now.persist_noclobber(path).map(drop).map_err(|PersistError { error, file: back }| {
                        file = Some(back);
                        error
                    })
                })
            }
        }
    }
}

/// The first path for which `name` does not say that it is taken.
fn first_free(
    candidates: &mut dyn Iterator<Item = PathBuf>,
    mut name: impl FnMut(&Path) -> io::Result<()>,
) -> io::Result<PathBuf> {
    for path in candidates {
        match name(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(Errno::EEXIST.into())
}

/// `open(2)`: "The filesystem containing pathname does not support O_TMPFILE"; older ones take the flag for `O_DIRECTORY`.
/// <https://man7.org/linux/man-pages/man2/open.2.html>
fn lacks_nameless_files(error: &io::Error) -> bool {
    [Errno::EOPNOTSUPP, Errno::EISDIR, Errno::EINVAL]
        .map(|errno| errno as i32)
        .contains(&error.raw_os_error().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn in_folder(folder: &Path) -> Destination {
        Destination::of(None, folder, "photo.jpg").unwrap()
    }

    fn named(destination: Destination) -> PartialFile {
        let file = Builder::new().prefix(".shmchat-").suffix(".part").tempfile_in(destination.folder()).unwrap();
        PartialFile { destination, file: Unfinished::Named(file) }
    }

    fn both_ways(destination: &Destination) -> [PartialFile; 2] {
        [PartialFile::create(destination.clone()).unwrap(), named(destination.clone())]
    }

    #[test]
    fn a_file_has_its_name_only_once_it_is_whole_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        for (number, mut file) in both_ways(&in_folder(folder.path())).into_iter().enumerate() {
            file.append(b"bytes").unwrap();
            assert!(!folder.path().join(numbered("photo.jpg", number as u32)).exists());
            let path = file.finish().unwrap();
            assert_eq!(path, folder.path().join(numbered("photo.jpg", number as u32)));
            assert_eq!(fs::read(&path).unwrap(), b"bytes");
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_has_the_name_stays_and_the_file_gets_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("photo.jpg"), "first").unwrap();
        // Pointing to nothing, which `exists` would call free.
        std::os::unix::fs::symlink("nowhere", path("photo (1).jpg")).unwrap();
        fs::create_dir(path("photo (2).jpg")).unwrap();
        for (number, mut file) in (3..).zip(both_ways(&in_folder(folder.path()))) {
            file.append(b"second").unwrap();
            assert_eq!(file.finish().unwrap(), path(&numbered("photo.jpg", number)));
        }
        assert_eq!(fs::read(path("photo.jpg")).unwrap(), b"first");
        assert!(!path("nowhere").exists());
    }

    #[test]
    fn a_path_that_was_given_is_taken_exactly_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine");
        let destination = Destination::of(Some(&path), Path::new("/nowhere"), "photo.jpg").unwrap();
        let [one, other] = both_ways(&destination);
        assert_eq!(one.finish().unwrap(), path);
        assert_eq!(other.finish().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        let refused = Destination::of(Some(&path), Path::new("/nowhere"), "photo.jpg");
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_path_to_a_folder_is_a_folder_to_put_it_in() {
        let folder = tempfile::tempdir().unwrap();
        let inside = Destination::In { folder: folder.path().into(), name: "photo.jpg".into() };
        assert_eq!(Destination::of(Some(folder.path()), Path::new("/nowhere"), "photo.jpg").unwrap(), inside);
        let missing = folder.path().join("missing/");
        let refused = Destination::of(Some(&missing), Path::new("/nowhere"), "photo.jpg");
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_file_that_is_dropped_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for mut file in both_ways(&in_folder(folder.path())) {
            file.append(b"half").unwrap();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
