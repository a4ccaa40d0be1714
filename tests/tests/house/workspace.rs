//! What is there: the crates that cargo knows, and the files on the disk.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders of all crates.
pub(crate) const CRATES: [&str; 9] =
    ["common", "frontend", "writer", "reader", "bridge", "tour", "tests", "fuzz", "bench"];

/// The folder in which the workspace lies.
pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The text of a file of the workspace, if there is such a file.
pub(crate) fn text(path: &str) -> Option<String> {
    fs::read_to_string(top().join(path)).ok()
}

/// What cargo says.
pub(crate) fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(top()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The roots of all crates, libraries, programs and tests alike.
pub(crate) fn roots() -> Vec<String> {
    let top = top();
    let mut roots = Vec::new();
    for manifest in ["Cargo.toml", "bridge/Cargo.toml", "tour/Cargo.toml", "fuzz/Cargo.toml", "bench/Cargo.toml"] {
        let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path", manifest];
        let told: Value = serde_json::from_str(&cargo(&arguments)).unwrap();
        let targets = told["packages"].as_array().unwrap().iter().flat_map(|of| of["targets"].as_array().unwrap());
        let paths = targets.map(|target| Path::new(target["src_path"].as_str().unwrap()));
        roots.extend(paths.map(|path| path.strip_prefix(&top).unwrap().to_str().unwrap().to_owned()));
    }
    assert!(CRATES.iter().all(|folder| roots.iter().any(|root| root.starts_with(folder))), "{roots:?}");
    roots
}

/// All sources in a folder.
pub(crate) fn sources(folder: &str) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let top = top();
    let mut found = Vec::new();
    walk(&top.join(folder), &mut found);
    found.sort();
    found.iter().map(|path| path.strip_prefix(&top).unwrap().to_str().unwrap().to_owned()).collect()
}
