//! A process that does what it is told, one order at a time, until it dies at the point that its environment names:
//! `crash_victim ROLE FOLDER`, or `crash_victim clean FOLDER` to clean up.
//!
//! An order is a line on its standard input: a word and numbers. It answers with a line for each message that it was
//! handed, at once, and with a line that begins with `=` when the order is done. So the walk knows of all that it did, and
//! its end is the end of its standard output.

use shmchat::internals::ring::record::Kind;
use shmchat::{
    Endpoint, Error, Message, Outgoing, Part, Presence, RecvError, RecvTimeoutError, Role, SendTimeoutError,
    TryRecvError, TrySendError,
};
use shmchat_tests::numbered::{CLEAN, channel, content, lines, number_of};
use std::io::{BufRead, Write, stdin, stdout};
use std::path::Path;
use std::time::{Duration, SystemTime};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, what, base] = &arguments[..] else { panic!("usage: crash_victim ROLE|{CLEAN} FOLDER") };
    live(what, Path::new(base));
}

fn say(line: std::fmt::Arguments<'_>) {
    // In one write: the process may die right after.
    let _ = stdout().write_all(format!("{line}\n").as_bytes());
    let _ = stdout().flush();
}

fn show(message: Message<'_>) {
    // A block's lines, or the message itself.
    let lines: Vec<_> = match message.envelope.kind {
        Kind::Lines => {
            message.bytes.split_inclusive(|&byte| byte == b'\n').map(|line| &line[..line.len() - 1]).collect()
        }
        _ => vec![message.bytes],
    };
    for line in lines {
        match number_of(line) {
            Some((_, number)) => say(format_args!("handed {number} {}", line.len())),
            None => say(format_args!("torn")),
        }
    }
}

fn live(what: &str, base: &Path) {
    // No core file, and no crash reporter that is handed one, however the machine is set up.
    let _ = nix::sys::prctl::set_dumpable(false);
    if what == CLEAN {
        let cleaned = channel(base).forget(true).expect("clean");
        return say(format_args!("= cleaned {}", cleaned.is_some()));
    }
    let role = if what == "writer" { Role::Writer } else { Role::Reader };
    let mut endpoint = channel(base).display_name(role.to_string()).attach(role).expect("attach");
    say(format_args!("= attached"));
    for order in stdin().lock().lines().map_while(Result::ok) {
        let mut words = order.split(' ');
        let order = words.next().unwrap_or_default();
        let mut number = || words.next().and_then(|word| word.parse::<usize>().ok()).unwrap_or_default();
        if order == "quit" {
            let report = endpoint.quit().expect("quit");
            return say(format_args!("= quit {}", report.removed));
        }
        let (first, count, length) = (number(), number(), number());
        let done = obey(&mut endpoint, order, first, count, length).expect("an order");
        say(format_args!("= {done}"));
    }
}

/// What a receiving call came to.
fn received<T>(came: Result<T, TryRecvError>) -> Result<&'static str, Error> {
    match came {
        Ok(_) => Ok("done"),
        Err(TryRecvError::Empty) => Ok("empty"),
        Err(TryRecvError::Quit) => Ok("ended"),
        Err(TryRecvError::Channel(error)) => Err(error),
    }
}

/// Carries out an order about `count` messages from number `first` on, of `length` bytes each.
fn obey(
    endpoint: &mut Endpoint,
    order: &str,
    first: usize,
    count: usize,
    length: usize,
) -> Result<&'static str, Error> {
    let role = endpoint.role();
    let message = |number| content(role, number, length);
    let done = match order {
        "stand-in" => endpoint.stand_in(Presence::Here).map(|()| "done")?,
        "send" => endpoint.send(&message(first)).map(|_| "done")?,
        // A wait whose time is over at once: it sleeps and wakes, and nobody else is needed.
        "send-now" => match endpoint.send_timeout(&message(first), Duration::ZERO) {
            Ok(_) => "done",
            Err(SendTimeoutError::Channel(error)) => return Err(error),
            Err(_) => "refused",
        },
        "send-in-place" => {
            let message = message(first);
            let mut room = endpoint.sender().reserve(message.len()..=message.len(), None)?;
            room.fill(&message);
            room.commit(message.len(), Kind::Bytes, Part::Whole, false);
            endpoint.sender().flush()?;
            "done"
        }
        "batch" => {
            let messages: Vec<_> = (first..first + count).map(message).collect();
            endpoint.sender().send_batch(&messages).map(|_| "done")?
        }
        "lines" => {
            let bytes = lines(role, first, count);
            let lines = Outgoing {
                kind: Kind::Lines,
                sent: Some(SystemTime::UNIX_EPOCH + Duration::from_nanos(1)),
                bytes: &bytes,
                part: Part::Whole,
                unterminated: false,
                from: None,
            };
            let enqueued = endpoint.sender().try_enqueue(&lines);
            endpoint.sender().flush()?;
            match enqueued {
                Ok(_) => "done",
                Err(TrySendError::Channel(error)) => return Err(error),
                Err(_) => "refused",
            }
        }
        "checkpoint-at" => {
            for number in first..first + count {
                endpoint.sender().try_enqueue(&message(number).as_slice().into()).expect("there is room");
            }
            endpoint.sender().flush_at(&[(first + count) as u64; 6])?;
            "done"
        }
        "receive" => received(endpoint.try_recv().map(show))?,
        "receive-all" => received(endpoint.receiver().try_recv_batch(usize::MAX, show))?,
        "receive-block" => received(endpoint.receiver().try_recv_blocks(1, show))?,
        "receive-in-place" => received(endpoint.receiver().try_recv_view().map(|view| {
            let mut bytes = Vec::new();
            view.copy_to(&mut bytes);
            show(Message { envelope: view.envelope, from: view.from, bytes: &bytes });
        }))?,
        "receive-now" => match endpoint.recv_timeout(Duration::ZERO).map(show) {
            Ok(()) => "done",
            Err(RecvTimeoutError::Timeout) => "empty",
            Err(RecvTimeoutError::Channel(error)) => return Err(error),
            Err(_) => "ended",
        },
        "wait" => match endpoint.recv().map(show) {
            Ok(()) => "done",
            Err(RecvError::Channel(error)) => return Err(error),
            Err(_) => "ended",
        },
        other => panic!("no order {other}"),
    };
    Ok(done)
}
