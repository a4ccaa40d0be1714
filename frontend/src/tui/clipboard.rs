//! A text for the terminal's clipboard, by OSC 52: the one way that works through ssh and needs no window system.
//! <https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Operating-System-Commands>
//!
//! Whether the terminal takes it nobody learns: it is off by default in some (xterm, and tmux without
//! `set -g set-clipboard on`).
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What to write to the terminal so that it puts `text` into its clipboard.
pub(super) fn copy(text: &str) -> String {
    // Ended by ST, not by BEL, which would ring where OSC is not understood.
    format!("\x1b]52;c;{}\x1b\\", STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_between_an_introducer_and_a_terminator_and_cannot_leave_them() {
        assert_eq!(copy("hi\x1b\\\x07"), "\x1b]52;c;aGkbXAc=\x1b\\");
    }
}
