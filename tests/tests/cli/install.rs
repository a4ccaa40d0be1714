//! `make install` and `make uninstall`, into a folder of the test's own; and what `make` needs to build anything.

use shmchat_tests::output;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn make(target: &str, dest: &Path, programs: &Path) -> Output {
    let dest = format!("DESTDIR={}", dest.display());
    make_with(target, &["PREFIX=/opt/it", &dest, &format!("PROGRAMS={}", programs.display())], Path::new("/"))
}

/// The same with these variables as they stand here, for a user with this home.
fn make_with(target: &str, variables: &[&str], home: &Path) -> Output {
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new("make");
    command.current_dir(repository).args(["--no-print-directory", target]).args(variables).env("HOME", home);
    output(&mut command).expect("make")
}

fn programs() -> PathBuf {
    shmchat_tests::program("reader").parent().expect("a folder").to_owned()
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
    let programs = programs();
    let places = |program: &str| {
        [
            (format!("opt/it/bin/{program}"), 0o755),
            (format!("opt/it/share/bash-completion/completions/{program}"), 0o644),
            (format!("opt/it/share/fish/vendor_completions.d/{program}.fish"), 0o644),
            (format!("opt/it/share/man/man1/{program}.1"), 0o644),
            (format!("opt/it/share/zsh/site-functions/_{program}"), 0o644),
        ]
    };
    let mut wanted: BTreeMap<_, _> = ["reader", "writer"].into_iter().flat_map(places).collect();
    // What uninstalling goes by is no news.
    let folders = "opt/it/share/shmchat/folders";
    wanted.insert(folders.to_owned(), 0o644);
    // Over an earlier one, too.
    for _ in 0..2 {
        let output = make("install", dest.path(), &programs);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(files(dest.path()), wanted);
        let told = String::from_utf8_lossy(&output.stdout);
        for path in wanted.keys().filter(|path| *path != folders) {
            assert!(told.contains(&format!("{}/{path}", dest.path().display())), "{path}: {told}");
        }
    }
    for program in ["reader", "writer"] {
        let installed = output(Command::new(dest.path().join("opt/it/bin").join(program)).arg("--man"));
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

/// Each folder below `folder`.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let inside = entries.filter(|path| path.is_dir()).flat_map(|path| [vec![path.clone()], folders(&path)].concat());
    let mut all: Vec<_> = inside.collect();
    all.sort();
    all
}

#[test]
fn folders_that_were_made_go_again_unless_somebody_uses_them_and_those_that_were_there_stay() {
    let dest = tempfile::tempdir().expect("a folder");
    // As on a new system: there, empty, and not ours.
    for there in ["opt/it/bin", "opt/it/share/man"] {
        fs::create_dir_all(dest.path().join(there)).expect("a folder");
    }
    let before = folders(dest.path());
    // A second time makes nothing, and forgets nothing.
    for _ in 0..2 {
        assert!(make("install", dest.path(), &programs()).status.success());
    }
    let output = make("uninstall", dest.path(), &programs());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(folders(dest.path()), before);

    assert!(make("install", dest.path(), &programs()).status.success());
    let theirs = dest.path().join("opt/it/share/zsh/site-functions/_theirs");
    fs::write(&theirs, "not ours").expect("a file");
    let output = make("uninstall", dest.path(), &programs());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(theirs.exists());
    let zsh = ["opt/it/share/zsh", "opt/it/share/zsh/site-functions"].map(|path| dest.path().join(path));
    assert_eq!(folders(dest.path()), [before, zsh.to_vec()].concat());
}

#[test]
fn a_tilde_is_the_users_home_also_where_the_shell_leaves_it_alone() {
    let home = tempfile::tempdir().expect("a folder");
    let programs = format!("PROGRAMS={}", programs().display());
    for (variables, under, left) in [
        (vec!["PREFIX=~/some/where"], "some/where", vec![]),
        (vec!["PREFIX=~"], "", vec![]),
        // It is theirs who pack what lies in it.
        (vec!["DESTDIR=~/a/stage", "PREFIX=/opt"], "a/stage/opt", vec!["a", "a/stage"]),
    ] {
        let variables = [variables, vec![&programs]].concat();
        let output = make_with("install", &variables, home.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(home.path().join(under).join("bin/reader").is_file(), "{variables:?}");
        let output = make_with("uninstall", &variables, home.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(folders(home.path()), left.iter().map(|path| home.path().join(path)).collect::<Vec<_>>());
        assert_eq!(files(home.path()), BTreeMap::new(), "{variables:?}");
    }
    for variable in ["PREFIX=~somebody/x", "DESTDIR=~somebody"] {
        let output = make_with("install", &[variable, &programs], home.path());
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && told.contains("~somebody") && told.contains("write the folder out"),
            "{told}"
        );
    }
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let strange = fs::read_dir(here).expect("the repository").flatten().map(|entry| entry.file_name());
    assert!(!strange.into_iter().any(|name| name.as_encoded_bytes().starts_with(b"~")), "a folder called ~");
}

#[test]
fn where_nothing_can_link_make_says_so_in_one_line_and_what_to_install() {
    let tools = tempfile::tempdir().expect("a folder");
    let link = |tool: &str| {
        let path = std::env::var_os("PATH").expect("a path");
        let found = std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|path| path.is_file());
        std::os::unix::fs::symlink(found.expect(tool), tools.path().join(tool)).expect("a link");
    };
    ["bash", "sh", "echo", "env", "grep", "make"].into_iter().for_each(link);
    let run = |target: &str| {
        let mut command = Command::new("make");
        command.current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".."));
        command.args(["--no-print-directory", target, "CARGO=echo built with"]);
        // No cargo of anybody's says which linker to take.
        command.env("PATH", tools.path()).env("HOME", tools.path()).env_remove("CARGO_HOME");
        // Nor does the make that runs this test count for it.
        ["MAKELEVEL", "MAKEFLAGS", "MFLAGS"].into_iter().for_each(|name| _ = command.env_remove(name));
        let output = output(&mut command).expect("make");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned(), output.stdout)
    };
    let compiler = tools.path().join("cc");
    // None, and one that finds no file of libc's.
    for there in [None, Some("#!/bin/sh\necho crt1.o\n")] {
        if let Some(script) = there {
            fs::write(&compiler, script).expect("a script");
            fs::set_permissions(&compiler, fs::Permissions::from_mode(0o755)).expect("chmod");
        }
        for target in ["build", "demo", "test"] {
            let (well, told, output) = run(target);
            assert!(!well && told.contains("apt-get install gcc libc6-dev"), "{target}: {told}");
            // Beside make's own.
            assert_eq!(told.lines().filter(|line| !line.starts_with("make: ")).count(), 1, "{told}");
            assert_eq!(output, b"", "cargo was not asked");
        }
    }
    fs::remove_file(&compiler).expect("the script");
    // The one that linked this.
    link("cc");
    let (well, told, output) = run("build");
    assert!(well && output.starts_with(b"built with"), "{told}");
    // The linker that somebody chose may be another.
    fs::remove_file(&compiler).expect("the link");
    fs::create_dir(tools.path().join(".cargo")).expect("a folder");
    fs::write(tools.path().join(".cargo/config.toml"), "[build]\nlinker = \"clang\"\n").expect("a file");
    assert!(run("build").0);
}
