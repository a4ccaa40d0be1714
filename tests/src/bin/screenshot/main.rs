//! Draws the README's pictures from the real programs on pseudo-terminals: `make screenshot`.
//!
//! ```text
//!   writer, reader ──▶ pseudo-terminal ──▶ vt100 ──▶ cells ──▶ svg ──▶ docs/screen/*.svg
//! ```

mod svg;

use nix::sys::signal::Signal;
use shmchat_tests::{Place, Terminal};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

const COLUMNS: u16 = 84;
const ROWS: u16 = 22;
const F1: &str = "\x1bOP";
const F2: &str = "\x1bOQ";

fn main() {
    let place = Place::new();
    let mut writer = place.writer().args("--name alice --capacity 64KiB").in_terminal();
    writer.wait_for("waiting for a reader");
    writer.resize(COLUMNS, ROWS);
    writer.press("is anyone there yet?\r");
    writer.wait_for("1 waiting");
    let mut reader = place.reader().args("--name bob").in_terminal();
    reader.wait_for("● here");
    reader.resize(COLUMNS, ROWS);
    reader.press("iI am now. It waited for me in the segment.\r");
    writer.wait_for("I am now");
    writer.press("你好 🚀 — wide characters take the columns they take, and a long message is wrapped at its words\r");
    reader.wait_for("at its words");
    reader.press("a link stays whole, and so does what is pasted:\r");
    reader.press("\x1b[200~fn main() {\r\tprintln!(\"hello\");\r}\x1b[201~\r");
    writer.wait_for("println!");
    reader.wait_for("✓✓");
    // Bob looks away, and then back.
    reader.press("\x1b[Olooked away");
    reader.wait_for("> looked away");
    writer.press("https://man7.org/linux/man-pages/man2/shmget.2.html\r");
    reader.wait_for("shmget");
    reader.press("\x1b[I\x15");
    reader.wait_until_gone("> looked away");
    writer.press("what I am about to say");
    writer.wait_for("about to say");
    draw(&writer, "writer", "The writer's screen: a conversation, and a draft in the input line");
    reader.press("\x1b");
    reader.wait_for("x quit");
    reader.press("/segment\r");
    reader.wait_for("1 of 1: segment");
    draw(&reader, "reader", "The reader's screen: a search, and a mark at what came while nobody looked");
    writer.press(F2);
    writer.wait_for("attached 2");
    reader.press("i");
    for number in 0..60_u64 {
        reader.press(&format!("message {number}\r"));
        // The pace is what the plots show. This is a picture and no test: nothing depends on the time.
        thread::sleep(Duration::from_millis(20 + 3 * (number % 20) * (number % 7)));
    }
    writer.wait_for("message 59");
    // A reader that takes nothing for a while: what waits fills the lane.
    reader.signal(Signal::SIGSTOP);
    writer.press("\x15\x1b[200~");
    writer.press(&"a log, pasted as one message ".repeat(800));
    writer.press("\x1b[201~\rwhat I am about to say");
    writer.wait_for("1 waiting");
    writer.wait_for("35%");
    writer.wait_for("about to say");
    draw(&writer, "segment", "F2: the shared memory at work, with the newest records in hexadecimal");
    writer.press(F1);
    writer.wait_for("Alt-Enter  Ctrl-J");
    draw(&writer, "help", "F1: the keys, drawn from the table that the program goes by");
    reader.signal(Signal::SIGCONT);
    writer.press("\x03");
    assert_eq!(writer.wait(), Some(0));
    assert_eq!(reader.wait(), Some(0));
    place.assert_nothing_left();
}

fn draw(terminal: &Terminal, name: &str, title: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screen");
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(format!("{name}.svg"));
    let picture = svg::of(&terminal.screen(), title);
    fs::write(&path, picture).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    println!("docs/screen/{name}.svg");
}
