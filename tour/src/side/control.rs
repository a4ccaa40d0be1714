//! The line between a side and the tour.

use crate::original::watch::Watch;
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{getppid, read};
use std::io::{self, Write, stdin, stdout};
use std::process::exit;

/// The side's end.
#[derive(Debug)]
pub(super) struct Control(());

impl Control {
    /// From here on this process dies with the tour: the kernel kills it when the tour's thread ends, and it ends by itself
    /// where it finds its standard input closed.
    pub(super) fn new(parent: i32) -> Self {
        let _ = prctl::set_pdeathsig(Signal::SIGKILL);
        if getppid().as_raw() != parent {
            exit(0);
        }
        // The tour's own mask, which a child inherits.
        let _ = SigSet::all().thread_unblock();
        std::panic::set_hook(Box::new(|panic| {
            let why = panic.payload_as_str().unwrap_or_default();
            Control::say("failed", format!("it panicked: {why}").as_bytes());
        }));
        Control(())
    }

    /// Says something in one write. Line feeds become spaces, and other control characters dots.
    pub(super) fn say(word: &str, text: &[u8]) {
        let text = String::from_utf8_lossy(text).replace('\n', " ");
        let text: String = text.chars().map(|c| if c.is_control() { '·' } else { c }).collect();
        let mut out = stdout().lock();
        let said = out.write_all(format!("{word} {text}\n").as_bytes()).and_then(|()| out.flush());
        if said.is_err() {
            exit(0);
        }
    }

    /// Stops until the tour lets it go on.
    pub(super) fn stop(step: &str) {
        Control::say("at", step.as_bytes());
        loop {
            match read(stdin(), &mut [0; 1]) {
                Ok(1..) => return,
                Err(nix::errno::Errno::EINTR) => {}
                // The tour has ended.
                _ => exit(0),
            }
        }
    }
}

impl Watch for Control {
    fn before(&mut self, step: &str) {
        Control::stop(step);
    }

    fn may_wait(&mut self, step: &str) {
        Control::say("in", step.as_bytes());
    }

    fn sent(&mut self, line: &[u8]) {
        Control::say("sent", line);
    }

    fn shown(&mut self, text: &[u8]) -> io::Result<()> {
        Control::say("shown", text);
        Ok(())
    }
}
