//! What the tests of the bridge stand on: a real nats-server, a proxy that breaks connections, and two machines.
//!
//! ```text
//! Machine (left)                              Server                              Machine (right)
//! writer ── segment ── bridge --role reader ══ Proxy ══ nats-server ══ Proxy ══ bridge --role writer ── segment ── reader
//! ```
//!
//! | file | what it is |
//! | --- | --- |
//! | `server` | a nats-server on the loopback, killed and started again on the same store and port |
//! | `cluster` | three of them |
//! | `proxy` | a TCP proxy that cuts, refuses, slows down and holds back |
//! | `machine` | a channel folder of its own, and so a segment of its own, and what is started in it |
//! | `client` | somebody else's NATS client |
//!
//! Processes end with the handles that hold them, also when a test panics; so do segments and folders.

pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod machine;
pub(crate) mod proxy;
pub(crate) mod server;

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take before it counts as a hang. A client that has lost its server waits some seconds between two
/// attempts, and an acknowledgement has five seconds to come.
pub(crate) const LIMIT: Duration = Duration::from_secs(90);

/// Between two looks at what no descriptor tells of, such as what a server has stored.
const LOOK: Duration = Duration::from_millis(10);

/// Looks until `find` finds something.
///
/// # Panics
/// With `what` and what `dump` says, if it does not.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut find: impl FnMut() -> Option<T>, dump: impl FnOnce() -> String) -> T {
    let limit = Instant::now() + LIMIT;
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(Instant::now() < limit, "waited too long for {what}; this is what was there:\n{}", dump());
        thread::sleep(LOOK);
    }
}

/// A folder of the repository's `target`, such as `release`, where `make build` puts the programs.
pub(crate) fn target(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target").join(folder)
}
