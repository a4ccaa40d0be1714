//! `make bridge-install` and `make bridge-uninstall`, into a folder of the test's own, beside the other programs and alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What is installed below the prefix.
const FILES: [&str; 6] = [
    "bin/shmchat-bridge",
    "share/bash-completion/completions/shmchat-bridge",
    "share/fish/vendor_completions.d/shmchat-bridge.fish",
    "share/man/man1/shmchat-bridge.1",
    "share/systemd/user/shmchat-bridge@.service",
    "share/zsh/site-functions/_shmchat-bridge",
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What comes of a target of `make`, with these variables.
fn make(target: &str, variables: &[String]) -> Output {
    let mut command = Command::new("make");
    command.current_dir(repository()).args(["--no-print-directory", target]).args(variables);
    // The make that runs this test does not count for it.
    ["MAKELEVEL", "MAKEFLAGS", "MFLAGS"].into_iter().for_each(|name| _ = command.env_remove(name));
    command.output().expect("make runs")
}

#[track_caller]
fn make_well(target: &str, variables: &[String]) -> String {
    let output = make(target, variables);
    assert!(output.status.success(), "{target}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// For an installation under `prefix`, of programs from the folder in which this test's bridge lies.
fn variables(prefix: &Path) -> [String; 2] {
    let programs = Path::new(env!("CARGO_BIN_EXE_shmchat-bridge")).parent().expect("a folder");
    [format!("PREFIX={}", prefix.display()), format!("BRIDGE_PROGRAMS={}", programs.display())]
}

#[test]
fn what_is_installed_is_told_works_and_goes_again_with_its_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let prefix = folder.path().join("it");
    // Over an earlier one, too.
    for _ in 0..2 {
        let told = make_well("bridge-install", &variables(&prefix));
        for file in FILES {
            assert!(prefix.join(file).is_file() && told.contains(file), "{file}: {told}");
        }
    }
    let installed = Command::new(prefix.join(FILES[0])).arg("--man").output().expect("it runs");
    assert_eq!(installed.stdout, fs::read(prefix.join("share/man/man1/shmchat-bridge.1")).expect("the page"));
    make_well("bridge-uninstall", &variables(&prefix));
    assert!(!prefix.exists());
}

#[test]
fn folders_that_another_of_the_programs_needs_stay_and_go_with_the_last() {
    let folder = tempfile::tempdir().expect("a folder");
    let prefix = folder.path().join("it");
    make_well("bridge-install", &variables(&prefix));
    // As `make install` would.
    let writer = prefix.join("bin/writer");
    fs::write(&writer, "").expect("a file");
    make_well("bridge-uninstall", &variables(&prefix));
    assert!(!prefix.join(FILES[0]).exists() && writer.exists() && prefix.join("share/shmchat/folders").exists());
    make_well("uninstall", &variables(&prefix));
    assert!(!prefix.exists());
}

#[test]
fn systemd_finds_the_program_where_it_was_installed_and_nothing_wrong_with_the_unit() {
    let folder = tempfile::tempdir().expect("a folder");
    let prefix = folder.path().join("it");
    make_well("bridge-install", &variables(&prefix));
    let unit = prefix.join("share/systemd/user/shmchat-bridge@.service");
    let text = fs::read_to_string(&unit).expect("the unit");
    let program = format!("ExecStart={}/bin/shmchat-bridge %i ", prefix.display());
    assert!(text.lines().any(|line| line.starts_with(&program)), "{program}: {text}");
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--user", "--man=no"]).arg(unit.with_file_name("shmchat-bridge@build.7_a-b.service"));
    // It looks for the template beside the instance.
    let runtime = folder.path().join("run");
    fs::create_dir(&runtime).expect("a folder");
    match verify.env("XDG_RUNTIME_DIR", &runtime).output() {
        Ok(output) => {
            // It looks at the system's own units, too.
            let said = String::from_utf8_lossy(&output.stderr);
            let ours: Vec<_> = said.lines().filter(|line| line.contains("shmchat-bridge")).collect();
            assert_eq!(ours, [""; 0]);
        }
        Err(error) => eprintln!("not run: systemd-analyze: {error}"),
    }
}

#[test]
fn what_was_not_built_is_not_installed_and_the_way_out_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let [prefix, _] = variables(&folder.path().join("it"));
    let output = make("bridge-install", &[prefix, "BRIDGE_PROGRAMS=/nowhere".into()]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("/nowhere/shmchat-bridge is missing"), "{told}");
    assert!(told.contains("make bridge"), "{told}");
    assert!(!folder.path().join("it").exists());
}
