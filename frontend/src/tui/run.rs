//! The one loop: the channel, the keys, the signals and the terminal's hang-up, in one `poll`. It has no timer, except
//! while the panel of the segment is open or the other side types.
mod editing;
mod files;
mod outcome;
mod panel_sampler;
mod reassembly;
mod session;
mod status;
mod typing;

pub use outcome::{Error, Options, Outcome};

use super::archive::{self, Archive};
use super::event::{Effect, Event};
use super::input_thread::InputThread;
use super::terminal::Screen;
use super::update::update;
use super::view::view;
use super::wait::{is_ready, wait};
use crate::signals::Signals;
use crossterm::event::{Event as TerminalEvent, MouseEventKind};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::signal::Signal;
use session::{Exchanged, Session};
use shmchat::{Endpoint, Kind, Role};
use std::io;
use std::os::fd::AsFd;

/// Runs the screen on the channel until somebody quits, or an error ends it. The terminal is restored when this returns.
///
/// # Errors
/// If an error occurs before there is a screen. A later one is in the [`Outcome`].
pub fn run(endpoint: &mut Endpoint, signals: &Signals, options: Options) -> Result<Outcome, Error> {
    let archive = options.transcript.as_deref().map(Archive::open).transpose()?;
    let screen = Screen::enter(options.links)?;
    // Not before: until the terminal is raw, crossterm takes Enter for Ctrl-J.
    let input = InputThread::start()?;
    let session = Session::new(endpoint, &options, archive, screen.size()?);
    let mut screen_loop = ScreenLoop { session, screen, input, signals, stay: options.stay };
    let end = match screen_loop.run() {
        Err(Error::Terminal(error)) => lost_terminal(error),
        end => end,
    };
    let ScreenLoop { mut session, mut screen, .. } = screen_loop;
    screen.leave();
    session.alerter.finish();
    let (_, height) = session.model.size;
    let last = session.model.last_lines(usize::from(height).saturating_sub(4).max(1));
    let (other_quit, signal, error) = match end {
        Ok(Ending::Asked) => (false, None, None),
        Ok(Ending::OtherQuit) => (true, None, None),
        Ok(Ending::Signal(signal)) => (false, Some(signal), None),
        Err(error) => (false, None, Some(error)),
    };
    if signal == Some(Signal::SIGHUP) {
        session.keep_drafts();
    }
    let drafts = session.model.drafts().into_iter().map(str::to_owned).collect();
    let unfinished = session.files.unfinished(other_quit);
    Ok(Outcome { last, drafts, unfinished, unsent: session.queue.len(), other_quit, signal, error })
}

enum Ending {
    Asked,
    OtherQuit,
    Signal(Signal),
}

enum Woken {
    Signal(Signal),
    TerminalLost,
    Input,
    Channel,
}

struct ScreenLoop<'a> {
    session: Session<'a>,
    screen: Screen,
    input: InputThread,
    signals: &'a Signals,
    stay: bool,
}

impl ScreenLoop<'_> {
    fn run(&mut self) -> Result<Ending, Error> {
        self.session.update_backlog()?;
        loop {
            let received = self.session.exchange(&mut self.screen)?;
            if received == Exchanged::Quit && self.quit_ends_us() {
                return Ok(Ending::OtherQuit);
            }
            let model = &self.session.model;
            self.screen.draw(|frame| view(model, frame))?;
            self.screen.set_title(&model.title())?;
            self.screen.set_arrows_by_wheel(model.arrows_scroll())?;
            match self.sleep(received == Exchanged::More)? {
                Woken::Signal(Signal::SIGWINCH) => self.session.update_size(&self.screen)?,
                Woken::Signal(signal) => return Ok(Ending::Signal(signal)),
                Woken::TerminalLost => return Ok(Ending::Signal(Signal::SIGHUP)),
                Woken::Input => {
                    for event in self.input.drain()? {
                        if let Some(end) = self.on_input(event)? {
                            // What was typed before quitting is sent first.
                            self.session.send()?;
                            return Ok(end);
                        }
                    }
                }
                Woken::Channel => {}
            }
        }
    }

    /// Whether we end because the other side has quit: a reader does, if the writer was here and no draft stands.
    fn quit_ends_us(&mut self) -> bool {
        let Session { model, endpoint, .. } = &mut self.session;
        model.peer.was_met() && !self.stay && endpoint.role() == Role::Reader && model.ends_with_peer()
    }

    /// Sleeps until something happens, or only looks if there is `more` to receive anyway.
    fn sleep(&mut self, more: bool) -> Result<Woken, Error> {
        let session = &mut self.session;
        let timeout = if !more && session.arm()? { session.longest_sleep() } else { PollTimeout::ZERO };
        let terminal = io::stdin();
        let mut fds = [
            PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
            // No events requested: a hang-up is always reported. The input thread would not notice it.
            PollFd::new(terminal.as_fd(), PollFlags::empty()),
            PollFd::new(self.input.as_fd(), PollFlags::POLLIN),
            PollFd::new(session.endpoint.as_fd(), PollFlags::POLLIN),
        ];
        wait(&mut fds, timeout)?;
        let [signal, terminal, input, _] = fds.map(|fd| is_ready(&fd));
        // Before anything else, so that the sample shows this side asleep too, if it was.
        session.sample();
        session.endpoint.handle_wakeup()?;
        if signal && let Some(signal) = self.signals.take() {
            return Ok(Woken::Signal(signal));
        }
        Ok(match (terminal, input) {
            (true, _) => Woken::TerminalLost,
            (false, true) => Woken::Input,
            (false, false) => Woken::Channel,
        })
    }

    /// Applies a terminal event. Returns why to end, if it asks for that.
    fn on_input(&mut self, event: TerminalEvent) -> Result<Option<Ending>, Error> {
        let event = match event {
            TerminalEvent::Key(key) => Event::Key(key),
            TerminalEvent::Paste(text) => Event::Paste(text),
            TerminalEvent::FocusGained => Event::Focus(true),
            TerminalEvent::FocusLost => Event::Focus(false),
            TerminalEvent::Mouse(mouse) => match mouse.kind {
                MouseEventKind::ScrollUp => Event::Wheel { up: true },
                MouseEventKind::ScrollDown => Event::Wheel { up: false },
                _ => return Ok(None),
            },
            // A resize arrives as a signal: see `Signals::ending_and_resize`.
            TerminalEvent::Resize(..) => return Ok(None),
        };
        for effect in update(&mut self.session.model, event) {
            match effect {
                Effect::Send { id, text } => self.session.queue_text(id, Kind::Text, text),
                Effect::Act { id, text } => self.session.queue_text(id, Kind::Action, text),
                Effect::Rename(name) => self.session.rename(name)?,
                Effect::Quit => return Ok(Some(Ending::Asked)),
                Effect::Suspend => {
                    self.screen.suspend()?;
                    self.session.update_size(&self.screen)?;
                }
                Effect::Redraw => self.screen.redraw()?,
                Effect::Edit(draft) => {
                    let ScreenLoop { session, screen, input, signals, .. } = self;
                    if let Some(signal) = editing::edit(session, &draft, screen, input, signals)? {
                        return Ok(Some(Ending::Signal(signal)));
                    }
                }
                Effect::Copy(text) => self.screen.copy(&text)?,
                Effect::Wheel(yes) => self.screen.report_wheel(yes)?,
                Effect::Alert(alert) => self.session.alerter.tell(alert, &mut self.screen)?,
                Effect::Status => {
                    let session = &mut self.session;
                    let lines = status::lines(session.endpoint, &session.model, session.queue.len());
                    update(&mut session.model, Event::Notice(lines));
                }
                Effect::SendFile(_) | Effect::GetFile(_) | Effect::SkipFile => {
                    let Session { files, model, .. } = &mut self.session;
                    files.obey(&effect, model);
                }
                Effect::Save(file) => {
                    let said = archive::save(&self.session.model, &file);
                    update(&mut self.session.model, Event::Notice(said));
                }
            }
        }
        Ok(None)
    }
}

/// A terminal that cannot be read or written is gone, unless the system gives another reason.
fn lost_terminal(error: io::Error) -> Result<Ending, Error> {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EIO | Errno::ENXIO | Errno::EBADF | Errno::ENOTTY) => Ok(Ending::Signal(Signal::SIGHUP)),
        _ => Err(error.into()),
    }
}
