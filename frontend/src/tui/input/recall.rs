//! A search through what you sent (Ctrl-R), while it goes on. The draft stays where it is until something is taken.
use super::LineEditor;

/// What is looked for, and what was found.
#[derive(Debug, Default)]
pub(in crate::tui) struct Recall {
    /// What is looked for.
    pub(in crate::tui) query: LineEditor,
    /// What is shown for it: what was found, or the draft until something is.
    pub(in crate::tui) shown: LineEditor,
    /// The step of the history at which it was found; 0 if nothing was yet.
    pub(in crate::tui) step: usize,
    /// Nothing older has it.
    pub(in crate::tui) missed: bool,
}

impl Recall {
    /// A search that begins beside this draft.
    pub(in crate::tui) fn beside(draft: &LineEditor) -> Recall {
        let mut shown = LineEditor::default();
        shown.start_at(draft.text().to_owned(), draft.cursor());
        Recall { shown, ..Recall::default() }
    }
}
