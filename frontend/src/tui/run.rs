//! The one loop: the channel, the keys, the signals and the terminal's hang-up, in one `poll` without a timer.
//! Only while the panel of the segment is open there is one.
mod editing;
mod outcome;
mod panel_sampler;
mod reassembly;

pub use self::outcome::{Error, Options, Outcome};
use self::panel_sampler::PanelSampler;
pub(super) use self::reassembly::local;
use self::reassembly::{Reassembly, gather};
use super::archive::Archive;
use super::outgoing::Queue;
use super::{Effect, Event, Keys, Model, Screen, update, view};
use crate::signals::Signals;
use chrono::Local;
use crossterm::event::{Event as Input, MouseEventKind};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use shmchat::channel::{Endpoint, Interest, Presence, Received, Role};
use std::io;
use std::os::fd::AsFd;

/// Of one message at most this much is kept for the screen, in bytes; the rest is counted.
const KEPT: usize = 64 << 10;

/// Messages taken before the screen is drawn and the keys are looked at again, in bytes.
const BATCH: usize = 256 << 10;

/// Runs the screen over the channel until someone quits, or an error ends it. The terminal is restored when this
/// returns.
///
/// # Errors
/// When there was no screen yet.
pub fn run(endpoint: &mut Endpoint, signals: &Signals, options: Options) -> Result<Outcome, Error> {
    let archive = options.transcript.as_deref().map(Archive::open).transpose()?;
    let mut screen = Screen::enter()?;
    // Only now: crossterm takes Enter for Ctrl-J until the terminal is raw.
    let mut keys = Keys::start()?;
    let mut session = Session::new(endpoint, &options, archive, screen.size()?);
    let end = match session.run(&mut screen, &mut keys, signals) {
        Err(Error::Terminal(error)) => lost_terminal(error),
        end => end,
    };
    screen.leave();
    let (_, height) = session.model_size;
    let last = session.model.farewell(usize::from(height).saturating_sub(4).max(1));
    let (other_quit, signal, error) = match end {
        Ok(Ending::Asked) => (false, None, None),
        Ok(Ending::OtherQuit) => (true, None, None),
        Ok(Ending::Signal(signal)) => (false, Some(signal), None),
        Err(error) => (false, None, Some(error)),
    };
    let asked = !other_quit && signal.is_none() && error.is_none();
    let draft = session.model.draft().filter(|_| !asked).map(str::to_owned);
    Ok(Outcome { last, draft, unsent: session.queue.len(), other_quit, signal, error })
}

enum Ending {
    Asked,
    OtherQuit,
    Signal(Signal),
}

struct Session<'e> {
    endpoint: &'e mut Endpoint,
    model: Model,
    model_size: (u16, u16),
    queue: Queue,
    /// A message of which more is to come.
    reassembly: Option<Reassembly>,
    stay: bool,
    presence: Presence,
    /// The writer was here while we were: then its quitting ends a reader.
    met: bool,
    /// What the other side had taken when we last looked.
    taken: u64,
    /// Where our newest message begins.
    newest: Option<u64>,
    /// Messages sent and received.
    messages: u64,
    /// Our name, as it stands in the transcript.
    me: String,
    archive: Option<Archive>,
    panel_sampler: PanelSampler,
}

impl<'e> Session<'e> {
    fn new(endpoint: &'e mut Endpoint, options: &Options, archive: Option<Archive>, size: (u16, u16)) -> Self {
        endpoint.set_message_limit(KEPT);
        let channel = endpoint.segment().channel.to_string();
        let today = Local::now().date_naive();
        let model = Model::new(endpoint.role(), channel, options.me.clone(), size, options.color, today);
        let model = model.with_bell(options.bell);
        Session {
            endpoint,
            model,
            model_size: size,
            queue: Queue::default(),
            reassembly: None,
            stay: options.stay,
            presence: Presence::Absent,
            met: false,
            taken: 0,
            newest: None,
            messages: 0,
            me: options.me.clone(),
            archive,
            panel_sampler: PanelSampler::default(),
        }
    }

    fn run(&mut self, screen: &mut Screen, keys: &mut Keys, signals: &Signals) -> Result<Ending, Error> {
        self.tell_waiting()?;
        loop {
            let received = self.exchange(screen)?;
            let model = &self.model;
            screen.draw(|frame| view(model, frame))?;
            let more = matches!(received, Received::Message(_));
            if received == Received::Ended && self.met && !self.stay && self.endpoint.role() == Role::Reader {
                return Ok(Ending::OtherQuit);
            }
            match self.sleep(keys, signals, more)? {
                Woken::Signal(Signal::SIGWINCH) => self.look_at_size(screen)?,
                Woken::Signal(signal) => return Ok(Ending::Signal(signal)),
                Woken::TerminalLost => return Ok(Ending::Signal(Signal::SIGHUP)),
                Woken::Keys => {
                    for event in keys.drain()? {
                        if let Some(end) = self.on_input(event, screen, keys, signals)? {
                            // What was written before the quit goes with it.
                            self.send()?;
                            return Ok(end);
                        }
                    }
                }
                Woken::Channel => {}
            }
        }
    }

    /// Serves the channel: what has come goes into the model, what was written into the segment.
    fn exchange(&mut self, screen: &mut Screen) -> Result<Received<usize>, Error> {
        self.tell_presence();
        let received = self.receive(screen)?;
        self.send()?;
        self.tell_taken()?;
        Ok(received)
    }

    /// Asks for the bell; false if there is something to do already.
    fn arm(&mut self) -> Result<bool, Error> {
        let interest = Interest {
            message: true,
            room: !self.queue.is_empty(),
            taken: self.newest.is_some_and(|newest| newest >= self.taken),
            delivered: false,
        };
        Ok(self.endpoint.arm(interest)?)
    }

    /// Sleeps until something comes, or only looks if there is `more` to receive anyway.
    fn sleep(&mut self, keys: &Keys, signals: &Signals, more: bool) -> Result<Woken, Error> {
        let timeout = if !more && self.arm()? { self.until_next_look() } else { PollTimeout::ZERO };
        let terminal = io::stdin();
        let mut fds = [
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
            // No events asked for: its hang-up is always told. The input thread would not notice it.
            PollFd::new(terminal.as_fd(), PollFlags::empty()),
            PollFd::new(keys.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.endpoint.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut fds, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(io::Error::from(errno).into()),
        }
        let [signal, terminal, key, _] = fds.map(|fd| fd.revents().is_some_and(|events| !events.is_empty()));
        // Before anything is done: so this side too is found asleep if it was.
        self.look();
        self.endpoint.attend()?;
        if signal && let Some(signal) = signals.take().map_err(io::Error::from)? {
            return Ok(Woken::Signal(signal));
        }
        Ok(match (terminal, key) {
            (true, _) => Woken::TerminalLost,
            (false, true) => Woken::Keys,
            (false, false) => Woken::Channel,
        })
    }

    /// How long to sleep at most: for ever, unless the panel is open.
    fn until_next_look(&self) -> PollTimeout {
        if self.model.panel_is_open() { self.panel_sampler.until_next() } else { PollTimeout::NONE }
    }

    /// Looks at the segment, if the panel is open and it is time.
    fn look(&mut self) {
        if !self.model.panel_is_open() {
            self.panel_sampler.rest();
        } else if let Some(look) = self.panel_sampler.look(self.endpoint, self.messages) {
            update(&mut self.model, Event::Looked(Box::new(look)));
        }
    }

    /// Applies a terminal event; why to end, if it asks to.
    fn on_input(
        &mut self,
        input: Input,
        screen: &mut Screen,
        keys: &mut Keys,
        signals: &Signals,
    ) -> Result<Option<Ending>, Error> {
        let event = match input {
            Input::Key(key) => Event::Key(key),
            Input::Paste(text) => Event::Paste(text),
            Input::FocusGained => Event::Focus(true),
            Input::FocusLost => Event::Focus(false),
            Input::Mouse(mouse) => match mouse.kind {
                MouseEventKind::ScrollUp => Event::Wheel { up: true },
                MouseEventKind::ScrollDown => Event::Wheel { up: false },
                _ => return Ok(None),
            },
            // A resize comes as a signal: see `Signals::ending_and_resize`.
            Input::Resize(..) => return Ok(None),
        };
        for effect in update(&mut self.model, event) {
            match effect {
                Effect::Send { id, text } => self.queue.push(id, text),
                Effect::Quit => return Ok(Some(Ending::Asked)),
                Effect::Suspend => {
                    screen.suspend()?;
                    self.look_at_size(screen)?;
                }
                Effect::Redraw => screen.redraw()?,
                Effect::Edit(draft) => {
                    if let Some(signal) = self.edit(&draft, screen, keys, signals)? {
                        return Ok(Some(Ending::Signal(signal)));
                    }
                }
                Effect::Copy(text) => screen.copy(&text)?,
                Effect::Wheel(yes) => screen.report_wheel(yes)?,
                Effect::Bell => screen.bell()?,
            }
        }
        Ok(None)
    }

    fn look_at_size(&mut self, screen: &Screen) -> Result<(), Error> {
        self.model_size = screen.size()?;
        let (width, height) = self.model_size;
        update(&mut self.model, Event::Resize(width, height));
        Ok(())
    }

    /// Takes what has come.
    fn receive(&mut self, screen: &mut Screen) -> Result<Received<usize>, Error> {
        let Session { endpoint, model, reassembly, messages, archive, .. } = self;
        let from = endpoint.peer().name.clone();
        let mut effects = Vec::new();
        let received = endpoint.try_recv_batch(BATCH, |message| {
            if let Some(archive) = archive {
                archive.add(&from, &message);
            }
            if let Some(event) = gather(reassembly, &from, message) {
                *messages += 1;
                effects.extend(update(model, event));
            }
        });
        if let Some(archive) = archive
            && let Err(error) = archive.write()
        {
            // It waits for a reader that can keep it.
            endpoint.nack();
            return Err(error.into());
        }
        let received = received?;
        // On the screen is in the model: what was shown is acknowledged before we sleep.
        self.endpoint.acknowledge()?;
        // Once for all that came together.
        if effects.contains(&Effect::Bell) {
            screen.bell()?;
        }
        Ok(received)
    }

    fn send(&mut self) -> Result<(), Error> {
        if self.queue.is_empty() {
            return Ok(());
        }
        let sent = self.queue.send(self.endpoint)?;
        self.messages += sent.len() as u64;
        for sent in &sent {
            self.newest = Some(sent.seq);
            let at = local(sent.clock).unwrap_or_default();
            update(&mut self.model, Event::Sent { id: sent.id, at, seq: sent.seq });
            if let Some(archive) = &mut self.archive {
                archive.add_ours(&self.me, &sent.text, sent.seq, sent.clock);
            }
        }
        if let Some(archive) = &mut self.archive {
            archive.write()?;
        }
        if !sent.is_empty() {
            self.tell_waiting()?;
        }
        Ok(())
    }

    fn tell_waiting(&mut self) -> Result<(), Error> {
        let waiting = self.endpoint.backlog()?;
        update(&mut self.model, Event::Waiting(waiting));
        Ok(())
    }

    fn tell_taken(&mut self) -> Result<(), Error> {
        let taken = self.endpoint.taken()?;
        if taken != self.taken {
            self.taken = taken;
            update(&mut self.model, Event::Taken { below: taken });
            self.tell_waiting()?;
        }
        Ok(())
    }

    fn tell_presence(&mut self) {
        let peer = self.endpoint.peer();
        if peer.presence != self.presence {
            self.presence = peer.presence;
            self.met |= peer.presence == Presence::Here;
            let at = Some(Local::now().naive_local());
            let event = Event::Presence { who: peer.name.clone(), now: peer.presence, at };
            update(&mut self.model, event);
        }
    }
}

enum Woken {
    Signal(Signal),
    TerminalLost,
    Keys,
    Channel,
}

/// A terminal that fails to be read or written is gone, unless the system says something else.
fn lost_terminal(error: io::Error) -> Result<Ending, Error> {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EIO | Errno::ENXIO | Errno::EBADF | Errno::ENOTTY) => Ok(Ending::Signal(Signal::SIGHUP)),
        _ => Err(error.into()),
    }
}
