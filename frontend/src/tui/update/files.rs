//! Files in the transcript: a line for each offer, and one for each transfer, which says how far it has got.
use crate::text::visible;
use crate::transfer::{Note, Step, Transfer};
use crate::tui::event::Alert;
use crate::tui::model::{EntryKind, Model};

/// Says what a transfer has to say. Returns an alert if the other side offers something, and there are to be alerts now.
pub(super) fn tell(model: &mut Model, note: Note) -> Option<Alert> {
    let Note { transfer, step, from, text } = note;
    let line = model.files.iter().position(|(of, _)| *of == transfer);
    match (step, line) {
        (Step::Offered, _) => {
            let is_theirs = matches!(transfer, Transfer::Theirs(_));
            if is_theirs && !model.is_watched() {
                model.mark_unread();
                model.unseen += 1;
            }
            model.add_notice(&text);
            let is_wanted = is_theirs && model.alerts && model.focus != Some(true);
            return is_wanted.then(|| Alert { from, text: visible(&text).into() });
        }
        (Step::Going, Some(line)) => replace_notice(model, model.files[line].1, &text),
        (Step::Going, None) => {
            model.files.push((transfer, model.end()));
            model.add_notice(&text);
        }
        (Step::Ended, line) => {
            let number = line.map(|line| model.files.swap_remove(line).1);
            match number.filter(|&number| model.index_of(number).is_some()) {
                Some(number) => replace_notice(model, number, &text),
                None => model.add_notice(&text),
            }
            // The line may have scrolled away since it began.
            model.status = Some(visible(&text).into());
        }
    }
    None
}

/// Another text in place of a notice, unless its entry was dropped.
fn replace_notice(model: &mut Model, number: u64, text: &str) {
    let Some(index) = model.index_of(number) else { return };
    let entry = &mut model.entries[index];
    if let EntryKind::Notice = entry.kind {
        model.bytes -= entry.bytes();
        entry.text = visible(text).into();
        model.bytes += entry.bytes();
    }
}
