//! What `reader --status` says, for programs and for people.

use crate::{Place, Run};
use serde_json::Value;

/// What `--status --json` says, a value per line.
///
/// # Panics
/// If it does not end well, or says something else than JSON.
#[track_caller]
pub fn json(run: Run) -> Vec<Value> {
    let ended = run.args("-q --status --json").finish();
    ended.assert_well();
    let text = String::from_utf8(ended.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("an object per line")).collect()
}

/// What it says of the only channel.
///
/// # Panics
/// As [`json`], and if there is none or another one.
#[track_caller]
pub fn lobby(place: &Place) -> Value {
    let mut all = json(place.reader());
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// What it says for people.
///
/// # Panics
/// If it does not end well, or a line has more than 80 columns.
#[track_caller]
pub fn report(place: &Place) -> String {
    let ended = place.reader().args("-q --status").finish();
    ended.assert_well();
    let text = String::from_utf8(ended.stdout).expect("UTF-8");
    // A command is in one piece, so that it can be pasted; ours are as long as the name of the folder for temporary files.
    let is_command = |line: &str| line.contains(&*place.dir().to_string_lossy());
    assert!(text.lines().all(|line| line.chars().count() <= 80 || is_command(line)), "{text}");
    text
}
