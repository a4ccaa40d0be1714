//! Drafts: what was typed and not sent, and that no ending loses it.
use super::Model;

impl Model {
    /// What was typed and not sent: the text in the input line, and what was left at other steps of the history. Whatever
    /// was called back from the history and not changed is no draft.
    pub fn drafts(&self) -> Vec<&str> {
        let drafts = self.history.drafts(self.input.text());
        drafts.into_iter().filter(|text| !text.trim().is_empty()).collect()
    }

    /// Whether this screen ends because the other side has quit. A draft keeps it, and a notice says how to leave.
    #[must_use]
    pub fn ends_with_peer(&mut self) -> bool {
        if !self.stays && !self.drafts().is_empty() {
            self.stays = true;
            self.add_notice(
                "this screen stays for your draft: Enter sends it, to wait for the next writer; Ctrl-C quits and prints it",
            );
        }
        !self.stays
    }
}
