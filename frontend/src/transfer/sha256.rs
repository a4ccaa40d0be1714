//! The hash of a file, as its bytes go by.
use sha2::{Digest, Sha256};

/// SHA-256 of what it was given so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Hash(Sha256);

impl Hash {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::Hash;

    /// <https://csrc.nist.gov/pubs/fips/180-4/upd1/final>, the example of one block.
    #[test]
    fn it_is_the_sha256_that_everybody_has() {
        let mut hash = Hash::default();
        hash.update(b"a");
        hash.update(b"bc");
        let hex: String = hash.finish().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
