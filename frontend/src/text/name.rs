//! The one check for a display name: the name that the other side sees beside your messages.
//!
//! | a name | is |
//! | --- | --- |
//! | of up to [`NAME_MAX`] bytes, in any script, with emoji and blanks | fine, and never changed |
//! | with something that a terminal would obey or hide, or with a line feed or a tab | refused |
//! | that is empty, or that nobody could see | refused |
//!
//! `--name`, the config file and `/name` all come through here. Names that *arrive* are another matter: a peer may claim any
//! name, and [`visible_line`] shows it harmlessly.

use super::shown::{visible, visible_line};
use std::borrow::Cow;

/// The most bytes of a name: what the segment has room for.
pub const NAME_MAX: usize = 64;

/// Why a name is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing to see.
    #[error("a name needs at least one character that people can see")]
    Blank,
    /// It has a control, bidirectional or invisible character; here it is with a mark for each.
    #[error("a name can't contain control or invisible characters; this one is: {0}")]
    Hidden(String),
    /// It is too long; so many bytes.
    #[error("a name can have up to {NAME_MAX} bytes, and this one has {0}")]
    Long(usize),
}

/// The name, if others can be shown it: see the table at the head of this module.
///
/// # Errors
/// [`NameError`]: say it to the user as it is.
pub fn check_name(name: &str) -> Result<&str, NameError> {
    if name.chars().all(is_blank) {
        return Err(NameError::Blank);
    }
    if name.contains(['\n', '\t']) || matches!(visible(name), Cow::Owned(_)) {
        return Err(NameError::Hidden(visible_line(name).replace('\t', "␉")));
    }
    if name.len() > NAME_MAX {
        return Err(NameError::Long(name.len()));
    }
    Ok(name)
}

/// Whether a character leaves no ink. Joiners and variation selectors are fine beside others; so they are not hidden.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            // the combining grapheme joiner, the Hangul jamo fillers, the inherent vowels of Khmer, an empty Braille pattern
            '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{2800}'
            // ZWNJ, ZWJ; variation selectors, those of Mongolian too
            | '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{180B}'..='\u{180F}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_people_have_are_taken_as_they_are() {
        for name in ["alice", "Åsa Ek", "你好", "👩‍🚀", "نیک\u{200C}نام", " x ", "--", "❤\u{FE0F}", &"n".repeat(64)]
        {
            assert_eq!(check_name(name), Ok(name));
        }
    }

    #[test]
    fn a_name_that_nobody_can_see_is_refused() {
        for name in ["", " ", "\t", "\n \r", "\u{3000}", "\u{200D}", "\u{2800}\u{FE0F}", "\u{115F} "] {
            assert_eq!(check_name(name), Err(NameError::Blank), "{name:?}");
        }
    }

    #[test]
    fn a_name_with_something_hidden_is_refused_and_shown() {
        let shown = [
            ("a\x1b[31mb", "a␛[31mb"),
            ("a\nb", "a␊b"),
            ("a\tb", "a␉b"),
            ("a\u{202E}b", "a⟨U+202E⟩b"),
            ("a\u{200B}b", "a⟨U+200B⟩b"),
            ("\u{7f}", "␡"),
        ];
        for (name, shown) in shown {
            assert_eq!(check_name(name), Err(NameError::Hidden(shown.into())));
        }
    }

    #[test]
    fn a_name_has_as_many_bytes_as_the_segment_has_room_for() {
        assert_eq!(NAME_MAX, shmchat::internals::layout::NAME_BYTES);
        assert_eq!(check_name(&"你".repeat(22)), Err(NameError::Long(66)));
        let error = check_name(&"n".repeat(65)).unwrap_err();
        assert_eq!(error.to_string(), "a name can have up to 64 bytes, and this one has 65");
    }

    proptest! {
        #[test]
        fn a_name_that_is_taken_is_shown_as_it_is(name in "\\PC{0,40}|.{0,40}|[\u{0}-\u{A0}\u{2000}-\u{206F}]{0,9}") {
            if check_name(&name).is_ok() {
                prop_assert_eq!(visible_line(&name), name);
            }
        }

        #[test]
        fn an_error_is_safe_to_print(name in "(?s).{0,40}|[\u{0}-\u{A0}\u{2000}-\u{206F}]{0,9}") {
            if let Err(error) = check_name(&name) {
                let said = error.to_string();
                prop_assert!(!said.contains(['\n', '\t']) && visible_line(&said) == said, "{:?}", said);
            }
        }
    }
}
