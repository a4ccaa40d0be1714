//! Ctrl-R: a search through what you sent, letter by letter, from the newest to the oldest.
//!
//! Enter only puts what was found into the line: a message that was sent once is rarely the one to be sent now, and it cannot be
//! taken back.
use crate::tui::input::Recall;
use crate::tui::keymap::Action;
use crate::tui::model::{Mode, Model};
use crate::tui::search::Query;

pub(super) fn perform(model: &mut Model, action: Action) {
    match action {
        Action::Recall => {
            model.recall = Recall::beside(&model.input);
            model.mode = Mode::Recalling;
        }
        Action::RecallOlder => look(model, model.recall.step + 1),
        Action::RecallShorter => {
            model.recall.query.backspace();
            look_anew(model);
        }
        Action::RecallTake => take(model),
        Action::RecallDrop => end(model),
        _ => {}
    }
}

/// Adds to what is looked for.
pub(super) fn insert(model: &mut Model, text: &str) {
    if !model.recall.query.insert(text) {
        model.status = Some("that is too long to search for".to_owned());
    }
    look(model, model.recall.step.max(1));
}

/// Puts what was found into the line. The draft is a step down, as if one had gone up to it.
pub(super) fn take(model: &mut Model) {
    if model.recall.step > 0 {
        let cursor = model.recall.shown.cursor();
        let text = model.history.go_to(model.recall.step, model.input.text());
        model.input.start_at(text, cursor);
    }
    end(model);
}

fn end(model: &mut Model) {
    model.recall = Recall::default();
    model.mode = Mode::Writing;
}

/// Begins at the newest again.
fn look_anew(model: &mut Model) {
    let Recall { query, .. } = std::mem::take(&mut model.recall);
    model.recall = Recall { query, ..Recall::beside(&model.input) };
    if !model.recall.query.is_empty() {
        look(model, 1);
    }
}

/// Looks from this step of the history on. What is shown stays if there is nothing.
fn look(model: &mut Model, from: usize) {
    let recall = &mut model.recall;
    let query = Query::new(recall.query.text());
    // The same text again is nothing new.
    let is_new = |step: usize, text: &str| step == recall.step || recall.step == 0 || text != recall.shown.text();
    let found = (from..=model.history.len()).find_map(|step| {
        let text = model.history.at(step);
        // Nothing to look for is in every text.
        let at = if query.is_empty() { Some(text.len()) } else { query.hits(text).first().map(|hit| hit.start) };
        Some((step, text.to_owned(), at.filter(|_| is_new(step, text))?))
    });
    recall.missed = found.is_none();
    if let Some((step, text, at)) = found {
        recall.step = step;
        recall.shown.start_at(text, at);
    }
}
