//! The channel while the user's editor has the terminal.
//!
//! ```text
//!   leave the screen ──▶ start the editor ──▶ exchange ──▶ poll: channel, signals, the editor's end ──▶ take it back
//!                                                ▲                     │
//!                                                └─────────────────────┘
//! ```
//!
//! The other side notices nothing: its messages are acknowledged as always while nobody looks at the screen, so its
//! lane does not fill up and it sees its ✓✓. Texts without room are sent when there is some. The terminal is not
//! touched. When the editor has ended, everything that arrived is on the screen, below a mark at what is new.
//!
//! Nothing ends while you are writing: neither a writer that quits nor a failed channel takes the editor away. Both are shown
//! afterwards, and by then we have the draft: it keeps the screen after a quit, and is printed after a failure.
//!
//! # Crash behaviour
//! What the model holds is acknowledged, but not drawn before the editor ends. If SIGKILL ends this process, you never see what
//! arrived in the meantime; `--transcript` has it, because that is written before the acknowledgement. SIGTERM and SIGHUP leave
//! the last messages on the terminal, as always.
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

/// Gives the terminal and the keys to the user's editor, and takes them back. Returns the signal that asked us to end in the
/// meantime.
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
    // Even if the terminal never reports the focus.
    update(&mut session.model, Event::Focus(false));
    let (Edited { draft, signal }, served) = match Editing::start(draft) {
        Ok(mut editing) => {
            let served = serve(session, &mut editing, screen, signals);
            (editing.finish(signals), served)
        }
        Err(why) => (Edited { draft: Err(why), signal: None }, Ok(())),
    };
    session.model.focus = focus;
    // First of all, so that it is not lost if anything fails from here on.
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
