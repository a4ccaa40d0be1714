//! A command to run: which program, with which arguments.

use super::error::Error;
use nix::unistd::{AccessFlags, access};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// What stands for the message in an argument.
const PLACE: &[u8] = b"{}";

/// Characters that mean something to a shell, as `make` sees it: a line without them is run without one.
const SHELL: &[u8] = b"#;\"*?[]&|<>(){}$`^~!\\'\n=%";

/// A program that was found, and its arguments.
#[derive(Clone, Debug)]
pub struct CommandLine {
    /// As it was typed.
    pub(super) program: OsString,
    /// Where it is.
    pub(super) path: PathBuf,
    pub(super) arguments: Vec<OsString>,
}

impl CommandLine {
    /// A program and its arguments.
    ///
    /// # Errors
    /// [`Error::NoCommand`] if there is no such program.
    pub fn of_words(words: &[OsString]) -> Result<Self, Error> {
        let (program, arguments) = words.split_first().expect("clap asks for one word at least");
        let path = find(program).ok_or_else(|| Error::NoCommand { program: program.to_string_lossy().into_owned() })?;
        Ok(CommandLine { program: program.clone(), path, arguments: arguments.to_vec() })
    }

    /// A line for the shell.
    ///
    /// # Errors
    /// If there is no shell.
    pub fn of_shell(line: &OsStr) -> Result<Self, Error> {
        Self::of_words(&["sh".into(), "-c".into(), line.to_owned()])
    }

    /// A line that the shell runs, unless it is nothing but words: then no shell stands between, and a program that is missing is
    /// noticed now.
    ///
    /// # Errors
    /// As for [`of_words`](Self::of_words).
    pub fn of_line(line: &OsStr) -> Result<Self, Error> {
        let words = line.as_bytes().split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
        let words: Vec<_> = words.map(|word| OsString::from_vec(word.to_vec())).collect();
        let is_plain = !line.as_bytes().iter().any(|byte| SHELL.contains(byte));
        if is_plain && !words.is_empty() { Self::of_words(&words) } else { Self::of_shell(line) }
    }

    /// Whether the message stands in an argument.
    pub(super) fn has_place(&self) -> bool {
        self.arguments.iter().any(|argument| places(argument).next().is_some())
    }

    /// The arguments for this message.
    pub(super) fn arguments_for(&self, message: &[u8]) -> Vec<OsString> {
        self.arguments.iter().map(|argument| filled(argument, message)).collect()
    }

    /// For people.
    pub(super) fn shown(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }
}

fn places(argument: &OsStr) -> impl Iterator<Item = usize> {
    memchr::memmem::find_iter(argument.as_bytes(), PLACE)
}

fn filled(argument: &OsStr, message: &[u8]) -> OsString {
    let (mut filled, mut from) = (Vec::new(), 0);
    for at in places(argument) {
        filled.extend_from_slice(&argument.as_bytes()[from..at]);
        filled.extend_from_slice(message);
        from = at + PLACE.len();
    }
    filled.extend_from_slice(&argument.as_bytes()[from..]);
    OsString::from_vec(filled)
}

/// Where the program is, as `execvp` would find it.
fn find(program: &OsStr) -> Option<PathBuf> {
    let is_program = |path: &Path| path.is_file() && access(path, AccessFlags::X_OK).is_ok();
    if program.as_bytes().contains(&b'/') {
        let path = PathBuf::from(program);
        return is_program(&path).then_some(path);
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| is_program(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_stands_wherever_its_place_is() {
        let cases = [("{}", "a b"), ("x{}y{}", "xa bya b"), ("{", "{"), ("{ }", "{ }"), ("", "")];
        for (argument, expected) in cases {
            assert_eq!(filled(OsStr::new(argument), b"a b"), OsStr::new(expected), "{argument}");
        }
        // What stands there is not looked at again.
        assert_eq!(filled(OsStr::new("{}"), b"{}{}"), OsStr::new("{}{}"));
    }

    #[test]
    fn a_line_of_plain_words_needs_no_shell() {
        let words = |line: &str| CommandLine::of_line(OsStr::new(line)).unwrap().arguments.len();
        assert_eq!([words("cat"), words(" sed  -u p "), words("cat | cat"), words("X=1 cat")], [0, 2, 2, 2]);
        assert!(matches!(CommandLine::of_line(OsStr::new("no-such-program -x")), Err(Error::NoCommand { .. })));
    }
}
