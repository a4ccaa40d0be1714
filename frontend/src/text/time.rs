//! A time as text.

use chrono::{DateTime, SecondsFormat, Utc};
use std::time::SystemTime;

/// A time in RFC 3339 format, in UTC, to the nanosecond.
pub fn rfc3339(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Nanos, true)
}
