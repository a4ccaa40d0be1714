//! Sizes, for people to read.

use super::counted;

/// A size in bytes, in decimal units as file managers show it: `1 byte`, `2.1 MB`.
pub fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return counted(bytes, "byte");
    }
    let mut rest = bytes as f64 / 1000.0;
    let mut units = ["kB", "MB", "GB", "TB", "PB", "EB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    // What would be rounded to 1000.0 is 1.0 of the next.
    while rest >= 999.95 {
        let Some(next) = units.next() else { break };
        (rest, unit) = (rest / 1000.0, next);
    }
    format!("{rest:.1} {unit}")
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_size_has_at_most_one_decimal_and_the_unit_that_suits_it() {
        let sizes = [0, 1, 999, 1000, 2_100_000, 999_949, 999_950, 999_999_999, u64::MAX].map(size);
        assert_eq!(
            sizes,
            ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "2.1 MB", "999.9 kB", "1.0 MB", "1.0 GB", "18.4 EB"]
        );
    }
}
