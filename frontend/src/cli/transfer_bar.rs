//! The progress bar of a long transfer: for a file on `writer`'s standard input, if standard error is a terminal.
//!
//! ```text
//!  42% ████████████░░░░░░░░░░░░░░░░ 1.68 GiB of 4.00 GiB, 1.20 GiB/s, 1.00 MiB waiting
//! ```
//!
//! There is neither a thread nor a timer: the bar is drawn after a read, if the last drawing is [`FRAME`] ago, and once more
//! before a sleep. Everything else that goes to standard error goes through [`logging::to_screen`], which removes the bar
//! in the meantime.

use super::console::is_dumb_terminal;
use crate::logging;
use crate::pipe::Observer;
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::{Whence, lseek};
use shmchat::Endpoint;
use std::fmt::Write;
use std::io::{self, IsTerminal, Write as _};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The time between two drawings: as often as a person can read it. A shorter transfer is not worth a bar.
const FRAME: Duration = Duration::from_millis(100);

/// Drawings per second that the bar itself allows: more than [`FRAME`] does, so that it skips none of ours.
const ALLOWED: u8 = 20;

const TEMPLATE: &str = "{percent:>3}% {wide_bar} {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}{waits}";

/// A bar on standard error. Dropping it removes it.
pub(super) struct TransferBar {
    bar: ProgressBar,
    /// Bytes read so far.
    done: u64,
    /// Whether `done` has changed since the last drawing.
    undrawn: bool,
    /// When it was last drawn, or created.
    drawn: Instant,
    /// Bytes in the lane that the reader has not acknowledged.
    waiting: Arc<AtomicU64>,
}

impl TransferBar {
    /// A bar for `input`, if that is a file with something left to read and standard error is a terminal.
    pub(super) fn of(input: impl AsFd) -> Option<Self> {
        let left = Some(bytes_left(input)).filter(|&left| left > 0)?;
        if !io::stderr().is_terminal() || is_dumb_terminal() {
            return None;
        }
        let waiting = Arc::new(AtomicU64::new(0));
        let shown = Arc::clone(&waiting);
        let waits = move |_: &ProgressState, out: &mut dyn Write| match shown.load(Ordering::Relaxed) {
            0 => {}
            bytes => drop(write!(out, ", {} waiting", HumanBytes(bytes))),
        };
        let style = ProgressStyle::with_template(TEMPLATE).ok()?.with_key("waits", waits);
        let target = ProgressDrawTarget::stderr_with_hz(ALLOWED);
        let bar = ProgressBar::with_draw_target(Some(left), target).with_style(style);
        Some(TransferBar { bar, done: 0, undrawn: false, drawn: Instant::now(), waiting })
    }

    fn draw(&mut self, endpoint: &mut Endpoint) {
        if !self.undrawn {
            return;
        }
        if self.bar.position() == 0 {
            // From the first drawing on, it is in the way of other lines.
            let bar = self.bar.clone();
            logging::cover_screen(Some(Arc::new(move |bytes| bar.suspend(|| drop(io::stderr().write_all(bytes))))));
        }
        // If the lane is corrupt, the next call on it says so.
        self.waiting.store(endpoint.sender().waiting_bytes().unwrap_or_default(), Ordering::Relaxed);
        self.bar.set_position(self.done);
        (self.undrawn, self.drawn) = (false, Instant::now());
    }
}

impl Observer for TransferBar {
    fn came(&mut self, bytes: usize, endpoint: &mut Endpoint) {
        self.done += bytes as u64;
        self.undrawn = true;
        if self.drawn.elapsed() >= FRAME {
            self.draw(endpoint);
        }
    }

    fn due(&self) -> Option<Duration> {
        self.undrawn.then(|| FRAME.saturating_sub(self.drawn.elapsed()))
    }

    fn show(&mut self, endpoint: &mut Endpoint) {
        self.draw(endpoint);
    }
}

impl Drop for TransferBar {
    fn drop(&mut self) {
        logging::cover_screen(None);
        self.bar.finish_and_clear();
    }
}

/// How much is left to read of a plain file; 0 for anything else.
fn bytes_left(input: impl AsFd) -> u64 {
    let Ok(stat) = fstat(&input) else { return 0 };
    let plain = SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) == SFlag::S_IFREG;
    let offset = lseek(&input, 0, Whence::SeekCur).unwrap_or_default();
    if plain { u64::try_from(stat.st_size - offset).unwrap_or_default() } else { 0 }
}
