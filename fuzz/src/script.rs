//! An input read as a script: one byte says what to do, the next ones with what.
//!
//! Numbers have a fixed width, so that a change of one byte changes one thing; and there is no length in front of
//! anything, so that an input cut anywhere is a script too.

/// What is left of a script. Each read gives none at its end.
pub(crate) struct Script<'a> {
    rest: &'a [u8],
}

impl<'a> Script<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Script { rest: data }
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*head)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(crate) fn short(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn word(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> Option<usize> {
        Some(usize::from(self.short()?) % end)
    }

    /// A small distance in bytes, both ways, mostly in whole words.
    pub(crate) fn distance(&mut self) -> Option<u64> {
        let steps = i64::from(self.short()?.cast_signed());
        // The few that are not: they must be refused, which takes one look.
        Some(if steps % 16 == 15 { steps } else { steps * 8 }.cast_unsigned())
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        Some(self.byte()? % 2 == 1)
    }

    /// One of `choices`.
    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        Some(choices[usize::from(self.byte()?) % choices.len()])
    }

    /// `length` bytes, which repeat a few bytes of the script and end in `last`.
    pub(crate) fn payload(&mut self, length: usize, last: Option<u8>) -> Option<Vec<u8>> {
        let pattern: [u8; 4] = self.array()?;
        let mut bytes: Vec<u8> = pattern.into_iter().cycle().take(length).collect();
        if let (Some(end), Some(last)) = (bytes.last_mut(), last) {
            *end = last;
        }
        Some(bytes)
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }
}
