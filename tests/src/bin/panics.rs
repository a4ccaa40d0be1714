//! Takes the screen over and panics, in the thread that draws or in another (`--thread`): what is then on the terminal
//! is for `screen_terminals` to see.

use frontend::tui::Screen;
use std::thread;

fn main() {
    let mut screen = Screen::enter(true).expect("a terminal");
    screen.report_wheel(true).expect("a terminal");
    screen
        .draw(|frame| {
            frame.set_cursor_position((3, 3));
            Vec::new()
        })
        .expect("a terminal");
    if std::env::args().any(|argument| argument == "--thread") {
        let _ = thread::spawn(|| panic!("on purpose, in a thread")).join();
        // The terminal was given back: nothing is drawn on it any more.
        screen.draw(|_| panic!("drawn on a terminal that was given back")).expect("nothing is drawn");
        println!("after the thread");
    } else {
        panic!("on purpose");
    }
}
