//! The documents are right: links lead somewhere, what is named exists, and the examples that can be run are run.

use shmchat::admin::channels_in;
use shmchat::{Access, Channel};
use shmchat_tests::documents::{Document, about_today, commands, documents, files, root, without_comment};
use shmchat_tests::{LIMIT, Place, Run, program};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The groups that integration tests stand in.
const GROUPS: [&str; 7] = ["cli", "pipe", "exec", "screen", "lifecycle", "hostile", "house"];

/// Examples that are not run, by how they begin, and why.
const NOT_RUN: [(&str, &str); 6] = [
    ("reader --framing json logs | jq", "takes jq and another machine"),
    ("reader --notify", "takes a desktop; `screen_alerts` does it"),
    ("reader --mode 0660", "takes two users; `group` does it"),
    ("shmchat-bridge logs", "takes two machines and a server"),
    ("shmchat-tour original", "takes two terminals, and the tour, which is not built here; its own tests do it"),
    (
        "PATH=$PWD/target/release:$PWD/target/bridge",
        "takes a bridge and a server; the bridge's own test of the documents runs it",
    ),
];

/// Options that every program has by way of its frame.
const BRIDGE_TOO: [&str; 9] =
    ["--config", "--no-config", "--show-config", "--completions", "--man", "--help", "-h", "--version", "-V"];

/// What is printed for `args`.
fn printed(program: &'static str, args: &str) -> String {
    let ended = Run::bare(program).env("COLUMNS", "80").args(args).finish();
    ended.assert_well();
    String::from_utf8(ended.stdout).expect("UTF-8")
}

/// The options of a program, long and short.
fn options(program: &'static str) -> BTreeSet<String> {
    let help = printed(program, "--help");
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let specs = lines.filter_map(|line| line.split("  ").next());
    let words = specs.flat_map(|spec| spec.split([' ', ',']).filter(|word| word.starts_with('-')));
    words.map(|word| word.trim_end_matches("...").to_owned()).collect()
}

/// The options of the bridge, as its sources define them: it is not built here.
fn options_of_the_bridge() -> BTreeSet<String> {
    let mut found: BTreeSet<_> = BRIDGE_TOO.iter().map(ToString::to_string).collect();
    let own = files(Path::new("bridge/src/cli")).into_iter();
    for path in own.chain(["place", "log_options"].map(|name| format!("frontend/src/cli/{name}.rs").into())) {
        let text = fs::read_to_string(root().join(path)).expect("a source");
        let mut lines = text.lines().map(str::trim);
        while let Some(line) = lines.next() {
            let Some(spec) = line.strip_prefix("#[arg(") else { continue };
            let mut parts = spec.trim_end_matches(")]").split(", ");
            let Some(long) = parts.find(|part| *part == "long" || part.starts_with("long = ")) else { continue };
            let field = lines.find_map(|line| line.strip_prefix("pub ")).expect("a field");
            let field = field.split(':').next().unwrap_or_default().replace('_', "-");
            found.extend(spec.starts_with("short, ").then(|| format!("-{}", &field[..1])));
            found.insert(format!("--{}", long.strip_prefix("long = ").unwrap_or(&field).trim_matches('"')));
        }
    }
    found
}

/// The options of the tour, as its source defines them: it is not built here either. Its own tests hold them against its page.
fn options_of_the_tour() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("tour/src/cli.rs")).expect("a source");
    let mut lines = text.lines().map(str::trim);
    let mut found = BTreeSet::new();
    while lines.any(|line| line.starts_with("#[arg(long")) {
        let field = lines.next().and_then(|line| line.split(':').next()).expect("a field");
        found.insert(format!("--{}", field.replace('_', "-")));
    }
    found
}

#[test]
fn the_front_page_is_short_and_narrow() {
    let text = fs::read_to_string(root().join("README.md")).expect("the README");
    assert!(text.lines().count() <= 150, "{} lines", text.lines().count());
    for line in text.lines() {
        assert!(line.chars().count() <= 120, "more than 120 columns: {line}");
    }
    let oldest = format!("Rust {} or newer", env!("CARGO_PKG_RUST_VERSION"));
    assert!(text.contains(&oldest), "{oldest}");
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for document in documents() {
        broken.extend(document.broken_links().iter().map(|link| format!("{}: {link}", document.path.display())));
    }
    assert_eq!(broken, [""; 0]);
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let planted = "# A `title`, twice\n# A title twice\n[`a`](#a-title-twice) [b](#a-title-twice-1) [c](GUIDE.md#pipes) \
        [d](../README.md) [e](https://example.org/none) `[f](none)`\n```\n# No title\n[g](none)\n```\n\
        [h](#no-title) [i](#a-title-twice-2) [j](GUIDE.md#no) [k](NONE.md) [l](../../README.md)";
    let document = Document { path: "docs/PLANTED.md".into(), text: planted.into() };
    let broken = ["#no-title", "#a-title-twice-2", "GUIDE.md#no", "NONE.md", "../../README.md"];
    assert_eq!(document.broken_links(), broken);
}

#[test]
fn every_option_that_a_document_names_exists() {
    let bridge = options_of_the_bridge();
    assert!(bridge.contains("--role") && bridge.contains("--server") && bridge.contains("--dir"), "{bridge:?}");
    let tour = options_of_the_tour();
    assert!(tour.contains("--project-id") && tour.contains("--fifo"), "{tour:?}");
    let programs = [("reader", options("reader")), ("writer", options("writer"))];
    let known = programs.into_iter().chain([("shmchat-bridge", bridge), ("shmchat-tour", tour)]).collect::<Vec<_>>();
    let mut checked = BTreeSet::new();
    for document in about_today() {
        for code in document.code() {
            for words in commands(&code) {
                let programs = ["shmchat-tour", "reader", "writer", "shmchat-bridge"];
                let is_program = |word: &&str| programs.contains(word) || word.ends_with("release/reader");
                let at = words.iter().position(is_program);
                let (named, words) = match at {
                    Some(at) => (words[at].rsplit('/').next(), &words[at + 1..]),
                    // An option by itself is one of any.
                    None if words.first().is_some_and(|word| word.starts_with('-')) => (None, &words[..]),
                    None => continue,
                };
                for word in words {
                    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-');
                    let option = word.split('=').next().unwrap_or_default();
                    if !option.starts_with('-') || option.trim_matches('-').is_empty() {
                        continue;
                    }
                    // `-vv` is `-v` twice.
                    let length = if option.starts_with("--") { option.len() } else { 2 };
                    let option: String = option.chars().take(length).collect();
                    let of = |program| named.is_none_or(|named| named == program);
                    let is_known = known.iter().any(|(program, options)| of(*program) && options.contains(&option));
                    assert!(is_known, "{}: {option} in `{code}`", document.path.display());
                    // What follows is a command of somebody else's.
                    let ends = ["--exec", "--shell", "--worker"].contains(&option.as_str());
                    checked.insert(option);
                    if ends {
                        break;
                    }
                }
            }
        }
    }
    assert!(checked.len() > 12, "{checked:?}");
}

#[test]
fn every_exit_code_that_a_document_names_exists() {
    let help = printed("reader", "--help");
    let (_, table) = help.split_once("Exit codes:\n").expect("exit codes");
    let known: Vec<_> = table.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let mut checked = 0;
    for document in about_today() {
        let words = document.prose().split_whitespace().collect::<Vec<_>>().join(" ");
        for after in words.split("exit code ").skip(1) {
            let code: String = after.chars().take_while(char::is_ascii_digit).collect();
            // Codes are spoken of without naming one, too.
            if !code.is_empty() {
                assert!(known.contains(&code.as_str()), "{}: exit code {code}", document.path.display());
                checked += 1;
            }
        }
    }
    assert!(checked > 0);
}

#[test]
fn every_target_of_make_that_a_document_names_exists() {
    let makefile = fs::read_to_string(root().join("Makefile")).expect("the Makefile");
    let targets: BTreeSet<_> =
        makefile.lines().filter_map(|line| line.split_once(": ")).map(|(target, _)| target).collect();
    let mut checked = BTreeSet::new();
    for document in about_today() {
        for code in document.code() {
            // What comes first: an error line may go on with "make room".
            for words in commands(&code).iter().take(1).filter(|words| words.first() == Some(&"make")) {
                for target in words[1..].iter().filter(|word| !word.contains('=')) {
                    assert!(targets.contains(target), "{}: no target {target} in `{code}`", document.path.display());
                    checked.insert((*target).to_owned());
                }
            }
        }
    }
    assert!(checked.contains("demo") && checked.contains("test") && checked.len() > 10, "{checked:?}");
}

#[test]
fn every_source_that_a_document_names_exists() {
    let all = files(Path::new(""));
    for document in about_today() {
        for code in document.code() {
            let is_source = [".rs", ".sh", ".toml"].iter().any(|ending| code.ends_with(ending));
            if is_source && !code.contains([' ', '*']) {
                let found = all.iter().any(|path| path.ends_with(&code));
                assert!(found, "{}: no file {code}", document.path.display());
            }
        }
    }
}

/// Whether a module of this name stands in a group: as a file, or as a folder of its own.
fn is_module(group: &str, module: &str, all: &[PathBuf]) -> bool {
    let group = Path::new("tests/tests").join(group);
    let files = [group.join(format!("{module}.rs")), group.join(module).join("mod.rs")];
    all.iter().any(|path| files.contains(path))
}

#[test]
fn every_test_that_a_document_names_exists_and_every_module_is_named() {
    let all = files(Path::new("tests"));
    let mut named = BTreeSet::new();
    for document in about_today() {
        for code in document.code() {
            for words in commands(&code) {
                let rest = match words[..] {
                    ["T", ..] => &words[1..],
                    ["cargo", "test", "-p", "shmchat-tests", "--test", ..] => &words[5..],
                    _ => continue,
                };
                let [group, module @ ..] = rest else { continue };
                if group.starts_with('"') {
                    continue;
                }
                assert!(GROUPS.contains(group), "{}: no group {group} in `{code}`", document.path.display());
                for module in module.iter().filter_map(|module| module.strip_suffix("::")) {
                    assert!(is_module(group, module, &all), "{}: `{code}`", document.path.display());
                    named.insert(module.to_owned());
                }
            }
        }
    }
    for path in &all {
        let names: Vec<_> = path.iter().skip(2).filter_map(|name| name.to_str()).collect();
        let name = match names[..] {
            [_, name] if name != "main.rs" => name,
            [_, folder, "mod.rs"] => folder,
            _ => continue,
        };
        let module = name.strip_suffix(".rs").unwrap_or(name);
        // The house's own modules are no tests of the programs.
        if names[0] == "house" {
            continue;
        }
        if fs::read_to_string(root().join(path)).expect("a source").contains("#[test]\n") {
            assert!(named.contains(module), "docs/TESTING.md does not say what {} proves", path.display());
        }
    }
}

#[test]
fn the_examples_that_can_be_run_do_what_is_said() {
    let programs = program("reader").parent().expect("a folder").to_owned();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").expect("PATH"));
    let mut run = 0;
    let mut excused = BTreeSet::new();
    for document in about_today() {
        for block in document.blocks("sh") {
            let named = ["make", "cargo", "scripts/", "T"];
            let is_checked_by_name = |line: &str| {
                let first = line.trim_start_matches("sudo ");
                first.is_empty() || named.iter().any(|name| first.starts_with(name))
            };
            if block.lines().map(without_comment).all(is_checked_by_name) {
                continue;
            }
            if let Some((begin, _)) = NOT_RUN.iter().find(|(begin, _)| block.starts_with(begin)) {
                excused.insert(*begin);
                continue;
            }
            let place = Place::new();
            let seconds = LIMIT.as_secs().to_string();
            let mut command = Command::new("timeout");
            command.args(["-k", "5", &seconds, "bash", "-euo", "pipefail", "-c", &block]);
            command.current_dir(root()).env("PATH", &path).env("XDG_RUNTIME_DIR", place.dir()).stdin(Stdio::null());
            command.env("XDG_CONFIG_HOME", place.dir().join("config"));
            let output = command.output().expect("timeout and bash");
            let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            let what = format!("{}:\n{block}\n\n{said}{errors}", document.path.display());
            assert!(output.status.success(), "{what}");
            let mut lines = said.lines();
            for wanted in block.lines().filter_map(|line| line.split_once("# prints ")).map(|(_, wanted)| wanted) {
                assert!(lines.any(|line| line == wanted), "does not print {wanted}: {what}");
            }
            let base = place.dir().join("shmchat");
            for name in channels_in(&base, Access::Owner).expect("the channels") {
                let status = Channel::named(name).dir(&base).status().expect("a look").expect("a channel");
                assert!(status.segment.is_none(), "a segment is left: {what}");
            }
            run += 1;
        }
    }
    assert!(run >= 2, "{run} examples");
    assert_eq!(excused.len(), NOT_RUN.len(), "excuses that nobody needs: {NOT_RUN:?}");
}
