//! The input thread: reads the terminal's events and hands them over. It does nothing else.
//!
//! crossterm cannot be polled together with other file descriptors without losing typed-ahead input or blocking on half
//! a paste. So one thread does nothing but read it, and the loop polls an eventfd
//! (<https://man7.org/linux/man-pages/man2/eventfd.2.html>) that the thread writes to.
//!
//! The thread sleeps in a `poll` of its own, on the terminal and on an eventfd that stops it: an editor that gets the
//! terminal must get all its input. Once there is something to read, the thread asks crossterm until nothing more comes
//! for [`PARSING`].
//!
//! While the thread runs, it holds crossterm's reader. Nothing else in the process may ask crossterm for events or for the
//! position of the cursor: it would wait two seconds and fail.
//!
//! Nothing is lost and nobody waits for ever: the thread hands an event over *before* it writes to the eventfd, and
//! [`InputThread::drain`] empties the eventfd *before* it takes events. If a drain just misses an event, the wake-up
//! for it is still to come. When [`WAITING_MAX`] events are waiting, the thread blocks until the next drain; the
//! eventfd is readable then, so a drain follows.
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, poll, read};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};

use super::wait::wait;

/// At most this many events wait; a paste is one. That is more than a person types while a frame is drawn, and 40 KiB.
const WAITING_MAX: usize = 1024;

/// How long crossterm gets to make an event from what can be read. With no time at all, it never returns one.
const PARSING: Duration = Duration::from_millis(1);

/// The receiving end of the input thread.
#[derive(Debug)]
pub struct InputThread {
    events: Receiver<io::Result<TerminalEvent>>,
    wake: Arc<EventFd>,
    /// An error that came after events that had to be handed over first.
    ended: Option<io::Error>,
    /// Tells the thread to end.
    stop: Arc<EventFd>,
    thread: Option<JoinHandle<()>>,
    /// What the thread had read when it was stopped.
    held: VecDeque<io::Result<TerminalEvent>>,
}

impl InputThread {
    /// Starts the thread. It ends with the process, after a read error, or by [`stop`](Self::stop).
    pub fn start() -> io::Result<InputThread> {
        InputThread::start_with(next_event)
    }

    fn start_with(
        mut read: impl FnMut(&EventFd) -> io::Result<Option<TerminalEvent>> + Send + 'static,
    ) -> io::Result<InputThread> {
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        let wake = Arc::new(EventFd::from_flags(flags)?);
        let stop = Arc::new(EventFd::from_flags(flags)?);
        let stopped = Arc::clone(&stop);
        let (sender, events) = sync_channel(WAITING_MAX);
        let waker = Waker(Arc::clone(&wake));
        let thread = thread::Builder::new().name("input".to_owned()).spawn(move || {
            // Bound here, before the sender moves in, so that it wakes the loop after the sender is gone.
            let waker = waker;
            hand_over(|| read(&stopped), sender, &waker);
        })?;
        Ok(InputThread { events, wake, ended: None, stop, thread: Some(thread), held: VecDeque::new() })
    }

    /// Ends the thread, and waits until it no longer reads. What it has read is kept.
    pub fn stop(&mut self) {
        _ = self.stop.write(1);
        // All of them, because the thread may be waiting for room to hand one over.
        self.held.extend(self.events.iter());
        // It may have panicked; then it does not read any more either.
        _ = self.thread.take().map(JoinHandle::join);
    }

    /// Restarts the thread after a [`stop`](Self::stop).
    pub fn restart(&mut self) -> io::Result<()> {
        let again = InputThread::start()?;
        let held = std::mem::replace(self, again).held;
        _ = self.wake.write(u64::from(!held.is_empty()));
        self.held = held;
        Ok(())
    }

    /// Takes what is waiting, without blocking: at most 1,024 events.
    ///
    /// # Errors
    /// Once the thread has ended: first the error that ended it, then an error each time.
    pub fn drain(&mut self) -> io::Result<Vec<TerminalEvent>> {
        // It may be empty already.
        _ = self.wake.read();
        let mut drained = Vec::new();
        while self.ended.is_none() && drained.len() < WAITING_MAX {
            let next = self.held.pop_front().map_or_else(|| self.events.try_recv(), Ok);
            match next {
                Ok(Ok(event)) => drained.push(event),
                Ok(Err(error)) => self.ended = Some(error),
                Err(TryRecvError::Empty) => return Ok(drained),
                Err(TryRecvError::Disconnected) => {
                    self.ended = Some(io::Error::other("the input thread has ended"));
                }
            }
        }
        // There may be more, or an error: come back for it.
        _ = self.wake.write(1);
        match self.ended.take() {
            Some(error) if drained.is_empty() => Err(error),
            ended => {
                self.ended = ended;
                Ok(drained)
            }
        }
    }
}

impl AsFd for InputThread {
    /// Readable when [`Self::drain`] has something to give.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

/// Wakes the loop when the thread ends, however it ends.
struct Waker(Arc<EventFd>);

impl Waker {
    fn wake(&self) {
        // It fails only if it is readable already, after 2^64 - 2 wake-ups.
        _ = self.0.write(1);
    }
}

impl Drop for Waker {
    fn drop(&mut self) {
        self.wake();
    }
}

/// Sleeps until the terminal has an event; `None` when stopped.
fn next_event(stop: &EventFd) -> io::Result<Option<TerminalEvent>> {
    let terminal = io::stdin();
    loop {
        // First, what crossterm has already read.
        if poll(PARSING)? {
            return read().map(Some);
        }
        let mut fds = [PollFd::new(terminal.as_fd(), PollFlags::POLLIN), PollFd::new(stop.as_fd(), PollFlags::POLLIN)];
        wait(&mut fds, PollTimeout::NONE)?;
        let [terminal, stop] = fds.map(|fd| fd.revents().unwrap_or(PollFlags::empty()));
        if !stop.is_empty() {
            return Ok(None);
        }
        // The terminal is gone, which crossterm would not notice.
        if terminal.intersects(PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL) {
            return Err(Errno::EIO.into());
        }
    }
}

fn hand_over(
    mut read: impl FnMut() -> io::Result<Option<TerminalEvent>>,
    sender: SyncSender<io::Result<TerminalEvent>>,
    waker: &Waker,
) {
    while let Some(event) = read().transpose() {
        let last = event.is_err();
        if sender.send(event).is_err() || last {
            return;
        }
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use nix::poll::poll;

    fn key(c: char) -> TerminalEvent {
        TerminalEvent::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))
    }

    /// Gives so many events as fast as they are taken, then fails.
    fn flood(events: usize) -> impl FnMut(&EventFd) -> io::Result<Option<TerminalEvent>> + Send {
        let mut left = events;
        move |_| match left.checked_sub(1) {
            Some(less) => {
                left = less;
                Ok(Some(TerminalEvent::Resize(u16::try_from(less % 1000).unwrap(), 1)))
            }
            None => Err(io::Error::other("the terminal is gone")),
        }
    }

    /// Sleeps in poll until the wake descriptor is readable; false after ten seconds.
    fn is_woken(input: &InputThread) -> bool {
        let mut fds = [PollFd::new(input.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::from(10_000u16)).unwrap() == 1
    }

    #[test]
    fn more_events_than_may_wait_arrive_all_and_in_order_and_then_the_error() {
        const EVENTS: usize = 20 * WAITING_MAX + 7;
        let mut input = InputThread::start_with(flood(EVENTS)).unwrap();
        let mut came = Vec::new();
        let error = loop {
            assert!(is_woken(&input), "no wake after {} events", came.len());
            match input.drain() {
                Ok(events) => came.extend(events),
                Err(error) => break error,
            }
        };
        let nobody = EventFd::new().unwrap();
        let mut expected = flood(EVENTS);
        assert_eq!(came.len(), EVENTS);
        assert!(came.into_iter().all(|event| Some(event) == expected(&nobody).unwrap()));
        assert_eq!(error.to_string(), "the terminal is gone");
    }

    #[test]
    fn after_its_end_every_drain_says_so() {
        let mut input = InputThread::start_with(flood(0)).unwrap();
        while input.drain().is_ok() {
            assert!(is_woken(&input));
        }
        assert_eq!(input.drain().unwrap_err().to_string(), "the input thread has ended");
        assert!(is_woken(&input));
    }

    #[test]
    fn a_reader_that_panics_wakes_the_loop_and_ends_it() {
        let mut input = InputThread::start_with(|_| std::panic::panic_any("on purpose")).unwrap();
        assert!(is_woken(&input));
        assert!(input.drain().is_err());
    }

    #[test]
    fn no_events_no_wake() {
        let (sender, receiver) = std::sync::mpsc::channel::<TerminalEvent>();
        let mut input = InputThread::start_with(move |_| receiver.recv().map(Some).map_err(io::Error::other)).unwrap();
        assert_eq!(input.drain().unwrap(), []);
        let mut fds = [PollFd::new(input.as_fd(), PollFlags::POLLIN)];
        assert_eq!(poll(&mut fds, PollTimeout::ZERO).unwrap(), 0);
        sender.send(key('a')).unwrap();
        assert!(is_woken(&input));
        assert_eq!(input.drain().unwrap(), [key('a')]);
    }

    #[test]
    fn a_thread_that_is_stopped_reads_no_more_and_what_it_had_read_is_kept() {
        let mut flood = flood(usize::MAX);
        let (sender, reads) = std::sync::mpsc::channel();
        let mut input = InputThread::start_with(move |stop| {
            if stop.read().is_ok() {
                return Ok(None);
            }
            sender.send(()).unwrap();
            flood(stop)
        })
        .unwrap();
        // One more than may wait: it cannot hand that over before someone takes one.
        let read = reads.iter().take(WAITING_MAX + 1).count();
        let (stopped, done) = std::sync::mpsc::channel();
        thread::spawn(move || {
            input.stop();
            stopped.send(input).unwrap();
        });
        let mut input = done.recv_timeout(Duration::from_secs(60)).expect("it ends, and is not waited for in vain");
        let read = read + reads.iter().count();
        assert_eq!(input.held.len(), read);
        let mut kept = 0;
        while kept < read {
            kept += input.drain().unwrap().len();
        }
        assert!(input.drain().is_err());
    }
}
