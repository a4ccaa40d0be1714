//! Standard output, written without blocking; and how much of it has been taken.
//!
//! What lies in a pipe is not read yet: if its reader is `head`, it never will be. The kernel says how much that is
//! (`FIONREAD`, also at the end that we write to, and also after the reader has gone).
//! <https://man7.org/linux/man-pages/man2/FIONREAD.2const.html>

use super::error::Error;
use super::nonblocking::{NonBlocking, Wrote};
use super::outcome::PipeOutcome;
use super::poll::{is_awake, look, sleep};
use super::stdio::{PIPE, resize_pipe};
use crate::signals::Signals;
use nix::poll::{PollFd, PollFlags};
use rustix::io::ioctl_fionread;
use shmchat::Span;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

/// How much the reader of a pipe has to take before we enlarge the pipe: more than `head` and the like read ahead. Until then
/// the pipe has its default size, so that little lies in it if its reader stops.
const PROVEN: u64 = 4 << 20;

/// Of the capacity of a lane, this part may lie in the pipe, because it keeps its room in the lane until it is taken. The
/// default lane is somewhat slower for it (lines to `cat` 2.6 GB/s instead of 2.8, raw bytes 3.2 instead of 3.5); one of
/// 64 KiB moves lines to `cat` at 0.45 of the speed that it has with a large pipe.
const OF_LANE: u64 = 4;

/// Standard output, or another descriptor in its place.
#[derive(Debug)]
pub(super) struct Output<'a> {
    fd: BorrowedFd<'a>,
    signals: &'a Signals,
    sink: NonBlocking<'a>,
    /// Bytes written so far.
    written: u64,
    /// Whether it is a pipe.
    is_pipe: bool,
    /// The size to give the pipe once its reader has proven to go on.
    enlarge_to: Option<u64>,
}

impl<'a> Output<'a> {
    /// Writes to `fd` what comes from a lane of `capacity` bytes.
    pub(super) fn new(fd: BorrowedFd<'a>, signals: &'a Signals, capacity: u64) -> Self {
        let sink = NonBlocking::of(fd);
        let is_pipe = sink.is_pipe();
        let most = capacity / OF_LANE;
        if is_pipe {
            resize_pipe(fd, |bytes| bytes > most, most);
        }
        Output { fd, signals, sink, written: 0, is_pipe, enlarge_to: is_pipe.then_some(most.min(PIPE)) }
    }

    /// Whether it is a pipe, in which what was written may lie for a while.
    pub(super) fn is_pipe(&self) -> bool {
        self.is_pipe
    }

    /// How many of the bytes written so far have been taken. A file or a terminal takes them at once. If others write to the
    /// same pipe, what lies there may be theirs, so the answer may be too small.
    pub(super) fn taken(&mut self) -> u64 {
        if !self.is_pipe {
            return self.written;
        }
        let lies_there = ioctl_fionread(self.fd).unwrap_or_default();
        let taken = self.written.saturating_sub(lies_there);
        if taken >= PROVEN
            && let Some(size) = self.enlarge_to.take()
        {
            resize_pipe(self.fd, |bytes| bytes < size, size);
        }
        taken
    }

    /// The descriptor, to be polled.
    pub(super) fn as_fd(&self) -> BorrowedFd<'a> {
        self.fd
    }

    /// Whether whoever read it has gone.
    pub(super) fn is_closed(&self) -> Result<bool, Error> {
        // No events requested: `poll` always reports that.
        let mut fds = [PollFd::new(self.fd, PollFlags::empty())];
        look(&mut fds)?;
        Ok(is_awake(&fds[0]))
    }

    /// How many bytes have been written so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Writes all of it, unless its reader leaves or a signal arrives.
    pub(super) fn write_all(&mut self, span: Span<'_>) -> Result<Option<PipeOutcome>, Error> {
        let mut done = 0;
        while done < span.len() {
            let mut fds =
                [PollFd::new(self.signals.as_fd(), PollFlags::POLLIN), PollFd::new(self.fd, PollFlags::POLLOUT)];
            sleep(&mut fds, None, Instant::now())?;
            let [signal, writable] = fds.map(|fd| is_awake(&fd));
            if signal && let Some(signal) = self.signals.take() {
                return Ok(Some(PipeOutcome::Signal(signal)));
            }
            if !writable {
                continue;
            }
            match self.sink.write(span.cut(done..span.len())) {
                Ok(Wrote::Bytes(bytes)) => {
                    done += bytes;
                    self.written += bytes as u64;
                }
                Ok(Wrote::NotNow) => {}
                Ok(Wrote::Closed) => return Ok(Some(PipeOutcome::OutputClosed)),
                Err(errno) => return Err(Error::System { doing: "write standard output", errno }),
            }
        }
        Ok(None)
    }
}
