//! Taking the terminal over, and giving it back.
//!
//! ```text
//!            enter                            leave, drop, panic
//!   shell ──────────▶ raw mode                       │
//!                     alternate screen  ◀─┐          ▼
//!                     bracketed paste     │   the same in reverse,
//!                     focus reports       │   once, whoever comes first
//!                     title kept          │
//!                     wheel: not arrows   │
//!                          │ suspend      │
//!                          ▼              │
//!                     leave, SIGTSTP ── SIGCONT
//! ```
//!
//! Whether the terminal is ours is one flag per process, because there is one terminal; whoever swaps it to false restores the
//! terminal. A panic restores it before it is reported, so that the report appears properly on the ordinary screen.
//!
//! # Crash behaviour
//! After SIGKILL nobody restores the terminal: run `reset` in the shell. After a lost terminal the writes fail, and
//! nothing waits for them.
mod careful;
mod known;

use std::io::{self, Stdout, stdout};
use std::mem::ManuallyDrop;
use std::panic;
use std::rc::Rc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::execute;
use crossterm::style::Print;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};
use ratatui::{Frame, Terminal};

use super::clipboard;
use super::link::LinkPiece;
use careful::{CarefulBackend, FrameLinks};
use known::Known;

/// Whether this process has the terminal in raw mode and on the alternate screen, or is about to.
static OURS: AtomicBool = AtomicBool::new(false);

/// On the alternate screen, many terminals turn the wheel into arrow keys (three for a notch), which cannot be told from
/// typed ones. That scrolls, as in `less`, and costs no selection; but in the input line it would walk through the history
/// of sent messages. So it begins turned off, and is turned on and off with the input line. The terminal remembers the
/// previous setting. The modes are xterm's
/// (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>); other terminals ignore what they do not know.
const ARROWS_BY_WHEEL_KEPT: &str = "\x1b[?1007s";
const ARROWS_BY_WHEEL_ON: &str = "\x1b[?1007h";
const ARROWS_BY_WHEEL_OFF: &str = "\x1b[?1007l";
const ARROWS_BY_WHEEL_AS_BEFORE: &str = "\x1b[?1007r";

/// The terminal puts its title onto a stack, and takes it from there. As a control sequence, no terminal prints it.
const TITLE_KEPT: &str = "\x1b[22;0t";
const TITLE_AS_BEFORE: &str = "\x1b[23;0t";

/// Report buttons and the wheel, in the format that also works on wide screens, but not moves, which would wake us all
/// the time.
const WHEEL_ON: &str = "\x1b[?1000h\x1b[?1006h";
const WHEEL_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// The terminal while it is ours.
#[derive(Debug)]
pub struct Screen {
    /// Never dropped: ratatui's drop shows the cursor, which [`give_back`] has done; and if the terminal is lost, it panics
    /// because it cannot report that on stderr.
    terminal: ManuallyDrop<Terminal<CarefulBackend<CrosstermBackend<Stdout>>>>,
    /// The links of the frame being drawn; `None` if this terminal is not told about links.
    links: Option<FrameLinks>,
    /// What this terminal can do.
    known: Known,
    /// Whether the wheel is reported,
    wheel: bool,
    /// and whether it is turned into arrow keys.
    arrows_by_wheel: bool,
    /// The title that was set, if any.
    title: Option<String>,
}

impl Screen {
    /// Takes the terminal over. There may be one screen at a time. `links` tells the terminal about links, if it
    /// is known to take them.
    pub fn enter(links: bool) -> io::Result<Screen> {
        restore_before_panic_reports();
        take_over()?;
        let frame_links = FrameLinks::default();
        let backend = CarefulBackend::new(CrosstermBackend::new(stdout()), Rc::clone(&frame_links));
        let known = Known::here();
        let links = (links && known.links).then_some(frame_links);
        match Terminal::new(backend) {
            Ok(terminal) => {
                let terminal = ManuallyDrop::new(terminal);
                Ok(Screen { terminal, links, known, wheel: false, arrows_by_wheel: false, title: None })
            }
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Columns and rows of the terminal, as it is now.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Draws what has changed since the last frame; `view` returns the frame's links. Draws nothing after the terminal was given
    /// back, even by another thread's panic.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>) -> Vec<LinkPiece>) -> io::Result<()> {
        if !OURS.load(Ordering::SeqCst) {
            return Ok(());
        }
        let Screen { terminal, links, .. } = self;
        let draw = |frame: &mut Frame<'_>| {
            let found = view(frame);
            if let Some(links) = links {
                links.replace(found);
            }
        };
        terminal.draw(draw).map(drop)
    }

    /// Clears the terminal, so that the next frame is drawn whole.
    pub fn redraw(&mut self) -> io::Result<()> {
        // Not `clear`: it asks the terminal where the cursor is, and the input thread would get the answer. A resize, even to
        // the same size, clears without asking.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Gives the terminal back as it was. Does nothing the second time, or after a panic has done it.
    pub fn leave(&mut self) {
        give_back();
    }

    /// Gives the terminal back, stops until the shell continues us, and takes it over again.
    ///
    /// Stops the whole process group, as if the terminal had seen the Ctrl-Z, because the process that started us may have to
    /// stop too. If SIGTSTP is ignored, nothing stops. The terminal may have another [`size`](Self::size) afterwards, and no
    /// signal says so.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.leave();
        kill(Pid::from_raw(0), Signal::SIGTSTP)?;
        self.resume()
    }

    /// Takes the terminal over again after it was [left](Self::leave). It may have another [`size`](Self::size) now.
    pub fn resume(&mut self) -> io::Result<()> {
        take_over()?;
        self.arrows_by_wheel = false;
        self.title = None;
        if self.wheel {
            self.report_wheel(true)?;
        }
        self.redraw()
    }

    /// Makes the terminal report its mouse wheel, or stop. While it does, it selects nothing by itself.
    pub fn report_wheel(&mut self, yes: bool) -> io::Result<()> {
        self.wheel = yes;
        self.write(if yes { WHEEL_ON } else { WHEEL_OFF })
    }

    /// Makes the terminal turn its wheel into arrow keys, or not.
    pub fn set_arrows_by_wheel(&mut self, yes: bool) -> io::Result<()> {
        if self.arrows_by_wheel == yes {
            return Ok(());
        }
        self.arrows_by_wheel = yes;
        self.write(if yes { ARROWS_BY_WHEEL_ON } else { ARROWS_BY_WHEEL_OFF })
    }

    /// Sets the title of the terminal's window, if the terminal is known to give it back afterwards.
    pub fn set_title(&mut self, title: &str) -> io::Result<()> {
        if !self.known.title || self.title.as_deref() == Some(title) {
            return Ok(());
        }
        self.title = Some(title.to_owned());
        self.write(&known::title_sequence(title))
    }

    /// Makes the terminal beep (BEL).
    pub fn beep(&mut self) -> io::Result<()> {
        self.write("\x07")
    }

    /// Makes the terminal show a notification, if it is known to show any.
    pub fn notify(&mut self, title: &str, body: &str) -> io::Result<()> {
        match self.known.notification {
            Some(notification) => self.write(&notification.sequence(title, body)),
            None => Ok(()),
        }
    }

    /// Copies a text to the terminal's clipboard, if the terminal allows it.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        self.write(&clipboard::copy(text))
    }

    fn write(&mut self, sequence: &str) -> io::Result<()> {
        if OURS.load(Ordering::SeqCst) { execute!(stdout(), Print(sequence)) } else { Ok(()) }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
    }
}

fn take_over() -> io::Result<()> {
    OURS.store(true, Ordering::SeqCst);
    let entered = enable_raw_mode().and_then(|()| {
        execute!(
            stdout(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange,
            Print(TITLE_KEPT),
            Print(ARROWS_BY_WHEEL_KEPT),
            Print(ARROWS_BY_WHEEL_OFF)
        )
    });
    if entered.is_err() {
        give_back();
    }
    entered
}

/// Restores the terminal if it is ours. Failures are ignored: a terminal that is gone needs nothing, and for any other the rest
/// still helps.
fn give_back() {
    if OURS.swap(false, Ordering::SeqCst) {
        _ = execute!(
            stdout(),
            Print(WHEEL_OFF),
            Print(ARROWS_BY_WHEEL_AS_BEFORE),
            Print(TITLE_AS_BEFORE),
            DisableFocusChange,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        _ = disable_raw_mode();
    }
}

/// Makes panics restore the terminal before they are reported. The hook stays for the life of the process, and does
/// nothing while the terminal is not ours.
fn restore_before_panic_reports() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            give_back();
            report(panic);
        }));
    });
}
