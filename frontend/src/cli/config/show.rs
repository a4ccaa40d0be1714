//! `--show-config`: what holds, and whence. What is printed is a config file again.

use super::held::Held;
use super::keys::{find, is_key, is_number};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::ffi::OsStr;
use std::fmt::Write;
use toml::de::DeValue;

/// Columns before where a value is from.
const VALUE_WIDTH: usize = 32;

/// A line for each option that may stand in the file: its value, and where that is from. Options without a value are comments.
pub(super) fn lines(command: &Command, typed: &ArgMatches, held: &[Held<'_>], file: &str) -> String {
    let mut text = String::new();
    for option in command.get_arguments().filter(|option| is_key(option)) {
        let key = option.get_long().unwrap_or_default();
        let setting = held.iter().find(|held| held.setting.key == key);
        let (value, whence) = match setting {
            Some(held) => {
                let table = held.section.map(|channel| format!(", [channel.{channel}]")).unwrap_or_default();
                let words = held.setting.words.iter().map(|word| word.as_os_str());
                (of_words(option, words), format!("{file}:{}{table}", held.setting.line))
            }
            None => match typed.value_source(option.get_id().as_str()) {
                Some(ValueSource::CommandLine) => (of_matches(option, typed), "command line".to_owned()),
                // Short for --framing nul.
                _ if key == "framing" && typed.get_flag("nul") => (Some(quoted("nul")), "command line".to_owned()),
                _ => (of_matches(option, typed), "default".to_owned()),
            },
        };
        let (left, whence) = match value {
            Some(value) => (format!("{key} = {value}"), whence),
            None => (format!("# {key}"), stated_default(option).unwrap_or_else(|| "not set".into())),
        };
        let _ = writeln!(text, "{left:VALUE_WIDTH$} # {whence}");
    }
    text
}

/// The value that the words of a setting give to an option.
fn of_words<'a>(option: &Arg, words: impl ExactSizeIterator<Item = &'a OsStr> + Clone) -> Option<String> {
    match option.get_action() {
        ArgAction::SetTrue => Some((words.len() > 0).to_string()),
        ArgAction::Count => Some(words.len().to_string()),
        _ => {
            let word = words.clone().next()?.to_string_lossy().into_owned();
            word.split_once('=').map(|(_, value)| of_text(option, value))
        }
    }
}

/// The value that an option has by what was typed, or by default.
fn of_matches(option: &Arg, typed: &ArgMatches) -> Option<String> {
    let id = option.get_id().as_str();
    match option.get_action() {
        ArgAction::SetTrue => Some(typed.get_flag(id).to_string()),
        ArgAction::Count => Some(typed.get_count(id).to_string()),
        _ => typed.get_raw(id)?.next().map(|value| of_text(option, &value.to_string_lossy())),
    }
}

/// As TOML writes it: a number where the file may have one and TOML takes it, else a string.
fn of_text(option: &Arg, text: &str) -> String {
    match DeValue::parse(text) {
        Ok(value) if is_number(option) && matches!(value.get_ref(), DeValue::Integer(_) | DeValue::Float(_)) => {
            text.into()
        }
        _ => quoted(text),
    }
}

/// A string of JSON is one of TOML.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// The default as the help of the option states it.
fn stated_default(option: &Arg) -> Option<String> {
    let help = option.get_help()?.to_string();
    let (_, default) = help.split_once("[default: ")?;
    Some(format!("default: {}", default.split(']').next()?))
}

/// The key of each setting in the file that this program has no use for.
pub(super) fn not_ours<'a>(command: &Command, keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut keys: Vec<_> = keys.filter(|key| !find(command, key).is_some_and(is_key)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
