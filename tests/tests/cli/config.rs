//! The config file: found, trusted, obeyed by both programs, and shown. What may stand in it and what wins over what is tested
//! where it is, in `frontend`.

use shmchat_tests::documents::documents;
use shmchat_tests::{Place, Run, needs_root};
use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

const PROGRAMS: [&str; 2] = ["reader", "writer"];

/// Writes the config file below `home`, as `XDG_CONFIG_HOME` names it.
fn config(home: &Path, text: &str) -> PathBuf {
    let path = home.join("shmchat/config.toml");
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, text).expect("a config file");
    // Whatever the umask is here.
    fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("chmod");
    path
}

/// A program that finds the config file below `home`, and no options but those.
fn at_home(program: &'static str, home: &Path) -> Run {
    Run::bare(program).env("XDG_CONFIG_HOME", home)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn both_programs_obey_the_file_and_what_is_typed_wins() {
    let place = Place::new();
    let home = place.dir().join("home");
    let dir = place.dir().join("channels");
    let global = format!("dir = \"{}\"\nname = \"alice\"\nframing = \"nul\"\n", dir.display());
    config(&home, &format!("{global}[channel.post]\nname = \"postmaster\"\nframing = \"json\"\n"));
    for (args, from) in [("lobby", "alice"), ("post", "postmaster"), ("post --name eve", "eve")] {
        let (input, channel) = ("{\"text\":\"hi\"}\n", args.split(' ').next().expect("a channel"));
        at_home("writer", &home).args(args).input(input).args("--framing json").finish().assert_well();
        let reader = at_home("reader", &home).args(channel).args("--framing json").finish();
        let line = text(&reader.assert_well().stdout);
        assert!(line.contains(&format!("\"from\":\"{from}\"")) && line.contains("\"text\":\"hi\""), "{line}");
    }
    // The channel's framing, and everybody's.
    at_home("writer", &home).args("lobby").input("one\0two\0").finish().assert_well();
    let reader = at_home("reader", &home).args("lobby --count 1").finish();
    assert_eq!(reader.assert_well().stdout, b"one\0");
    let status = at_home("writer", &home).args("--status").finish();
    assert!(text(&status.assert_well().stdout).contains("1 waiting"), "{status:?}");
    for program in PROGRAMS {
        let status = at_home(program, &home).args("--status --json").finish();
        assert!(text(&status.assert_well().stdout).contains(&format!("{}/lobby", dir.display())), "{status:?}");
    }
    at_home("reader", &home).args("--clean --force lobby").finish().assert_well();
    // Wherever what is typed ends.
    let ended = at_home("reader", &home).args("--timeout 0 -- -dash").finish();
    ended.assert_one_line(3, &["-dash"]);
    assert!(dir.join("-dash").is_dir());
}

#[test]
fn the_file_is_looked_for_where_the_base_directories_say() {
    let place = Place::new();
    let (given, home) = (place.dir().join("given"), place.dir().join("home"));
    config(&given, "name = \"given\"\n");
    config(&home.join(".config"), "name = \"home\"\n");
    let shown = |run: Run| text(&run.args("--show-config").finish().assert_well().stdout);
    for (xdg, name) in [(given.as_os_str(), "given"), ("".as_ref(), "home"), ("relative".as_ref(), "home")] {
        let run = Run::bare("reader").env("HOME", &home).env("XDG_CONFIG_HOME", xdg);
        assert!(shown(run).contains(&format!("name = \"{name}\"")), "{xdg:?}");
    }
    let missing = place.dir().join("missing");
    assert!(shown(at_home("reader", &missing)).contains("# no config file: there is none"));
    assert!(shown(at_home("reader", &given).args("--no-config")).contains("# no config file: --no-config"));
    let other = config(&place.dir().join("other"), "name = \"other\"\n");
    assert!(shown(at_home("reader", &given).arg("--config").arg(&other)).contains("name = \"other\""));
    // As a shell passes it for --config <(…).
    let piped = at_home("reader", &given).args("--config /dev/stdin").input("name = \"piped\"");
    assert!(shown(piped).contains("name = \"piped\""));
    at_home("reader", &given).arg("--config").arg(&missing).finish().assert_one_line(1, &["missing", "No such file"]);
    at_home("reader", &given).args("--no-config --config x").finish().assert_one_line(2, &["--no-config", "--config"]);
}

#[test]
fn a_file_that_others_can_write_is_refused_with_the_command_that_closes_it() {
    let place = Place::new();
    let path = config(place.dir(), "name = \"alice\"\n");
    fs::set_permissions(&path, Permissions::from_mode(0o664)).expect("chmod");
    let way_out = format!("chmod go-w {}", path.display());
    for program in PROGRAMS {
        at_home(program, place.dir()).args("--status").finish().assert_one_line(1, &["0664", &way_out]);
        let named = Run::bare(program).arg("--config").arg(&path);
        named.finish().assert_one_line(1, &["0664", &way_out]);
        at_home(program, place.dir()).args("--no-config --show-config").finish().assert_well();
    }
    assert!(shmchat_tests::paste(&way_out));
    at_home("reader", place.dir()).args("--show-config").finish().assert_well();
}

#[test]
fn a_file_of_another_user_is_refused_and_roots_is_read() {
    if !needs_root() {
        return;
    }
    let place = Place::for_all_users();
    let path = config(place.dir(), "name = \"alice\"\n");
    let as_user = |uid| at_home("reader", place.dir()).args("--show-config").as_user(uid, uid, &place.programs());
    as_user(4321).finish().assert_well();
    chown(&path, Some(4321), None).expect("chown");
    as_user(4321).finish().assert_well();
    as_user(4322).finish().assert_one_line(1, &["belongs to uid 4321", "--no-config"]);
    at_home("reader", place.dir()).finish().assert_one_line(1, &["belongs to uid 4321", "--no-config"]);
    // Where a closed home of somebody else is still named, as after `su`, there is no file of ours.
    fs::set_permissions(place.dir().join("shmchat"), Permissions::from_mode(0o700)).expect("chmod");
    as_user(4322).finish().assert_well();
    fs::set_permissions(place.dir().join("shmchat"), Permissions::from_mode(0o755)).expect("chmod");
    fs::set_permissions(&path, Permissions::from_mode(0o000)).expect("chmod");
    as_user(4321).finish().assert_one_line(1, &["config.toml", "Permission denied"]);
}

#[test]
fn a_mistake_in_the_file_is_one_line_with_its_place_and_makes_nothing() {
    let place = Place::new();
    let path = config(place.dir(), "# options\nnmae = \"alice\"\n");
    let told = format!("{}:2: unknown option 'nmae'; did you mean 'name'?", path.display());
    for program in PROGRAMS {
        for args in ["", "--status", "--show-config"] {
            at_home(program, place.dir()).args(args).finish().assert_one_line(2, &[&told, "--no-config"]);
        }
        // What helps with it works all the same.
        for args in ["--help", "-h", "--version", "--man", "--completions bash"] {
            at_home(program, place.dir()).args(args).finish().assert_well();
        }
    }
    let escapes = config(place.dir(), "\"\\u001b[2J\\n\" = 1");
    let ended = at_home("reader", place.dir()).finish();
    ended.assert_one_line(2, &[&format!("{}:1:", escapes.display()), "␛[2J␊"]);
    let left: Vec<_> =
        fs::read_dir(place.dir()).expect("the folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["shmchat"], "nothing was made");
}

#[test]
fn a_pipe_reads_only_what_is_not_about_the_screen() {
    let place = Place::new();
    let home = place.dir().join("home");
    let transcript = place.dir().join("transcript");
    config(&home, &format!("dir = \"{}\"\ntranscript = \"{}\"\n", place.dir().display(), transcript.display()));
    at_home("writer", &home).input("one\n").finish().assert_well();
    assert_eq!(at_home("reader", &home).finish().assert_well().stdout, b"one\n");
    assert!(!transcript.exists());
    let typed = at_home("reader", &home).arg("--transcript").arg(&transcript);
    typed.finish().assert_one_line(2, &["--transcript works on the screen only"]);
    // On a screen it counts.
    let mut reader = at_home("reader", &home).args("--stay").in_terminal();
    reader.wait_for("waiting for a writer");
    at_home("writer", &home).input("two\n").finish().assert_well();
    reader.wait_for("two");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    assert!(fs::read_to_string(&transcript).expect("a transcript").ends_with("  two\n"));
}

/// The long options of a program.
fn options(program: &'static str) -> BTreeSet<String> {
    let help = text(&Run::bare(program).args("--help").finish().assert_well().stdout);
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = lines.filter_map(|line| line.split("  ").next()).flat_map(|names| names.split([' ', ',']));
    words.filter_map(|word| word.strip_prefix("--")).map(|word| word.trim_end_matches("...").to_owned()).collect()
}

#[test]
fn every_long_option_of_either_program_is_known_to_both() {
    let place = Place::new();
    let all: BTreeSet<_> = PROGRAMS.iter().flat_map(|program| options(program)).collect();
    assert!(all.len() > 25, "{all:?}");
    let mut for_one_run = BTreeSet::new();
    for option in &all {
        // What no option takes: so it is read as far as its name.
        config(place.dir(), &format!("{option} = 1970-01-01\n"));
        let [one, other] = PROGRAMS.map(|program| at_home(program, place.dir()).args("--show-config").finish());
        let told = |ended: &shmchat_tests::Ended| ended.stderr.split_once(": ").map(|(_, told)| told.to_owned());
        assert_eq!(told(&one), told(&other), "one file serves both");
        if one.stderr.contains("for the command line only") {
            for_one_run.insert(option.as_str());
        } else {
            one.assert_one_line(2, &[&format!("config.toml:1: {option} expects ")]);
        }
    }
    for option in ["status", "json", "clean", "force", "count", "help", "version", "man", "completions", "config"] {
        assert!(for_one_run.remove(option), "{option} would count in each run");
    }
    for option in ["name", "dir", "timeout", "stay", "on-full", "bell", "mode"] {
        assert!(!for_one_run.contains(option), "{option} makes sense in a file");
    }
}

#[test]
fn the_examples_in_the_documents_are_config_files() {
    let place = Place::new();
    let examples: Vec<_> = documents().iter().flat_map(|document| document.blocks("toml")).collect();
    assert!(!examples.is_empty());
    for example in examples {
        config(place.dir(), &example);
        for program in PROGRAMS {
            let shown = at_home(program, place.dir()).args("--show-config logs").finish();
            assert!(text(&shown.assert_well().stdout).contains("[channel.logs]"), "{shown:?}");
        }
    }
}
