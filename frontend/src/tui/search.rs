//! Searching the transcript.
//!
//! Lower-case letters match upper-case ones too; a query with an upper-case letter matches exactly. The search looks at
//! the text as shown, already [visible](crate::text::visible). Both texts are first folded to lower case and then
//! compared byte by byte, so that the time of a search depends only on the length of the transcript, whatever the
//! query. Where a match begins and ends in the text itself is looked up only for what is on the screen.
use std::borrow::Cow;
use std::ops::Range;

use super::input::LineEditor;

/// A search, and how far it has got.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// The line you type it into.
    pub(super) line: LineEditor,
    /// What was last searched for.
    pub(super) query: Query,
    /// The entry of the last match, counted from the very first one.
    pub(super) hit: Option<u64>,
}

/// What to search for. An empty query finds nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Query {
    text: String,
    /// It has an upper-case letter, so it matches exactly.
    exact: bool,
}

impl Query {
    pub(super) fn new(text: &str) -> Query {
        Query { text: text.to_owned(), exact: text.chars().any(char::is_uppercase) }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether a text contains it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        !self.is_empty() && self.folded(text).contains(&*self.text)
    }

    /// Where it is in a text, without overlaps, as ranges of bytes.
    pub(super) fn hits(&self, text: &str) -> Vec<Range<usize>> {
        if !self.is_in(text) {
            return Vec::new();
        }
        let folded = self.folded(text);
        let mut places = Places::new(text, self.exact);
        let found = folded.match_indices(&*self.text);
        // Folding may turn a letter into two: a match covers every letter that it touches.
        found.map(|(at, hit)| places.letter_at(at).start..places.letter_at(at + hit.len() - 1).end).collect()
    }

    fn folded<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match text {
            _ if self.exact => Cow::Borrowed(text),
            // Most texts are, and that is fast.
            text if text.is_ascii() => Cow::Owned(text.to_ascii_lowercase()),
            text => Cow::Owned(text.chars().flat_map(char::to_lowercase).collect()),
        }
    }
}

/// Maps places in a folded text to letters of the text, for places that never go back by more than a letter.
struct Places<'a> {
    letters: Box<dyn Iterator<Item = (Range<usize>, usize)> + 'a>,
    letter: Range<usize>,
    /// Where the letter ends in the folded text.
    folded_end: usize,
}

impl<'a> Places<'a> {
    fn new(text: &'a str, exact: bool) -> Self {
        let letters = text.char_indices().map(move |(at, c)| {
            let folded = if exact { c.len_utf8() } else { c.to_lowercase().map(char::len_utf8).sum() };
            (at..at + c.len_utf8(), folded)
        });
        Places { letters: Box::new(letters), letter: 0..0, folded_end: 0 }
    }

    fn letter_at(&mut self, place: usize) -> Range<usize> {
        while self.folded_end <= place {
            let Some((letter, folded)) = self.letters.next() else { break };
            self.letter = letter;
            self.folded_end += folded;
        }
        self.letter.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found<'a>(query: &str, text: &'a str) -> Vec<&'a str> {
        Query::new(query).hits(text).into_iter().map(|hit| &text[hit]).collect()
    }

    #[test]
    fn small_letters_find_large_ones_and_large_ones_only_themselves() {
        assert_eq!(found("über", "Über ÜBER über"), ["Über", "ÜBER", "über"]);
        assert_eq!(found("Über", "Über ÜBER über"), ["Über"]);
        assert_eq!(found("好", "你好好"), ["好", "好"]);
        assert_eq!(found("", "text"), [""; 0]);
        assert_eq!(found("x", ""), [""; 0]);
    }

    #[test]
    fn a_letter_that_becomes_two_small_ones_is_found_whole() {
        assert_eq!(found("i", "İstanbul"), ["İ"]);
        assert_eq!(found("\u{307}s", "İstanbul"), ["İs"]);
    }

    proptest! {
        #[test]
        fn what_is_found_is_there_and_in_order(text in "[aAbBİß你 ]{0,40}", query in "[aAbBß你]{1,3}") {
            let query = Query::new(&query);
            let hits = query.hits(&text);
            prop_assert_eq!(!hits.is_empty(), query.is_in(&text));
            for hit in &hits {
                prop_assert!(query.is_in(&text[hit.clone()]));
            }
            prop_assert!(hits.windows(2).all(|pair| pair[0].start <= pair[1].start));
        }
    }
}
