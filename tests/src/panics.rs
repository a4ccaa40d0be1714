//! Panics that are looked for: what they say, without a word on standard error.
//!
//! The hook that prints them is the whole process's, and other tests run beside this one. So there is one hook for all, which
//! keeps still for those threads that ask for it.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether this thread keeps still.
    static STILL: Cell<bool> = const { Cell::new(false) };
    /// The last thing that it did not say.
    static UNSAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Ends the stillness.
struct Loud(bool);

impl Drop for Loud {
    fn drop(&mut self) {
        STILL.set(self.0);
    }
}

/// Runs this, and prints no panic of this thread's meanwhile.
pub fn quietly<T>(run: impl FnOnce() -> T) -> T {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if STILL.get() {
                UNSAID.set(info.to_string());
            } else {
                before(info);
            }
        }));
    });
    let _loud = Loud(STILL.replace(true));
    run()
}

/// The same; a panic as what it would have said.
///
/// # Errors
/// What the panic would have said.
pub fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    quietly(|| catch_unwind(AssertUnwindSafe(run))).map_err(|_| UNSAID.take())
}
