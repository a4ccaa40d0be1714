//! What a line that is just `x` means when a person types it: quit, in a pipe as on the screen.

/// The line that quits.
pub const QUIT_LINE: &str = "x";

/// Whether a line, without its line end, quits. Ask this only if a person types: in a file or from another program it is a
/// message like any other.
pub fn asks_to_quit(line: &[u8]) -> bool {
    line == QUIT_LINE.as_bytes()
}
