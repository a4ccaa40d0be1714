//! A pair of FIFOs: our own to sleep on, the far one to ring.
//!
//! One epoll instance watches both, and the channel's folder too ([`FolderWatch`]). So a caller's loop polls one
//! descriptor, which stays the same while far ends come and go.
//!
//! # How this differs from the design document
//! The design opens our own end `O_RDONLY`, and takes its hang-up as the sign that the other side died. That sign comes
//! only if the other side had already opened our doorbell, and each hang-up forces a new read end, because a FIFO stays
//! hung up. Here, our own end is `O_RDWR`, so it never hangs up and never reads as ended, and we watch the far end
//! instead: it reports `POLLERR` when the last process that had it open for reading is gone. That requires only that
//! the other side had opened its own doorbell, and it ends when we close the far end. The promise is the same: a dying
//! peer wakes a sleeper.
//!
//! <https://man7.org/linux/man-pages/man7/fifo.7.html>, <https://man7.org/linux/man-pages/man7/epoll.7.html>

use super::FolderWatch;
use crate::folder::FileId;
use log::debug;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::{read, write};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

const OWN: u64 = 0;
const FAR: u64 = 1;
const FOLDER: u64 = 2;

/// How many bytes are read at once when the doorbell is emptied. A sound peer rings once per sleep, so one byte is
/// usual; a flood costs one read per 512.
const EMPTY_AT_ONCE: usize = 512;

/// The doorbell that a process sleeps on, and the one that it rings.
#[derive(Debug)]
pub struct Doorbell {
    own: File,
    far: Option<File>,
    watch: Option<FolderWatch>,
    epoll: Epoll,
}

/// What was heard from the doorbell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Somebody rang.
    pub rung: bool,
    /// The far end's owner has gone; the far end is closed now.
    pub hung_up: bool,
    /// Something in the folder was removed, replaced or written to, or the folder itself moved.
    pub stirred: bool,
}

impl Doorbell {
    /// A doorbell on our own end, with the watch of the folder if there is one. [`connect`](Self::connect) adds the far end.
    pub fn new(own: File, watch: Option<FolderWatch>) -> Result<Self, Errno> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(&own, EpollEvent::new(EpollFlags::EPOLLIN, OWN))?;
        let watch = watch.filter(|watch| {
            let added = epoll.add(watch, EpollEvent::new(EpollFlags::EPOLLIN, FOLDER));
            added.inspect_err(|errno| debug!("the folder is not watched: {}", errno.desc())).is_ok()
        });
        Ok(Doorbell { own, far: None, watch, epoll })
    }

    /// The watch of the folder, if there is one.
    pub fn watch(&mut self) -> Option<&mut FolderWatch> {
        self.watch.as_mut()
    }

    /// Our own end. When we die, the other side hears it close.
    pub fn own_end(&self) -> BorrowedFd<'_> {
        self.own.as_fd()
    }

    /// Which file our own end is.
    pub fn own(&self) -> Result<FileId, Errno> {
        FileId::of(&self.own)
    }

    /// Sets the far end, in place of any older one.
    pub fn connect(&mut self, far: File) -> Result<(), Errno> {
        // No events requested: POLLERR is always reported.
        self.epoll.add(&far, EpollEvent::new(EpollFlags::empty(), FAR))?;
        // Closing the old one takes it out of the epoll set.
        self.far = Some(far);
        Ok(())
    }

    /// Drops the far end.
    pub fn disconnect(&mut self) {
        self.far = None;
    }

    /// Whether there is a far end to ring.
    pub fn is_connected(&self) -> bool {
        self.far.is_some()
    }

    /// Rings the other side; false if it is not there to hear. A full FIFO is ringing already.
    ///
    /// A dead reader shows as an error and not as SIGPIPE, because Rust's runtime ignores that signal. A program whose
    /// `main` is not Rust's must ignore it too.
    pub fn ring(&mut self, byte: u8) -> Result<bool, Errno> {
        let Some(far) = &self.far else { return Ok(false) };
        loop {
            return match write(far, &[byte]) {
                Ok(_) | Err(Errno::EAGAIN) => Ok(true),
                Err(Errno::EINTR) => continue,
                Err(Errno::EPIPE) => Ok(false),
                Err(errno) => Err(errno),
            };
        }
    }

    /// Sleeps until the doorbell rings, the far end hangs up, or `deadline` has passed; false in that last case. May
    /// also wake for nothing.
    pub fn sleep(&self, deadline: Option<Instant>) -> Result<bool, Errno> {
        let timeout = match deadline {
            None => EpollTimeout::NONE,
            Some(deadline) => {
                // Rounded up: waking early would make the caller spin through the last millisecond.
                let left = deadline.saturating_duration_since(Instant::now()).as_nanos().div_ceil(1_000_000);
                EpollTimeout::from(u16::try_from(left).unwrap_or(u16::MAX))
            }
        };
        match self.epoll.wait(&mut [EpollEvent::empty()], timeout) {
            Ok(0) => Ok(deadline.is_none_or(|deadline| Instant::now() < deadline)),
            Ok(_) | Err(Errno::EINTR) => Ok(true),
            Err(errno) => Err(errno),
        }
    }

    /// Empties the doorbell and says what was heard. Never blocks.
    pub fn listen(&mut self) -> Result<Heard, Errno> {
        let mut events = [EpollEvent::empty(); 3];
        let count = match self.epoll.wait(&mut events, EpollTimeout::ZERO) {
            Err(Errno::EINTR) => 0,
            other => other?,
        };
        let mut heard = Heard::default();
        for event in &events[..count] {
            match event.data() {
                FAR => heard.hung_up = true,
                FOLDER => heard.stirred = true,
                _ => heard.rung = true,
            }
        }
        if heard.rung {
            match read(&self.own, &mut [0; EMPTY_AT_ONCE]) {
                Ok(_) | Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        if heard.hung_up {
            self.disconnect();
        }
        if heard.stirred
            && let Some(watch) = &self.watch
        {
            watch.drain()?;
        }
        Ok(heard)
    }
}

impl AsFd for Doorbell {
    /// Readable when there is something to [`listen`](Self::listen) to.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.0.as_fd()
    }
}
