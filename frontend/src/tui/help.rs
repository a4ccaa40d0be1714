//! What F1 shows: the table of keys, by context, and the commands.
use super::keymap::{KeyContext, TABLE};
use crate::commands::{COMMANDS, ESCAPE};
use shmchat::Role;

/// A row of the help.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum HelpRow {
    Blank,
    Heading(&'static str),
    Key { keys: String, does: &'static str },
}

/// All rows for this side.
pub(super) fn rows(side: Role) -> Vec<HelpRow> {
    let mut rows = Vec::new();
    for (place, heading) in KeyContext::ALL {
        if !rows.is_empty() {
            rows.push(HelpRow::Blank);
        }
        rows.push(HelpRow::Heading(heading));
        let here = TABLE.iter().filter(|binding| binding.place == place && binding.side.is_none_or(|of| of == side));
        rows.extend(here.map(|binding| HelpRow::Key { keys: binding.names(), does: binding.does }));
        if place == KeyContext::Writing {
            rows.extend([HelpRow::Blank, HelpRow::Heading("Commands, typed into the input line")]);
            rows.extend(COMMANDS.iter().map(|row| HelpRow::Key { keys: row.usage(), does: row.does }));
            rows.push(HelpRow::Key { keys: ESCAPE.0.to_owned(), does: ESCAPE.1 });
        }
    }
    rows
}
