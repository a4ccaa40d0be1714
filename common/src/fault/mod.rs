//! What a test build, or the guided tour, can be told to do wrong: to die at a named point, or to leave out one of the few
//! lines that the promises rest on.
//!
//! A safety test that cannot fail proves nothing, and no kill from outside hits a chosen instruction. So every step
//! that another process could find half done has a [`Point`], and every line without which a promise breaks asks
//! [`sabotaged`] for its [`Mutant`] in place. So the tests try the code that ships.
//!
//! | build | a point | a mutant |
//! | --- | --- | --- |
//! | any other | nothing | never |
//! | with the feature `faults`, as `tests/` and `tour/` build it | aborts if `SHMCHAT_CRASH_AT` names it: `tail-stored`, or `tail-stored:3` for the third time it is reached; or ends the one call that `die_at` makes; or calls what `watch` was given, as the tour does to stop there | in force if `SHMCHAT_SABOTAGE` names it |
//! | `--cfg loom` | nothing | in force inside `sabotage` |
//!
//! Without the feature, both are constants and leave no trace in the program.

#[cfg(all(feature = "faults", not(loom)))]
mod asked;
#[cfg(all(feature = "faults", not(loom)))]
mod death;
#[cfg(loom)]
mod model;
mod names;
#[cfg(not(any(loom, feature = "faults")))]
mod never;

#[cfg(all(feature = "faults", not(loom)))]
pub use asked::{point, sabotaged};
#[cfg(all(feature = "faults", not(loom)))]
pub use death::{Died, die_at, leave_out, watch};
#[cfg(loom)]
pub use model::{point, sabotage, sabotaged};
pub use names::{Mutant, Point};
#[cfg(not(any(loom, feature = "faults")))]
pub use never::{point, sabotaged};
