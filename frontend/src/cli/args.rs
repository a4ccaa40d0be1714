//! The arguments.

use super::console::say;
use super::help::heading;
use super::log_options::Logging;
use super::place::Place;
use crate::pipe::Framing;
use crate::text::{NameError, check_name};
use clap::error::ErrorKind;
use clap::{Args, ValueEnum};
use nix::unistd::{User, getuid};
use shmchat::ChannelName;
use std::path::PathBuf;
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

    /// Where the channel is, and who may use it.
    #[command(flatten)]
    pub place: Place,

    /// What is logged, and where to.
    #[command(flatten)]
    pub log: Logging,
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
}

fn name(text: &str) -> Result<String, NameError> {
    check_name(text).map(str::to_owned)
}

/// A number of seconds, as `--timeout` takes it.
pub fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=1e9).contains(seconds));
    seconds.ok_or_else(|| "expected a number of seconds, such as 2.5".to_owned())
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
    let mut line = String::new();
    for part in wanted {
        line += match part {
            _ if line.is_empty() => "",
            _ if line.ends_with(':') => " ",
            // What is missing, one a line.
            part if part.starts_with(['-', '<']) => ", ",
            _ => "; ",
        };
        line += part;
    }
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

    #[test]
    fn what_is_missing_is_a_list() {
        let message =
            "error: the following required arguments were not provided:\n  --role <ROLE>\n  <CHANNEL>\n\nUsage: it\n";
        assert_eq!(one_line(message), "the following required arguments were not provided: --role <ROLE>, <CHANNEL>");
    }
}
