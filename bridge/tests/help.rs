//! What the bridge says of itself: the help, the man page and the completions come from one place, and wrong usage is one line.
//! None of it needs a server.

use std::collections::BTreeSet;
use std::process::{Command, Output};

/// What comes of these arguments, on a terminal's usual width and in an environment that says nothing about a server.
fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shmchat-bridge"));
    for name in std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("NATS_")) {
        command.env_remove(name);
    }
    command.env("COLUMNS", "80").args(args).output().expect("the bridge runs")
}

fn printed(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The long options that a help lists.
fn options(help: &str) -> BTreeSet<&str> {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = lines.flat_map(|line| line.split([' ', ',']).take_while(|word| !word.starts_with('<')).take(3));
    words.filter_map(|word| word.strip_prefix("--")).map(|word| word.trim_end_matches("...")).collect()
}

/// Asserts that the bridge ends with this code and one line that has all of these words in it.
fn assert_one_line(args: &[&str], code: i32, words: &[&str]) {
    let output = run(args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
    assert!(words.iter().all(|word| said.contains(word)), "{args:?}: {words:?} in {said}");
}

#[test]
fn the_short_help_has_a_line_of_80_columns_for_each_option_but_those_that_few_need() {
    let help = printed(&["-h"]);
    for line in help.lines() {
        assert!(line.chars().count() <= 80, "more than 80 columns: {line}");
        let indent = line.len() - line.trim_start().len();
        assert!([0, 2, 6].contains(&indent), "an option with more than one line: {line}");
    }
    let long = printed(&["--help"]);
    let more: Vec<_> = options(&long).difference(&options(&help)).copied().collect();
    assert_eq!(more, ["completions", "man", "no-config", "project-id", "show-config"]);
}

#[test]
fn the_help_names_every_option_of_the_bridge_and_those_that_all_programs_take() {
    let help = printed(&["--help"]);
    let found = options(&help);
    for option in "role server creds user password-file token-file nkey-file tls-ca tls-cert tls-key stream subject replicas \
        max-bytes max-age storage linger timeout dir memory sync capacity mode group key-file project-id log-level log-to quiet verbose \
        config no-config show-config completions man help version"
        .split_whitespace()
    {
        assert!(found.contains(option), "--{option} in {found:?}");
    }
    for option in ["name", "framing", "plain", "bell", "status"] {
        assert!(!found.contains(option), "--{option}");
    }
    for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "128+n "] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(code)), "exit code {code}");
    }
}

#[test]
fn the_man_page_and_the_completions_have_every_option() {
    let help = printed(&["--help"]);
    let (page, bash) = (printed(&["--man"]), printed(&["--completions", "bash"]));
    let plain = page.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "");
    for option in options(&help) {
        assert!(plain.contains(&format!("--{option}")), "--{option} in the man page");
        assert!(bash.contains(&format!("--{option}")), "--{option} in the completions");
    }
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "FILES", "EXAMPLES", "SEE ALSO"] {
        let heading = |line: &str| line.strip_prefix(".SH ").is_some_and(|name| name.trim_matches('"') == section);
        assert!(page.lines().any(heading), "no section {section}:\n{page}");
    }
    assert!(!page.contains("COMMANDS"), "there is no screen to type commands on");
}

#[test]
fn wrong_usage_is_one_line_with_code_2_and_the_way_out() {
    assert_one_line(&["logs"], 2, &["--role"]);
    assert_one_line(&["--role", "reader"], 2, &["<CHANNEL>"]);
    assert_one_line(&[], 2, &["not provided: --role <ROLE>, <CHANNEL> (see"]);
    assert_one_line(&["a b", "--role", "reader"], 2, &["1 to 64"]);
    let reader = |more: &[&'static str]| [&["logs", "--role", "reader"], more].concat();
    assert_one_line(&reader(&["--user", "alice"]), 2, &["NATS_PASSWORD", "--password-file"]);
    assert_one_line(&reader(&["--server", "http://a"]), 2, &["nats://HOST:PORT"]);
    assert_one_line(&reader(&["--creds", "a", "--token-file", "b"]), 2, &["cannot be used with"]);
    assert_one_line(&reader(&["--mode", "0660"]), 2, &["--group"]);
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let args = ["logs", "--role", "reader", "--server", "nats://alice:hunter2@127.0.0.1:1"];
    assert_one_line(&args, 2, &["NATS_URL", "--password-file"]);
    assert!(!String::from_utf8_lossy(&run(&args).stderr).contains("hunter2"));
}

#[test]
fn a_server_that_is_not_there_is_a_timeout_that_names_it() {
    let args = ["logs", "--role", "reader", "--server", "nats://127.0.0.1:1", "--timeout", "0", "--quiet"];
    assert_one_line(&args, 3, &["nats://127.0.0.1:1", "Connection refused", "nats-server -js"]);
}

#[test]
fn the_config_file_says_where_the_channel_is_and_nothing_about_the_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.toml");
    std::fs::write(&file, "name = \"alice\"\ntimeout = 5\ndir = \"/channels\"\n").expect("a file");
    let args = ["logs", "--role", "reader", "--config", file.to_str().expect("UTF-8"), "--show-config"];
    let shown = printed(&args);
    assert!(shown.lines().any(|line| line.starts_with("dir = \"/channels\"")), "{shown}");
    assert!(shown.contains("for the other program: name, timeout"), "{shown}");
    assert!(!shown.contains("server"), "{shown}");
}
