//! A burst on a screen: keys stay alive, memory stays bounded, and what was let go is said.

use shmchat_tests::{Place, memory_in_use};
use std::fmt::Write;

/// What `tui::model` states for the whole process, beside the segment.
const MEMORY_MAX: u64 = 16 << 20;

#[test]
fn a_hundred_thousand_messages_neither_freeze_the_keys_nor_grow_the_memory() {
    const MESSAGES: usize = 100_000;
    let place = Place::new();
    let mut reader = place.reader().args("--stay").in_terminal();
    reader.wait_for("waiting for a writer");
    let writer = place.writer().args("-v").held_input().start();
    reader.wait_for("● here");
    let mut burst = String::new();
    for number in 0..MESSAGES {
        // A line of a log.
        let _ = writeln!(burst, "{number} {}", "~".repeat(60));
        if number == MESSAGES / 2 {
            writer.send(std::mem::take(&mut burst));
            // In the middle of it.
            reader.press("/49999 ");
            reader.wait_for("/ 49999");
        }
    }
    writer.send(burst);
    reader.press("\x1b");
    reader.wait_for("x quit");
    reader.wait_for("  99999");
    let used = memory_in_use(reader.pid(), 2 << 20).expect("it lives");
    assert!(used < MEMORY_MAX, "{used} bytes");
    reader.press("\x1b[H");
    reader.wait_for("older messages no longer kept");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
}
