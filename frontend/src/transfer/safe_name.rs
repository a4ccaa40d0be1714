//! A name to store a file under, made from one that the other side chose.
use crate::text::is_hidden;

/// At most this many bytes, so that ` (999)` still fits into the 255 of a file name.
const BYTES_MAX: usize = 200;

/// An ending longer than this is not kept when a name is shortened.
const ENDING_MAX: usize = 20;

/// What a file is called whose own name has nothing to keep.
const NAMELESS: &str = "file";

/// The last component, without what a shell, a terminal or a person could mistake:
///
/// - no slash or backslash, so it names nothing outside its folder;
/// - no control, bidirectional or invisible character, so it looks like what it is;
/// - no dot, blank or dash at its beginning, so it is neither hidden nor an option; no dot or blank at its end;
/// - at most 200 bytes, the ending kept.
pub(super) fn safe_name(raw: &str) -> String {
    let last = raw.rsplit(['/', '\\']).find(|part| !part.trim_matches(['.', ' ']).is_empty()).unwrap_or_default();
    let visible: String = last.chars().filter(|&c| !is_hidden(c) && c != '\n' && c != '\t').collect();
    let is_blank = |c: char| c == '.' || c.is_whitespace();
    let name = visible.trim_start_matches(|c| is_blank(c) || c == '-').trim_end_matches(is_blank);
    let name = shortened(name);
    if name.is_empty() { NAMELESS.to_owned() } else { name }
}

fn shortened(name: &str) -> String {
    if name.len() <= BYTES_MAX {
        return name.to_owned();
    }
    let (stem, ending) = match parts(name) {
        (stem, ending) if ending.len() <= ENDING_MAX => (stem, ending),
        _ => (name, ""),
    };
    let cut = stem.floor_char_boundary(BYTES_MAX - ending.len());
    format!("{}{ending}", stem[..cut].trim_end())
}

/// The name, or with a number before its ending: `photo (1).jpg`.
pub(super) fn numbered(name: &str, number: u32) -> String {
    match (number, parts(name)) {
        (0, _) => name.to_owned(),
        (number, (stem, ending)) => format!("{stem} ({number}){ending}"),
    }
}

/// What is before the ending, and the ending with its dot. `.tar.gz` counts as one.
fn parts(name: &str) -> (&str, &str) {
    let split = |name: &str| name.rfind('.').filter(|&at| at > 0);
    let Some(at) = split(name) else { return (name, "") };
    let at = split(&name[..at]).filter(|&before| &name[before..at] == ".tar").unwrap_or(at);
    name.split_at(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_ordinary_name_stays() {
        for name in ["photo.jpg", "你好 👩‍🚀.png", "a (1).tar.gz", "no-ending", "x..y"] {
            assert_eq!(safe_name(name), name);
        }
    }

    #[test]
    fn a_path_is_its_last_component() {
        for name in
            ["../../passwd", "/etc/passwd", "a\\..\\passwd", "passwd/", "passwd/../..", "./-passwd", "  .passwd. "]
        {
            assert_eq!(safe_name(name), "passwd", "{name:?}");
        }
    }

    #[test]
    fn what_hides_or_turns_text_round_is_left_out() {
        assert_eq!(safe_name("ann\u{202E}gpj.exe"), "anngpj.exe");
        assert_eq!(safe_name("\x1b[2Ja\nb\t\u{200B}c"), "[2Jabc");
        assert_eq!(safe_name("\u{200B}.bashrc"), "bashrc");
    }

    #[test]
    fn a_name_with_nothing_to_keep_is_called_file() {
        for name in ["", "..", "/", "\u{202E}", " . ", "...---"] {
            assert_eq!(safe_name(name), "file", "{name:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = safe_name(&format!("{}.jpeg", "你".repeat(90)));
        assert_eq!(name, format!("{}.jpeg", "你".repeat(65)));
        assert_eq!(safe_name(&format!("a.{}", "b".repeat(250))).len(), 200);
    }

    #[test]
    fn a_number_goes_before_the_ending() {
        assert_eq!(numbered("photo.jpg", 0), "photo.jpg");
        assert_eq!(numbered("photo.jpg", 1), "photo (1).jpg");
        assert_eq!(numbered("all.tar.gz", 2), "all (2).tar.gz");
        assert_eq!(numbered("plain", 3), "plain (3)");
    }

    proptest! {
        #[test]
        fn whatever_the_name_it_is_one_plain_file_name(raw in "[\\PC\\x00-\\x1f\u{200B}-\u{206F}./\\\\ -]{0,300}") {
            let name = safe_name(&raw);
            prop_assert!((1..=BYTES_MAX).contains(&name.len()), "{name:?}");
            prop_assert!(!name.contains(['/', '\\', '\0', '\n']) && !name.starts_with(['.', '-', ' ']), "{name:?}");
            prop_assert!(!name.chars().any(is_hidden), "{name:?}");
            prop_assert!(numbered(&name, 999).len() <= 255);
        }
    }
}
