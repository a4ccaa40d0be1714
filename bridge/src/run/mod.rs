//! The one loop: the local channel, the streams, the far bridge, signals and the clock.
//!
//! ```text
//!            take                 send            stored
//! lane in ─────────► Batcher ───────────► stream ────────► acknowledge in the lane
//!            put, with a checkpoint        message
//! lane out ◄──────────────────── Incoming ◄─────── stream ◄─ forget what is in the lane
//! ```
//!
//! | file | what it does |
//! | --- | --- |
//! | `backoff` | how long to wait before trying again |
//! | `far` | whether the far bridge is there |
//! | `outgoing` | from the local lane into our stream |
//! | `incoming` | from the other side's stream into the local lane |
//! | `interrupt` | the signals that end a bridge |
//! | `keyboard` | an `x` on the terminal |
//! | `carry` | the loop itself |
//! | `start` | all that comes before the loop |

mod backoff;
mod carry;
mod far;
mod incoming;
mod interrupt;
mod keyboard;
mod outgoing;
mod start;

pub use start::run;
