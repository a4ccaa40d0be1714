//! Circles among imports, the shortest through each import.

use crate::imports::Imports;
use std::collections::{BTreeSet, HashMap, VecDeque};

/// For each import that is part of a circle the shortest circle it is part of, each once, shortest first.
///
/// A circle is its files in order; the last imports from the first.
pub(crate) fn shortest(imports: &Imports) -> Vec<Vec<&str>> {
    let mut circles = BTreeSet::new();
    for (from, to) in imports.keys() {
        if let Some(mut circle) = way(imports, to, from) {
            // The same circle, wherever it was entered.
            let first = circle.iter().enumerate().min_by_key(|&(_, file)| file).map_or(0, |(index, _)| index);
            circle.rotate_left(first);
            circles.insert((circle.len(), circle));
        }
    }
    circles.into_iter().map(|(_, circle)| circle).collect()
}

/// The circle as a person reads it: each import with its file and line.
pub(crate) fn told(circle: &[&str], imports: &Imports) -> String {
    let mut lines = Vec::new();
    for (index, from) in circle.iter().enumerate() {
        let to = circle[(index + 1) % circle.len()];
        let place = &imports[&((*from).to_owned(), to.to_owned())];
        lines.push(format!("{from}:{} imports {} from {to}", place.line, place.name));
    }
    lines.join("\n  ")
}

/// The shortest way along imports between two files, both included.
fn way<'a>(imports: &'a Imports, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
    let mut came = HashMap::from([(from, from)]);
    let mut next = VecDeque::from([from]);
    while let Some(file) = next.pop_front() {
        if file == to {
            let mut way = vec![file];
            while let Some(&before) =
                way.last().and_then(|last| came.get(last)).filter(|&before| way.last() != Some(before))
            {
                way.push(before);
            }
            way.reverse();
            return Some(way);
        }
        for (importer, imported) in imports.keys() {
            if importer == file && !came.contains_key(imported.as_str()) {
                came.insert(imported, file);
                next.push_back(imported);
            }
        }
    }
    None
}
