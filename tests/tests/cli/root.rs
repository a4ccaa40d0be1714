//! The tests are for ordinary users; what needs root says so.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let inside = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries.flat_map(inside).filter(|path| path.extension().is_some_and(|ending| ending == "rs")).collect()
}

#[test]
fn no_test_asks_for_root_but_through_the_harness() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let asks = concat!(".is_", "root()");
    for path in [tests, &tests.join("../common/tests")].into_iter().flat_map(sources) {
        let text = fs::read_to_string(&path).expect("a source");
        assert!(!text.contains(asks) || path.ends_with("tests/src/root.rs"), "{}: ask needs_root()", path.display());
    }
}
