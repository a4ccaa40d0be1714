//! The panel of F2: the shared memory at work.
//!
//! ```text
//!   Endpoint::inspect ──▶ Look ──▶ Panel ──▶ rows ──▶ view
//!   four times a second           rates         plain text in a few styles
//! ```
//!
//! What is looked at was written by the other side too: here it is numbers, and bytes as hexadecimal digits and as
//! printable ASCII, and so nothing of it reaches the terminal raw.
mod rows;

use std::collections::VecDeque;
use std::time::Duration;

pub(super) use rows::{Ink, rows};
use shmchat::channel::{Inspection, Rings};

/// While the panel is open the segment is looked at so often: four times a second.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(250);

/// So many of each lane's newest records are looked at: more than fit on most screens.
pub(super) const RECORDS: usize = 24;

/// So many bytes of each record: the sender's clock, and two rows.
pub(super) const RECORD_BYTES: usize = 40;

/// The rates of so many looks are plotted: half a minute.
const HISTORY: usize = 120;

/// One look at the segment.
#[derive(Debug, Clone)]
pub struct Look {
    /// What was found.
    pub inspection: Inspection,
    /// The segment's owner, as people call them.
    pub owner: String,
    /// How many messages this side has sent and received so far.
    pub messages: u64,
    /// Since the last look; none at the first.
    pub since_last: Option<Duration>,
}

/// What the panel shows.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) last: Look,
    /// Per second, oldest first.
    messages: VecDeque<f64>,
    rings: VecDeque<f64>,
}

impl Panel {
    pub(super) fn new(first: Look) -> Panel {
        Panel { last: first, messages: VecDeque::new(), rings: VecDeque::new() }
    }

    pub(super) fn add(&mut self, look: Look) {
        if let Some(elapsed) = look.since_last.map(|elapsed| elapsed.as_secs_f64()).filter(|&elapsed| elapsed > 0.0) {
            let all = |Rings { given, heard }: Rings| given + heard;
            let rings = all(look.inspection.rings).saturating_sub(all(self.last.inspection.rings));
            let messages = look.messages.saturating_sub(self.last.messages);
            for (history, count) in [(&mut self.messages, messages), (&mut self.rings, rings)] {
                history.push_back(count as f64 / elapsed);
                while history.len() > HISTORY {
                    history.pop_front();
                }
            }
        }
        self.last = look;
    }
}
