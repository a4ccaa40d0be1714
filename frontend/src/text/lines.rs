//! The lines of a text.

use super::LINE_FEED;

/// The lines of a block, each with its offset. Anything else is one line.
pub fn each_line(bytes: &[u8], is_block: bool) -> impl Iterator<Item = (usize, &[u8])> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let (start, rest) = (next?, &bytes[next?..]);
        let end = if is_block { memchr::memchr(LINE_FEED, rest) } else { None };
        let length = end.map_or(rest.len(), |end| end + 1);
        next = Some(start + length).filter(|&next| next < bytes.len());
        Some((start, &rest[..length]))
    })
}
