//! A side of a real channel, stopped at the library's named points.

use super::control::Control;
use crate::original::watch::Watch;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use shmchat::internals::fault;
use shmchat::{Channel, ChannelName, Endpoint, Error, Interest, Role, TryRecvError};
use std::cell::Cell;
use std::io::stdin;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::exit;
use std::rc::Rc;

/// Attaches, sends or receives all there is, and quits. The library stops at each of `stops`; the calls between them are named
/// here, and stopped at too.
pub(super) fn run(
    role: Role,
    dir: &Path,
    messages: &[String],
    stops: &[String],
    mut control: Control,
) -> Result<(), Error> {
    // At the end it stops no more: what a quit does on its way out is not told line by line.
    let leaving = Rc::new(Cell::new(false));
    let at = |step: &str| {
        if stops.iter().any(|stop| stop == step) {
            Control::stop(step);
        }
    };
    let (points, is_leaving) = (stops.to_vec(), Rc::clone(&leaving));
    fault::watch(move |point| {
        if !is_leaving.get() && points.iter().any(|stop| stop == point.name()) {
            Control::stop(point.name());
        }
    });
    at("attach");
    let channel = Channel::named(ChannelName::default()).dir(dir).capacity(Channel::MIN_CAPACITY)?;
    let mut endpoint = channel.attach(role)?;
    let talk = match role {
        Role::Writer => send(&mut endpoint, messages, &mut control, &at),
        Role::Reader => receive(&mut endpoint, &mut control, &at),
    };
    if talk.is_ok() {
        at("quit");
    }
    leaving.set(true);
    talk.and_then(|()| endpoint.quit().map(drop))
}

fn send(endpoint: &mut Endpoint, messages: &[String], control: &mut Control, at: &impl Fn(&str)) -> Result<(), Error> {
    for message in messages {
        at("message");
        endpoint.send(message.as_bytes())?;
        control.sent(message.as_bytes());
    }
    Ok(())
}

fn receive(endpoint: &mut Endpoint, control: &mut Control, at: &impl Fn(&str)) -> Result<(), Error> {
    loop {
        at("look");
        match endpoint.try_recv() {
            Ok(message) => {
                Control::say("shown", message.bytes);
                at("shown");
                endpoint.receiver().acknowledge()?;
            }
            Err(TryRecvError::Empty) => {
                if endpoint.arm(Interest::MESSAGE)? {
                    control.may_wait("sleep");
                    sleep(endpoint);
                    endpoint.handle_wakeup()?;
                }
            }
            Err(TryRecvError::Quit) => return Ok(()),
            Err(TryRecvError::Channel(error)) => return Err(error),
        }
    }
}

/// Sleeps on the doorbell, and ends where the tour does.
fn sleep(endpoint: &Endpoint) {
    let stdin = stdin();
    loop {
        let mut fds =
            [PollFd::new(endpoint.as_fd(), PollFlags::POLLIN), PollFd::new(stdin.as_fd(), PollFlags::empty())];
        match poll(&mut fds, PollTimeout::NONE) {
            Err(Errno::EINTR) => continue,
            Err(_) => exit(0),
            Ok(_) => {}
        }
        let [bell, tour] = fds.map(|fd| fd.revents().is_some_and(|events| !events.is_empty()));
        if tour {
            exit(0);
        }
        if bell {
            return;
        }
    }
}
