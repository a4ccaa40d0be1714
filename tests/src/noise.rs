//! Bytes without a pattern, the same in each run.

/// Numbers that are the same in each run, and whose bytes tell where they stood (xorshift64,
/// <https://www.jstatsoft.org/article/view/v008i14>). Not to be begun with 0.
#[derive(Debug)]
pub struct Noise(pub u64);

impl Noise {
    /// The next number. Not by the name that an iterator would have it: this one has no end.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count.div_ceil(8)).flat_map(|_| self.number().to_le_bytes()).take(count).collect()
    }
}
