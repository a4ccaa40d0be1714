//! What may stand in the file: every long option of both programs, as clap knows it. No list of keys is kept anywhere else.
//!
//! A setting becomes the words that you would type for it, and clap checks them, so that a value means the same in both places.

use crate::cli::args::{self, Shared};
use crate::cli::flow::{Reading, Writing};
use crate::cli::help::{self, heading};
use crate::cli::program::Program;
use crate::cli::upkeep::{Cleaning, Looking};
use crate::cli::working::Working;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Args, Command, ValueHint};
use shmchat::Role;
use std::any::TypeId;
use std::ffi::OsString;
use std::num::{NonZeroU8, NonZeroU32, NonZeroU64};
use std::path::Path;
use toml::de::DeValue;

/// The headings of the options that may stand in the file. Under the others are those that mean one run: upkeep, what is
/// printed instead of a run, and whatever a program has of its own.
const OF_ALL_RUNS: [&str; 4] = [heading::MESSAGES, heading::SCREEN, heading::PLACE, heading::LOG];

/// Options that mean one run all the same.
const OF_ONE_RUN: [&str; 2] = ["count", "replies"];

/// `-v` can be said this often; more says no more.
const MOST_TIMES: u8 = 9;

/// A value in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given<'a> {
    /// A string.
    Text(&'a str),
    /// A number, as it is written.
    Number(String),
    /// `true` or `false`.
    Switch(bool),
    /// Anything else, which no option takes.
    Other,
}

impl<'a> From<&'a DeValue<'_>> for Given<'a> {
    fn from(value: &'a DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Given::Text(text),
            DeValue::Integer(number) => Given::Number(number.to_string()),
            DeValue::Float(number) => Given::Number(number.to_string()),
            DeValue::Boolean(switch) => Given::Switch(*switch),
            DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => Given::Other,
        }
    }
}

/// The options of both programs: one file serves both.
#[derive(Debug)]
pub(super) struct Keys(Command);

impl Keys {
    /// All of them.
    pub(super) fn of_both_programs() -> Keys {
        let command = Shared::augment_args(Command::new("shmchat").version(env!("CARGO_PKG_VERSION")));
        let command = Writing::augment_args(Working::augment_args(Reading::augment_args(command)));
        let command = Cleaning::augment_args(Looking::augment_args(command));
        Keys(help::dress(command, &Program::of(Role::Reader)))
    }

    /// The option of this name, or what is wrong with the name.
    pub(super) fn find(&self, key: &str) -> Result<&Arg, String> {
        match find(&self.0, key) {
            Some(option) if is_key(option) => Ok(option),
            Some(_) => Err(format!("'{key}' is for the command line only, as --{key}")),
            None => Err(match self.suggestion(key) {
                Some(similar) => format!("unknown option '{key}'; did you mean '{similar}'?"),
                None => format!("unknown option '{key}'; `reader --help` and `writer --help` list them"),
            }),
        }
    }

    /// clap's own suggestion for a misspelt option.
    fn suggestion(&self, key: &str) -> Option<String> {
        let key = key.replace('_', "-");
        if find(&self.0, &key).is_some_and(is_key) {
            return Some(key);
        }
        let error = self.0.clone().try_get_matches_from(["shmchat", &format!("--{key}")]).err()?;
        let Some(ContextValue::String(similar)) = error.get(ContextKind::SuggestedArg) else { return None };
        let similar = similar.strip_prefix("--")?.split(['=', ' ']).next()?;
        find(&self.0, similar).filter(|option| is_key(option)).map(|_| similar.to_owned())
    }

    /// The words that say the same on a command line, or what is wrong with the value. A relative path is one from `folder`.
    pub(super) fn words(&self, option: &Arg, given: &Given<'_>, folder: &Path) -> Result<Vec<OsString>, String> {
        let key = option.get_long().unwrap_or_default();
        let flag = OsString::from(format!("--{key}"));
        let words = match (option.get_action(), given) {
            (ArgAction::SetTrue, Given::Switch(is_on)) => vec![flag; usize::from(*is_on)],
            (ArgAction::SetTrue, _) => return Err(format!("{key} expects true or false")),
            (ArgAction::Count, Given::Switch(is_on)) => vec![flag; usize::from(*is_on)],
            (ArgAction::Count, Given::Number(times)) => match times.parse() {
                Ok(times @ 0..=MOST_TIMES) => vec![flag; times.into()],
                _ => return Err(format!("{key} expects a number from 0 to {MOST_TIMES}")),
            },
            (ArgAction::Count, _) => return Err(format!("{key} expects a number from 0 to {MOST_TIMES}")),
            (_, Given::Text(text)) if text.contains('\0') => return Err(format!("{key} can't contain a NUL")),
            (_, Given::Text(text)) => {
                let value = if is_path(option, text) { path(text, folder) } else { text.into() };
                vec![[flag, "=".into(), value].into_iter().collect()]
            }
            (_, Given::Number(number)) if is_number(option) => {
                vec![[flag, "=".into(), number.into()].into_iter().collect()]
            }
            _ if is_number(option) => return Err(format!("{key} expects a number or a string")),
            _ => return Err(format!("{key} expects a string, in quotes")),
        };
        match self.0.clone().try_get_matches_from([OsString::from("shmchat")].iter().chain(&words)) {
            // What it needs beside it may stand elsewhere.
            Err(error) if error.kind() != ErrorKind::MissingRequiredArgument => Err(args::sentence(&error)),
            _ => Ok(words),
        }
    }

    /// Whether clap refuses to take both.
    pub(super) fn conflict(&self, one: &Arg, other: &Arg) -> bool {
        conflict(&self.0, one, other)
    }
}

/// The option of this name.
pub(super) fn find<'a>(command: &'a Command, key: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|option| option.get_long() == Some(key))
}

/// Whether the option may stand in the file.
pub(super) fn is_key(option: &Arg) -> bool {
    let of_all_runs = OF_ALL_RUNS.map(Some).contains(&option.get_help_heading());
    option.get_long().is_some_and(|long| !OF_ONE_RUN.contains(&long)) && of_all_runs
}

/// Whether clap refuses to take both, one of which may have said so.
pub(super) fn conflict(command: &Command, one: &Arg, other: &Arg) -> bool {
    let refuses =
        |one, other: &Arg| command.get_arg_conflicts_with(one).iter().any(|refused| refused.get_id() == other.get_id());
    refuses(one, other) || refuses(other, one)
}

/// Whether the file may have a number without quotes there.
pub(super) fn is_number(option: &Arg) -> bool {
    let numbers = [
        TypeId::of::<f64>(),
        TypeId::of::<u8>(),
        TypeId::of::<u32>(),
        TypeId::of::<u64>(),
        TypeId::of::<usize>(),
        TypeId::of::<NonZeroU8>(),
        TypeId::of::<NonZeroU32>(),
        TypeId::of::<NonZeroU64>(),
    ];
    numbers.iter().any(|number| option.get_value_parser().type_id() == *number)
}

/// Whether this text is a path: not if it is the option's default, such as the `screen` of `--log-to`.
fn is_path(option: &Arg, text: &str) -> bool {
    let hints = [ValueHint::AnyPath, ValueHint::FilePath, ValueHint::DirPath];
    let is_default = option.get_default_values().iter().any(|default| default.as_os_str() == text);
    hints.contains(&option.get_value_hint()) && !is_default
}

/// A path as the file means it: no shell has replaced `~/`, and a relative one does not depend on where you are.
fn path(text: &str, folder: &Path) -> OsString {
    match (text.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest).into(),
        // An empty one is refused by whoever uses it.
        _ if text.is_empty() => OsString::new(),
        _ => folder.join(text).into(),
    }
}
