//! What the programs say of themselves: the help, the man page and the completions agree, because they come from one place or
//! are compared here. What the documents say of them is checked in `docs`.

use shmchat_tests::{Run, spawn};
use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

const PROGRAMS: [&str; 2] = ["reader", "writer"];

/// What a program prints for `args`, on a terminal's usual width.
fn printed(program: &'static str, args: &str) -> String {
    let ended = Run::bare(program).env("COLUMNS", "80").args(args).finish();
    ended.assert_well();
    String::from_utf8(ended.stdout).expect("UTF-8")
}

/// The long options that a text names, or defines, as lines that begin with them.
fn options(help: &str) -> BTreeSet<&str> {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = lines.flat_map(|line| line.split([' ', ',']).take_while(|word| !word.starts_with('<')).take(3));
    words.filter_map(|word| word.strip_prefix("--")).map(|word| word.trim_end_matches("...")).collect()
}

#[test]
fn the_short_help_fits_a_screen_with_a_line_for_each_option() {
    for program in PROGRAMS {
        let help = printed(program, "-h");
        assert!(help.lines().count() <= 60, "{} lines:\n{help}", help.lines().count());
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "more than 80 columns: {line}");
            // Options and headings begin at the left; what begins further right than any option goes on from above.
            let indent = line.len() - line.trim_start().len();
            assert!([0, 2, 6].contains(&indent), "an option with more than one line: {line}");
        }
    }
}

#[test]
fn the_help_has_headings_and_ends_with_examples() {
    for program in PROGRAMS {
        for (args, end) in [("-h", "Examples:"), ("--help", "Exit codes:")] {
            let help = printed(program, args);
            let headings: Vec<_> = help.lines().filter(|line| line.ends_with(':') && !line.starts_with(' ')).collect();
            assert!(headings.len() >= 6 && headings.last() == Some(&end), "{headings:?}");
            assert!(!headings.contains(&"Options:"), "each option has a heading of its own kind: {help}");
        }
    }
}

/// Options that few need, so that the short help stays short.
const SELDOM: [&str; 16] = [
    "ahead",
    "backoff",
    "completions",
    "dead-letter",
    "forget",
    "halt",
    "job-timeout",
    "keep-order",
    "line-buffer",
    "log-jobs",
    "man",
    "no-config",
    "project-id",
    "reply",
    "retries",
    "show-config",
];

#[test]
fn the_long_help_has_the_options_of_the_short_one_and_those_that_few_need() {
    for program in PROGRAMS {
        let (short, long) = (printed(program, "-h"), printed(program, "--help"));
        let (short, long) = (options(&short), options(&long));
        assert!(short.is_subset(&long) && short.len() > 12, "{short:?}");
        let (more, seldom): (Vec<_>, Vec<_>) =
            (long.difference(&short).collect(), long.iter().filter(|option| SELDOM.contains(option)).collect());
        assert_eq!(more, seldom);
    }
}

#[test]
fn the_examples_are_of_options_that_exist() {
    for program in PROGRAMS {
        let help = printed(program, "-h");
        let known: BTreeSet<_> = PROGRAMS.iter().map(|program| printed(program, "-h")).collect();
        let known: BTreeSet<_> = known.iter().flat_map(|help| options(help)).collect();
        let (_, examples) = help.split_once("Examples:").expect("examples");
        for word in examples.split_whitespace().filter_map(|word| word.strip_prefix("--")) {
            assert!(known.contains(word), "--{word} in an example of {program}");
        }
    }
}

#[test]
fn the_man_page_has_every_option_every_exit_code_and_its_sections() {
    for program in PROGRAMS {
        let (page, help) = (printed(program, "--man"), printed(program, "--help"));
        // roff writes a hyphen as `\-`.
        let plain = page.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "");
        for option in options(&help) {
            assert!(
                plain.lines().any(|line| line.split([' ', ',']).any(|word| word == format!("--{option}"))),
                "{option}"
            );
        }
        for section in
            ["NAME", "SYNOPSIS", "DESCRIPTION", "MESSAGES", "COMMANDS", "EXIT STATUS", "FILES", "EXAMPLES", "SEE ALSO"]
        {
            let heading = |line: &str| line.strip_prefix(".SH ").is_some_and(|name| name.trim_matches('"') == section);
            assert!(page.lines().any(heading), "no section {section}:\n{page}");
        }
        let codes = exit_codes(&help);
        assert_eq!(codes.len(), 7, "{codes:?}");
        for (code, meaning) in codes {
            assert!(plain.contains(&format!("\n{code}\n{meaning}\n")), "{code} {meaning}:\n{plain}");
        }
        for command in ["/help", "/search [TEXT]", "/save FILE", "/quit", "//"] {
            assert!(plain.lines().any(|line| line == command), "no command {command}:\n{plain}");
        }
        // Where there is a formatter, it has nothing to complain about.
        if let Ok(groff) = with_input(Command::new("groff").args(["-man", "-Tutf8", "-ww", "-rLL=78n"]), &page) {
            assert_eq!(groff, "", "groff complains");
        }
    }
}

/// Runs it with this input; what it says on standard error. An error where there is no such program.
fn with_input(command: &mut Command, input: &str) -> std::io::Result<String> {
    let mut file = tempfile::tempfile()?;
    std::io::Write::write_all(&mut file, input.as_bytes())?;
    std::io::Seek::rewind(&mut file)?;
    let running = spawn(command.stdin(file).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let output = running.wait_with_output()?;
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The table of exit codes in the long help.
fn exit_codes(help: &str) -> Vec<(&str, &str)> {
    let (_, table) = help.split_once("Exit codes:\n").expect("exit codes");
    table.lines().filter_map(|line| line.trim().split_once("  ")).map(|(code, text)| (code, text.trim())).collect()
}

#[test]
fn completions_name_every_option_and_are_what_the_shell_can_read() {
    for program in PROGRAMS {
        let help = printed(program, "--help");
        for shell in ["bash", "zsh", "fish"] {
            let script = printed(program, &format!("--completions {shell}"));
            for option in options(&help) {
                let named = if shell == "fish" { format!("-l {option}") } else { format!("--{option}") };
                assert!(script.contains(&named), "{program} {shell} {option}");
            }
            // Where the shell is installed, it reads it without running anything.
            if let Ok(said) = with_input(Command::new(shell).args(["-n", "/dev/stdin"]), &script) {
                assert_eq!(said, "", "{shell} complains");
            }
        }
        let ended = Run::bare(program).args("--completions tcsh").finish();
        ended.assert_one_line(2, &["tcsh", "bash", "zsh", "fish"]);
    }
}

#[test]
fn what_is_printed_instead_of_a_run_goes_with_nothing_else_and_makes_nothing() {
    let place = shmchat_tests::Place::new();
    for program in PROGRAMS {
        for option in ["--man", "--completions bash"] {
            place.at(place.dir())(program).args(option).finish().assert_one_line(2, &["cannot be used with"]);
            let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
            Run::bare(program).args(option).output_of(full).finish().assert_one_line(1, &["standard output"]);
        }
    }
    assert_eq!(fs::read_dir(place.dir()).expect("the folder").count(), 0, "nothing was made");
}

#[test]
fn the_version_is_the_packages() {
    for program in PROGRAMS {
        assert_eq!(printed(program, "--version"), format!("{program} {}\n", env!("CARGO_PKG_VERSION")));
    }
}
