//! How it goes: what a person sees on standard error while a pool runs.
//!
//! ```text
//! 4 running, 12 waiting, 341 done, 2 failed, 38/s
//! ```

use crate::logging;
use rustix::termios::tcgetwinsize;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// The time between two drawings: as often as a person can read it.
const FRAME: Duration = Duration::from_millis(200);

/// What is drawn on the last line of the terminal.
#[derive(Debug, Default)]
struct Line {
    text: String,
    is_drawn: bool,
    /// Something stands on the line that is not ours: an output without a line feed at its end.
    is_taken: bool,
    /// What was last printed on standard error has not ended its line.
    is_torn: bool,
}

/// Counts what becomes of the messages, and shows it if asked to.
#[derive(Debug)]
pub(super) struct Tally {
    began: Instant,
    pub(super) done: u64,
    pub(super) failed: u64,
    /// What is drawn. `None` if nothing is to be.
    line: Option<Arc<Mutex<Line>>>,
    /// When it was last drawn.
    drawn: Instant,
    undrawn: bool,
}

impl Tally {
    pub(super) fn new(is_shown: bool) -> Self {
        let now = Instant::now();
        let line = is_shown.then(|| Arc::new(Mutex::new(Line::default())));
        if let Some(line) = &line {
            let line = Arc::clone(line);
            // Everything else that goes to standard error is printed above it.
            logging::cover_screen(Some(Arc::new(move |bytes| {
                let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
                line.erase();
                drop(io::stderr().write_all(bytes));
                line.is_torn = bytes.last().is_some_and(|&last| last != b'\n');
                // The rest of that line may be about to come.
                if !line.is_torn {
                    line.draw();
                }
            })));
        }
        Tally { began: now, done: 0, failed: 0, line, drawn: now, undrawn: false }
    }

    /// Something has changed.
    pub(super) fn changed(&mut self) {
        self.undrawn = self.line.is_some();
    }

    /// When it should be drawn again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.undrawn.then(|| self.drawn + FRAME)
    }

    /// Draws it if it is due.
    pub(super) fn show(&mut self, running: usize, waiting: usize, now: Instant) {
        if self.due().is_none_or(|due| due > now) {
            return;
        }
        (self.undrawn, self.drawn) = (false, now);
        let text = self.text(running, waiting, now);
        self.change(|line| {
            line.erase();
            line.text = text;
            line.draw();
        });
    }

    /// Makes way on the terminal for the output of a command.
    pub(super) fn make_way(&self) {
        self.change(|line| {
            line.erase();
            line.is_taken = true;
        });
    }

    /// Comes back, below an output that ended its line.
    pub(super) fn come_back(&self) {
        self.change(|line| {
            line.is_taken = false;
            line.draw();
        });
    }

    fn change(&self, change: impl FnOnce(&mut Line)) {
        if let Some(line) = &self.line {
            change(&mut line.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn text(&self, running: usize, waiting: usize, now: Instant) -> String {
        let rate = self.done as f64 / now.saturating_duration_since(self.began).as_secs_f64().max(0.001);
        let digits = if rate < 10.0 { 1 } else { 0 };
        let (done, failed) = (self.done, self.failed);
        format!("{running} running, {waiting} waiting, {done} done, {failed} failed, {rate:.digits$}/s")
    }

    /// The last word, which stays.
    pub(super) fn end(&mut self, waiting: usize) {
        let text = self.text(0, waiting, Instant::now());
        if self.line.is_none() {
            return;
        }
        self.change(|line| {
            line.erase();
            line.end_torn();
        });
        self.line = None;
        logging::cover_screen(None);
        logging::to_screen(format!("{text}\n"));
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        if self.line.take().is_some() {
            logging::cover_screen(None);
        }
    }
}

impl Line {
    /// <https://man7.org/linux/man-pages/man4/console_codes.4.html>
    fn erase(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            drop(io::stderr().write_all(b"\r\x1b[K"));
        }
    }

    /// What stands on a line is not to be erased with ours.
    fn end_torn(&mut self) {
        if std::mem::take(&mut self.is_torn) {
            drop(io::stderr().write_all(b"\n"));
        }
    }

    /// Cut where the terminal would wrap it: a wrapped line cannot be erased.
    fn draw(&mut self) {
        if self.is_taken || self.text.is_empty() {
            return;
        }
        self.end_torn();
        let columns = tcgetwinsize(io::stderr()).map_or(0, |size| size.ws_col);
        let width = if columns == 0 { 80 } else { usize::from(columns) };
        let shown: String = self.text.chars().take(width.saturating_sub(1)).collect();
        drop(io::stderr().write_all(shown.as_bytes()));
        self.is_drawn = true;
    }
}
