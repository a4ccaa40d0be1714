//! The death of a process within one call, for tests with many lives in one process.
//!
//! At a named point, the call unwinds to [`die_at`], so that what it held is released as at the end of a process: locks
//! and descriptors are closed, nothing is said, nothing is tidied up. A `Drop` that would do more checks whether it
//! runs in a panic.

use super::names::{Mutant, Point};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Who is shown points.
type Watcher = Box<dyn FnMut(Point)>;

thread_local! {
    /// Where to die, and how often that point may still be passed before.
    static DEATH: Cell<Option<(Point, u32)>> = const { Cell::new(None) };
    /// What this thread leaves out.
    static LEFT_OUT: Cell<Option<Mutant>> = const { Cell::new(None) };
    /// Who is shown each point.
    static WATCHER: Cell<Option<Watcher>> = const { Cell::new(None) };
    /// What the call has passed, in order.
    static PASSED: RefCell<Option<Vec<Point>>> = const { RefCell::new(None) };
}

/// Leaves a line out in this thread from now on. For things that make no sense in one process, such as waiting for the
/// locks of a dying process.
pub fn leave_out(mutant: Mutant) {
    LEFT_OUT.set(Some(mutant));
}

/// Shows each point that this thread passes to `watcher`, from now on.
pub fn watch(watcher: impl FnMut(Point) + 'static) {
    WATCHER.set(Some(Box::new(watcher)));
}

/// Whether this thread leaves it out.
pub(super) fn is_left_out(mutant: Mutant) -> bool {
    LEFT_OUT.get() == Some(mutant)
}

/// The result of a call that died.
#[derive(Debug)]
pub struct Died {
    /// The points that it passed, in order; it died at the last.
    pub passed: Vec<Point>,
}

/// What is thrown.
struct Death;

/// Makes a call that dies when it reaches this point for the `pass`th time. It may return before that.
pub fn die_at<T>(point: Point, pass: u32, call: impl FnOnce() -> T) -> Result<T, Died> {
    DEATH.set(Some((point, pass)));
    PASSED.set(Some(Vec::new()));
    let end = catch_unwind(AssertUnwindSafe(call));
    DEATH.set(None);
    let passed = PASSED.take().unwrap_or_default();
    match end {
        Ok(value) => Ok(value),
        Err(thrown) if thrown.is::<Death>() => Err(Died { passed }),
        Err(panic) => resume_unwind(panic),
    }
}

/// Dies here, if it is time.
pub(super) fn pass(point: Point) {
    if let Some(mut watcher) = WATCHER.take() {
        watcher(point);
        WATCHER.set(Some(watcher));
    }
    PASSED.with_borrow_mut(|passed| passed.iter_mut().for_each(|passed| passed.push(point)));
    if let Some((at, passes)) = DEATH.get()
        && at == point
    {
        DEATH.set((passes > 1).then_some((at, passes - 1)));
        if passes == 1 {
            // Without the panic's message.
            resume_unwind(Box::new(Death));
        }
    }
}
