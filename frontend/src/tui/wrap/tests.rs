//! Rows and columns.
use super::*;
use proptest::prelude::*;

fn wrapped(text: &str, width: usize) -> Vec<&str> {
    wrap(text, width).into_iter().map(|row| &text[row]).collect()
}

fn folded(text: &str, width: usize) -> Vec<&str> {
    fold(text, width).into_iter().map(|row| &text[row]).collect()
}

#[test]
fn rows_break_at_words() {
    assert_eq!(wrapped("the quick brown fox", 10), ["the quick", "brown fox"]);
    assert_eq!(wrapped("the quick brown fox", 9), ["the quick", "brown fox"]);
    assert_eq!(wrapped("a  b", 2), ["a", "b"]);
}

#[test]
fn a_word_longer_than_the_row_is_broken_within() {
    assert_eq!(wrapped("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
    assert_eq!(wrapped("see https://example.org/x", 10), ["see", "https://ex", "ample.org/", "x"]);
}

#[test]
fn a_link_stays_whole_where_a_row_can_hold_it() {
    // Between wide characters a row may end, but not within a link.
    assert_eq!(wrapped("你好你好https://example.org/维基/共享", 33), ["你好你好", "https://example.org/维基/共享"]);
    assert_eq!(wrapped("见https://example.org/维基。你好", 28), ["见https://example.org/维基。", "你好"]);
    assert_eq!(wrapped("see https://a.example/x?y=z, then", 24), ["see", "https://a.example/x?y=z,", "then"]);
}

#[test]
fn new_lines_and_indentation_are_kept() {
    assert_eq!(wrapped("", 5), [""]);
    assert_eq!(wrapped("a\n\nb\n", 5), ["a", "", "b", ""]);
    assert_eq!(wrapped("if x:\n    y", 8), ["if x:", "    y"]);
    assert_eq!(wrapped("   word", 5), ["   wo", "rd"]);
    assert_eq!(wrapped("       word", 5), ["", "word"]);
}

#[test]
fn wide_characters_take_two_columns_and_break_between_themselves() {
    assert_eq!(wrapped("你好你好", 5), ["你好", "你好"]);
    assert_eq!(wrapped("abc你好", 6), ["abc你", "好"]);
    assert_eq!(wrapped("你好。", 4), ["你", "好。"]);
    assert_eq!(wrapped("a👩‍🚀b", 3), ["a👩‍🚀", "b"]);
}

#[test]
fn what_is_wider_than_the_row_is_replaced() {
    assert_eq!(wrapped("你好", 1), ["你", "好"]);
    assert_eq!(cell("你", 0, 1), (Cow::Borrowed("?"), 1));
    assert_eq!(columns("你好", 1), 2);
}

#[test]
fn a_cell_never_holds_what_a_terminal_obeys() {
    assert_eq!(cell("\x1b", 0, 80).0, "␛");
    assert_eq!(cell("\u{202e}", 0, 80), (Cow::Borrowed("⟨U+202E⟩"), 8));
    assert_eq!(cell("\u{301}", 0, 80), (Cow::Borrowed("◌\u{301}"), 1));
    let accents = format!("a{}", "\u{301}".repeat(1000));
    assert_eq!(cell(&accents, 0, 80).0, "?");
}

#[test]
fn a_tab_runs_to_the_next_stop_and_not_over_the_edge() {
    assert_eq!(columns("a\tb", 80), 5);
    assert_eq!(columns("abcd\tb", 80), 9);
    assert_eq!(cell("\t", 5, 6).1, 1);
    assert_eq!(folded("ab\tc", 3), ["ab\t", "c"]);
}

#[test]
fn folding_breaks_at_words_and_keeps_the_spaces() {
    assert_eq!(folded("ab cd ef", 3), ["ab ", "cd ", "ef"]);
    assert_eq!(folded("the quick brown fox", 10), ["the quick ", "brown fox"]);
    assert_eq!(folded("the quick   brown", 9), ["the quick   ", "brown"]);
    assert_eq!(folded("abcdefgh ij", 3), ["abc", "def", "gh ", "ij"]);
    assert_eq!(folded("a你好", 2), ["a", "你", "好"]);
    assert_eq!(folded("ab\n\nc", 2), ["ab", "", "c"]);
    assert_eq!(folded("ab   \n c", 2), ["ab   ", " c"]);
    assert_eq!(folded("     ", 2), ["     "]);
    assert_eq!(folded("       word", 5), ["       ", "word"]);
    assert_eq!(folded("", 2), [""]);
}

/// Text of the kinds that break wrapping, and of all other kinds.
pub(crate) fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z]{1,12}",
        3 => Just(" ".to_owned()),
        1 => "[ \t\n]{1,6}",
        2 => "[你好。「」！ー]{1,6}",
        1 => Just("👩‍🚀".to_owned()),
        1 => Just("é\u{301}".to_owned()),
        1 => Just("\u{301}".to_owned()),
        1 => Just("क्ष्म".to_owned()),
        1 => Just("ガ\u{FF9E}".to_owned()),
        1 => Just("\u{202E}".to_owned()),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_row_is_wider_than_the_width(text in texts(), width in 1usize..=200) {
        for row in wrap(&text, width) {
            let columns = columns(&text[row.clone()], width);
            prop_assert!(columns <= width, "{:?} takes {}", &text[row], columns);
        }
        // What hangs over the edge of a folded row is nothing but spaces.
        for row in fold(&text, width) {
            let mut column = 0;
            for grapheme in text[row.clone()].graphemes(true) {
                column += cell(grapheme, column, width).1;
                prop_assert!(column <= width || is_space(grapheme), "{:?} takes {}", &text[row], column);
            }
        }
    }

    #[test]
    fn wrapping_loses_only_break_spaces(text in texts(), width in 1usize..=200) {
        let mut done = 0;
        for row in wrap(&text, width) {
            prop_assert!(text[done..row.start].graphemes(true).all(|g| g == "\n" || is_space(g)));
            done = row.end;
        }
        prop_assert!(text[done..].graphemes(true).all(is_space));
    }

    #[test]
    fn folding_loses_only_new_lines(text in texts(), width in 1usize..=200) {
        let mut done = 0;
        for row in fold(&text, width) {
            prop_assert!(matches!(&text[done..row.start], "" | "\n"));
            done = row.end;
        }
        prop_assert_eq!(done, text.len());
    }

    #[test]
    fn folding_breaks_where_wrapping_does(text in texts(), width in 1usize..=200) {
        let starts = |rows: Vec<Range<usize>>| rows.into_iter().map(|row| row.start).collect::<Vec<_>>();
        let folded = starts(fold(&text, width));
        prop_assert!(folded.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert_eq!(folded, starts(wrap(&text, width)));
    }

    #[test]
    fn no_grapheme_is_split(text in texts(), width in 1usize..=200) {
        let edges: Vec<usize> = text
            .split('\n')
            .flat_map(|line| {
                let offset = line.as_ptr() as usize - text.as_ptr() as usize;
                line.grapheme_indices(true).map(move |(at, _)| offset + at).chain([offset + line.len()])
            })
            .collect();
        for row in wrap(&text, width).into_iter().chain(fold(&text, width)) {
            prop_assert!(edges.contains(&row.start) && edges.contains(&row.end));
        }
    }

    #[test]
    fn a_row_ends_only_because_the_next_word_does_not_fit(text in "[a-z ]{0,80}", width in 1usize..=40) {
        let rows = wrap(&text, width);
        for pair in rows.windows(2) {
            let word = text[pair[1].start..].split(' ').next().unwrap_or("");
            prop_assert!(pair[1].start - pair[0].start + word.len() > width);
        }
    }
}
