//! Which boot of the system this is.

use std::io;

/// Where the kernel says it. <https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html>
const FILE: &str = "/proc/sys/kernel/random/boot_id";

/// The random number that the kernel draws at each boot, in two words. Containers have that of their host. The first word is
/// never 0, as the version of a UUID stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BootId(pub(crate) [u64; 2]);

impl BootId {
    /// This boot's.
    ///
    /// # Errors
    /// If the system does not tell, or something else.
    pub(crate) fn current() -> io::Result<Self> {
        BootId::parse(&std::fs::read_to_string(FILE)?).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// From 32 hexadecimal digits, with hyphens between them.
    fn parse(text: &str) -> Option<Self> {
        let digits: String = text.trim_end().chars().filter(|&digit| digit != '-').collect();
        let (first, second) = digits.split_at_checked(16).filter(|_| digits.len() == 32)?;
        let word = |digits| u64::from_str_radix(digits, 16).ok();
        Some(BootId([word(first)?, word(second)?])).filter(|id| id.0[0] != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_and_what_is_none_is_refused() {
        let id = BootId::parse("01234567-89ab-cdef-fedc-ba9876543210\n");
        assert_eq!(id, Some(BootId([0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210])));
        for none in ["", "\n", "0123", "00000000-0000-0000-0000-000000000001", &"x".repeat(32), &"é".repeat(16)] {
            assert_eq!(BootId::parse(none), None, "{none}");
        }
    }

    #[test]
    fn this_boot_stays_the_same() {
        assert_eq!(BootId::current().unwrap(), BootId::current().unwrap());
    }
}
