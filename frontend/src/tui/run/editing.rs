//! The channel while the user's editor has the terminal.
//!
//! ```text
//!   leave the screen ──▶ start the editor ──▶ exchange ──▶ poll: channel, signals, the editor's end ──▶ take it back
//!                                                ▲                     │
//!                                                └─────────────────────┘
//! ```
//!
//! The other side notices nothing: its messages are acknowledged by the rules that hold while nobody looks at the screen, so its
//! lane does not fill up and it sees its ✓✓; what found no room goes when there is some. Of the terminal nothing is
//! touched. When the editor has ended all that came is on the screen, below a mark at what is new.
//!
//! Nothing ends while one writes: neither a writer's quit nor a channel that failed takes the editor away. Both are shown
//! afterwards, and then the draft is already ours, so that it is printed and not lost.
//!
//! # Crash behaviour
//! Acknowledged is what the model holds, and it is not drawn before the editor ends. What came meanwhile is lost to the eye if
//! this process is killed by SIGKILL; `--transcript` has it, for that is written before it is acknowledged. SIGTERM and
//! SIGHUP leave the last messages on the terminal as ever.
use super::outcome::Error;
use super::session::{Exchanged, Session};
use crate::signals::Signals;
use crate::tui::editor::{Edited, Editing};
use crate::tui::event::Event;
use crate::tui::input_thread::InputThread;
use crate::tui::terminal::Screen;
use crate::tui::update::update;
use crate::tui::wait::{is_ready, wait};
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::signal::Signal;
use std::os::fd::AsFd;

/// Gives terminal and keys to the user's editor, and takes them back; the signal that asked us to end meanwhile.
pub(super) fn edit(
    session: &mut Session<'_>,
    draft: &str,
    screen: &mut Screen,
    input: &mut InputThread,
    signals: &Signals,
) -> Result<Option<Signal>, Error> {
    input.stop();
    screen.leave();
    let focus = session.model.focus;
    // Not even if the terminal never says who looks.
    update(&mut session.model, Event::Focus(false));
    let (Edited { draft, signal }, served) = match Editing::start(draft) {
        Ok(mut editing) => {
            let served = serve(session, &mut editing, screen, signals);
            (editing.finish(signals), served)
        }
        Err(why) => (Edited { draft: Err(why), signal: None }, Ok(())),
    };
    session.model.focus = focus;
    // First of all: it is not to be lost by what fails from here on.
    update(&mut session.model, Event::Edited(draft));
    served?;
    screen.resume()?;
    input.restart()?;
    session.update_size(screen)?;
    Ok(signal)
}

/// Serves the channel until the editor has ended.
fn serve(
    session: &mut Session<'_>,
    editing: &mut Editing,
    screen: &mut Screen,
    signals: &Signals,
) -> Result<(), Error> {
    loop {
        let more = session.exchange(screen)? == Exchanged::More;
        let timeout = if !more && session.arm()? { PollTimeout::NONE } else { PollTimeout::ZERO };
        let mut fds = [&editing.as_fd(), &signals.as_fd(), &session.endpoint.as_fd()]
            .map(|fd| PollFd::new(*fd, PollFlags::POLLIN));
        wait(&mut fds, timeout)?;
        let ended = is_ready(&fds[0]);
        session.endpoint.handle_wakeup()?;
        editing.heed(signals)?;
        if ended {
            return Ok(());
        }
    }
}
