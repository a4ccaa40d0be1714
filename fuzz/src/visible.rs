//! Text from the other side as it goes to a terminal: nothing in it that the terminal obeys or hides.

use frontend::text::visible;
use std::borrow::Cow;

/// Makes the text visible and looks for what must not be in it.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let shown = visible(&text);
    let mut rest = shown.as_ref();
    while let Some(c) = rest.chars().next() {
        assert!(!is_dangerous(c), "{c:?} in {shown:?}");
        rest = &rest[c.len_utf8()..];
        if c == '\u{1F3F4}' {
            rest = after_region(rest);
        }
    }
    assert!(matches!(visible(&shown), Cow::Borrowed(same) if same == shown), "a second pass changes {shown:?}");
}

/// The text after the tags that make the black flag the flag of a region, if they do.
fn after_region(text: &str) -> &str {
    let tags = text.chars().take_while(|c| ('\u{E0020}'..='\u{E007E}').contains(c)).count();
    let ended = text.chars().nth(tags) == Some('\u{E007F}');
    let Some((end, _)) = text.char_indices().nth(tags).filter(|_| ended && (3..=6).contains(&tags)) else {
        return text;
    };
    &text[end + '\u{E007F}'.len_utf8()..]
}

/// The characters of `visible`'s table, written down in another form.
fn is_dangerous(c: char) -> bool {
    match u32::from(c) {
        0x09 | 0x0A => false,
        0x00..0x20 | 0x7F..0xA0 => true,
        0xAD | 0x61C | 0x180E | 0x3164 | 0xFEFF | 0xFFA0 => true,
        0x200B | 0x200E..0x2010 | 0x2028..0x202F | 0x2060..0x2070 => true,
        0xFFF9..0xFFFC | 0x1BCA0..0x1BCA4 | 0x1D173..0x1D17B | 0xE0000..0xE0080 => true,
        _ => false,
    }
}
