//! The one door through which text from the other side reaches a terminal, a log or an error line.
//!
//! A terminal obeys control characters, and bidirectional or invisible characters make one text look like another
//! (<https://www.unicode.org/reports/tr36/>, <https://trojansource.codes/>). Each of them is replaced by a visible mark;
//! everything else stays as it is.
//!
//! | in the text | shown as |
//! | --- | --- |
//! | new line, tab | themselves |
//! | other C0 controls, DEL | their control picture: `␛`, `␀`, `␡` |
//! | C1 controls, bidirectional controls, invisible characters | their number: `⟨U+202E⟩` |
//! | ZWJ, ZWNJ, variation selectors | themselves: scripts and emoji need them |
//! | tags | their number, unless they spell the flag of a region after U+1F3F4 |
use std::borrow::Cow;
use std::fmt::Write;

/// The text, with everything that a terminal would obey or hide made visible.
///
/// Borrowed if nothing had to change. The result never contains an escape, a bidirectional control or an invisible character.
/// Passing it through again changes nothing.
pub fn visible(text: &str) -> Cow<'_, str> {
    with_marks(text, push_mark)
}

/// The same on one line: new lines become control pictures too.
pub fn visible_line(text: &str) -> String {
    visible(text).replace('\n', "␊")
}

/// Like [`visible`], but for JSON, whose meaning stays the same: `\u202E` instead of a mark.
pub fn escaped(json: &str) -> Cow<'_, str> {
    with_marks(json, |shown, hidden| {
        let mut units = [0; 2];
        for unit in hidden.encode_utf16(&mut units) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{unit:04X}");
        }
    })
}

/// The text, with a mark in place of each character that must not be shown as it is.
fn with_marks(text: &str, push_mark: impl Fn(&mut String, char)) -> Cow<'_, str> {
    let Some(first) = next_hidden(text, 0).filter(|_| !is_sabotaged()) else {
        return Cow::Borrowed(text);
    };
    let mut shown = String::with_capacity(text.len() + 16);
    let mut done = 0;
    let mut next = Some(first);
    while let Some((at, hidden)) = next {
        shown.push_str(&text[done..at]);
        push_mark(&mut shown, hidden);
        done = at + hidden.len_utf8();
        next = next_hidden(text, done);
    }
    shown.push_str(&text[done..]);
    Cow::Owned(shown)
}

/// Whether this is a test build that was told to show everything as it is: see the library's `fault`.
fn is_sabotaged() -> bool {
    #[cfg(feature = "faults")]
    return shmchat::internals::fault::sabotaged(shmchat::internals::fault::Mutant::RawText);
    #[cfg(not(feature = "faults"))]
    false
}

/// The first character from `start` on that must not be shown as it is.
fn next_hidden(text: &str, start: usize) -> Option<(usize, char)> {
    let mut flag_until = 0;
    for (at, c) in text[start..].char_indices() {
        let at = start + at;
        if c == BLACK_FLAG {
            let tags = &text[at + c.len_utf8()..];
            flag_until = at + c.len_utf8() + region_tags(tags);
        }
        if at >= flag_until && is_hidden(c) {
            return Some((at, c));
        }
    }
    None
}

const BLACK_FLAG: char = '\u{1F3F4}';
const CANCEL_TAG: char = '\u{E007F}';

/// How many bytes at the start of `tags` spell a region, such as `gbsct` for Scotland.
///
/// That is three to six letters or digits and the cancel tag (<https://www.unicode.org/reports/tr51/>, ED-14a), and no more: a
/// longer run would be text that nobody sees.
fn region_tags(tags: &str) -> usize {
    let mut letters = 0;
    for (at, c) in tags.char_indices() {
        match c {
            '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}' if letters < 6 => letters += 1,
            CANCEL_TAG if letters >= 3 => return at + c.len_utf8(),
            _ => return 0,
        }
    }
    0
}

/// Whether a terminal would obey this character, or hide it. New line and tab are not counted.
pub fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{00}'..='\u{1F}' | '\u{7F}'..='\u{9F}' => true,
        ' '..='~' => false,
        // soft hyphen; the Mongolian vowel separator; the Hangul fillers, which look like nothing
        '\u{AD}' | '\u{180E}' | '\u{3164}' | '\u{FFA0}' => true,
        // bidirectional marks, embeddings, overrides; the isolates are in the range below
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' => true,
        // zero-width space; line and paragraph separator; word joiner, invisible operators,
        // isolates and the deprecated format characters
        '\u{200B}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206F}' => true,
        // byte order mark; interlinear annotation; shorthand and musical format controls
        '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' => true,
        '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' => true,
        '\u{E0000}'..='\u{E007F}' => true,
        _ => false,
    }
}

fn push_mark(shown: &mut String, hidden: char) {
    let code = u32::from(hidden);
    let picture = match code {
        0x00..=0x1F => char::from_u32(0x2400 + code),
        0x7F => Some('\u{2421}'),
        _ => None,
    };
    match picture {
        Some(picture) => shown.push(picture),
        // Writing to a String cannot fail.
        None => _ = write!(shown, "⟨U+{code:04X}⟩"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_text_is_borrowed() {
        for text in ["", "hello", "two\nlines\tand a tab", "你好 é 👩‍🚀 ❤️ नमस्ते"] {
            assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn escape_sequences_lose_their_escape() {
        assert_eq!(visible("\x1b[2Jgone\x07\r"), "␛[2Jgone␇␍");
        assert_eq!(visible("\u{9b}2J"), "⟨U+009B⟩2J");
        assert_eq!(visible("\0\x7f"), "␀␡");
    }

    #[test]
    fn text_that_runs_the_other_way_is_marked() {
        assert_eq!(visible("abc\u{202E}fed"), "abc⟨U+202E⟩fed");
        assert_eq!(visible("\u{2066}x\u{2069}"), "⟨U+2066⟩x⟨U+2069⟩");
    }

    #[test]
    fn json_is_escaped_and_says_the_same() {
        assert_eq!(escaped("\"a\u{202E}\u{7f}\u{E0067}\"\n"), "\"a\\u202E\\u007F\\uDB40\\uDC67\"\n");
        assert!(matches!(escaped("\"你好\""), Cow::Borrowed(_)));
    }

    #[test]
    fn joiners_and_variation_selectors_stay() {
        let text = "👨‍👩‍👧 ❤\u{FE0F} می\u{200C}خواهم";
        assert_eq!(visible(text), text);
    }

    #[test]
    fn the_flag_of_a_region_keeps_its_tags_and_nothing_else_does() {
        let scotland = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}";
        assert_eq!(visible(scotland), scotland);
        assert_eq!(visible("a\u{E0067}\u{E007F}"), "a⟨U+E0067⟩⟨U+E007F⟩");
        let smuggled = format!("\u{1F3F4}{}\u{E007F}", "\u{E0061}".repeat(7));
        assert!(visible(&smuggled).ends_with("⟨U+E0061⟩⟨U+E007F⟩"));
        assert_eq!(visible("\u{1F3F4}\u{E0067}"), "\u{1F3F4}⟨U+E0067⟩");
    }

    /// The characters of the rule, written down a second time and in another form.
    fn must_not_appear(c: char) -> bool {
        let code = u32::from(c);
        (c.is_control() && c != '\n' && c != '\t')
            || [0x061C, 0x200B, 0x200E, 0x200F, 0xFEFF, 0x180E, 0x00AD].contains(&code)
            || (0x2028..=0x202E).contains(&code)
            || (0x2060..=0x206F).contains(&code)
            || (0xFFF9..=0xFFFB).contains(&code)
            || (0xE0000..=0xE007F).contains(&code)
    }

    fn nasty_text() -> impl Strategy<Value = String> {
        let nasty = prop_oneof![
            any::<char>(),
            (0u32..0xA0).prop_map(|c| char::from_u32(c).unwrap_or(' ')),
            (0x2000u32..0x2070).prop_map(|c| char::from_u32(c).unwrap_or(' ')),
            (0xE0000u32..0xE0080).prop_map(|c| char::from_u32(c).unwrap_or(' ')),
            Just(BLACK_FLAG),
            Just(CANCEL_TAG),
            Just('\u{061C}'),
            Just('\u{FEFF}'),
        ];
        proptest::collection::vec(nasty, 0..40).prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn nothing_hidden_comes_through(text in nasty_text()) {
            let shown = visible(&text);
            // Flags are looked at above; take them out.
            let mut left = shown.into_owned();
            while let Some(at) = left.find(BLACK_FLAG) {
                let after = at + BLACK_FLAG.len_utf8();
                let tags = region_tags(&left[after..]);
                left.replace_range(at..after + tags, "");
            }
            prop_assert!(!left.chars().any(must_not_appear), "{:?}", left);
        }

        #[test]
        fn a_second_pass_changes_nothing(text in nasty_text()) {
            let once = visible(&text).into_owned();
            prop_assert!(matches!(visible(&once), Cow::Borrowed(_)));
        }

        #[test]
        fn what_is_not_hidden_stays_in_order(text in nasty_text()) {
            let kept: String = text.chars().filter(|c| !is_hidden(*c)).collect();
            let shown = visible(&text);
            let mut rest = shown.chars();
            prop_assert!(kept.chars().all(|c| rest.any(|other| other == c)));
        }
    }
}
