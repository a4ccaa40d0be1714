use super::{Config, ConfigError};
use crate::cli::args::Shared;
use crate::cli::flow::{Reading, Writing};
use crate::cli::help::dress;
use crate::cli::program::Program;
use crate::cli::upkeep::{Cleaning, Looking};
use clap::{Args, Command, CommandFactory, Parser};
use proptest::prelude::*;
use shmchat::Role;
use std::fs;
use std::path::Path;

/// A program's arguments.
#[derive(Debug, Parser)]
#[command(name = "reader", version)]
struct Reader {
    #[command(flatten)]
    shared: Shared,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    looking: Looking,
    #[command(flatten)]
    cleaning: Cleaning,
}

fn reader() -> Command {
    dress(Reader::command(), &Program::of(Role::Reader))
}

fn writer() -> Command {
    let command = Writing::augment_args(Shared::augment_args(Command::new("writer").version("0")));
    dress(Looking::augment_args(command), &Program::of(Role::Writer))
}

/// What a file makes of a command line.
struct Made {
    /// The words that hold, on terminals and in a pipe.
    words: [String; 2],
    shown: String,
}

fn make(command: &Command, file: &str, typed: &str) -> Result<Made, ConfigError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    fs::write(&path, file).expect("a file");
    let words = ["program", "--config"].into_iter().map(Into::into).chain([path.into_os_string()]);
    let words = words.chain(typed.split_whitespace().map(Into::into));
    let typed = command.clone().try_get_matches_from(words).expect("a command line");
    let config = Config::read(command, &typed)?;
    let here = folder.path().display().to_string();
    let plain = |text: String| text.replace(&format!("{here}/config.toml"), "config.toml").replace(&here, "/here");
    let words = [true, false].map(|on_terminals| {
        let words = config.words(on_terminals);
        let all = words.iter().map(|word| word.as_os_str()).chain(["--".as_ref()]);
        command
            .clone()
            .try_get_matches_from(["program".as_ref()].into_iter().chain(all))
            .expect("words that clap takes");
        plain(words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" "))
    });
    Ok(Made { words, shown: plain(config.shown()) })
}

/// The words on terminals.
fn words(file: &str, typed: &str) -> String {
    let [words, _] = make(&reader(), file, typed).expect("a good file").words;
    words
}

fn wrong(file: &str) -> String {
    let Err(error) = make(&reader(), file, "") else { panic!("taken: {file}") };
    let said = error.to_string();
    let at = said.find("config.toml").expect("the file's name");
    said[at..].to_owned()
}

#[test]
fn what_you_type_wins_over_the_channels_table_and_that_over_the_rest() {
    let file = "name = 'all'\ntimeout = 2.5\ncapacity = '64KiB'\n[channel.logs]\nname = 'log'\ntimeout = 1\n";
    assert_eq!(words(file, ""), "--name=all --timeout=2.5 --capacity=64KiB");
    assert_eq!(words(file, "logs"), "--name=log --timeout=1 --capacity=64KiB");
    assert_eq!(words(file, "logs --timeout 3"), "--name=log --capacity=64KiB");
    assert_eq!(words(file, "logs --name x --timeout 3 --capacity 1MiB"), "");
    assert_eq!(words("[channel.lobby]\nname = 'host'", ""), "--name=host", "the channel where none is named");
}

#[test]
fn what_you_type_leaves_out_what_does_not_go_with_it() {
    let own = nix::unistd::getegid().to_string();
    for (file, typed, left) in [
        ("framing = 'json'", "-0", ""),
        ("quiet = true", "-v", ""),
        ("verbose = 2", "-q", ""),
        ("log-level = 'fatal'", "-v", ""),
        ("log-level = 'debug'", "-q", ""),
        ("stay = true", "--status", ""),
        ("stay = true", "--clean", ""),
        ("mode = '0660'\ngroup = GROUP", "--mode 0600", ""),
        ("mode = '0660'\ngroup = GROUP", "--group GROUP", "--mode=0660"),
        ("log-level = 'debug'\nlog-to = 'screen'", "--log-to x", "--log-level=debug"),
        ("verbose = 2\n[channel.lobby]\nquiet = true", "", "--quiet"),
        ("mode = '0660'\ngroup = GROUP\n[channel.lobby]\nmode = '0600'", "", "--mode=0600"),
    ] {
        // Ours, whoever runs this.
        let [file, typed] = [file, typed].map(|text| text.replace("GROUP", &own));
        assert_eq!(words(&file, &typed), left, "{file} and {typed}");
    }
}

#[test]
fn a_switch_can_be_turned_off_for_one_channel() {
    assert_eq!(words("bell = true\nverbose = 2\nstay = false", ""), "--bell --verbose --verbose");
    assert_eq!(words("bell = true\nverbose = true\n[channel.logs]\nbell = false\nverbose = 0", "logs"), "");
    assert_eq!(words("verbose = 1\n[channel.logs]\nquiet = false", "logs"), "--verbose", "what is off is in no way");
}

#[test]
fn a_pipe_leaves_out_what_is_about_the_screen() {
    let file = "name = 'a'\ntranscript = '/t'\nbell = true\ncolor = 'never'\n";
    let screen = "--name=a --transcript=/t --bell --color=never";
    assert_eq!(make(&reader(), file, "").expect("a good file").words, [screen, "--name=a"]);
    assert_eq!(words(file, "--plain"), "--name=a");
    assert_eq!(words(file, "--count 3"), "--name=a");
    assert_eq!(words(&format!("{file}plain = true"), ""), "--name=a --plain");
}

#[test]
fn what_is_for_one_framing_is_no_reason_to_refuse_another() {
    let words = |file: &str, typed: &str| make(&writer(), file, typed).expect("a good file").words[0].clone();
    let file = "on-error = 'skip'\non-full = 'drop'";
    assert_eq!(words(file, ""), "--on-full=drop");
    assert_eq!(words(file, "--framing json"), "--on-error=skip --on-full=drop");
    assert_eq!(words(file, "--framing raw"), "");
    assert_eq!(words(&format!("{file}\nframing = 'json'"), ""), "--on-error=skip --on-full=drop --framing=json");
    assert_eq!(words(&format!("{file}\nframing = 'json'"), "-0"), "--on-full=drop");
}

#[test]
fn what_the_other_program_takes_is_checked_and_left_out() {
    assert_eq!(words("on-full = 'drop'\nwait-delivered = true\nname = 'a'", ""), "--name=a");
    assert!(wrong("on-full = 'perhaps'").starts_with("config.toml:1: invalid value 'perhaps' for '--on-full"));
    let made = make(&writer(), "stay = true\non-full = 'drop'", "").expect("a good file");
    assert_eq!(made.words[0], "--on-full=drop");
    assert!(made.shown.contains("\n# for the other program: stay\n"), "{}", made.shown);
}

#[test]
fn a_look_at_all_channels_is_at_none_in_particular() {
    let file = "dir = '/all'\n[channel.lobby]\ndir = '/one'";
    for (typed, dir) in
        [("", "/one"), ("--status", "/all"), ("--clean", "/all"), ("--status lobby", "/one"), ("--status x", "/all")]
    {
        assert_eq!(words(file, typed), format!("--dir={dir}"), "{typed}");
    }
}

#[test]
fn a_mistake_is_reported_with_its_line_and_what_to_write_instead() {
    for (file, said) in [
        ("\nnmae = 'x'", "2: unknown option 'nmae'; did you mean 'name'?"),
        ("log_level = 'info'", "1: unknown option 'log_level'; did you mean 'log-level'?"),
        ("tea = 1", "1: unknown option 'tea'"),
        ("'\\u001b' = 1", "1: unknown option"),
        ("status = true", "1: 'status' is for the command line only, as --status"),
        ("clean = true", "1: 'clean' is for the command line only"),
        ("count = 3", "1: 'count' is for the command line only"),
        ("help = true", "1: 'help' is for the command line only"),
        ("no-config = true", "1: 'no-config' is for the command line only"),
        ("name = 5", "1: name expects a string, in quotes"),
        ("name = ['a']", "1: name expects a string, in quotes"),
        ("[name]\na = 1", "1: name expects a string, in quotes"),
        ("name = ''", "a name needs at least one character that people can see"),
        ("name = \"a\\u202eb\"", "this one is: a⟨U+202E⟩b"),
        ("bell = 'yes'", "1: bell expects true or false"),
        ("timeout = true", "1: timeout expects a number or a string"),
        ("timeout = 'soon'", "1: invalid value 'soon' for '--timeout"),
        ("timeout = -1", "a number of seconds"),
        ("capacity = 1000", "a power of two"),
        ("project-id = 0x10", "from 1 to 255"),
        ("verbose = 10", "1: verbose expects a number from 0 to 9"),
        ("verbose = 'x'", "1: verbose expects a number from 0 to 9"),
        ("color = 'red'", "[possible values: auto, always, never]"),
        ("dir = \"/a\\u0000\"", "1: dir can't contain a NUL"),
        ("quiet = true\n\nverbose = 1", "3: 'verbose' doesn't go with 'quiet' in line 1"),
        ("name = 'a'\nname = 'b'", "2: duplicate key"),
        ("name = ", "1: string values must be quoted"),
        ("a b", "1: "),
        ("[lobby]\nname = 'a'", "1: unknown table 'lobby'; a channel's is [channel.NAME]"),
        ("[channel.'a b']", "1: expected a channel name"),
        ("channel = 'x'", "1: settings for one channel go into a table of their own"),
        ("[channel]\nlobby = 1", "2: 'lobby' is a channel here: write [channel.lobby]"),
        ("[channel.x]\n[channel.x.y]", "2: unknown table 'y'"),
        // Also of a channel that is not this one's, and the first of several.
        ("[channel.other]\nnmae = 'x'\nz = 1", "2: unknown option 'nmae'"),
    ] {
        let found = wrong(file);
        assert!(found.starts_with("config.toml:") && found.contains(said), "{file:?}: {found}");
        assert!(found.ends_with("(--no-config skips the file)") && !found.contains('\n'), "{found}");
    }
}

#[test]
fn a_path_does_not_depend_on_where_you_are() {
    let file = "dir = 'channels'\ntranscript = '/srv/t'\nkey-file = '~/key'\nlog-to = 'logs/'";
    let home = std::env::home_dir().expect("a home");
    let made = make(&reader(), file, "").expect("a good file");
    let wanted =
        format!("--dir=/here/channels --transcript=/srv/t --key-file={}/key --log-to=/here/logs/", home.display());
    assert_eq!(made.words[0], wanted);
    assert!(words("log-to = 'screen'", "").ends_with("=screen"), "which is no path");
    assert_eq!(words("name = '~/x'", ""), "--name=~/x", "nor is this");
}

#[test]
fn what_is_shown_is_a_config_file_that_says_the_same() {
    let file = "name = 'a \\\"b\\\" 你'\nbell = true\nproject-id = 111\n[channel.logs]\nverbose = 2\ntimeout = 0.5";
    let file = file.replace('\'', "\"");
    let typed = "logs --capacity 64KiB --dir /d -0";
    let made = make(&reader(), &file, typed).expect("a good file");
    for line in [
        "# reader, channel logs",
        "# config file: config.toml",
        "name = \"a \\\"b\\\" 你\"  # config.toml:1",
        "bell = true  # config.toml:2",
        "verbose = 2  # config.toml:5, [channel.logs]",
        "timeout = 0.5  # config.toml:6, [channel.logs]",
        "capacity = \"64KiB\"  # command line",
        "framing = \"nul\"  # command line",
        "stay = false  # default",
        "# transcript  # not set",
        "# mode  # default: 0600",
    ] {
        let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(made.shown.lines().any(|found| squeeze(found) == squeeze(line)), "{line}:\n{}", made.shown);
    }
    let again = make(&reader(), &made.shown, "logs").expect("a config file");
    for word in made.words[0].split(" --").chain(["capacity=64KiB", "dir=/d", "framing=nul"]) {
        assert!(again.words[0].contains(word), "{word} in {}", again.words[0]);
    }
}

#[test]
fn without_a_file_there_is_nothing_to_say() {
    let command = reader();
    let typed = command.clone().try_get_matches_from(["reader", "--no-config", "-q"]).expect("a command line");
    let config = Config::read(&command, &typed).expect("no file");
    assert!(config.words(true).is_empty() && config.shown().contains("# no config file: --no-config\n"));
    assert!(config.shown().lines().any(|line| line.starts_with("quiet = true ") && line.ends_with("# command line")));
}

#[test]
fn a_file_is_read_if_nobody_else_can_have_written_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    fs::write(&path, "bell = true").expect("a file");
    for (mode, is_fine) in [(0o600, true), (0o644, true), (0o444, true), (0o664, false), (0o622, false), (0o606, false)]
    {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("chmod");
        let read = super::file::read(Some(&path));
        let wanted = ConfigError::Open { path: path.clone(), mode };
        match is_fine {
            true => assert_eq!(read.expect("a file").expect("a file").1, "bell = true"),
            false => assert_eq!(read, Err(wanted)),
        }
    }
    fs::write(&path, "#".repeat((1 << 20) + 1)).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
    assert_eq!(super::file::read(Some(&path)), Err(ConfigError::Long { path: path.clone() }));
    assert!(matches!(super::file::read(Some(Path::new("/dev/zero"))), Err(ConfigError::Open { .. })));
    assert!(matches!(super::file::read(Some(folder.path())), Err(ConfigError::Read { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_file_is_settings_or_one_line_that_says_where(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("name"), Just("channel"), Just("verbose"), Just("[channel.lobby]"), Just("["), Just("]"), Just("="),
                Just("'a'"), Just("5"), Just("true"), Just("\n"), Just("\"\\u0000\""), Just("."), Just("{"), Just("}"), Just("-"),
                Just("\u{202e}"), Just("help"), Just("''"),
            ],
            0..12,
        )
    ) {
        let file = pieces.concat();
        if let Err(error) = make(&reader(), &file, "") {
            let said = crate::text::visible_line(&error.to_string());
            prop_assert!(said.contains("config.toml:") && said.ends_with(')'), "{}", said);
        }
    }
}
