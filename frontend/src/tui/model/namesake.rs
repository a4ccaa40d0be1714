//! Two sides that go by one name: because nobody chose one and both run on one account, or by one config file.
//!
//! Then the role follows the name wherever both sides' messages stand side by side: `alice (writer)`, `alice (reader)`. Only
//! here, not in the channel: a script that looks for `"from":"alice"` finds it, whoever else is called so.
use std::borrow::Cow;

use super::{EntryKind, Model};
use crate::tui::wrap;
use shmchat::Role;

impl Model {
    /// A name of ours, to stand beside what we wrote.
    pub(in crate::tui) fn our_label<'a>(&self, from: &'a str) -> Cow<'a, str> {
        self.label(from, self.namesake, self.side)
    }

    /// A name of the other side, to stand beside what it wrote.
    pub(in crate::tui) fn their_label<'a>(&self, from: &'a str) -> Cow<'a, str> {
        self.label(from, true, self.side.other())
    }

    fn label<'a>(&self, from: &'a str, both_have_it: bool, role: Role) -> Cow<'a, str> {
        if both_have_it && from == self.me { Cow::Owned(with_role(from, role)) } else { Cow::Borrowed(from) }
    }

    /// The other side goes by this name. If it is ours, what stands there already is labelled, too.
    pub(super) fn note_their_name(&mut self, theirs: &str) {
        if self.namesake || theirs != self.me {
            return;
        }
        (self.namesake, self.labelled) = (true, true);
        for entry in &mut self.entries {
            let (from, role) = match &mut entry.kind {
                EntryKind::Mine { from, .. } => (from, self.side),
                EntryKind::Theirs { from, .. } => (from, self.side.other()),
                EntryKind::Notice => continue,
            };
            if *from == self.me {
                let label = with_role(from, role);
                self.bytes += label.len() - from.len();
                self.name_columns = self.name_columns.max(wrap::measure(&label));
                *from = label;
            }
        }
    }
}

fn with_role(name: &str, role: Role) -> String {
    format!("{name} ({role})")
}
