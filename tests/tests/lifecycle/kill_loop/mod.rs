//! SIGKILL at any instant: real writers and readers are killed and started again, and then a count says whether anything was
//! lost, torn or out of order. And that it would find out is shown by sabotaging the victims.
//!
//! | file | what it is |
//! | --- | --- |
//! | `library` | numbered messages through the library, some hundred kills a second |
//! | `programs` | `writer` and `reader` in pipes: rounds of a drawn framing, sizes, capacity, signals and quits, beside a busy processor |
//! | `sides` | a writer and a reader of a round |
//! | `streams` | what writers are given, and whether what readers print is that |
//! | `oracle` | that `streams` lets pass what may be printed, and nothing else |
//!
//! `cargo test -p shmchat-tests --test lifecycle kill_loop::` runs 20 seconds of each; `make soak SECONDS=600` as long as it is told, half of
//! it each. `SEED=N` draws the rounds of `programs` anew as a failure has named them.
//!
//! A wait by the clock stands for one thing: how long a victim lives. That is the stimulus; nothing is concluded from it.

mod library;
mod oracle;
mod programs;
mod sides;
mod streams;

use shmchat_tests::alone;
use std::time::Duration;

/// How long both loops run together unless `SECONDS` says otherwise.
const SECONDS: u64 = 40;

#[test]
fn killed_at_any_instant_nothing_is_lost_or_torn() {
    alone();
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number("SEED").unwrap_or(u64::from(std::process::id()));
    let half = Duration::from_secs(number("SECONDS").unwrap_or(SECONDS)) / 2;
    programs::nothing_is_lost_or_torn(seed, half);
    for mutant in programs::CAUGHT {
        programs::is_caught(seed, mutant);
    }
    library::nothing_is_lost_or_torn(half);
    for mutant in library::CAUGHT {
        library::is_caught(mutant);
    }
}
