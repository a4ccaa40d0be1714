//! What the terminal can do, as far as its environment says.
//!
//! Nothing is asked of the terminal itself: its answer would arrive among the keys, and one that does not know the
//! question may print it. A terminal that is not known here gets nothing that it might print. Over ssh only `TERM` comes
//! along; that is enough for links and the title, but not for all notifications.
use std::env;

use crate::text::visible_line;

/// What the terminal can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// It swallows sequences that it does not know, and keeps the title for us: it is xterm or one of its heirs.
    pub(super) title: bool,
    /// Links can be sent (OSC 8). It need not show them, as long as it swallows them.
    pub(super) links: bool,
    /// It shows notifications.
    pub(super) notification: Option<Notification>,
}

/// The sequence for a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notification {
    /// <https://iterm2.com/documentation-escape-codes.html>: the text alone.
    Osc9,
    /// urxvt's, with a title: see `DESCRIPTION` in
    /// <https://man.archlinux.org/man/extra/rxvt-unicode/urxvt-notifications.1.en>, or foot-ctlseqs(7).
    Osc777,
}

/// What to write to the terminal to give its window a title. A control character would end the title, and what follows would
/// be obeyed; so there is none in it.
pub(super) fn title_sequence(title: &str) -> String {
    format!("\x1b]2;{}\x1b\\", visible_line(title).replace('\t', " "))
}

/// A notification shows at most this many characters of a text.
const SHOWN_MAX: usize = 200;

impl Notification {
    /// What to write to the terminal. The texts can neither end the sequence nor add to its parts.
    pub(super) fn sequence(self, title: &str, body: &str) -> String {
        let plain = |text: &str| {
            let text = visible_line(text).replace('\t', " ");
            // Between the parts stands a semicolon.
            let text = if self == Notification::Osc777 { text.replace(';', ",") } else { text };
            text.chars().take(SHOWN_MAX).collect::<String>()
        };
        let (title, body) = (plain(title), plain(body));
        match self {
            // It has no title. One that began with a digit could be another command of OSC 9.
            Notification::Osc9 => format!("\x1b]9;{title}: {body}\x1b\\"),
            Notification::Osc777 => format!("\x1b]777;notify;{title};{body}\x1b\\"),
        }
    }
}

/// The values of `TERM`, or their beginnings, of terminals that keep a title and swallow what they do not know. GNU
/// screen is missing, because it keeps no title; so are the Linux console and Emacs, which print some sequences.
const HEIRS_OF_XTERM: [&str; 10] =
    ["xterm", "tmux", "foot", "alacritty", "kitty", "wezterm", "konsole", "gnome", "vte", "contour"];

/// VTE crashed on links before version 0.50: <https://bugzilla.gnome.org/show_bug.cgi?id=779734>.
const VTE_WITH_LINKS: u32 = 5000;

impl Known {
    /// What the terminal of this process can do.
    pub(super) fn here() -> Known {
        Known::by(|name| env::var(name).ok())
    }

    fn by(variable: impl Fn(&str) -> Option<String>) -> Known {
        let value = |name: &str| variable(name).unwrap_or_default();
        let (term, program) = (value("TERM"), value("TERM_PROGRAM"));
        // tmux may call itself `screen`, and is both inside a terminal and one itself.
        let tmux = !value("TMUX").is_empty();
        let heir = HEIRS_OF_XTERM.iter().any(|name| term.starts_with(name)) || tmux && term.starts_with("screen");
        let old_vte = value("VTE_VERSION").parse().is_ok_and(|version: u32| version < VTE_WITH_LINKS);
        let inside_another = tmux || !value("STY").is_empty();
        let notification = match (program.as_str(), term.as_str()) {
            _ if inside_another => None,
            ("iTerm.app", _) | (_, "xterm-kitty") => Some(Notification::Osc9),
            ("WezTerm" | "ghostty", _) | (_, "xterm-ghostty") => Some(Notification::Osc777),
            (_, term) if term.starts_with("foot") || term.starts_with("rxvt-unicode") => Some(Notification::Osc777),
            _ => None,
        };
        Known { title: heir, links: heir && !old_vte, notification }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(variables: &[(&str, &str)]) -> Known {
        Known::by(|name| variables.iter().find(|(found, _)| *found == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn terminals_get_only_what_they_do_not_print() {
        for (term, more, links, title) in [
            ("xterm-256color", None, true, true),
            ("xterm-256color", Some(("VTE_VERSION", "7600")), true, true),
            ("xterm-256color", Some(("VTE_VERSION", "4803")), false, true),
            ("tmux-256color", Some(("TMUX", "/tmp/tmux,1,0")), true, true),
            ("screen-256color", Some(("TMUX", "/tmp/tmux,1,0")), true, true),
            ("screen", Some(("STY", "1.pts")), false, false),
            ("linux", None, false, false),
            ("vt220", None, false, false),
            ("eterm-color", None, false, false),
            ("rxvt-unicode-256color", None, false, false),
            ("", None, false, false),
        ] {
            let variables: Vec<_> = more.into_iter().chain([("TERM", term)]).collect();
            let found = known(&variables);
            assert_eq!((found.links, found.title), (links, title), "{variables:?}");
        }
        assert_eq!(known(&[]), Known { title: false, links: false, notification: None });
    }

    #[test]
    fn control_characters_cannot_get_into_a_title() {
        let title = "lobby\x1b\\\x07\u{9c}\n\t\u{202e}";
        assert_eq!(title_sequence(title), "\x1b]2;lobby␛\\␇⟨U+009C⟩␊ ⟨U+202E⟩\x1b\\");
    }

    #[test]
    fn the_text_of_a_notification_cannot_leave_it() {
        let hostile = "a;b\x1b\\\x07\u{9c}\n\tend";
        assert_eq!(
            Notification::Osc777.sequence("shmchat · lobby", hostile),
            "\x1b]777;notify;shmchat · lobby;a,b␛\\␇⟨U+009C⟩␊ end\x1b\\"
        );
        assert_eq!(Notification::Osc9.sequence("shmchat", hostile), "\x1b]9;shmchat: a;b␛\\␇⟨U+009C⟩␊ end\x1b\\");
        let long = Notification::Osc9.sequence("", &"你".repeat(10_000));
        assert_eq!(long.chars().filter(|c| *c == '你').count(), SHOWN_MAX);
    }

    #[test]
    fn notifications_are_for_terminals_that_show_them() {
        for (term, program, expected) in [
            ("xterm-256color", "iTerm.app", Some(Notification::Osc9)),
            ("xterm-256color", "WezTerm", Some(Notification::Osc777)),
            ("xterm-ghostty", "", Some(Notification::Osc777)),
            ("xterm-kitty", "", Some(Notification::Osc9)),
            ("foot", "", Some(Notification::Osc777)),
            ("rxvt-unicode-256color", "", Some(Notification::Osc777)),
            ("xterm-256color", "Apple_Terminal", None),
            ("xterm-256color", "", None),
        ] {
            let variables = [("TERM", term), ("TERM_PROGRAM", program)];
            assert_eq!(known(&variables).notification, expected, "{variables:?}");
            let inside = [("TERM", term), ("TERM_PROGRAM", program), ("TMUX", "/tmp/tmux,1,0")];
            assert_eq!(known(&inside).notification, None);
        }
    }
}
