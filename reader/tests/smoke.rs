//! `reader` by itself: what it says about itself, and what it does with arguments that make no sense.

#![forbid(unsafe_code)]

use assert_cmd::Command;

fn reader() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reader"));
    command.env("COLUMNS", "80");
    command
}

/// Standard output of a run that must end well and complain about nothing.
fn output(args: &[&str]) -> String {
    let run = reader().args(args).assert().success().stderr("");
    String::from_utf8(run.get_output().stdout.clone()).expect("what is said is UTF-8")
}

#[test]
fn the_help_fits_80_columns_and_names_the_options() {
    for option in ["--help", "-h"] {
        let help = output(&[option]);
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        for word in ["Usage: reader", "[CHANNEL]", "--name", "--plain", "--capacity", "--dir", "lobby", "Examples:"] {
            assert!(help.contains(word), "{word} in:\n{help}");
        }
    }
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(output(&["--version"]), concat!("reader ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn wrong_usage_is_one_line_and_code_2() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for wrong in [&["--nmae", "bob"][..], &["one", "two"], &["no/channel"], &["--capacity", "3MiB"], &["--name"]] {
        let run = reader().arg("--dir").arg(folder.path()).args(wrong).assert().code(2).stdout("");
        let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(said.starts_with("reader: ") && said.lines().count() == 1, "{said:?}");
    }
    assert_eq!(folder.path().read_dir().expect("the folder").count(), 0, "nothing was made");
}

#[test]
fn there_is_nothing_to_clean_where_nothing_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    reader().arg("--dir").arg(folder.path()).arg("--clean").assert().success().stdout("").stderr("");
    let nothing = "there is no channel lounge";
    let run = reader().arg("--dir").arg(folder.path()).args(["--clean", "lounge"]).assert().code(1);
    assert!(String::from_utf8_lossy(&run.get_output().stderr).contains(nothing));
    assert_eq!(folder.path().read_dir().expect("the folder").count(), 0, "nothing was made");
}
