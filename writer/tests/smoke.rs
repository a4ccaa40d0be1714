//! `writer` by itself: what it says about itself, and what it does with arguments that make no sense.

#![forbid(unsafe_code)]

use assert_cmd::Command;

fn writer() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_writer"));
    command.env("COLUMNS", "80");
    command
}

/// Standard output of a run that must end well and complain about nothing.
fn output(args: &[&str]) -> String {
    let run = writer().args(args).assert().success().stderr("");
    String::from_utf8(run.get_output().stdout.clone()).expect("what is said is UTF-8")
}

#[test]
fn the_help_fits_80_columns_and_names_the_options() {
    for option in ["--help", "-h"] {
        let help = output(&[option]);
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        for word in ["Usage: writer", "[CHANNEL]", "--name", "--plain", "--capacity", "--dir", "lobby", "Examples:"] {
            assert!(help.contains(word), "{word} in:\n{help}");
        }
    }
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(output(&["--version"]), concat!("writer ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn wrong_usage_is_one_line_and_code_2() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for wrong in [&["--nmae", "bob"][..], &["one", "two"], &["no/channel"], &["--capacity", "3MiB"], &["--name"]] {
        let run = writer().arg("--dir").arg(folder.path()).args(wrong).assert().code(2).stdout("");
        let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(said.starts_with("writer: ") && said.lines().count() == 1, "{said:?}");
    }
    assert_eq!(folder.path().read_dir().expect("the folder").count(), 0, "nothing was made");
}

#[test]
fn no_input_at_all_leaves_neither_segment_nor_bell() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    writer().arg("--dir").arg(folder.path()).assert().success().stdout("").stderr("");
    let files = folder.path().join("lobby").read_dir().expect("the channel's folder").flatten();
    let mut names: Vec<_> = files.map(|file| file.file_name()).collect();
    names.sort();
    assert_eq!(names, ["key", "lock", "reader.lock", "writer.lock"]);
}
