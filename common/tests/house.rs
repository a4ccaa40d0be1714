//! The house as `common`'s first page draws it, held against the sources: who imports whom, who talks to the system,
//! where `unsafe` stands.
#![cfg(not(loom))]

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, ground floor first. A room imports only from those before it.
const FLOORS: [&str; 12] = [
    "sync",
    "fault",
    "layout",
    "descriptor",
    "hint",
    "folder",
    "key",
    "segment",
    "ring",
    "doorbell",
    "presence",
    "channel",
];

/// All files of a room.
fn files(room: &str) -> Vec<PathBuf> {
    fn walk(path: PathBuf, found: &mut Vec<PathBuf>) {
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                walk(entry.unwrap().path(), found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in [source.join(room), source.join(format!("{room}.rs"))] {
        if path.exists() {
            walk(path, &mut found);
        }
    }
    assert!(!found.is_empty(), "no room called {room}");
    found
}

/// The lines of code of a file, numbered: no comments, no tests.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).unwrap();
    if path.components().any(|part| part.as_os_str() == "tests") {
        return Vec::new();
    }
    let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]").enumerate();
    let code = lines.map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default().to_owned()));
    code.filter(|(_, line)| !line.trim().is_empty()).collect()
}

/// Every line of code in `rooms` that names one of `words`.
fn mentions(rooms: &[&str], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in rooms.iter().flat_map(|room| files(room)) {
        for (number, line) in code(&path) {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{number}: {}", path.display(), line.trim()));
            }
        }
    }
    found
}

#[test]
fn every_room_has_its_floor() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let room = path.file_stem().unwrap().to_str().unwrap();
        assert!(room == "lib" || FLOORS.contains(&room), "{room} has no floor");
    }
}

#[test]
fn a_room_imports_only_from_the_floors_below() {
    for (floor, room) in FLOORS.iter().enumerate() {
        let above: Vec<_> = FLOORS[floor + 1..].iter().map(|room| format!("crate::{room}")).collect();
        let above: Vec<_> = above.iter().map(String::as_str).collect();
        assert_eq!(mentions(&[room], &above), [""; 0], "{room}");
        // `use crate::{a, b}` would hide from the line above.
        let grouped = mentions(&[room], &["crate::{"]);
        for line in grouped {
            let names = line.split("crate::{").nth(1).unwrap();
            let hidden = above.iter().find(|above| names.contains(above.trim_start_matches("crate::")));
            assert_eq!(hidden, None, "{line}");
        }
    }
}

#[test]
fn the_ring_names_no_system_call() {
    let system = ["nix::", "libc::", "std::fs", "std::io", "std::os", "std::process", "std::thread"];
    assert_eq!(mentions(&["sync", "layout", "ring"], &system), [""; 0]);
}

#[test]
fn unsafe_stands_where_addresses_go_to_the_kernel_and_all_else_forbids_it() {
    for room in FLOORS {
        for path in files(room) {
            let text = fs::read_to_string(&path).unwrap();
            let allowed = ["descriptor", "segment"].contains(&room);
            assert_eq!(text.contains("#![allow(unsafe_code)]"), allowed, "{}", path.display());
            assert!(allowed || !text.contains("allow(unsafe_code)"), "{}", path.display());
        }
    }
}
