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

/// No file that is read here is longer: a system's list of authorities takes a quarter of it.
const LONGEST: u64 = 1 << 20;

/// What the PEM of a key ends its first line with, whatever the key is for.
pub(super) const PRIVATE: &str = "PRIVATE KEY";

/// The PEM of a certificate.
pub(super) const CERTIFICATE: &str = "CERTIFICATE";

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

    /// The secret in the file that an option names.
    pub(super) fn read(option: &'static str, path: &Path) -> Result<Self, Failure> {
        let file = open(option, path)?;
        warn_if_open(&file, path);
        let text = text(option, path, file)?;
        match text.trim_end_matches(['\n', '\r']) {
            "" => Err(wrong(option, path, "is empty")),
            text => Ok(Secret(text.to_owned())),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Checks that a file holds PEM of this kind, such as `CERTIFICATE`. The client would take an empty list for one that nobody is
/// on. Whatever is secret stays in the file: the client reads it anew for each connection.
pub(super) fn check_pem(option: &'static str, path: &Path, kind: &str) -> Result<(), Failure> {
    let file = open(option, path)?;
    if kind == PRIVATE {
        warn_if_open(&file, path);
    }
    let begins = |line: &str| line.starts_with("-----BEGIN ") && line.trim_end().ends_with(&format!("{kind}-----"));
    match text(option, path, file)?.lines().any(begins) {
        true => Ok(()),
        false => Err(wrong(option, path, &format!("holds no PEM with a {kind}"))),
    }
}

fn open(option: &'static str, path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::File { option, path: path.into(), errno: errno_of(&error) })
}

/// All of a file.
fn text(option: &'static str, path: &Path, file: File) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = file.take(LONGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::File { option, path: path.into(), errno: errno_of(&error) })?;
    if bytes.len() as u64 > LONGEST {
        return Err(wrong(option, path, "has more than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| wrong(option, path, "is not UTF-8"))
}

fn wrong(option: &'static str, path: &Path, what: &str) -> Failure {
    Failure::Content { option, path: path.into(), what: what.into() }
}

/// Warns if others may open a file that is for its owner. What is no file, such as a shell's `<(pass show nats)`, nobody else
/// can open.
fn warn_if_open(file: &File, path: &Path) {
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
    fn a_file_without_a_certificate_or_key_is_named_before_anybody_connects() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pem");
        let holds = |text: &str, kind| {
            fs::write(&path, text).expect("a file");
            check_pem("--tls-ca", &path, kind).map_err(|failure| failure.to_string())
        };
        assert_eq!(holds("some words\n-----BEGIN CERTIFICATE-----\n", CERTIFICATE), Ok(()));
        assert_eq!(holds("-----BEGIN EC PRIVATE KEY-----\n", PRIVATE), Ok(()));
        let said = holds("-----BEGIN CERTIFICATE REQUEST-----\n", CERTIFICATE).unwrap_err();
        assert!(said.contains("--tls-ca") && said.contains("no PEM with a CERTIFICATE"), "{said}");
        assert!(holds("", CERTIFICATE).is_err());
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
