//! A writer or reader of numbered messages that is to be killed, or has met an error: `kill_victim ROLE FOLDER NOTES`.
//!
//! Once it has attached it says so by a byte on standard output. All else that it does it notes in the segment NOTES.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use shmchat::inspect::Location;
use shmchat::inspect::SegmentId;
use shmchat::internals::ring::record::Kind;
use shmchat::{Channel, ChannelName, Endpoint, Interest, Outgoing, Part, RecvError, Role, TrySendError};
use shmchat_tests::in_memory;
use shmchat_tests::noted::{Messages, Note, Notes, mix};
use std::io::Write;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::exit;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, role, folder, notes] = &arguments[..] else { panic!("usage: kill_victim ROLE FOLDER NOTES") };
    let notes = SegmentId(notes.parse().expect("a segment's number"));
    let notes = Notes::of(&Location::of_segment(notes).expect("a segment"));
    match role.as_str() {
        "writer" => write(Path::new(folder), &notes),
        "reader" => read(Path::new(folder), &notes),
        _ => panic!("no role {role}"),
    }
}

fn open(folder: &Path, role: Role) -> Endpoint {
    let channel = in_memory(Channel::named(ChannelName::default()).dir(folder));
    let endpoint = channel.attach(role).unwrap_or_else(|error| {
        eprintln!("kill_victim: {error}");
        exit(1)
    });
    // Whoever wanted to know may not wait for it.
    let _ = std::io::stdout().write_all(b".");
    let _ = std::io::stdout().flush();
    endpoint
}

fn sleep_on(endpoint: &mut Endpoint) {
    poll(&mut [PollFd::new(endpoint.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE).expect("poll");
    endpoint.handle_wakeup().expect("attend");
}

fn write(folder: &Path, notes: &Notes) {
    let (messages, mut bytes) = (Messages::default(), Vec::new());
    let mut endpoint = open(folder, Role::Writer);
    loop {
        let finish = notes.get(Note::Finish) == 1;
        let first = notes.get(Note::Accepted);
        let mut number = first;
        // Batches of one to eight.
        while number <= first + mix(first) % 8 {
            messages.get(number, &mut bytes);
            notes.set(Note::Inside, 1);
            // Copied in, or written where it is to stand.
            let put = if number % 2 == 1 && bytes.len() <= endpoint.sender().part_limit() {
                put_in_place(&mut endpoint, &bytes)
            } else {
                match endpoint.sender().try_enqueue(&Outgoing::from(&bytes)) {
                    Err(TrySendError::Full) => false,
                    enqueued => enqueued.map(|_| true).expect("enqueue"),
                }
            };
            notes.set(Note::Inside, 0);
            if !put {
                break;
            }
            number += 1;
        }
        endpoint.sender().flush().expect("flush");
        notes.set(Note::Accepted, number);
        // At least one message after the last kill: it keeps the segment for a reader that is still starting. Without it a writer
        // that is quick to quit would find nobody there and nothing waiting, and that reader would wait for the next writer.
        if finish && number > first {
            break;
        }
        if number == first && endpoint.arm(Interest::ROOM).expect("arm") {
            sleep_on(&mut endpoint);
        }
    }
    endpoint.quit().expect("quit");
}

fn put_in_place(endpoint: &mut Endpoint, bytes: &[u8]) -> bool {
    let mut room = match endpoint.sender().try_reserve(bytes.len()..=usize::MAX, None) {
        Err(TrySendError::Full) => return false,
        room => room.expect("reserve"),
    };
    room.fill(bytes);
    room.commit(bytes.len(), Kind::Bytes, Part::Whole, false);
    true
}

fn read(folder: &Path, notes: &Notes) {
    let messages = Messages::default();
    let mut endpoint = open(folder, Role::Reader);
    loop {
        let received = match endpoint.recv() {
            Err(RecvError::Quit) => break,
            received => received.expect("recv"),
        };
        let Some(number) = messages.number(received.bytes) else {
            notes.add(Note::Torn, 1);
            continue;
        };
        let expected = notes.get(Note::Expected);
        if number < expected {
            notes.add(Note::Again, 1);
            continue;
        }
        notes.add(Note::Lost, number - expected);
        notes.set(Note::Expected, number + 1);
    }
    endpoint.quit().expect("quit");
}
