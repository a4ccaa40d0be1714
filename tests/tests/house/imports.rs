//! Which file imports from which: each path followed to the file that defines what it names.
//!
//! A re-export is looked through: who imports `super::Role`, which `mod.rs` has from `role.rs`, imports from `role.rs`. A
//! parent's `mod role;` and `pub use role::Role;` are no imports, as long as the parent does not itself use the name. To
//! name a module is no import; to name what is in it is. Methods need no import, and so have none.

use crate::modules::Modules;
use crate::names::{Import, Named};
use std::collections::{BTreeMap, HashSet};

/// Who imports from whom, each with the first place where it does.
pub(crate) type Imports = BTreeMap<(String, String), Place>;

/// A line, and what is named there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) name: String,
}

/// What a path leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Module(usize),
    /// Something that this module defines.
    Item(usize),
    /// Something of another crate.
    Elsewhere,
}

/// The imports among the files of a crate.
pub(crate) fn of(modules: &Modules) -> Imports {
    let mut imports = Imports::new();
    for (index, module) in modules.0.iter().enumerate().filter(|(_, module)| !module.test) {
        let mut add = |target: usize, named: &Named| {
            let pair = (module.file.clone(), modules.file_of(target).to_owned());
            if pair.0 != pair.1 {
                let place = Place { line: named.line, name: named.path.join("::") };
                let first = imports.entry(pair).or_insert_with(|| place.clone());
                *first = place.min(first.clone());
            }
        };
        for import in &module.names.imports {
            for found in follow(modules, index, &import.named, &mut HashSet::new()) {
                match found {
                    Found::Item(target) | Found::Module(target) if import.reexport && modules.inside(target, index) => {
                    }
                    Found::Item(target) => add(target, &import.named),
                    Found::Module(target) if import.glob => add(target, &import.named),
                    Found::Module(_) | Found::Elsewhere => {}
                }
            }
        }
        for named in &module.names.paths {
            for found in follow(modules, index, named, &mut HashSet::new()) {
                if let Found::Item(target) = found {
                    add(target, named);
                }
            }
        }
    }
    imports
}

/// Names whose imports are being followed, so that two that import each other come to an end.
type Seen = HashSet<(usize, String)>;

/// What a path that stands in the module `at` leads to. Nothing if it begins with a name that is none of the crate's.
fn follow(modules: &Modules, at: usize, named: &Named, seen: &mut Seen) -> Vec<Found> {
    if named.absolute {
        return vec![Found::Elsewhere];
    }
    let (first, rest) = named.path.split_first().expect("a path has a name");
    match first.as_str() {
        "crate" => walk(modules, at, 0, rest, seen),
        "self" => walk(modules, at, at, rest, seen),
        "super" => modules.0[at].parent.map_or(Vec::new(), |parent| walk(modules, at, parent, rest, seen)),
        _ => onward(modules, at, look_up(modules, at, at, first, seen), rest, seen),
    }
}

/// Follows the rest of a path from a module.
fn walk(modules: &Modules, at: usize, module: usize, rest: &[String], seen: &mut Seen) -> Vec<Found> {
    let Some((first, rest)) = rest.split_first() else { return vec![Found::Module(module)] };
    match first.as_str() {
        "super" => modules.0[module].parent.map_or(Vec::new(), |parent| walk(modules, at, parent, rest, seen)),
        "self" => walk(modules, at, module, rest, seen),
        name => {
            let found = look_up(modules, at, module, name, seen);
            if !found.is_empty() {
                return onward(modules, at, found, rest, seen);
            }
            // Made by a macro: one with that name, or one that is called there.
            let made = |index: &usize| modules.0[*index].names.macros.contains(name);
            vec![Found::Item((0..modules.0.len()).find(made).unwrap_or(module))]
        }
    }
}

fn onward(modules: &Modules, at: usize, mut found: Vec<Found>, rest: &[String], seen: &mut Seen) -> Vec<Found> {
    if rest.is_empty() {
        return found;
    }
    // Only a module, or else a type, has something behind a `::`; a function of the same name has not.
    if found.iter().any(|found| matches!(found, Found::Module(_))) {
        found.retain(|found| matches!(found, Found::Module(_)));
    }
    let further = found.into_iter().flat_map(|found| match found {
        Found::Module(module) => walk(modules, at, module, rest, seen),
        other => vec![other],
    });
    further.collect()
}

/// What a name means in a module, for somebody who looks from the module `at`.
fn look_up(modules: &Modules, at: usize, module: usize, name: &str, seen: &mut Seen) -> Vec<Found> {
    let it = &modules.0[module];
    let mut found = Vec::new();
    if it.names.items.contains(name) || it.names.macros.contains(name) {
        found.push(Found::Item(module));
    }
    found.extend(it.children.get(name).into_iter().flatten().map(|&child| Found::Module(child)));
    if !seen.insert((module, name.to_owned())) {
        return found;
    }
    let visible = |import: &&Import| import.reexport || modules.inside(at, module);
    let imports = || it.names.imports.iter().filter(visible);
    for import in imports().filter(|import| import.name.as_deref() == Some(name)) {
        let there = follow(modules, module, &import.named, seen);
        found.extend(if there.is_empty() { vec![Found::Elsewhere] } else { there });
    }
    if found.is_empty() {
        for import in imports().filter(|import| import.glob) {
            for there in follow(modules, module, &import.named, &mut seen.clone()) {
                if let Found::Module(there) = there {
                    found.extend(look_up(modules, module, there, name, seen));
                }
            }
        }
    }
    seen.remove(&(module, name.to_owned()));
    found
}
