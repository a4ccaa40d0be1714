//! A text for the terminal's clipboard, by OSC 52: the one way that works through ssh and needs no window system.
//! <https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Operating-System-Commands>
//!
//! Whether the terminal takes it nobody learns: it is off by default in some (xterm, and tmux without
//! `set -g set-clipboard on`).
#![forbid(unsafe_code)]

/// What to write to the terminal so that it puts `text` into its clipboard.
pub(super) fn copy(text: &str) -> String {
    // Ended by ST, not by BEL, which would ring where OSC is not understood.
    format!("\x1b]52;c;{}\x1b\\", base64(text.as_bytes()))
}

/// <https://www.rfc-editor.org/rfc/rfc4648#section-4>
pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let three = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or(0)));
        let bits = three[0] << 16 | three[1] << 8 | three[2];
        for at in 0..4 {
            let letter = char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]);
            text.push(if at <= chunk.len() { letter } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_the_standard_has_it() {
        let known = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (length, expected) in known.iter().enumerate() {
            assert_eq!(base64(&b"foobar"[..length]), *expected);
        }
        assert_eq!(base64(&[0xff, 0xfe, 0xfb]), "//77");
    }

    #[test]
    fn the_text_is_between_an_introducer_and_a_terminator_and_cannot_leave_them() {
        assert_eq!(copy("hi\x1b\\\x07"), "\x1b]52;c;aGkbXAc=\x1b\\");
    }
}
