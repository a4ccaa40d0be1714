//! How far a receiver has got.

use crate::layout::END_IS_DUE;

/// A position in the lane: how far you have come with what you were handed. [`View::reached`](crate::View::reached)
/// and [`View::end`](crate::View::end) make one, and [`Receiver::acknowledge_until`](crate::Receiver::acknowledge_until) takes it.
///
/// It borrows nothing, so you can keep it while you work. It is good for the endpoint that it came from, until you have
/// acknowledged past it.
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// writer.send("0123456789")?;
/// let view = reader.receiver().try_recv_view()?;
/// let (start, there) = (view.reached(0), view.reached(4));
/// assert_eq!(there.since(start), 4);
/// assert_eq!(start.forward(3).forward(1), there);
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached(u64);

impl Reached {
    #[inline]
    pub(super) fn new(position: u64, end_is_due: bool) -> Self {
        Reached(position | if end_is_due { END_IS_DUE } else { 0 })
    }

    /// This position as a lane's mark.
    pub(super) fn to_mark(self) -> u64 {
        self.0
    }

    /// The position that a lane's mark says.
    pub(super) fn of_mark(mark: u64) -> Self {
        Reached(mark)
    }

    pub(super) fn position(self) -> u64 {
        self.0 & !END_IS_DUE
    }

    /// Whether only the end of a message is missing.
    pub(super) fn end_is_due(self) -> bool {
        self.0 & END_IS_DUE != 0
    }

    /// How many of a message's `length` bytes at `base` were received, and whether those are all; `None` if this
    /// position is not after its first byte.
    pub(super) fn within(self, base: u64, length: usize) -> Option<(usize, bool)> {
        let had = self.behind(base, length)?;
        ((had == length) == self.end_is_due()).then_some((had, self.end_is_due()))
    }

    /// How many bytes it is after `base`, from 1 to `length`.
    pub(super) fn behind(self, base: u64, length: usize) -> Option<usize> {
        let had = usize::try_from(self.position().checked_sub(base)?).ok()?;
        (1..=length).contains(&had).then_some(had)
    }

    /// Which byte of a message of `length` bytes, of which `had` were received, gives the rest of it its position: the
    /// first missing one or, if only the end is due, the last one, because the next message may begin after it.
    pub(super) fn rest_at(had: usize, length: usize) -> usize {
        had.min(length.saturating_sub(1))
    }

    /// How many bytes of the lane lie between `start` and here. Between messages they include headers and padding.
    pub fn since(self, start: Self) -> u64 {
        self.position().wrapping_sub(start.position())
    }

    /// The position `bytes` bytes further on, inside the same message: there must be more of it behind.
    #[must_use]
    pub fn forward(self, bytes: usize) -> Self {
        if bytes == 0 { self } else { Reached(self.position() + bytes as u64) }
    }
}
