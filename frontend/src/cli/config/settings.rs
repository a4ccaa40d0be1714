//! The text of the file as settings: each checked, and each with its line.

use super::error::ConfigError;
use super::keys::{Given, Keys};
use clap::Arg;
use shmchat::ChannelName;
use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The table that has a table for each channel.
const CHANNEL: &str = "channel";

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// The long option, without its dashes.
    pub(super) key: String,
    /// What you would type; nothing if it switches something off.
    pub(super) words: Vec<OsString>,
    /// Its line in the file, counted from 1.
    pub(super) line: usize,
}

/// All settings of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// Where it is.
    pub(super) file: PathBuf,
    /// Those for every channel.
    pub(super) global: Vec<Setting>,
    /// Those for one channel each.
    pub(super) channels: Vec<(ChannelName, Vec<Setting>)>,
}

impl Settings {
    /// Reads the `text` of `file`.
    pub(super) fn read(file: &Path, text: &str, keys: &Keys) -> Result<Settings, ConfigError> {
        Text { file, text, folder: &folder(file), keys }.settings()
    }

    /// The settings that concern a channel, those that win first; each with the channel whose table it is.
    pub(super) fn levels(&self, channel: Option<&ChannelName>) -> Vec<(Option<&ChannelName>, &[Setting])> {
        let of_channel = self.channels.iter().filter(|(name, _)| Some(name) == channel);
        let of_channel = of_channel.map(|(name, settings)| (Some(name), &settings[..]));
        of_channel.chain([(None, &self.global[..])]).collect()
    }
}

/// The folder that relative paths in the file start from.
fn folder(file: &Path) -> PathBuf {
    let file = absolute(file).unwrap_or(file.into());
    file.parent().unwrap_or(&file).to_owned()
}

/// A file that is being read.
struct Text<'a> {
    file: &'a Path,
    text: &'a str,
    folder: &'a Path,
    keys: &'a Keys,
}

impl Text<'_> {
    fn settings(&self) -> Result<Settings, ConfigError> {
        let document = DeTable::parse(self.text).map_err(|error| {
            // What the parser was looking for is seldom what you forgot.
            let what = error.message().split(", expected ").next().unwrap_or_default();
            self.wrong(error.span().map_or(0, |span| span.start), what.to_owned())
        })?;
        let global = self.table(document.get_ref(), true)?;
        let mut channels = Vec::new();
        for (name, table) in document.get_ref().iter().filter(|(key, _)| key.get_ref() == CHANNEL) {
            let DeValue::Table(tables) = table.get_ref() else {
                let what = "settings for one channel go into a table of their own, such as [channel.lobby]";
                return Err(self.wrong(name.span().start, what.into()));
            };
            for (name, table) in in_order(tables) {
                let at = name.span().start;
                let channel: ChannelName =
                    name.get_ref().parse().map_err(|error| self.wrong(at, format!("{error}")))?;
                let DeValue::Table(table) = table.get_ref() else {
                    let what =
                        format!("'{channel}' is a channel here: write [channel.{channel}], and below it its settings");
                    return Err(self.wrong(at, what));
                };
                channels.push((channel, self.table(table, false)?));
            }
        }
        Ok(Settings { file: self.file.into(), global, channels })
    }

    /// The settings of a table, which may be the `outermost` one.
    fn table(&self, table: &DeTable<'_>, outermost: bool) -> Result<Vec<Setting>, ConfigError> {
        let mut settings: Vec<Setting> = Vec::new();
        let mut switched_on: Vec<(&Arg, usize)> = Vec::new();
        for (key, value) in in_order(table) {
            let at = key.span().start;
            let key = key.get_ref();
            if outermost && key == CHANNEL {
                continue;
            }
            let option = self.keys.find(key).map_err(|what| match value.get_ref() {
                DeValue::Table(_) => self.wrong(at, format!("unknown table '{key}'; a channel's is [channel.NAME]")),
                _ => self.wrong(at, what),
            })?;
            let words = self.keys.words(option, &Given::from(value.get_ref()), self.folder);
            let words = words.map_err(|what| self.wrong(at, what))?;
            let line = self.line(at);
            if !words.is_empty() {
                if let Some((other, line)) = switched_on.iter().find(|(other, _)| self.keys.conflict(option, other)) {
                    let other = other.get_long().unwrap_or_default();
                    return Err(self.wrong(at, format!("'{key}' doesn't go with '{other}' in line {line}")));
                }
                switched_on.push((option, line));
            }
            settings.push(Setting { key: key.to_string(), words, line });
        }
        Ok(settings)
    }

    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|&byte| byte == b'\n').count()
    }

    fn wrong(&self, at: usize, what: String) -> ConfigError {
        ConfigError::At { path: self.file.into(), line: self.line(at), what }
    }
}

/// The entries in the order of the file, so that the first mistake is reported first.
fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<(&'a Spanned<std::borrow::Cow<'i, str>>, &'a Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
