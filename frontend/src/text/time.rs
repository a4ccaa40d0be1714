//! A moment as text.

use chrono::{DateTime, SecondsFormat, Utc};

/// Nanoseconds since the epoch as RFC 3339 has them, in UTC; none where they are beyond any calendar.
pub fn rfc3339(ns: u64) -> Option<String> {
    let (seconds, nanoseconds) = ((ns / 1_000_000_000) as i64, (ns % 1_000_000_000) as u32);
    let time = DateTime::<Utc>::from_timestamp(seconds, nanoseconds)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Nanos, true))
}
