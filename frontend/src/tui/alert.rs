//! Alerts: what arrives while nobody is looking, told by a bell, the terminal, or a command (`--bell`, `--notify CMD`).
//!
//! ```text
//!   Effect::Alert ──▶ Alerter ──┬─▶ --bell: BEL, once for everything that arrived together
//!                               │
//!                               └─▶ at most once in [`EVERY`] ──┬─▶ --bell: OSC 9 or 777, where it is known
//!                                                               └─▶ --notify: a thread ──▶ sh -c CMD
//! ```
//!
//! The command runs in a thread that waits for its end, so that neither a slow start nor a slow command stops the
//! screen, and no zombie is left. There is never more than one. It has no terminal: its input and output are
//! `/dev/null`, and it is in a process group of its own, so Ctrl-C and Ctrl-Z are not for it. A command that fails is
//! reported in the transcript, once.
//!
//! Text from the other side goes into the command's environment, never into its words, so no quoting can go wrong here.
//!
//! # Crash behaviour
//! A command that is running when we end goes on, and the system reaps it. One that is being started is started first: the
//! message may have come together with the quit that ends us.
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::event::Alert;
use super::terminal::Screen;

/// Notifications come at most once in this time; those that would come sooner are left out. A bell needs no limit: it has
/// nothing to read.
const EVERY: Duration = Duration::from_secs(2);

/// Tells about alerts.
#[derive(Debug)]
pub(super) struct Alerter {
    channel: String,
    bell: bool,
    command: Option<Arc<Notify>>,
    last: Option<Instant>,
    /// Disconnected once the command that was started last runs, or cannot.
    starting: Option<mpsc::Receiver<()>>,
}

/// The command, and what became of it.
#[derive(Debug)]
struct Notify {
    command: String,
    running: AtomicBool,
    failure: Mutex<Option<String>>,
    /// A failure was noted. It is said once, not for each message.
    has_failed: AtomicBool,
}

impl Alerter {
    /// For a channel; with a bell, a command, both or neither.
    pub(super) fn new(channel: &str, bell: bool, command: Option<&str>) -> Self {
        let command = command.filter(|command| !command.trim().is_empty()).map(|command| {
            Arc::new(Notify {
                command: command.to_owned(),
                running: AtomicBool::new(false),
                failure: Mutex::new(None),
                has_failed: AtomicBool::new(false),
            })
        });
        Alerter { channel: channel.to_owned(), bell, command, last: None, starting: None }
    }

    /// Whether anything is to be told.
    pub(super) fn is_on(&self) -> bool {
        self.bell || self.command.is_some()
    }

    /// Tells about an alert.
    pub(super) fn tell(&mut self, alert: Alert, screen: &mut Screen) -> io::Result<()> {
        if self.bell {
            screen.beep()?;
        }
        if !self.is_due(Instant::now()) {
            return Ok(());
        }
        if self.bell {
            screen.notify(&format!("shmchat · {}", self.channel), &format!("{}: {}", alert.from, alert.text))?;
        }
        if let Some(notify) = &self.command {
            self.starting = Notify::start(notify, &self.channel, alert).or(self.starting.take());
        }
        Ok(())
    }

    /// Waits until the command that was told to start has begun, so that this process may end. Does not wait for its end.
    pub(super) fn finish(&mut self) {
        if let Some(starting) = self.starting.take() {
            // Nothing is ever sent.
            let _ = starting.recv();
        }
    }

    /// Why the command failed, if it did and that was not said before.
    pub(super) fn failure(&self) -> Option<String> {
        self.command.as_ref()?.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether a notification may come now; if so, it counts.
    fn is_due(&mut self, now: Instant) -> bool {
        let due = self.last.is_none_or(|last| now.saturating_duration_since(last) >= EVERY);
        if due {
            self.last = Some(now);
        }
        due
    }
}

impl Notify {
    /// Runs the command in a thread, unless it is still running. What is returned is disconnected once it has begun.
    fn start(this: &Arc<Notify>, channel: &str, alert: Alert) -> Option<mpsc::Receiver<()>> {
        if this.running.swap(true, Ordering::SeqCst) {
            return None;
        }
        let (notify, channel) = (Arc::clone(this), channel.to_owned());
        let (begun, starting) = mpsc::channel::<()>();
        let run = move || {
            let failed = notify.run(&channel, &alert, || drop(begun)).err();
            notify.note(failed);
            notify.running.store(false, Ordering::SeqCst);
        };
        if let Err(error) = thread::Builder::new().name("notify".to_owned()).spawn(run) {
            this.note(Some(error.to_string()));
            this.running.store(false, Ordering::SeqCst);
        }
        Some(starting)
    }

    /// Runs the command to its end. `begun` is called once it runs, or cannot.
    fn run(&self, channel: &str, alert: &Alert, begun: impl FnOnce()) -> Result<(), String> {
        let mut command = Command::new("sh");
        command
            .args(["-c", &self.command])
            .env("SHMCHAT_CHANNEL", channel)
            .env("SHMCHAT_FROM", &alert.from)
            .env("SHMCHAT_TEXT", &alert.text)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        let child = command.spawn();
        begun();
        match child.and_then(|mut child| child.wait()) {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("the command ended with {status}: {}", self.command)),
            Err(error) => Err(format!("cannot run sh: {error}")),
        }
    }

    fn note(&self, failed: Option<String>) {
        if let Some(why) = failed
            && !self.has_failed.swap(true, Ordering::SeqCst)
        {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(format!("--notify: {why}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notifications_come_at_most_once_in_two_seconds() {
        let mut alerter = Alerter::new("lobby", false, None);
        let start = Instant::now();
        let mut due = |milliseconds| alerter.is_due(start + Duration::from_millis(milliseconds));
        assert_eq!([0, 1, 1_999].map(&mut due), [true, false, false]);
        // A stream of messages is told about again and again, not only once.
        assert_eq!([2_000, 2_001, 3_999, 4_000].map(&mut due), [true, false, false, true]);
    }

    #[test]
    fn an_empty_command_is_none() {
        assert!(!Alerter::new("lobby", false, Some("  ")).is_on());
        assert!(Alerter::new("lobby", false, Some("true")).is_on());
        assert!(Alerter::new("lobby", true, None).is_on());
    }

    #[test]
    fn a_command_that_still_runs_is_not_started_again() {
        let alerter = Alerter::new("lobby", false, Some("true"));
        let notify = alerter.command.as_ref().unwrap();
        notify.running.store(true, Ordering::SeqCst);
        assert!(Notify::start(notify, "lobby", Alert { from: "alice".into(), text: "hi".into() }).is_none());
        assert_eq!(Arc::strong_count(notify), 1, "no thread has it");
    }

    #[test]
    fn whoever_ends_waits_until_a_command_has_begun_and_no_longer() {
        let mut alerter = Alerter::new("lobby", false, None);
        let (begun, starting) = mpsc::channel();
        alerter.starting = Some(starting);
        let has_begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&has_begun);
        let start = thread::spawn(move || {
            begins.store(true, Ordering::SeqCst);
            drop(begun);
        });
        alerter.finish();
        assert!(has_begun.load(Ordering::SeqCst));
        start.join().unwrap();
        // There is nothing more to wait for. Nor is there if a command cannot be run: here for a NUL in its environment.
        alerter.finish();
        let notify = Arc::new(Notify {
            command: "true".to_owned(),
            running: AtomicBool::new(false),
            failure: Mutex::new(None),
            has_failed: AtomicBool::new(false),
        });
        alerter.starting = Notify::start(&notify, "a\0b", Alert { from: String::new(), text: String::new() });
        alerter.finish();
    }

    #[test]
    fn a_failure_is_said_once() {
        let alerter = Alerter::new("lobby", false, Some("exit 3"));
        let notify = alerter.command.as_ref().unwrap();
        let alert = Alert { from: "alice".into(), text: "hi".into() };
        for said in [Some("--notify: the command ended with exit status: 3: exit 3"), None, None] {
            notify.note(notify.run("lobby", &alert, || {}).err());
            assert_eq!(alerter.failure().as_deref(), said);
        }
    }
}
