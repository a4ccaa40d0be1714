//! What a person does: keys, a window of another size, an end.
//!
//! crossterm cannot be polled beside other descriptors, so a thread does nothing but read it: see the same in
//! `frontend/src/tui/input_thread.rs`.

use super::event::{Event as Told, Input};
use crate::tour::Key;
use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, poll, read};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::signal::{SigSet, Signal};
use std::io::{self, IsTerminal, stdin, stdout};
use std::os::fd::AsFd;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

/// How long crossterm gets to make an event from what can be read. With no time at all, it never returns one.
const PARSING: Duration = Duration::from_millis(1);

/// The tour is played on a terminal.
pub(super) fn check_terminal() -> io::Result<()> {
    if stdin().is_terminal() && stdout().is_terminal() {
        return Ok(());
    }
    Err(io::Error::other(
        "the tour is played on a terminal; for the original pair in a pipe: shmchat-tour original --help",
    ))
}

/// A thread waits for the signals that end the tour or change the window; all others that start later have them blocked.
pub(super) fn catch_signals(sender: Sender<Told>) -> io::Result<()> {
    let mut signals = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGWINCH] {
        signals.add(signal);
    }
    signals.thread_block()?;
    thread::Builder::new().spawn(move || {
        while let Ok(signal) = signals.wait() {
            let input = if signal == Signal::SIGWINCH { Input::Redraw } else { Input::End };
            if sender.send(Told::Input(input)).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

/// A thread reads the keys.
pub(super) fn read_keys(sender: Sender<Told>) -> io::Result<()> {
    thread::Builder::new().spawn(move || {
        loop {
            let input = match next() {
                Ok(Some(input)) => input,
                Ok(None) => continue,
                Err(error) => Input::Lost(error),
            };
            let is_last = matches!(input, Input::Lost(_));
            if sender.send(Told::Input(input)).is_err() || is_last {
                return;
            }
        }
    })?;
    Ok(())
}

fn next() -> io::Result<Option<Input>> {
    if !poll(PARSING)? {
        let stdin = stdin();
        let mut fds = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        match nix::poll::poll(&mut fds, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let gone = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
        // crossterm would not notice.
        if fds[0].revents().is_some_and(|events| events.intersects(gone)) {
            return Err(Errno::EIO.into());
        }
        return Ok(None);
    }
    Ok(match read()? {
        Event::Key(key) if key.kind == KeyEventKind::Release => None,
        Event::Key(key) => match key.code {
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Input::Key(Key::Interrupt)),
            KeyCode::Char(_) if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => None,
            KeyCode::Char(c) => Some(Input::Key(Key::Char(c))),
            KeyCode::Enter => Some(Input::Key(Key::Enter)),
            KeyCode::Esc => Some(Input::Key(Key::Escape)),
            _ => None,
        },
        Event::Resize(..) => Some(Input::Redraw),
        _ => None,
    })
}
