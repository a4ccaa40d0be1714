//! How long the loop waits for a side that was let go: what a person does shortens that.

use super::event::Input;
use std::time::Duration;

/// After this long it is drawn as running.
const SEEN: Duration = Duration::from_millis(300);

/// After this long a key is obeyed all the same.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is left of it.
pub(super) struct Patience {
    limit: Duration,
    is_drawn: bool,
}

impl Patience {
    /// So much at most; and none if something that was done before ends the tour.
    pub(super) fn new<'a>(limit: Duration, before: impl IntoIterator<Item = &'a Input>) -> Self {
        let is_over = before.into_iter().any(Input::ends);
        Patience { limit: if is_over { Duration::ZERO } else { limit }, is_drawn: false }
    }

    /// How much longer to wait for the next event; `None` if it is over.
    pub(super) fn left(&self, elapsed: Duration) -> Option<Duration> {
        let next = if self.is_drawn { self.limit } else { self.limit.min(SEEN) };
        (elapsed < self.limit).then(|| next.saturating_sub(elapsed))
    }

    /// Nothing came for so long: whether to draw it as running now.
    pub(super) fn is_due(&mut self, elapsed: Duration) -> bool {
        let is_due = !self.is_drawn && elapsed < self.limit;
        self.is_drawn |= is_due;
        is_due
    }

    /// A person did this. Who presses a key before it is drawn has typed ahead.
    pub(super) fn done(&mut self, input: &Input) {
        if input.ends() {
            self.limit = Duration::ZERO;
        } else if self.is_drawn && matches!(input, Input::Key(_)) {
            self.limit = self.limit.min(PATIENCE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tour::Key;
    use std::io;

    const LIMIT: Duration = Duration::from_secs(10);

    fn key() -> Input {
        Input::Key(Key::Char('w'))
    }

    fn ends() -> [Input; 3] {
        [Input::End, Input::Lost(io::Error::other("gone")), Input::Key(Key::Interrupt)]
    }

    #[test]
    fn what_ends_the_tour_ends_the_wait_whenever_it_comes() {
        for end in ends() {
            let mut patience = Patience::new(LIMIT, []);
            patience.done(&end);
            assert_eq!(patience.left(Duration::ZERO), None, "{end:?}");
            let before = [key(), end];
            assert_eq!(Patience::new(LIMIT, &before).left(Duration::ZERO), None, "{before:?}");
        }
        assert!(Patience::new(LIMIT, &[key(), Input::Redraw]).left(Duration::ZERO).is_some());
    }

    #[test]
    fn a_key_of_somebody_who_sees_it_run_shortens_the_wait_and_one_typed_ahead_does_not() {
        let mut patience = Patience::new(LIMIT, [&key()]);
        patience.done(&key());
        assert_eq!(patience.left(Duration::ZERO), Some(SEEN));
        assert!(patience.is_due(SEEN) && !patience.is_due(SEEN));
        patience.done(&Input::Redraw);
        assert_eq!(patience.left(SEEN), Some(LIMIT - SEEN));
        patience.done(&key());
        assert_eq!(patience.left(SEEN), Some(PATIENCE - SEEN));
        assert_eq!(patience.left(PATIENCE), None);
    }

    #[test]
    fn a_short_wait_is_not_drawn() {
        let limit = SEEN / 3;
        let mut patience = Patience::new(limit, []);
        assert_eq!(patience.left(Duration::ZERO), Some(limit));
        assert!(!patience.is_due(limit));
    }
}
