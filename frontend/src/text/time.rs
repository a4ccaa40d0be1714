//! A time as text.

use chrono::{DateTime, Local, SecondsFormat, Utc};
use std::time::SystemTime;

/// A time in RFC 3339 format, in UTC, to the nanosecond.
pub fn rfc3339(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// A time in the user's time zone, to the second.
pub fn local_time(time: SystemTime) -> String {
    DateTime::<Local>::from(time).format("%Y-%m-%d %H:%M:%S").to_string()
}
