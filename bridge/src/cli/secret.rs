//! Passwords and the like. They come from the environment or from files, never from the command line, which everybody on a
//! machine can read; and they go to the server, never into a log or an error.

use crate::failure::Failure;
use log::warn;
use shmchat::hint::{errno_of, shell_word};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// No credentials are longer: a JWT with all that it may allow takes some KiB.
const LONGEST: u64 = 64 << 10;

/// Rights that others have.
const OPEN_TO_OTHERS: u32 = 0o077;

/// What nobody else may see. Nothing shows it by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// What is secret from now on.
    pub(super) fn new(text: String) -> Self {
        Secret(text)
    }

    /// The secret itself, for the server.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// The text of the file that an option names.
    pub(super) fn read(option: &'static str, path: &Path) -> Result<Self, Failure> {
        let failed = |error| Failure::File { option, path: path.into(), errno: errno_of(&error) };
        let file = File::open(path).map_err(failed)?;
        warn_if_open(&file, path);
        let mut bytes = Vec::new();
        file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
        let wrong = |what: &str| Failure::Content { option, path: path.into(), what: what.into() };
        if bytes.len() as u64 > LONGEST {
            return Err(wrong("has more than 64 KiB"));
        }
        let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8"))?;
        match text.trim_end_matches(['\n', '\r']) {
            "" => Err(wrong("is empty")),
            text => Ok(Secret(text.to_owned())),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Warns if others may open a file that is for its owner. What is no file, such as a shell's `<(pass show nats)`, nobody else
/// can open.
pub(super) fn warn_if_open(file: &File, path: &Path) {
    if let Some(mode) = open_mode(file) {
        let word = shell_word(path);
        warn!(
            "others can get at {} (mode {mode:04o}), and it holds a secret; close it with: chmod go= {word}",
            path.display()
        );
    }
}

/// The mode of a file that others have rights to.
fn open_mode(file: &File) -> Option<u32> {
    let found = file.metadata().ok().filter(|found| found.is_file())?;
    Some(found.permissions().mode() & 0o7777).filter(|mode| mode & OPEN_TO_OTHERS != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontend::cli::Ending;
    use std::fs;

    #[test]
    fn nothing_shows_a_secret_by_accident() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2".into()))), "Some(Secret)");
    }

    #[test]
    fn a_line_end_is_not_part_of_a_password_and_an_empty_one_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        for (content, secret) in [("pass word \n", Some("pass word ")), ("a\r\n", Some("a")), ("\n", None), ("", None)]
        {
            fs::write(&path, content).expect("a file");
            assert_eq!(Secret::read("--password-file", &path).ok().as_ref().map(Secret::reveal), secret);
        }
    }

    #[test]
    fn an_error_names_option_and_file_and_not_what_is_in_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        let missing = Secret::read("--token-file", &path).unwrap_err();
        assert_eq!(missing.code(), 1);
        assert!(missing.to_string().contains("--token-file"), "{missing}");
        fs::write(&path, b"hunter2\xff").expect("a file");
        let said = Secret::read("--token-file", &path).unwrap_err().to_string();
        assert!(said.contains("token") && said.contains("not UTF-8") && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn only_a_file_that_others_can_open_is_worth_a_warning() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        fs::write(&path, "hunter2").expect("a file");
        for (mode, open) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
            assert_eq!(open_mode(&File::open(&path).expect("the file")).is_some(), open, "{mode:o}");
        }
        let (reader, _writer) = std::io::pipe().expect("a pipe");
        assert_eq!(open_mode(&File::from(std::os::fd::OwnedFd::from(reader))), None);
    }
}
