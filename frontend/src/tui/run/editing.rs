//! The channel while the user's editor has the terminal.
//!
//! ```text
//!   leave the screen ──▶ start the editor ──▶ exchange ──▶ poll: channel, signals, the editor's end ──▶ take it back
//!                                                ▲                     │
//!                                                └─────────────────────┘
//! ```
//!
//! The other side notices nothing: its messages are taken by the rules that hold while nobody looks at the screen, so its
//! lane does not fill up and it sees its ✓✓; what found no room goes when there is some. Of the terminal nothing is
//! touched. When the editor has ended all that came is on the screen, below a mark at what is new.
//!
//! Nothing ends while one writes: neither a writer's quit nor a channel that failed takes the editor away. Both are told
//! afterwards, and then the draft is already ours, so that it is printed and not lost.
//!
//! # Crash behaviour
//! Taken is what the model holds, and it is not drawn before the editor ends. What came meanwhile is lost to the eye if
//! this process is killed by SIGKILL; `--transcript` has it, for that is written before it counts as taken. SIGTERM and
//! SIGHUP leave the last messages on the terminal as ever.
use super::{Error, Session};
use crate::signals::Signals;
use crate::tui::editor::{Edited, Editing, has_come};
use crate::tui::{Event, Keys, Screen, update};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use shmchat::channel::Received;
use std::io;
use std::os::fd::AsFd;

impl Session<'_> {
    /// Gives terminal and keys to the user's editor, and takes them back; the signal that asked us to end meanwhile.
    pub(super) fn edit(
        &mut self,
        draft: &str,
        screen: &mut Screen,
        keys: &mut Keys,
        signals: &Signals,
    ) -> Result<Option<Signal>, Error> {
        keys.stop();
        screen.leave();
        let focus = self.model.focus;
        // Not even if the terminal never says who looks.
        update(&mut self.model, Event::Focus(false));
        let (Edited { draft, signal }, served) = match Editing::start(draft) {
            Ok(mut editing) => {
                let served = self.serve(&mut editing, screen, signals);
                (editing.finish(signals), served)
            }
            Err(why) => (Edited { draft: Err(why), signal: None }, Ok(())),
        };
        self.model.focus = focus;
        // First of all: it is not to be lost by what fails from here on.
        update(&mut self.model, Event::Edited(draft));
        served?;
        screen.resume()?;
        keys.restart()?;
        self.look_at_size(screen)?;
        Ok(signal)
    }

    /// Serves the channel until the editor has ended.
    fn serve(&mut self, editing: &mut Editing, screen: &mut Screen, signals: &Signals) -> Result<(), Error> {
        loop {
            let more = matches!(self.exchange(screen)?, Received::Message(_));
            let timeout = if !more && self.arm()? { PollTimeout::NONE } else { PollTimeout::ZERO };
            let mut fds = [&editing.as_fd(), &signals.as_fd(), &self.endpoint.as_fd()]
                .map(|fd| PollFd::new(*fd, PollFlags::POLLIN));
            match poll(&mut fds, timeout) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(io::Error::from(errno).into()),
            }
            let ended = has_come(&fds[0]);
            self.endpoint.attend()?;
            editing.heed(signals)?;
            if ended {
                return Ok(());
            }
        }
    }
}
