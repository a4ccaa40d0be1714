//! A sample of the segment, and how it changes from sample to sample.
use std::collections::VecDeque;
use std::time::Duration;

use shmchat::inspect::{Inspection, Rings};

/// How often the segment is sampled while the panel is open: four times a second.
pub(in crate::tui) const SAMPLE_INTERVAL: Duration = Duration::from_millis(250);

/// How many of each lane's newest records are shown: more than fit on most screens.
pub(in crate::tui) const RECORDS: usize = 24;

/// How many bytes of each record are shown: the sender's time, and two rows.
pub(in crate::tui) const RECORD_BYTES: usize = 40;

/// How many samples are plotted: half a minute.
const RATES_MAX: usize = 120;

/// The segment at one moment.
#[derive(Debug, Clone)]
pub struct PanelSample {
    /// What was found.
    pub inspection: Inspection,
    /// The name of the segment's owner.
    pub owner: String,
    /// How many messages this side has sent and received so far.
    pub messages: u64,
    /// The time since the last sample; `None` for the first.
    pub since_last: Option<Duration>,
}

/// What the panel shows.
#[derive(Debug)]
pub(in crate::tui) struct Panel {
    pub(in crate::tui) last: PanelSample,
    /// Per second, oldest first.
    pub(super) messages: VecDeque<f64>,
    pub(super) rings: VecDeque<f64>,
}

impl Panel {
    pub(in crate::tui) fn new(first: PanelSample) -> Panel {
        Panel { last: first, messages: VecDeque::new(), rings: VecDeque::new() }
    }

    pub(in crate::tui) fn add(&mut self, sample: PanelSample) {
        if let Some(elapsed) = sample.since_last.map(|elapsed| elapsed.as_secs_f64()).filter(|&elapsed| elapsed > 0.0) {
            let all = |Rings { given, heard, .. }: Rings| given + heard;
            let rings = all(sample.inspection.rings).saturating_sub(all(self.last.inspection.rings));
            let messages = sample.messages.saturating_sub(self.last.messages);
            for (history, count) in [(&mut self.messages, messages), (&mut self.rings, rings)] {
                history.push_back(count as f64 / elapsed);
                while history.len() > RATES_MAX {
                    history.pop_front();
                }
            }
        }
        self.last = sample;
    }
}
