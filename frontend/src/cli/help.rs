//! What the definitions of the arguments don't say by themselves: headings, examples, exit codes. And what is printed from
//! those definitions instead of a run: completions and the man page.

use super::console::unless_closed;
use super::failure::Failure;
use super::program::Program;
use crate::commands::{COMMANDS, ESCAPE};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;

/// The headings of the options, in the help's order.
pub mod heading {
    /// What is sent, in which format, and how long to wait for it.
    pub const MESSAGES: &str = "Messages";
    /// A command for each message.
    pub const WORK: &str = "Work queue";
    /// The screen, and doing without it.
    pub const SCREEN: &str = "Screen";
    /// Where the channel is, and who may use it.
    pub const PLACE: &str = "Channel";
    /// What is there, and removing it.
    pub const UPKEEP: &str = "Status and clean-up";
    /// The log.
    pub const LOG: &str = "Log";
    /// What is printed instead of a run.
    pub const MORE: &str = "More";
}

/// The width of the help on the widest terminal: longer lines are hard to read.
const HELP_WIDTH: usize = 100;

/// The options about the config file.
pub(super) const CONFIG: &str = "config";
pub(super) const NO_CONFIG: &str = "no-config";
pub(super) const SHOW_CONFIG: &str = "show-config";

const COMPLETIONS: &str = "completions";
const MAN: &str = "man";

const CONFIG_HELP: &str = "\
Read options from FILE instead of config.toml

The file has long options by their names, such as name = \"alice\" and bell = true; those for one channel go below \
[channel.NAME]. What you type wins. By default $XDG_CONFIG_HOME/shmchat/config.toml, or ~/.config/shmchat/config.toml if \
that variable is not set. Only you or root may be able to write to the file.";

/// Where the program keeps things.
const FILES: [(&str, &str); 5] = [
    (
        "$XDG_CONFIG_HOME/shmchat/config.toml",
        "options, for all channels or for one; ~/.config if that variable is not set",
    ),
    ("$XDG_RUNTIME_DIR/shmchat/CHANNEL/", "the channel's folder, unless --dir says otherwise"),
    ("/tmp/shmchat-UID/CHANNEL/", "the same if XDG_RUNTIME_DIR is not set"),
    ("/tmp/shmchat-group-GID/CHANNEL/", "the same for a group's channel"),
    (
        "$XDG_STATE_HOME/shmchat/CHANNEL/ring",
        "the messages of a channel with --memory file; ~/.local/state if that variable is not set",
    ),
];

/// What the man page says above the commands.
const COMMANDS_ARE: &str = "On the screen, a line that begins with a slash is a command. Tab completes its name; F1 \
    lists the keys.";

/// Names of other pages on a line of the man page's source.
const PAGES_A_LINE: usize = 3;

/// Adds what the programs share, and the examples.
pub(super) fn dress(command: Command, program: &Program) -> Command {
    let mut after = "Examples:\n".to_owned();
    table(&mut after, program.examples);
    let mut long_after = after.clone() + "\nExit codes:\n";
    table(&mut long_after, program.exit_codes);
    command
        .disable_help_flag(true)
        .disable_version_flag(true)
        .max_term_width(HELP_WIDTH)
        .next_help_heading(heading::MORE)
        .args([
            Arg::new(CONFIG)
                .long(CONFIG)
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with(NO_CONFIG)
                .help("Read options from FILE instead of config.toml")
                .long_help(CONFIG_HELP),
            Arg::new(NO_CONFIG)
                .long(NO_CONFIG)
                .action(ArgAction::SetTrue)
                .hide_short_help(true)
                .help("Read no config file"),
            Arg::new(SHOW_CONFIG)
                .long(SHOW_CONFIG)
                .action(ArgAction::SetTrue)
                .hide_short_help(true)
                .help("Print what each option is set to, and where"),
            Arg::new(COMPLETIONS)
                .long(COMPLETIONS)
                .value_name("SHELL")
                .value_parser(value_parser!(Shell))
                .exclusive(true)
                .hide_short_help(true)
                .help("Print completions for bash, zsh or another shell"),
            Arg::new(MAN)
                .long(MAN)
                .action(ArgAction::SetTrue)
                .exclusive(true)
                .hide_short_help(true)
                .help("Print the man page"),
            Arg::new("help")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help("Print help; --help says more, with all options"),
            Arg::new("version").short('V').long("version").action(ArgAction::Version).help("Print the version"),
        ])
        .after_help(after.trim_end().to_owned())
        .after_long_help(long_after.trim_end().to_owned())
}

/// For `-h`, where each option has one line, which names the values if they matter; `--help` lists them below each option.
pub(super) fn name_no_values(command: Command) -> Command {
    command.mut_args(|argument| match argument.get_action().takes_values() {
        true => argument.hide_possible_values(true),
        false => argument,
    })
}

/// Two columns.
fn table(out: &mut String, rows: &[(&str, &str)]) {
    let width = rows.iter().map(|(left, _)| left.len()).max().unwrap_or_default();
    for (left, right) in rows {
        let _ = writeln!(out, "  {left:width$}  {right}");
    }
}

/// Prints what you asked for instead of a run; `None` if you asked for a run.
pub(super) fn print_instead(
    mut command: Command,
    matches: &ArgMatches,
    program: &Program,
) -> Option<Result<(), Failure>> {
    let mut text = Vec::new();
    if let Some(&shell) = matches.get_one::<Shell>(COMPLETIONS) {
        let name = command.get_name().to_owned();
        generate(shell, &mut command, name, &mut text);
    } else if matches.get_flag(MAN) {
        text = man(command, program);
    } else {
        return None;
    }
    Some(unless_closed(io::stdout().write_all(&text).and_then(|()| io::stdout().flush())))
}

/// The man page. <https://man7.org/linux/man-pages/man7/man-pages.7.html> names its sections.
fn man(command: Command, program: &Program) -> Vec<u8> {
    let title = command.get_name().to_uppercase();
    let version = command.get_version().unwrap_or_default();
    // Written here: the roff crate omits an empty date, and the rest moves into its place.
    let mut page = format!(".TH {title} 1 \"\" \"shmchat {version}\" shmchat\n").into_bytes();
    // Each option is listed below, under its heading.
    let man = Man::new(command.override_usage(program.usage));
    let mut more = Roff::new();
    if program.has_screen {
        more.control("SH", ["COMMANDS"]);
        more.text([roman(COMMANDS_ARE)]);
        let usages = COMMANDS.iter().map(|row| (row.usage(), row.does)).chain([(ESCAPE.0.to_owned(), ESCAPE.1)]);
        usages.for_each(|(usage, does)| term(&mut more, &usage, does));
    }
    terms(&mut more, "EXIT STATUS", program.exit_codes);
    terms(&mut more, "FILES", &FILES);
    terms(&mut more, "EXAMPLES", program.examples);
    more.control("SH", ["SEE ALSO"]);
    see_also(&mut more, program.see_also);
    let parts = [
        Man::render_name_section,
        Man::render_synopsis_section,
        Man::render_description_section,
        Man::render_options_section,
    ];
    let rendered = parts.iter().try_for_each(|part| part(&man, &mut page)).and_then(|()| more.to_writer(&mut page));
    rendered.expect("memory takes what is written to it");
    page
}

/// A section of terms, each with what it means.
fn terms(page: &mut Roff, title: &str, rows: &[(&str, &str)]) {
    page.control("SH", [title]);
    for (name, meaning) in rows {
        term(page, name, meaning);
    }
}

fn term(page: &mut Roff, term: &str, meaning: &str) {
    page.control("TP", []);
    page.text([bold(term)]);
    page.text([roman(meaning)]);
}

/// Other pages and their sections, some on each line.
fn see_also(page: &mut Roff, pages: &[(&str, u8)]) {
    let last = pages.len().saturating_sub(1);
    for (line, names) in pages.chunks(PAGES_A_LINE).enumerate() {
        let names = names.iter().enumerate().flat_map(|(place, (name, section))| {
            let end = if line * PAGES_A_LINE + place == last { "" } else { ", " };
            [bold(*name), roman(format!("({section}){end}"))]
        });
        page.text(names.collect::<Vec<_>>());
    }
}
