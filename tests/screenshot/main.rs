//! Pictures of the screens for the README, drawn by the real programs on pseudo-terminals: `make screenshot`.
//!
//! Each is the terminal as `vt100` has parsed it at the end of a scene, as an SVG ([`svg`]). So they cannot show what the
//! programs do not draw, and a change of the screen is seen in the review.

#![forbid(unsafe_code)]

mod svg;

use shmchat_tests::{Place, Terminal};
use std::path::Path;

/// Where the pictures lie, from the repository's top.
const FOLDER: &str = "docs/screen";

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER);
    std::fs::create_dir_all(&folder).expect("the folder of the pictures");
    let draw = |name: &str, title: &str, terminal: &Terminal| {
        let path = folder.join(format!("{name}.svg"));
        std::fs::write(&path, svg::draw(&terminal.screen(), title)).expect("a picture");
        println!("{FOLDER}/{name}.svg");
    };

    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    for screen in [&writer, &reader] {
        screen.resize(72, 16);
    }
    writer.press("hello 你好 👋\r");
    reader.wait_for("alice  hello");
    reader.press("i");
    reader.press("hi! what is new?\r");
    writer.wait_for("what is new?");
    writer.press(
        "this line is rather long, so it is wrapped at the words, and what comes from the other side is never cut\r",
    );
    reader.wait_for("never cut");
    // The reader's has gone last, so all that the writer shows is taken.
    writer.wait_for("cut ✓✓");
    writer.press("and this is being wr");
    writer.wait_for("being wr");
    draw("writer", "writer --name alice", &writer);
    draw("reader", "reader --name bob", &reader);
}
