//! Sizes and durations, as people write them.

use std::num::NonZeroU64;
use std::time::Duration;

const SIZES: [(&str, u64); 5] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("", 1)];

const TIMES: [(&str, u64); 4] = [("s", 1), ("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60)];

/// More has no use: what is typed at a terminal would feel slow.
const LONGEST_LINGER: u64 = 1000;

/// Bytes, or a number with `KiB`, `MiB`, `GiB`, `TiB`. JetStream counts with a sign.
pub(super) fn size(text: &str) -> Result<NonZeroU64, String> {
    let bytes = counted(text, &SIZES).filter(|&bytes| i64::try_from(bytes).is_ok());
    bytes.and_then(NonZeroU64::new).ok_or_else(|| "expected a size above 0, such as 512MiB or 10GiB".to_owned())
}

/// A number with `s`, `m`, `h` or `d`. JetStream counts nanoseconds with a sign.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wanted = || "expected a time of 1s or more, such as 90s, 12h or 7d".to_owned();
    let seconds = counted(text, &TIMES).filter(|&seconds| seconds > 0).ok_or_else(wanted)?;
    let duration = Duration::from_secs(seconds);
    if i64::try_from(duration.as_nanos()).is_ok() { Ok(duration) } else { Err(wanted()) }
}

/// Milliseconds to linger.
pub(super) fn milliseconds(text: &str) -> Result<Duration, String> {
    let milliseconds = text.parse().ok().filter(|&milliseconds| milliseconds <= LONGEST_LINGER);
    milliseconds
        .map(Duration::from_millis)
        .ok_or_else(|| format!("expected a number of milliseconds from 0 to {LONGEST_LINGER}"))
}

/// A whole number and a unit.
fn counted(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (digits, unit) = units.iter().find_map(|&(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    // `parse` alone would accept a sign.
    let number: u64 = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()?;
    number.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit_or_are_bytes() {
        let bytes = |text| size(text).ok().map(NonZeroU64::get);
        assert_eq!(bytes("4096"), Some(4096));
        assert_eq!(bytes("512MiB"), Some(512 << 20));
        assert_eq!(bytes("2TiB"), Some(2 << 40));
        for text in ["", "0", "-1", "+1", "1.5GiB", "1MB", "MiB", "1 MiB", "9223372036854775808", "99999999TiB"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("12h"), Ok(Duration::from_secs(12 * 3600)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(7 * 86400)));
        for text in ["", "7", "0s", "-1s", "1.5h", "1w", "s", "1000000d", "99999999999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
