//! Copies a text to the terminal's clipboard with OSC 52: the one way that works over ssh and needs no window system.
//! <https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Operating-System-Commands>
//!
//! Nobody learns whether the terminal accepts it: in some it is off by default (xterm, and tmux without
//! `set -g set-clipboard on`).
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What to write to the terminal to put `text` into its clipboard.
pub(super) fn copy(text: &str) -> String {
    // Ends with ST, not with BEL, which would ring on a terminal that does not know OSC.
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
