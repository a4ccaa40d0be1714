//! Numbers in one to ten bytes, seven bits in each, the low ones first; the top bit says that more follow (LEB128).
//! <https://en.wikipedia.org/wiki/LEB128>

/// Appends a number.
pub(super) fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a number from the front; `None` if there is no whole one, or one that does not fit 64 bits.
pub(super) fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if bits << shift >> shift != bits {
            return None;
        }
        value |= bits << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_reads_as_it_was_written(value: u64, after: [u8; 3]) {
            let mut bytes = Vec::new();
            write(&mut bytes, value);
            bytes.extend(after);
            let mut rest = &bytes[..];
            prop_assert_eq!((read(&mut rest), rest), (Some(value), &after[..]));
        }

        #[test]
        fn any_bytes_are_a_number_or_none(bytes: Vec<u8>) {
            read(&mut &bytes[..]);
        }
    }

    #[test]
    fn a_number_that_is_cut_off_or_too_large_is_none() {
        for bytes in [
            &[][..],
            &[0x80],
            &[0xff; 9],
            &[0xff; 10],
            &[0xff; 11],
            &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2],
        ] {
            assert_eq!(read(&mut &bytes[..]), None, "{bytes:?}");
        }
    }
}
