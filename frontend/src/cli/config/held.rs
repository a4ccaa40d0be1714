//! Which settings of a file hold in this run: what you type wins over the channel's table, and that over the rest of the file.

use super::keys::{conflict, find, is_key};
use super::settings::{Setting, Settings};
use crate::cli::help::heading;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use shmchat::ChannelName;
use std::collections::BTreeSet;

/// Options that may be typed together, but of which the first has the last word on the second if it stands above it: `-v`
/// asks for more of the log whatever level the file names; `--mode 0600` closes a channel that the file opens to a group.
const DECIDES: [(&str, &str); 3] = [("quiet", "log-level"), ("verbose", "log-level"), ("mode", "group")];

/// A setting that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held<'a> {
    pub(super) setting: &'a Setting,
    /// The channel whose table it is from.
    pub(super) section: Option<&'a ChannelName>,
}

/// The settings that hold for this `command` line on this channel. Those of the other program don't.
pub(super) fn held<'a>(
    command: &Command,
    typed: &ArgMatches,
    settings: &'a Settings,
    channel: Option<&ChannelName>,
) -> Vec<Held<'a>> {
    let is_typed = |option: &&Arg| typed.value_source(option.get_id().as_str()) == Some(ValueSource::CommandLine);
    let mut above: Vec<&Arg> = command.get_arguments().filter(is_typed).collect();
    let mut decided: BTreeSet<&str> = above.iter().filter_map(|option| option.get_long()).collect();
    let mut held = Vec::new();
    for (section, level) in settings.levels(channel) {
        let mut here = Vec::new();
        for setting in level {
            let Some(option) = find(command, &setting.key).filter(|option| is_key(option)) else { continue };
            let is_refused = above.iter().any(|other| decides(other, option) || conflict(command, other, option));
            if !decided.contains(&*setting.key) && !is_refused {
                here.push((option, Held { setting, section }));
            }
        }
        // Only now: settings of one level are no reason against each other.
        for (option, setting) in here {
            decided.insert(&setting.setting.key);
            above.extend(Some(option).filter(|_| !setting.setting.words.is_empty()));
            held.push(setting);
        }
    }
    let framing = framing(typed, &held);
    held.retain(|held| match held.setting.key.as_str() {
        // They are for a framing, and no reason to refuse another one.
        "on-error" => framing == "json",
        "on-full" => framing != "raw",
        _ => true,
    });
    held
}

fn decides(above: &Arg, below: &Arg) -> bool {
    DECIDES.iter().any(|&(one, other)| above.get_long() == Some(one) && below.get_long() == Some(other))
}

/// The framing that holds.
fn framing(typed: &ArgMatches, held: &[Held<'_>]) -> String {
    // Not every program has these.
    if matches!(typed.try_get_one("nul"), Ok(Some(true))) {
        return "nul".into();
    }
    let setting = held.iter().find(|held| held.setting.key == "framing");
    let value = match setting {
        Some(held) => held.setting.words.first().and_then(|word| word.to_str()?.strip_prefix("--framing=")),
        None => typed.try_get_raw("framing").ok().flatten().and_then(|mut values| values.next()?.to_str()),
    };
    value.unwrap_or_default().to_owned()
}

/// Leaves out what is about the screen: a pipe has none.
pub(super) fn without_screen(command: &Command, held: &mut Vec<Held<'_>>) {
    held.retain(|held| {
        let option = find(command, &held.setting.key);
        held.setting.key == "plain" || option.is_none_or(|option| option.get_help_heading() != Some(heading::SCREEN))
    });
}
