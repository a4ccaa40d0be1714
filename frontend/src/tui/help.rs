//! What F1 shows: the table of keys, by places.
use super::keymap::{KeyContext, TABLE};
use shmchat::channel::Role;

/// A row of the help.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Blank,
    Heading(&'static str),
    Key { keys: String, does: &'static str },
}

/// All rows, for who sits on this side.
pub(super) fn lines(side: Role) -> Vec<Line> {
    let mut lines = Vec::new();
    for (place, heading) in KeyContext::ALL {
        if !lines.is_empty() {
            lines.push(Line::Blank);
        }
        lines.push(Line::Heading(heading));
        let here = TABLE.iter().filter(|binding| binding.place == place && binding.side.is_none_or(|of| of == side));
        lines.extend(here.map(|binding| Line::Key { keys: binding.names(), does: binding.does }));
    }
    lines
}
