//! Tables of what covers what, at the head of a test file, held against the tests that they name.

use std::fs;
use std::path::Path;

/// What stands in backticks.
pub fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The rows of the table at the head of this source, each as what is covered and by which tests.
///
/// The tests are told as `` `file`: `a_test`, `another` ``; the file is one of these tests, in any group, or of the screen's own
/// in `frontend/src/tui`.
///
/// # Panics
/// If a file or a test that it names does not exist, or the table is none.
pub fn rows(source: &str) -> Vec<(&str, &str)> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let groups = fs::read_dir(package.join("tests")).expect("the groups").flatten().map(|group| group.path());
    let folders: Vec<_> = groups.chain([package.join("../frontend/src/tui")]).collect();
    let head = source.lines().take_while(|line| line.starts_with("//!"));
    let mut found = Vec::new();
    for row in head.filter_map(|line| line.strip_prefix("//! | ")).skip(2) {
        let (what, by) = row.split_once(" | ").expect("two columns");
        let mut tests_of = None;
        for word in quoted(by) {
            // A file's name, and then the tests in it.
            if by.contains(&format!("`{word}`: ")) {
                let mut paths = folders.iter().map(|folder| folder.join(word).with_extension("rs"));
                let text = paths.find_map(|path| fs::read_to_string(path).ok());
                tests_of = Some(text.unwrap_or_else(|| panic!("no file {word}: {row}")));
            } else {
                let tests = tests_of.as_ref().unwrap_or_else(|| panic!("{word} is in no file: {row}"));
                assert!(tests.contains(&format!("fn {word}(")), "no test {word}: {row}");
            }
        }
        found.push((what, by));
    }
    assert!(found.len() > 10, "a table with so few rows was not read");
    found
}
