//! What a line that is just `x` means where a person types: the end, in a pipe as on the screen.

/// The line that asks for the end.
pub const QUIT_LINE: &str = "x";

/// Whether a line, without its end, asks for the end. To be asked only where a person types: in a file or from another
/// program, it is a message like any other.
pub fn asks_to_quit(line: &[u8]) -> bool {
    line == QUIT_LINE.as_bytes()
}
