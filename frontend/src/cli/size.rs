//! Sizes, as people write them.

use shmchat::Channel;

const UNITS: [(&str, u64); 4] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("", 1)];

/// A lane's capacity: a power of two from 64 KiB to 1 GiB, as bytes or with `KiB`, `MiB`, `GiB`.
pub(super) fn capacity(text: &str) -> Result<u64, String> {
    let wanted = || {
        format!(
            "expected a power of two from {} to {}, such as 1MiB",
            show(Channel::MIN_CAPACITY),
            show(Channel::MAX_CAPACITY)
        )
    };
    let (digits, unit) =
        UNITS.iter().find_map(|&(name, bytes)| Some((text.strip_suffix(name)?, bytes))).ok_or_else(wanted)?;
    // `parse` alone would accept a sign.
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u64>().ok()).flatten();
    number.and_then(|number| number.checked_mul(unit)).filter(is_capacity).ok_or_else(wanted)
}

fn is_capacity(bytes: &u64) -> bool {
    bytes.is_power_of_two() && (Channel::MIN_CAPACITY..=Channel::MAX_CAPACITY).contains(bytes)
}

/// A size in the largest unit that divides it.
fn show(bytes: u64) -> String {
    let (name, unit) = UNITS[..3].iter().rev().find(|(_, unit)| bytes.is_multiple_of(*unit)).unwrap_or(&UNITS[3]);
    format!("{}{name}", bytes / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_in_range_are_taken_and_nothing_else() {
        assert_eq!(capacity("64KiB"), Ok(64 << 10));
        assert_eq!(capacity("65536"), Ok(64 << 10));
        assert_eq!(capacity("1GiB"), Ok(1 << 30));
        for text in
            ["", "0", "1e9", "3MiB", "3MB", "32KiB", "2GiB", "+64KiB", "-1", "64 KiB", "KiB", "99999999999999999999"]
        {
            assert!(capacity(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_error_says_what_is_wanted() {
        let error = capacity("3MiB").unwrap_err();
        assert_eq!(error, "expected a power of two from 64KiB to 1GiB, such as 1MiB");
    }
}
