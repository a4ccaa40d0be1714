//! libFuzzer's way in; what is done with its bytes stands in `shmchat_fuzz::segment`.
#![no_main]

use nix::sys::signal::{SigSet, Signal};
use shmchat_fuzz::segment::Stage;
use std::sync::LazyLock;

/// One folder for all runs of this process. Who started it removes it, and what a crash leaves: `scripts/fuzz.sh`.
static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    // Rust's own start ignores it, so that ringing a dead peer's bell is an error and no end. libFuzzer's does not.
    SigSet::from(Signal::SIGPIPE).thread_block().expect("a signal's mask");
    Stage::new(&std::env::temp_dir())
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| STAGE.run(data));
