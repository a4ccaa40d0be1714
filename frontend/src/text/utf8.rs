//! Cuts bytes between characters, so that each part of a message is valid text and a terminal never gets half a character.

/// How many of the bytes are complete characters, or will never be part of one: all, except for a character at the end that
/// more bytes may complete.
pub fn complete_characters(bytes: &[u8]) -> usize {
    // A character has at most four bytes, and only its first one looks like a first byte.
    let tail = bytes.len().saturating_sub(3)..bytes.len();
    let begins = |at: &usize| {
        std::str::from_utf8(&bytes[*at..]).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    };
    tail.into_iter().find(begins).unwrap_or(bytes.len())
}

/// Where to cut off a first part of at most `limit` bytes: not inside a character, if the bytes are text.
///
/// # Panics
/// If there are no more than `limit` bytes, or `limit` is 0.
pub fn split_at_most(bytes: &[u8], limit: usize) -> usize {
    assert!(0 < limit && limit < bytes.len(), "nothing to cut");
    match complete_characters(&bytes[..limit]) {
        // Less than one character fits.
        0 => limit,
        at => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_a_part_begins_is_kept_for_the_next() {
        let text = "aé你👩".as_bytes();
        for end in 0..=text.len() {
            let whole = complete_characters(&text[..end]);
            assert!(end - whole <= 3 && std::str::from_utf8(&text[..whole]).is_ok(), "{end}");
        }
        assert_eq!(complete_characters(b"a\xff"), 2);
        assert_eq!(complete_characters(b"a\xff\xe4\xbd"), 2);
    }

    #[test]
    fn text_is_cut_between_characters_and_anything_else_where_it_must() {
        let text = "aé你👩x".as_bytes();
        for limit in 1..text.len() {
            let at = split_at_most(text, limit);
            assert!(0 < at && at <= limit);
            assert!(limit < 4 || std::str::from_utf8(&text[..at]).is_ok(), "{limit}: {at}");
        }
        assert_eq!(split_at_most(&[0x80; 9], 8), 8);
    }
}
