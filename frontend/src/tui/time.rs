//! Times as people read them: in the time zone of this machine.
use std::fmt;
use std::time::SystemTime;

use chrono::{DateTime, Local, NaiveDateTime};

/// A time in the time zone of this machine; `None` if the sender had no clock.
pub(super) fn local_time(clock: SystemTime) -> Option<NaiveDateTime> {
    (clock > SystemTime::UNIX_EPOCH).then(|| DateTime::<Local>::from(clock).naive_local())
}

/// The local time now.
pub(super) fn now() -> NaiveDateTime {
    Local::now().naive_local()
}

/// `HH:MM`, or five blanks.
pub(super) struct HourMinute(pub(super) Option<NaiveDateTime>);

impl fmt::Display for HourMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(at) => write!(f, "{}", at.format("%H:%M")),
            None => f.write_str("     "),
        }
    }
}
