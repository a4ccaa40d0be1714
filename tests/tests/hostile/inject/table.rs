//! The table: call, error, what the user sees.

use super::target::{CONFIG_FILE, DEAD_LETTERS, JOB_LOG};
use nix::errno::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// What the failures of some calls led to, told so that it is the same on every machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) call: String,
    /// What the calls were about: one thing, or several.
    pub(crate) of: String,
    /// One error, or several.
    pub(crate) errors: String,
    pub(crate) code: String,
    pub(crate) sees: String,
    /// One program, or several.
    pub(crate) programs: String,
}

/// Stands between several values in a column.
const AND: &str = ", ";

/// The line that a program said, without what differs from run to run: places, numbers, and the error's own words.
pub(crate) fn shorten(line: &str, dir: &Path, errno: Errno) -> String {
    let line = line.split_once(": ").map_or(line, |(_, rest)| rest);
    let line = line.replace(errno.desc(), "ERROR");
    let dir = dir.display().to_string();
    let words = line.split(' ').collect::<Vec<_>>();
    let shown = words.iter().enumerate().map(|(index, word)| {
        let end = |from: &str| {
            word[from.len()..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "/.-".contains(c)).to_owned()
        };
        match index.checked_sub(1).map(|before| words[before]) {
            Some("(key") => format!("KEY{}", end("")),
            Some("shmid") => format!("ID{}", end("")),
            Some("(pid") => format!("PID{}", end("")),
            _ if word.starts_with("/dev/shm/shmchat-") => format!("PATH{}", end("/dev/shm/shmchat-")),
            _ if [CONFIG_FILE, DEAD_LETTERS, JOB_LOG].iter().any(|file| word.trim_end_matches(':').ends_with(file)) => {
                word.replace(word.trim_end_matches(':'), "PATH")
            }
            // How much room is there.
            _ if word.bytes().all(|byte| byte.is_ascii_digit()) => "N".to_owned(),
            _ if word.starts_with(&dir) => format!("PATH{}", end(&dir)),
            _ => (*word).to_owned(),
        }
    });
    format!("`{}`", shown.collect::<Vec<_>>().join(" ").replace('`', "'"))
}

/// The rows with one thing, error and program each as a table in Markdown, in which rows are put together that differ
/// in one column only.
pub(crate) fn render(rows: &BTreeSet<Row>) -> String {
    let mut rows = rows.clone();
    let columns: [fn(&mut Row) -> &mut String; 3] = [|row| &mut row.errors, |row| &mut row.of, |row| &mut row.programs];
    for column in columns {
        let mut merged: BTreeMap<Row, BTreeSet<String>> = BTreeMap::new();
        for mut row in rows {
            let value = std::mem::take(column(&mut row));
            merged.entry(row).or_default().insert(value);
        }
        let put = |(mut row, values): (Row, BTreeSet<String>)| {
            *column(&mut row) = values.into_iter().collect::<Vec<_>>().join(AND);
            row
        };
        rows = merged.into_iter().map(put).collect();
    }
    let mut text =
        "| call | of | error | exit | what the user sees | of which program |\n| --- | --- | --- | --- | --- | --- |\n"
            .to_owned();
    for Row { call, of, errors, code, sees, programs } in rows {
        let _ = writeln!(text, "| {call} | {of} | {errors} | {code} | {sees} | {programs} |");
    }
    text
}

/// The rows of a table that [`render`] made, taken apart again.
pub(crate) fn parse(text: &str) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    for line in text.lines() {
        let columns = line.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>();
        let [call, of, errors, code, sees, programs] = columns[..] else { continue };
        if code.parse::<u8>().is_err() {
            // The head.
            continue;
        }
        for of in of.split(AND) {
            for error in errors.split(AND) {
                for program in programs.split(AND) {
                    rows.insert(Row {
                        call: call.to_owned(),
                        of: of.to_owned(),
                        errors: error.to_owned(),
                        code: code.to_owned(),
                        sees: sees.to_owned(),
                        programs: program.to_owned(),
                    });
                }
            }
        }
    }
    rows
}
