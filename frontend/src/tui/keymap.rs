//! The keys: one table, which says what a key does, and which the help (F1) and the line of hints are made from.
//!
//! ```text
//!   key ──▶ action_of(contexts that are open now) ──▶ Action ──▶ update
//!                 │
//!               TABLE ──▶ the help (F1), the hints at the bottom
//! ```
//!
//! A letter that is not in the table, or does nothing at the moment, is typed into the input line, which opens if it is
//! not open. Any other key that is not in the table does nothing.
mod binding;
mod chord;
mod table;

pub(super) use binding::{Action, Binding, KeyContext};
pub(super) use chord::Chord;
pub(super) use table::TABLE;

use super::model::{Mode, Model};
use super::wrap;

/// What is open now. The first context that knows a key gets it.
fn places(model: &Model) -> &'static [KeyContext] {
    if model.asked.is_some() {
        return &[KeyContext::Asked, KeyContext::Anywhere];
    }
    if model.leaving {
        return &[KeyContext::Leaving, KeyContext::Anywhere];
    }
    match model.mode {
        Mode::Writing => &[KeyContext::Writing, KeyContext::Editing, KeyContext::Anywhere],
        Mode::Reading => &[KeyContext::Reading, KeyContext::Anywhere],
        Mode::Searching => &[KeyContext::Searching, KeyContext::Editing, KeyContext::Anywhere],
        Mode::Recalling => &[KeyContext::Recalling, KeyContext::Anywhere],
        Mode::Choosing => &[KeyContext::Choosing, KeyContext::Anywhere],
    }
}

/// Whether a row is for this side and for a context that is open now.
fn is_here(binding: &Binding, model: &Model) -> bool {
    binding.side.is_none_or(|side| side == model.side) && places(model).contains(&binding.place)
}

/// What a key does now.
pub(super) fn action_of(model: &Model, chord: Chord) -> Option<Action> {
    let fits_line = |binding: &Binding| binding.line.is_none_or(|line| line == model.input.text());
    let open =
        TABLE.iter().filter(|binding| binding.keys.contains(&chord) && is_here(binding, model) && fits_line(binding));
    // A row that needs a certain line comes before those that don't, and a nearer context before a farther one.
    let place = |binding: &&Binding| places(model).iter().position(|place| *place == binding.place);
    open.min_by_key(|binding| (place(binding), binding.line.is_none())).map(|binding| binding.action)
}

/// The hints for what is open now, as many as fit in `width` columns, the most important first. The way out and the help are
/// the last to go.
pub(super) fn hints(model: &Model, width: usize) -> String {
    let shown = TABLE.iter().filter(|binding| is_here(binding, model));
    let mut hints: Vec<_> = shown.filter_map(|binding| Some((binding.hint?, binding.action.is_needed()))).collect();
    hints.sort_unstable();
    let line =
        |hints: &[((u8, &'static str), _)]| hints.iter().map(|((_, hint), _)| *hint).collect::<Vec<_>>().join("  ");
    while wrap::measure(&line(&hints)) > width {
        // The least needed; of those, the least important.
        let least = hints.iter().map(|&(_, needed)| needed).min();
        let Some(at) = hints.iter().rposition(|&(_, needed)| Some(needed) == least) else { break };
        hints.remove(at);
    }
    line(&hints)
}
