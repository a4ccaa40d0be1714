//! Searching the transcript.
//!
//! Lower-case letters match upper-case ones too; a query with an upper-case letter matches exactly. The search looks at
//! the text as shown, already [visible](crate::text::visible). Both texts are first folded to lower case and then
//! compared byte by byte, so that the time of a search depends only on the length of the transcript, whatever the
//! query. Where a match begins and ends in the text itself is looked up only for what is on the screen, and for the
//! message to go to.
//!
//! Each step of a search goes to one match, not to one message. [`Query::step`] counts all of them each time, because
//! messages come and go in between.
use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;
use ratatui::buffer::CellWidth;

use super::input::LineEditor;

/// A search, and how far it has got.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// The line you type it into.
    pub(super) line: LineEditor,
    /// What was last searched for.
    pub(super) query: Query,
    /// The match it has come to.
    pub(super) hit: Option<Hit>,
}

/// A match, or any other place in the transcript; ordered as the transcript is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    /// Its entry, counted from the very first one.
    pub(super) entry: u64,
    /// Where in the entry's text it begins.
    pub(super) at: usize,
}

/// A way through the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Towards {
    Older,
    Newer,
}

/// What a step of a search has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) hit: Hit,
    /// Which match it is, counted from the newest one, which is 1.
    pub(super) place: usize,
    /// How many there are.
    pub(super) total: usize,
    /// It was found only after the end of the transcript was reached and the search went on at the other one.
    pub(super) wrapped: bool,
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
        // Where letters have no case, folding would change nothing and take time: Chinese, digits, punctuation.
        let has_case = |c: char| !(c.to_lowercase().eq([c]) && c.to_uppercase().eq([c]));
        if text.chars().any(char::is_uppercase) || !text.chars().any(has_case) {
            Query { text: text.to_owned(), exact: true }
        } else {
            Query::any_case(text)
        }
    }

    /// A query that matches upper-case and lower-case letters alike, whatever it has itself.
    pub(super) fn any_case(text: &str) -> Query {
        Query { text: folded(text).into_owned(), exact: false }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Where it is in a text, without overlaps, as ranges of bytes.
    pub(super) fn hits(&self, text: &str) -> Vec<Range<usize>> {
        if self.is_empty() {
            return Vec::new();
        }
        let folded = self.folded(text);
        let found = memmem::find_iter(folded.as_bytes(), &self.text).map(|at| at..at + self.text.len());
        if self.exact || text.is_ascii() {
            return found.collect();
        }
        // Folding may turn a letter into two: a match covers every letter that it touches.
        let mut places = Places::new(text);
        found.map(|hit| places.letter_at(hit.start).start..places.letter_at(hit.end - 1).end).collect()
    }

    /// Where it is in a text as a word or words of its own, not as a part of a longer word.
    pub(super) fn words(&self, text: &str) -> Vec<Range<usize>> {
        let mut hits = self.hits(text);
        hits.retain(|hit| is_word_edge(text, hit.start) && is_word_edge(text, hit.end));
        hits
    }

    /// The match next to a place in the transcript, which need not be a match itself; from the last one on, the search
    /// goes on at the other end. `texts` are the entries in order, with their numbers.
    pub(super) fn step<'a>(
        &self,
        texts: impl Iterator<Item = (u64, &'a str)>,
        from: Hit,
        way: Towards,
    ) -> Option<Found> {
        // How many matches are before the place, at it, and in all. That gives the number of the wanted one.
        let (mut before, mut here, mut total) = (0, 0, 0);
        let counted: Vec<_> = texts.map(|(entry, text)| (entry, text, self.count(text))).collect();
        for &(entry, text, count) in &counted {
            if entry < from.entry {
                before += count;
            } else if entry == from.entry && count > 0 {
                let hits = self.hits(text);
                before += hits.iter().filter(|hit| hit.start < from.at).count();
                here = hits.iter().filter(|hit| hit.start == from.at).count();
            }
            total += count;
        }
        let last = total.checked_sub(1)?;
        let next = match way {
            Towards::Older => before.checked_sub(1),
            Towards::Newer => Some(before + here).filter(|next| *next <= last),
        };
        let number = next.unwrap_or(if way == Towards::Older { last } else { 0 });

        let mut left = number;
        for (entry, text, count) in counted {
            if left < count {
                let at = self.hits(text).get(left)?.start;
                return Some(Found { hit: Hit { entry, at }, place: total - number, total, wrapped: next.is_none() });
            }
            left -= count;
        }
        None
    }

    /// How often it is in a text, without overlaps.
    fn count(&self, text: &str) -> usize {
        if self.is_empty() { 0 } else { memmem::find_iter(self.folded(text).as_bytes(), &self.text).count() }
    }

    fn folded<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.exact { Cow::Borrowed(text) } else { folded(text) }
    }
}

fn folded(text: &str) -> Cow<'_, str> {
    // Most texts are, and that is fast.
    if text.is_ascii() {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Owned(text.chars().flat_map(char::to_lowercase).collect())
    }
}

/// Whether a word may begin or end at this byte. Chinese and Japanese are written without spaces, so any place beside a
/// wide character will do.
fn is_word_edge(text: &str, at: usize) -> bool {
    let width = |c: char| c.encode_utf8(&mut [0; 4]).cell_width();
    let in_word = |c: char| (c.is_alphanumeric() || c == '_') && width(c) < 2;
    let before = text[..at].chars().next_back();
    let after = text[at..].chars().next();
    // An accent belongs to the letter before it.
    let in_letter = after.is_some_and(|c| !c.is_control() && width(c) == 0);
    !(in_letter || before.is_some_and(in_word) && after.is_some_and(in_word))
}

/// Maps places in a folded text to letters of the text, for places that never go back by more than a letter.
struct Places<'a> {
    letters: Box<dyn Iterator<Item = (Range<usize>, usize)> + 'a>,
    letter: Range<usize>,
    /// Where the letter ends in the folded text.
    folded_end: usize,
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        let letters = text.char_indices().map(|(at, c)| {
            let folded = c.to_lowercase().map(char::len_utf8).sum();
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

    #[test]
    fn a_word_is_found_by_itself_and_not_in_a_longer_one() {
        let words = |query: &str, text| Query::any_case(query).words(text).len();
        assert_eq!(words("Bob", "bob, BOB! (bob) bob's @bob"), 5);
        assert_eq!(words("bob", "bobby kebob bob_2 bobe\u{301} bob\u{301}"), 0);
        assert_eq!(words("小明", "你好小明吗"), 1);
        assert_eq!(words("bob", "你好bob吗"), 1);
        assert_eq!(words("", "bob"), 0);
    }

    /// All matches in order, each text searched by hand.
    fn all_hits(query: &Query, texts: &[String], first: u64) -> Vec<Hit> {
        let hits = |(entry, text): (u64, &String)| {
            let starts: Vec<usize> = query.hits(text).into_iter().map(|hit| hit.start).collect();
            starts.into_iter().map(move |at| Hit { entry, at })
        };
        (first..).zip(texts).flat_map(hits).collect()
    }

    proptest! {
        #[test]
        fn a_step_goes_to_the_next_match_in_reading_order(
            texts in prop::collection::vec("[aAbB你İ ]{0,12}", 0..8),
            query in "[aAb你i]{1,2}",
            first in 0u64..5,
            entry in 0u64..14,
            at in prop_oneof![0usize..14, Just(usize::MAX)],
            older in any::<bool>(),
        ) {
            let query = Query::new(&query);
            let (from, way) = (Hit { entry, at }, if older { Towards::Older } else { Towards::Newer });
            let all = all_hits(&query, &texts, first);
            let next = match way {
                Towards::Older => all.iter().rposition(|hit| *hit < from),
                Towards::Newer => all.iter().position(|hit| *hit > from),
            };
            let expected = next.or(all.len().checked_sub(1).map(|last| if older { last } else { 0 }));
            let found = query.step((first..).zip(texts.iter().map(String::as_str)), from, way);
            prop_assert_eq!(found, expected.map(|number| Found {
                hit: all[number],
                place: all.len() - number,
                total: all.len(),
                wrapped: next.is_none(),
            }));
        }

        #[test]
        fn what_is_counted_is_what_is_found(text in "[aAbBİß你 ]{0,40}", query in "[aAbBß你i]{1,3}") {
            let query = Query::new(&query);
            prop_assert_eq!(query.count(&text), query.hits(&text).len());
        }

        #[test]
        fn what_is_found_is_there_and_in_order(text in "[aAbBİß你 ]{0,40}", query in "[aAbBß你]{1,3}") {
            let query = Query::new(&query);
            let hits = query.hits(&text);
            prop_assert_eq!(!hits.is_empty(), query.folded(&text).contains(&*query.text));
            for hit in &hits {
                prop_assert!(query.folded(&text[hit.clone()]).contains(&*query.text));
            }
            prop_assert!(hits.windows(2).all(|pair| pair[0].start <= pair[1].start));
        }
    }
}
