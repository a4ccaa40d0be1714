//! A file that is on offer: one line that says so. A pipe takes no files.

use super::Printer;
use crate::pipe::options::Framing;
use crate::text::visible;
use crate::transfer;
use shmchat::{Part, View};

impl Printer<'_> {
    /// Prints a line for a file that is on offer, and nothing for any other frame of a transfer.
    pub(super) fn print_offer(&mut self, view: &View<'_>) {
        self.pieces.changed(view, 0, self.printed());
        let envelope = &view.envelope;
        // Part of a frame is no frame, and a stream is nobody's to write a line into.
        if envelope.part != Part::Whole || self.framing == Framing::Raw {
            return;
        }
        let mut bytes = Vec::new();
        view.copy_to(&mut bytes);
        if self.framing == Framing::Json {
            if envelope.follows_truncated {
                self.json.append_truncated(&mut self.out);
            }
            if let Some((name, size)) = transfer::offer_of(&bytes) {
                self.json.set_from(view.from);
                self.json.append_offer(envelope, &name, size, &mut self.out);
            }
            return;
        }
        let Some(line) = transfer::offer_line(view.from, &bytes) else { return };
        let mut shown = Vec::new();
        self.joiner.begin(envelope, &mut shown);
        shown.extend_from_slice(line.as_bytes());
        self.joiner.end(envelope, &mut shown);
        if self.to_terminal && self.framing == Framing::Nul {
            shown = visible(&String::from_utf8_lossy(&shown)).into_owned().into_bytes();
        }
        self.out.extend_from_slice(&shown);
    }
}
