//! Links in a text, and where they are on the screen.
//!
//! The screen tells the terminal about them (OSC 8), so that a link that was wrapped opens whole. A link made from
//! what somebody else wrote must not deceive, so two rules hold:
//!
//! - The target is exactly the text that you see, character by character.
//! - Only what is plainly a URL becomes one. If there is any doubt, it stays text: terminals that recognise URLs by
//!   themselves still do.
//!
//! | part | rule |
//! | --- | --- |
//! | scheme | `http://` or `https://`, not in the middle of a word. `file:` would open files of yours |
//! | host | begins with a letter or a digit. No `@` in front of the path: `https://bank.example@evil.example` is evil's |
//! | characters | those of a URL in [RFC 3986](https://www.rfc-editor.org/rfc/rfc3986#section-2), without quotes and brackets |
//! | end | not at a full stop, a comma and the like, nor at a parenthesis that was not opened in it |
//! | what follows | a space, ASCII that no URL has, or punctuation of other scripts. A letter of another script may be meant to belong to it |
//! | length | at most [`LENGTH_MAX`] |
use std::ops::Range;

use super::wrap;

/// What VTE and iTerm2 accept; see
/// <https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda#length-limits>.
const LENGTH_MAX: usize = 2083;

const SCHEMES: [&str; 2] = ["https", "http"];

/// Punctuation outside ASCII that may follow a link directly.
const CLOSES: &str = "、。，．：；！？）」』】〉》〕…—–”’»›";

/// A piece of a link in one row of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPiece {
    /// The row of the screen.
    pub(super) y: u16,
    /// The columns that it takes there, one for each character.
    pub(super) columns: Range<u16>,
    /// The same for all pieces of one link, and for nothing else: the entry, and where in its text the link begins.
    pub(super) id: (u64, usize),
    /// The whole link: printable ASCII, without spaces.
    pub(super) target: String,
}

/// The links in a text that is already [visible](crate::text::visible), in order.
pub(super) fn links(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // Everything before this was looked at once and for all, so that no text takes longer than its length.
    let mut done = 0;
    for at in memchr::memmem::find_iter(text.as_bytes(), "://") {
        let before = &text[done.min(at)..at];
        let Some(scheme) = SCHEMES.iter().find(|scheme| ends_with_ignoring_case(before, scheme)) else { continue };
        let start = at - scheme.len();
        let length = text.as_bytes()[start..].iter().take_while(|byte| belongs(**byte)).count();
        done = start + length;
        if let Some(end) = end_of(text, start, done) {
            found.push(start..end);
        }
    }
    found
}

/// Where the link ends whose characters are all in this range, if it is one.
fn end_of(text: &str, start: usize, end: usize) -> Option<usize> {
    let may_precede = |c: char| match c {
        c if c.is_ascii() => !(c.is_ascii_alphanumeric() || "_+-.".contains(c)),
        // Chinese and Japanese are written without spaces.
        c => c.is_whitespace() || wrap::measure(c.encode_utf8(&mut [0; 4])) > 1,
    };
    let may_follow = |c: char| c.is_ascii() || c.is_whitespace() || CLOSES.contains(c);
    let begins = text[..start].chars().next_back().is_none_or(may_precede);
    let ends = text[end..].chars().next().is_none_or(may_follow);
    if !begins || !ends || end - start > LENGTH_MAX {
        return None;
    }
    let link = without_trailing_punctuation(&text[start..end]);
    let (_, after_scheme) = link.split_once("://")?;
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    let plain_host = authority.starts_with(|c: char| c.is_ascii_alphanumeric()) && !authority.contains('@');
    plain_host.then_some(start + link.len())
}

/// Whether a byte can be in a link.
fn belongs(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&()*+,;=%".contains(&byte)
}

fn without_trailing_punctuation(link: &str) -> &str {
    let (opened, mut closed) = (link.matches('(').count(), link.matches(')').count());
    let mut link = link;
    loop {
        link = match link.as_bytes() {
            [.., b'.' | b',' | b':' | b';' | b'!' | b'?' | b'*'] => &link[..link.len() - 1],
            [.., b')'] if closed > opened => {
                closed -= 1;
                &link[..link.len() - 1]
            }
            _ => return link,
        };
    }
}

fn ends_with_ignoring_case(text: &str, end: &str) -> bool {
    let tail = text.len().checked_sub(end.len()).and_then(|start| text.get(start..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<&str> {
        links(text).into_iter().map(|link| &text[link]).collect()
    }

    #[test]
    fn a_url_is_a_link_without_the_punctuation_around_it() {
        for (text, link) in [
            ("see https://example.org/a?b=c#d, and", "https://example.org/a?b=c#d"),
            (
                "(https://en.wikipedia.org/wiki/C_(programming_language))",
                "https://en.wikipedia.org/wiki/C_(programming_language)",
            ),
            ("<http://localhost:8080/>", "http://localhost:8080/"),
            ("\"https://example.org/it's\"", "https://example.org/it"),
            ("看https://example.org/abc，很好", "https://example.org/abc"),
            ("HTTPS://EXAMPLE.ORG!", "HTTPS://EXAMPLE.ORG"),
            ("https://example.org/%E4%BD%A0", "https://example.org/%E4%BD%A0"),
            ("[text](https://example.org)", "https://example.org"),
            ("https://example.org/x...", "https://example.org/x"),
        ] {
            assert_eq!(found(text), [link], "{text}");
        }
        assert_eq!(found("https://a.example http://b.example"), ["https://a.example", "http://b.example"]);
        // One link, in whose path another stands.
        assert_eq!(found("https://web.example/http://b.example"), ["https://web.example/http://b.example"]);
    }

    #[test]
    fn what_is_not_plainly_a_url_is_no_link() {
        for text in [
            "",
            "example.org",
            "://",
            "http://",
            "https://...",
            "https:// example.org",
            "xhttps://example.org",
            "яhttps://example.org",
            "\u{600}https://example.org",
            "git+https://example.org",
            "file:///etc/passwd",
            "ftp://example.org",
            "javascript://example.org",
            "https://bank.example@evil.example/",
            "https://user:secret@example.org/",
            "https://[::1]/",
            "https://-example.org",
            "https://пример.рф/",
            "https://example.org/你好",
            "https://example.org\u{301}",
            // An escape and a change of direction, as they are shown.
            "https://example.org␛]8;;",
            "https://example.org/⟨U+202E⟩gro.live",
            &format!("https://example.org/{}", "a".repeat(LENGTH_MAX)),
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_link_is_printable_ascii_and_can_end_no_escape_sequence(
            text in r"(https?://|HTTP://|[a-z./()@?,;:]|\x1b\\|\x07|\x1b|[\u{80}-\u{a0}]|你| |\n|'|\u{202e}){0,40}",
        ) {
            let shown = crate::text::visible(&text);
            let mut end = 0;
            for link in links(&shown) {
                prop_assert!(link.start >= end, "in order");
                end = link.end;
                let link = &shown[link];
                prop_assert!(link.bytes().all(|byte| byte.is_ascii_graphic()), "{link:?}");
                prop_assert!(!link.contains(['"', '\'', '<', '>', '[', ']', '\\']), "{link:?}");
                prop_assert!(link.len() <= LENGTH_MAX);
            }
        }
    }
}
