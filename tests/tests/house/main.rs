//! The house as the first page of each crate draws it, held against the sources: who imports whom, who talks to the system,
//! where `unsafe` stands. Which room lies on which floor stands in `floors.rs`.
#![forbid(unsafe_code)]

mod circles;
mod floors;
mod imports;
mod modules;
mod names;
mod planted;
mod workspace;

use floors::{Floors, HOUSE};
use imports::Imports;
use modules::{Module, Modules};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use workspace::{CRATES, cargo, sources, text};

/// All crates.
static ALL: LazyLock<Vec<Modules>> =
    LazyLock::new(|| workspace::roots().iter().map(|root| Modules::read(root, &text)).collect());

/// The imports of all crates.
static IMPORTS: LazyLock<Imports> = LazyLock::new(|| ALL.iter().flat_map(imports::of).collect());

/// The modules of those files that are `wanted`.
fn modules(wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = &'static Module> {
    let found: Vec<_> = ALL.iter().flat_map(|all| &all.0).filter(|it| !it.test && wanted(&it.file)).collect();
    assert!(!found.is_empty());
    found.into_iter()
}

/// Where `modules` name something that begins with one of `paths`.
fn mentions(modules: impl Iterator<Item = &'static Module>, paths: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for module in modules {
        for named in module.names.all_paths() {
            let path = named.path.join("::");
            let begins =
                |with: &str| path.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
            if paths.iter().any(|with| begins(with)) {
                found.push(format!("{}:{}: {path}", module.file, named.line));
            }
        }
    }
    found
}

/// The table of a folder.
fn floors(folder: &str) -> &'static Floors {
    HOUSE.iter().find(|floors| floors.folder == folder).unwrap_or_else(|| panic!("no table of {folder}"))
}

#[test]
fn every_room_has_its_floor() {
    let files: BTreeSet<_> = ALL.iter().flat_map(Modules::files).collect();
    for floors in HOUSE {
        let rooms: BTreeSet<_> = files.iter().filter_map(|file| floors.room(file)).collect();
        assert!(!rooms.is_empty(), "no folder {}", floors.folder);
        for room in &rooms {
            assert!(floors.floor(room).is_some(), "{}/{room} has no floor", floors.folder);
        }
        for room in floors.rooms {
            assert!(rooms.contains(room), "no room {}/{room}", floors.folder);
        }
    }
    for folder in ["common", "frontend", "writer", "reader", "bridge", "tour"] {
        let source = format!("{folder}/src");
        assert!(HOUSE.iter().any(|floors| floors.folder == source), "{folder} has no floors");
        for file in sources(&source) {
            assert!(ALL.iter().flat_map(|all| &all.0).any(|it| it.file == file), "{file} belongs to no crate");
        }
    }
}

#[test]
fn a_room_imports_only_from_the_floors_below() {
    let mut upward = Vec::new();
    for ((from, to), place) in IMPORTS.iter() {
        if HOUSE.iter().any(|floors| floors.goes_upward(from, to)) {
            upward.push(format!("{from}:{} imports {} from {to}", place.line, place.name));
        }
    }
    assert!(upward.is_empty(), "\n{}", upward.join("\n"));
}

#[test]
fn no_two_files_import_each_other() {
    let circles = circles::shortest(&IMPORTS);
    let told: Vec<_> = circles.iter().map(|circle| circles::told(circle, &IMPORTS)).collect();
    assert!(told.is_empty(), "{} circles\n{}", told.len(), told.join("\n"));
}

#[test]
fn no_file_has_more_than_400_lines() {
    let files = CRATES.iter().flat_map(|folder| sources(folder));
    let long: Vec<_> = files.filter(|file| text(file).unwrap().lines().count() > 400).collect();
    assert_eq!(long, [""; 0]);
}

#[test]
fn the_ring_names_no_system_call() {
    let system = ["nix", "libc", "std::fs", "std::io", "std::os", "std::process", "std::thread"];
    let common = floors("common/src");
    let rooms = modules(|file| common.room(file).is_some_and(|room| ["sync", "layout", "ring"].contains(&room)));
    assert_eq!(mentions(rooms, &system), [""; 0]);
}

#[test]
fn nothing_below_the_screen_names_the_screens_crates() {
    let frontend = floors("frontend/src");
    let screen = frontend.floor("tui").expect("the screen's floor");
    let above = |file: &str| frontend.room(file).is_some_and(|room| frontend.floor(room) >= Some(screen));
    let below = modules(|file| (file.starts_with("common/src/") || file.starts_with("frontend/src/")) && !above(file));
    assert_eq!(mentions(below, &["ratatui", "crossterm", "unicode_segmentation"]), [""; 0]);
}

#[test]
fn the_library_names_no_crate_of_the_screen_or_the_command_line() {
    let tree = cargo(&["tree", "--locked", "--offline", "-p", "shmchat", "-e", "normal", "--prefix", "none"]);
    let crates: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(crates.contains("shmchat") && crates.contains("libc"), "{tree}");
    for name in ["clap", "ratatui", "crossterm", "indicatif", "serde", "serde_json", "chrono", "frontend"] {
        assert!(!crates.contains(name), "{name} in\n{tree}");
    }
}

#[test]
fn unsafe_stands_in_five_places_and_all_else_forbids_it() {
    let mut allow = BTreeSet::new();
    for file in ["common", "frontend", "writer", "reader", "bridge", "tour"].iter().flat_map(|folder| sources(folder)) {
        let allowing = names::lines_with(&text(&file).unwrap(), &["allow", "expect", "warn"], "unsafe_code");
        if !allowing.is_empty() {
            allow.insert(file);
        }
    }
    // Where addresses go to the kernel, where it gives us one, and where assembler gets them.
    let known = [
        "common/src/descriptor.rs",
        "common/src/memory/guard.rs",
        "common/src/memory/mapping.rs",
        "common/src/memory/sysv.rs",
        "common/src/ring/copy/vector.rs",
    ];
    assert_eq!(allow.iter().map(String::as_str).collect::<Vec<_>>(), known);

    let manifest = |path: &str| text(path).unwrap();
    assert!(manifest("Cargo.toml").contains("\n[workspace.lints.rust]\n"));
    assert!(manifest("Cargo.toml").contains("\nunsafe_code = \"deny\"\n"));
    for folder in ["common", "frontend", "writer", "reader"] {
        assert!(manifest(&format!("{folder}/Cargo.toml")).contains("\n[lints]\nworkspace = true\n"), "{folder}");
    }
    let programs = ["writer/src/main.rs", "reader/src/main.rs", "bridge/src/main.rs", "tour/src/main.rs"];
    for root in ["frontend/src/lib.rs", "bridge/src/lib.rs", "tour/src/lib.rs"].iter().chain(&programs) {
        assert!(!names::lines_with(&text(root).unwrap(), &["forbid"], "unsafe_code").is_empty(), "{root}");
    }
}
