//! The two ends that the kill loop kills: a writer of numbered messages that takes numbered replies, and the reader, which does
//! the same the other way round.
//!
//! Each is this test program, started anew with a test that is ignored otherwise, so that it needs no program of its own.

use super::ledger::{BATCH, Check, Ledger, Word};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use shmchat::{Channel, ChannelName, Endpoint, Interest, Outgoing, Role, TryRecvError, TrySendError};
use shmchat_tests::noted::{Messages, mix};
use shmchat_tests::spawn;
use std::env;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What a victim is told.
const ROLE: &str = "SHMCHAT_VICTIM_ROLE";
const CHANNELS: &str = "SHMCHAT_VICTIM_DIR";
const LEDGERS: &str = "SHMCHAT_VICTIM_LEDGERS";

/// How long a victim sleeps at the most before it looks whether it is to finish, in milliseconds.
const LOOK: u16 = 20;

/// A victim; killed when dropped.
#[derive(Debug)]
pub(crate) struct Victim(Child);

impl Victim {
    /// Starts the one in this role. The ledgers are files in `ledgers`.
    pub(crate) fn start(role: Role, channels: &Path, ledgers: &Path) -> Self {
        let mut command = Command::new(env::current_exe().expect("a test knows its own path"));
        command.args(["--exact", "kill_loop::victim::is_killed", "--ignored", "--nocapture"]);
        command.env(ROLE, role.to_string()).env(CHANNELS, channels).env(LEDGERS, ledgers);
        let child = spawn(command.stdin(Stdio::null()).stdout(Stdio::null()));
        Victim(child.expect("start a victim"))
    }

    /// Kills it; whether it lived until then. One that had ended by itself has met an error, and has said which.
    pub(crate) fn kill(&mut self) -> bool {
        let _ = self.0.kill();
        self.0.wait().expect("wait").signal() == Some(Signal::SIGKILL as i32)
    }

    /// Whether it has ended, and then whether well.
    pub(crate) fn ended(&mut self) -> Option<bool> {
        self.0.try_wait().expect("wait").map(|status| status.success())
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where one way's ledger lies.
pub(crate) fn ledger(ledgers: &Path, sender: Role) -> Ledger {
    Ledger::open(&ledgers.join(format!("of-{sender}")))
}

#[test]
#[ignore = "the kill loop starts it"]
fn is_killed() {
    let Ok(role) = env::var(ROLE) else { return };
    let [channels, ledgers] = [CHANNELS, LEDGERS].map(|name| env::var_os(name).expect("a victim is told"));
    let role = if role == Role::Writer.to_string() { Role::Writer } else { Role::Reader };
    let (own, others) = (ledger(ledgers.as_ref(), role), ledger(ledgers.as_ref(), role.other()));
    let channel = Channel::named(ChannelName::default()).dir(Path::new(&channels));
    let mut endpoint = channel.attach(role).expect("attach");
    let mut sending = Sending::new(&own);
    let mut check = Check::new(&others);
    let messages = Messages::default();
    loop {
        let has_quit = take(&mut endpoint, &messages, &mut check, &others);
        let is_full = sending.send(&mut endpoint, &messages);
        if has_quit || own.get(Word::Quit) == 1 {
            break;
        }
        let interest = Interest { message: true, room: is_full, ..Interest::NOTHING };
        if (is_full || sending.is_over) && endpoint.arm(interest).expect("arm") {
            poll(&mut [PollFd::new(endpoint.as_fd(), PollFlags::POLLIN)], PollTimeout::from(LOOK)).expect("poll");
            endpoint.handle_wakeup().expect("attend");
        }
    }
    endpoint.quit().expect("quit");
}

/// Takes what there is; whether the other side has quit.
fn take(endpoint: &mut Endpoint, messages: &Messages, check: &mut Check<'_>, ledger: &Ledger) -> bool {
    // Not more than so many, so that both ways go on.
    for _ in 0..64 {
        match endpoint.try_recv() {
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Quit) => return true,
            received => {
                let received = received.expect("receive");
                ledger.add(Word::Bytes, received.bytes.len() as u64);
                let parts = received.bytes.split_first_chunk().map(|(life, rest)| (life, messages.number(rest)));
                match parts {
                    Some((life, Some(number))) => check.see(u64::from_le_bytes(*life), number),
                    _ => ledger.add(Word::Torn, 1),
                }
            }
        }
    }
    false
}

/// One life of a sender.
struct Sending<'l> {
    ledger: &'l Ledger,
    life: u64,
    is_over: bool,
    bytes: Vec<u8>,
}

impl<'l> Sending<'l> {
    fn new(ledger: &'l Ledger) -> Self {
        ledger.add(Word::Lives, 1);
        Sending { ledger, life: ledger.get(Word::Lives), is_over: false, bytes: Vec::new() }
    }

    /// Sends a batch of one to eight; whether the lane is full.
    fn send(&mut self, endpoint: &mut Endpoint, messages: &Messages) -> bool {
        if self.ledger.get(Word::Finish) == 1 {
            self.is_over = true;
            self.ledger.set(Word::Finished, 1);
            return false;
        }
        let first = self.ledger.get(Word::Accepted);
        let mut number = first;
        let mut is_full = false;
        while number <= first + mix(first) % BATCH {
            messages.get(number, &mut self.bytes);
            self.bytes.splice(0..0, self.life.to_le_bytes());
            match endpoint.sender().try_enqueue(&Outgoing::from(&self.bytes)) {
                Err(TrySendError::Full) => {
                    is_full = true;
                    break;
                }
                enqueued => enqueued.map(drop).expect("enqueue"),
            }
            number += 1;
        }
        endpoint.sender().flush().expect("flush");
        self.ledger.set(Word::Accepted, number);
        is_full
    }
}
