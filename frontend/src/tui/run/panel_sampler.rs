//! The looks at the segment while the panel is open.
use crate::tui::panel::{LOOK_EVERY, Look, RECORD_BYTES, RECORDS};
use nix::poll::PollTimeout;
use nix::unistd::{Uid, User};
use shmchat::channel::Endpoint;
use std::time::Instant;

/// When it was last looked, and what does not change from look to look.
#[derive(Default)]
pub(super) struct PanelSampler {
    last: Option<Instant>,
    /// The segment's owner and what people call them: looked up once.
    owner: Option<(u32, String)>,
}

impl PanelSampler {
    /// The panel is closed: the next look is the first.
    pub(super) fn rest(&mut self) {
        self.last = None;
    }

    /// How long to sleep until the next look.
    pub(super) fn until_next(&self) -> PollTimeout {
        let left = self.last.map_or(std::time::Duration::ZERO, |last| LOOK_EVERY.saturating_sub(last.elapsed()));
        // Rounded up, lest the last millisecond be spun through.
        u16::try_from(left.as_micros().div_ceil(1000)).map_or(PollTimeout::ZERO, PollTimeout::from)
    }

    /// A look, if it is time for one. `messages` have been sent and received so far.
    pub(super) fn look(&mut self, endpoint: &Endpoint, messages: u64) -> Option<Look> {
        let since_last = self.last.map(|last| last.elapsed());
        if since_last.is_some_and(|elapsed| elapsed < LOOK_EVERY) {
            return None;
        }
        self.last = Some(Instant::now());
        let inspection = endpoint.inspect(RECORDS, RECORD_BYTES);
        let owner = inspection.stat.map(|stat| self.name_of(stat.uid)).unwrap_or_default();
        Some(Look { inspection, owner, messages, since_last })
    }

    fn name_of(&mut self, uid: u32) -> String {
        let owner = self.owner.take().filter(|(known, _)| *known == uid).unwrap_or_else(|| {
            let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
            (uid, user.map_or(uid.to_string(), |user| format!("{} ({uid})", user.name)))
        });
        self.owner.insert(owner).1.clone()
    }
}
