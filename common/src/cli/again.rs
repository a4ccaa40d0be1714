//! A command for somebody to paste: the same program on the same channel.

#![forbid(unsafe_code)]

use super::args::Shared;
use crate::channel::{ChannelName, Role};
use crate::pipe::Framing;
use std::fmt::Write;

/// `reader` or `writer` with what this run was told about where the channel is, and how messages stand in a pipe.
pub(super) fn command(role: Role, shared: &Shared, channel: &ChannelName) -> String {
    let mut command = role.to_string();
    let mut add = |option: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = write!(command, " {option} {}", quoted(value));
    };
    if let Some(dir) = &shared.dir {
        add("--dir", &dir.to_string_lossy());
    }
    if let Some(mode) = shared.mode {
        add("--mode", &format!("{mode:04o}"));
    }
    if let Some(group) = shared.group {
        add("--group", &group.to_string());
    }
    if let Some(file) = &shared.key_file {
        add("--key-file", &file.to_string_lossy());
    }
    if let Some(id) = shared.project_id {
        add("--project-id", &id.to_string());
    }
    if shared.framing() == Framing::Nul {
        add("--framing", "nul");
    }
    let _ = write!(command, " {channel}");
    command
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+,:@%".contains(&byte);
    match !word.is_empty() && word.bytes().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_take_it_apart() {
        for (word, expected) in
            [("/tmp/x-1", "/tmp/x-1"), ("", "''"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("$HOME", "'$HOME'")]
        {
            assert_eq!(quoted(word), expected);
        }
    }
}
