//! The arguments.

use super::console::say;
use super::failure::Failure;
use super::help::heading;
use super::size;
use crate::logging::LogTarget;
use crate::pipe::Framing;
use crate::text::{NameError, check_name};
use clap::error::ErrorKind;
use clap::{Args, ValueEnum, ValueHint};
use log::LevelFilter;
use nix::unistd::{Group, User, getegid, geteuid, getgroups, getuid};
use shmchat::Access;
use shmchat::ChannelName;
use std::convert::Infallible;
use std::num::NonZeroU8;
use std::path::{Path, PathBuf};
use std::process::exit;

/// What both binaries take. `-h` shows the first sentence of each, on one line of 80 columns beside the longest option; the
/// rest appears only in `--help` and in the man page.
#[derive(Clone, Debug, Args)]
pub struct Shared {
    /// The channel to join [default: lobby]
    ///
    /// A name of 1 to 64 letters, digits, '.', '_' and '-', not starting with a dot.
    #[arg(help_heading = heading::PLACE)]
    pub channel: Option<ChannelName>,

    /// The name the other side sees [default: user name]
    ///
    /// Up to 64 bytes, in any script, without control or invisible characters. If both sides have the same name, the screen
    /// adds the role to each.
    #[arg(long, value_name = "NAME", value_parser = name, help_heading = heading::MESSAGES)]
    pub name: Option<String>,

    /// Pipe format: line, nul, json or raw [default: line]
    ///
    /// One message per line, one message per NUL, one JSON object per line, or a byte stream with no messages in it.
    #[arg(long, value_name = "FRAMING", value_enum, default_value_t = Framing::Line, hide_default_value = true, help_heading = heading::MESSAGES)]
    pub framing: Framing,

    /// Short for --framing nul
    #[arg(short = '0', conflicts_with = "framing", help_heading = heading::MESSAGES)]
    pub nul: bool,

    /// Ring for unread messages
    ///
    /// Terminals that can show notifications (kitty, foot, WezTerm, Ghostty, iTerm2, urxvt) show one, too, at most every 2
    /// seconds.
    #[arg(long, help_heading = heading::SCREEN)]
    pub bell: bool,

    /// Don't show who is typing, on either side
    #[arg(long, help_heading = heading::SCREEN)]
    pub no_typing: bool,

    /// Run CMD if a message arrives while you're away
    ///
    /// CMD is for sh -c, and finds the message in SHMCHAT_CHANNEL, SHMCHAT_FROM and SHMCHAT_TEXT (its first 1024 bytes). Quote
    /// them, because others choose the text: notify-send -- "$SHMCHAT_FROM" "$SHMCHAT_TEXT". It runs at most every 2 seconds,
    /// and never twice at a time; messages in between are left out. Its output goes nowhere.
    #[arg(long, value_name = "CMD", help_heading = heading::SCREEN)]
    pub notify: Option<String>,

    /// Append each message to FILE before acknowledging it
    ///
    /// As text, or as JSON Lines if the name ends in .jsonl. Only you can read a new file (mode 0600).
    #[arg(long, value_name = "FILE", help_heading = heading::SCREEN)]
    pub transcript: Option<PathBuf>,

    /// Give up after SECONDS without progress
    ///
    /// Fractions such as 0.5 are fine. 0 receives or sends what it can without waiting.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = heading::MESSAGES)]
    pub timeout: Option<f64>,

    /// Don't open the screen; behave as in a pipe
    ///
    /// This is the default if standard input or output isn't a terminal. If you type at a terminal, a line that is just x
    /// quits.
    #[arg(long, help_heading = heading::SCREEN)]
    pub plain: bool,

    /// Colours: auto (unless NO_COLOR is set), always, never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto, hide_default_value = true, help_heading = heading::SCREEN)]
    pub color: Color,

    /// The directory that holds the channels
    ///
    /// By default $XDG_RUNTIME_DIR/shmchat, or /tmp/shmchat-UID if that variable is not set. For a group's channel:
    /// /tmp/shmchat-group-GID.
    #[arg(long, value_name = "DIR", help_heading = heading::PLACE)]
    pub dir: Option<PathBuf>,

    /// Room for messages each way [default: 1MiB]
    ///
    /// A power of two from 64KiB to 1GiB. It only matters if this run creates the segment; an existing one keeps its size.
    #[arg(long, value_name = "SIZE", value_parser = size::capacity, help_heading = heading::PLACE)]
    pub capacity: Option<u64>,

    /// 0600: you alone; 0660: a group as well [default: 0600]
    ///
    /// 0660 needs --group, and both sides must pass both options.
    #[arg(long, value_name = "MODE", value_parser = mode, help_heading = heading::PLACE)]
    pub mode: Option<u32>,

    /// The group that shares the channel, with --mode 0660
    ///
    /// A name or a number. You must be a member.
    #[arg(long, value_name = "NAME", value_parser = group, help_heading = heading::PLACE)]
    pub group: Option<u32>,

    /// Derive the key from FILE with ftok(3), on both sides
    ///
    /// To agree on a key out of band, pass this to both programs. FILE must exist, and is never changed. The channel's folder
    /// still holds the doorbells and the locks.
    #[arg(long, value_name = "FILE", help_heading = heading::PLACE)]
    pub key_file: Option<PathBuf>,

    /// The key's project id, 1 to 255, on both sides
    ///
    /// By default 110 or, if another program has that key, the first free one above it. If you choose one, no other is
    /// tried.
    #[arg(long, value_name = "N", value_parser = project_id, allow_negative_numbers = true, help_heading = heading::PLACE)]
    pub project_id: Option<NonZeroU8>,

    /// Lowest level: debug, info, warning (default), fatal
    ///
    /// The least important level to log. Overrides -q and -v.
    #[arg(long, value_name = "LEVEL", value_enum, help_heading = heading::LOG)]
    pub log_level: Option<LogLevel>,

    /// To the screen, a FILE, or one file per level in DIR/
    ///
    /// Each line has a level, a time and a message. The screen is standard error; nothing is logged there while the chat is
    /// open. A FILE is appended to. In a directory (one that exists, or a name that ends in a slash) each level has a file of
    /// its own: debug.log, info.log, warning.log, fatal.log. One that grows above 1 MiB is rotated: info.log becomes
    /// info.log.1, and so on up to info.log.5.
    #[arg(long, value_name = "WHERE", value_parser = log_target, value_hint = ValueHint::AnyPath, default_value = "screen", hide_default_value = true, help_heading = heading::LOG)]
    pub log_to: LogTarget,

    /// Only report errors
    #[arg(short, long, conflicts_with = "verbose", help_heading = heading::LOG)]
    pub quiet: bool,

    /// Print more: -v what happens, -vv how
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = heading::LOG)]
    pub verbose: u8,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// Unless `NO_COLOR` is set
    Auto,
    /// Even if `NO_COLOR` is set
    Always,
    /// Never use them
    Never,
}

impl Color {
    /// Whether to use colours here. See <https://no-color.org>.
    pub fn is_on(self) -> bool {
        match self {
            Color::Auto => std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            Color::Always => {
                crossterm::style::force_color_output(true);
                true
            }
            Color::Never => false,
        }
    }
}

/// The log levels, as users know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// How things happen, and everything below
    Debug,
    /// What happens, and everything below
    Info,
    /// What may need attention, and everything below
    Warning,
    /// What ends the program
    Fatal,
}

impl Shared {
    /// The name shown to the other side.
    pub fn display_name(&self) -> String {
        let user = || User::from_uid(getuid()).ok().flatten().map(|user| user.name);
        let user = || user().filter(|name| check_name(name).is_ok());
        self.name.clone().or_else(user).unwrap_or_else(|| getuid().to_string())
    }

    /// The format of messages in a pipe.
    pub fn framing(&self) -> Framing {
        if self.nul { Framing::Nul } else { self.framing }
    }

    /// Who may use the channel. Letting a group in takes both options, never just one.
    pub(super) fn access(&self) -> Result<Access, Failure> {
        match (self.mode, self.group) {
            (None | Some(0o600), None) => Ok(Access::Owner),
            (Some(0o660), Some(group)) => Ok(Access::Group(group)),
            (Some(0o660), None) => {
                Err(Failure::Usage("--mode 0660 opens the channel to a group: name it with --group NAME (see --help)"))
            }
            _ => Err(Failure::Usage("--group NAME opens the channel to a group: it needs --mode 0660 (see --help)")),
        }
    }

    /// The least important level to log.
    pub(super) fn log_level(&self) -> LevelFilter {
        match (self.log_level, self.quiet, self.verbose) {
            (Some(LogLevel::Debug), ..) => LevelFilter::Debug,
            (Some(LogLevel::Info), ..) => LevelFilter::Info,
            (Some(LogLevel::Warning), ..) => LevelFilter::Warn,
            (Some(LogLevel::Fatal), ..) | (None, true, _) => LevelFilter::Error,
            (None, false, 0) => LevelFilter::Warn,
            (None, false, 1) => LevelFilter::Info,
            (None, false, _) => LevelFilter::Debug,
        }
    }
}

fn name(text: &str) -> Result<String, NameError> {
    check_name(text).map(str::to_owned)
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=1e9).contains(seconds));
    seconds.ok_or_else(|| "expected a number of seconds, such as 2.5".to_owned())
}

fn mode(text: &str) -> Result<u32, String> {
    match text {
        "600" | "0600" => Ok(0o600),
        "660" | "0660" => Ok(0o660),
        _ => Err("expected 0600 (you alone) or 0660 (a group as well): both sides write to a channel".to_owned()),
    }
}

fn project_id(text: &str) -> Result<NonZeroU8, String> {
    text.parse().map_err(|_| "expected a number from 1 to 255, such as 110".to_owned())
}

/// A group's id, by its name or number. Only a member can give files to a group.
fn group(text: &str) -> Result<u32, String> {
    let by_name = || Group::from_name(text).ok().flatten().map(|group| group.gid.as_raw());
    let id = text.parse().ok().or_else(by_name).ok_or("there is no such group; see: getent group")?;
    let is_member = getegid().as_raw() == id
        || getgroups().is_ok_and(|groups| groups.iter().any(|group| group.as_raw() == id))
        || geteuid().is_root();
    if is_member { Ok(id) } else { Err("you are not a member of that group; see: id".to_owned()) }
}

fn log_target(text: &str) -> Result<LogTarget, Infallible> {
    Ok(match text {
        "screen" => LogTarget::Screen,
        folder if folder.ends_with('/') || Path::new(folder).is_dir() => LogTarget::Folder(folder.into()),
        file => LogTarget::File(file.into()),
    })
}

/// Ends the process after what clap found: prints the help or the version, or one line with code 2.
pub(super) fn end(error: &clap::Error) -> ! {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Whoever closed standard output no longer wants the help.
            let _ = error.print();
            exit(0)
        }
        _ => {
            say(&format!("{} (see --help)", sentence(error)));
            exit(2)
        }
    }
}

/// clap's message as one line: the error and its tips, without the usage.
pub(super) fn sentence(error: &clap::Error) -> String {
    one_line(&error.to_string())
}

fn one_line(message: &str) -> String {
    let lines = message.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let wanted = lines.filter(|line| !line.is_empty() && !line.starts_with("For more information"));
    let line = wanted.collect::<Vec<_>>().join("; ");
    line.trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn an_error_is_one_line_with_its_tip() {
        let message = "error: unexpected argument '--nmae' found\n\n  tip: a similar argument exists: '--name'\n\nUsage: writer [OPTIONS]\n\nFor more information, try '--help'.\n";
        assert_eq!(one_line(message), "unexpected argument '--nmae' found; tip: a similar argument exists: '--name'");
    }
}
