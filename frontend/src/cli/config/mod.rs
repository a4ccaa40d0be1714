//! The config file: options that you don't want to type each time.
//!
//! ```toml
//! name = "alice"            # as --name alice, on every channel
//! bell = true
//!
//! [channel.logs]            # on this channel only
//! framing = "json"
//! ```
//!
//! ```text
//!   file ──▶ settings ◀── keys (clap's definitions)      each setting checked, with its line
//!                │
//!   command ──▶ held: command line > [channel.NAME] > the rest of the file
//!   line         │
//!                ├──▶ words, put before those you typed, and parsed with them
//!                └──▶ show (--show-config)
//! ```
//!
//! The file knows every long option of either program, so that one file serves both. A setting is turned into the words that
//! you would type, and clap reads them as if you had: no option is written down twice, and a value means the same in both
//! places. Settings that what you typed overrules are left out before that.
//!
//! From the bottom up: a file imports only from those above it in this list.
//!
//! | file | what it does |
//! | --- | --- |
//! | `error` | what can be wrong with a file |
//! | `file` | finds and reads it, if nobody else can have written it |
//! | `keys` | what may stand in it |
//! | `settings` | its text as settings |
//! | `held` | which of them hold |
//! | `show` | prints what holds |

mod error;
mod file;
mod held;
mod keys;
mod settings;
mod show;

#[cfg(test)]
mod tests;

pub(super) use error::ConfigError;

use super::help::{CONFIG, NO_CONFIG, heading};
use crate::text::{escaped, visible_line};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use held::{Held, held, without_screen};
use keys::Keys;
use settings::Settings;
use shmchat::ChannelName;
use std::ffi::OsString;
use std::path::PathBuf;

/// The settings of a file, and what was typed.
#[derive(Debug)]
pub(super) struct Config<'a> {
    command: &'a Command,
    typed: &'a ArgMatches,
    settings: Settings,
    /// Why there are no settings.
    absent: Option<&'static str>,
}

impl<'a> Config<'a> {
    /// Reads the file that the command line names, or the default one.
    pub(super) fn read(command: &'a Command, typed: &'a ArgMatches) -> Result<Self, ConfigError> {
        let mut config = Config { command, typed, settings: Settings::default(), absent: None };
        if typed.get_flag(NO_CONFIG) {
            config.absent = Some("--no-config");
            return Ok(config);
        }
        let asked = typed.get_one::<PathBuf>(CONFIG);
        match file::read(asked.map(PathBuf::as_path))? {
            Some((path, text)) => config.settings = Settings::read(&path, &text, &Keys::of_both_programs())?,
            None => {
                config.settings.file = file::default_path().unwrap_or_default();
                config.absent = Some("there is none");
            }
        }
        Ok(config)
    }

    /// The words that say what holds of the file, to be put before those that were typed. `on_terminals`: whether standard
    /// input and output are terminals that a screen can be drawn on.
    pub(super) fn words(&self, on_terminals: bool) -> Vec<OsString> {
        let mut held = self.held();
        let is_on = |key: &str| held.iter().any(|held| held.setting.key == key && !held.setting.words.is_empty());
        // Not every program has these.
        let is_typed = |key: &str| matches!(self.typed.try_get_raw(key), Ok(Some(_))) && self.is_typed(key);
        if !on_terminals || is_typed("plain") || is_typed("count") || is_typed("replies") || is_on("plain") {
            without_screen(self.command, &mut held);
        }
        held.iter().flat_map(|held| held.setting.words.clone()).collect()
    }

    /// What holds, and whence: for people, and a config file again.
    pub(super) fn shown(&self) -> String {
        let file = visible_line(&self.settings.file.to_string_lossy());
        let place = self.channel().map_or("all channels".to_owned(), |channel| format!("channel {channel}"));
        let mut text = format!("# {}, {place}\n", self.command.get_name());
        text += &match self.absent {
            None => format!("# config file: {file}\n"),
            Some(why) if file.is_empty() => format!("# no config file: {why}\n"),
            Some(why) => format!("# no config file: {why} ({file})\n"),
        };
        let levels = self.settings.levels(self.channel().as_ref());
        let keys = levels.iter().flat_map(|(_, level)| level.iter().map(|setting| &*setting.key));
        let others = show::not_ours(self.command, keys);
        if !others.is_empty() {
            text += &format!("# for the other program: {}\n", others.join(", "));
        }
        text += &format!("\n{}", show::lines(self.command, self.typed, &self.held(), &file));
        escaped(&text).into_owned()
    }

    fn held(&self) -> Vec<Held<'_>> {
        held(self.command, self.typed, &self.settings, self.channel().as_ref())
    }

    fn is_typed(&self, id: &str) -> bool {
        self.typed.value_source(id) == Some(ValueSource::CommandLine)
    }

    /// The channel that the arguments name; `None` if they are about all.
    fn channel(&self) -> Option<ChannelName> {
        let named = self.typed.get_one::<ChannelName>("channel").cloned();
        let upkeep = |option: &&clap::Arg| option.get_help_heading() == Some(heading::UPKEEP);
        let mut upkeep = self.command.get_arguments().filter(upkeep);
        let is_upkeep = upkeep.any(|option| self.is_typed(option.get_id().as_str()));
        named.or_else(|| (!is_upkeep).then(ChannelName::default))
    }
}
