//! Samples the segment while the panel is open.
use std::time::{Duration, Instant};

use nix::unistd::{Uid, User};

use crate::tui::panel::{PanelSample, RECORD_BYTES, RECORDS, SAMPLE_INTERVAL};
use shmchat::Endpoint;

/// When the last sample was taken, and what goes into each one.
#[derive(Default)]
pub(super) struct PanelSampler {
    last: Option<Instant>,
    /// Messages sent and received so far.
    messages: u64,
    /// The segment's owner and their name: looked up once.
    owner: Option<(u32, String)>,
}

impl PanelSampler {
    /// Notes that this many more messages were sent or received.
    pub(super) fn count(&mut self, messages: usize) {
        self.messages += messages as u64;
    }

    /// The panel is closed: the next sample is the first one.
    pub(super) fn rest(&mut self) {
        self.last = None;
    }

    /// How long to sleep until the next sample.
    pub(super) fn until_next(&self) -> Duration {
        self.last.map_or(Duration::ZERO, |last| SAMPLE_INTERVAL.saturating_sub(last.elapsed()))
    }

    /// A sample, if it is time for one.
    pub(super) fn sample(&mut self, endpoint: &Endpoint) -> Option<PanelSample> {
        let since_last = self.last.map(|last| last.elapsed());
        if since_last.is_some_and(|elapsed| elapsed < SAMPLE_INTERVAL) {
            return None;
        }
        self.last = Some(Instant::now());
        let inspection = endpoint.inspect(RECORDS, RECORD_BYTES);
        let owner = inspection.stat.map(|stat| self.name_of(stat.uid)).unwrap_or_default();
        Some(PanelSample { inspection, owner, messages: self.messages, since_last })
    }

    fn name_of(&mut self, uid: u32) -> String {
        let owner = self.owner.take().filter(|(known, _)| *known == uid).unwrap_or_else(|| {
            let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
            (uid, user.map_or(uid.to_string(), |user| format!("{} ({uid})", user.name)))
        });
        self.owner.insert(owner).1.clone()
    }
}
