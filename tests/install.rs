//! `make install` and `make uninstall`, into a folder of the test's own.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn make(target: &str, dest: &Path, programs: &Path) -> Output {
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new("make");
    command.current_dir(repository).args(["--no-print-directory", target, "PREFIX=/opt/it"]);
    command.arg(format!("DESTDIR={}", dest.display())).arg(format!("PROGRAMS={}", programs.display()));
    command.output().expect("make")
}

/// Each file below `folder`, with its rights.
fn files(folder: &Path) -> BTreeMap<String, u32> {
    fn walk(base: &Path, folder: &Path, found: &mut BTreeMap<String, u32>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let (path, metadata) = (entry.path(), entry.metadata().expect("what it is"));
            if metadata.is_dir() {
                walk(base, &path, found);
            } else {
                let name = path.strip_prefix(base).expect("it lies inside").display().to_string();
                found.insert(name, metadata.permissions().mode() & 0o7777);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

#[test]
fn what_is_installed_is_told_works_and_goes_again_and_nothing_else_with_it() {
    let dest = tempfile::tempdir().expect("a folder");
    let programs = shmchat_tests::program("reader").parent().expect("a folder").to_owned();
    let places = |program: &str| {
        [
            (format!("opt/it/bin/{program}"), 0o755),
            (format!("opt/it/share/bash-completion/completions/{program}"), 0o644),
            (format!("opt/it/share/fish/vendor_completions.d/{program}.fish"), 0o644),
            (format!("opt/it/share/man/man1/{program}.1"), 0o644),
            (format!("opt/it/share/zsh/site-functions/_{program}"), 0o644),
        ]
    };
    let wanted: BTreeMap<_, _> = ["reader", "writer"].into_iter().flat_map(places).collect();
    // Over an earlier one, too.
    for _ in 0..2 {
        let output = make("install", dest.path(), &programs);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(files(dest.path()), wanted);
        let told = String::from_utf8_lossy(&output.stdout);
        for path in wanted.keys() {
            assert!(told.contains(&format!("{}/{path}", dest.path().display())), "{path}: {told}");
        }
    }
    for program in ["reader", "writer"] {
        let installed = Command::new(dest.path().join("opt/it/bin").join(program)).arg("--man").output();
        let page = fs::read(dest.path().join(format!("opt/it/share/man/man1/{program}.1"))).expect("the page");
        assert_eq!(installed.expect("it runs").stdout, page);
        assert!(page.starts_with(b".") || page.starts_with(b"'"), "no man page");
    }
    let neighbour = dest.path().join("opt/it/bin/neighbour");
    fs::write(&neighbour, "not ours").expect("writing");
    for _ in 0..2 {
        let output = make("uninstall", dest.path(), &programs);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(files(dest.path()).into_keys().collect::<Vec<_>>(), ["opt/it/bin/neighbour"]);
    }
}

#[test]
fn what_was_not_built_is_not_installed_and_the_way_out_is_told() {
    let dest = tempfile::tempdir().expect("a folder");
    let output = make("install", dest.path(), &dest.path().join("nowhere"));
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("nowhere/reader is missing") && told.contains("make build"), "{told}");
    assert_eq!(files(dest.path()), BTreeMap::new());
}
