//! Times as a person reads them: in the time zone of this machine.
use std::fmt;

use chrono::{DateTime, Local, NaiveDateTime};

/// A clock in nanoseconds since the epoch, as a local time; none where it is not a time at all.
pub(super) fn local_time(clock: u64) -> Option<NaiveDateTime> {
    let nanoseconds = i64::try_from(clock).ok().filter(|&clock| clock > 0)?;
    Some(DateTime::from_timestamp_nanos(nanoseconds).with_timezone(&Local).naive_local())
}

/// The local time now.
pub(super) fn now() -> NaiveDateTime {
    Local::now().naive_local()
}

/// `HH:MM`, or as many blanks.
pub(super) struct HourMinute(pub(super) Option<NaiveDateTime>);

impl fmt::Display for HourMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(at) => write!(f, "{}", at.format("%H:%M")),
            None => f.write_str("     "),
        }
    }
}
