//! A reader that a signal ends while nobody takes its output: it has acknowledged exactly what it wrote, so what the next
//! reader prints goes on where it stopped.

use nix::fcntl::{FcntlArg, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use shmchat_tests::{LIMIT, Noise, Place, Process, assert_same_bytes, numbered_lines};
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsFd;
use std::thread;
use std::time::Instant;

/// A pipe that takes about so many bytes more, and is larger than the reader would make it.
struct Narrow {
    from: PipeReader,
    to: PipeWriter,
    filled: usize,
}

impl Narrow {
    fn new(room: usize) -> Self {
        let (from, mut to) = pipe().expect("a pipe");
        let size = fcntl(&to, FcntlArg::F_SETPIPE_SZ(1 << 19)).expect("a larger pipe") as usize;
        let filled = size - room;
        to.write_all(&vec![b'.'; filled]).expect("filling the pipe");
        Narrow { from, to, filled }
    }

    fn end(&self) -> PipeWriter {
        self.to.try_clone().expect("its end twice")
    }

    /// Waits until nothing more goes in and the reader sleeps.
    #[track_caller]
    fn wait_full(&self, reader: &Process) {
        let limit = Instant::now() + LIMIT;
        let is_full = || {
            let mut end = [PollFd::new(self.to.as_fd(), PollFlags::POLLOUT)];
            poll(&mut end, PollTimeout::ZERO).expect("poll") == 0
        };
        while !is_full() {
            assert!(reader.is_alive() && Instant::now() < limit, "{}", String::from_utf8_lossy(&reader.stderr.all()));
            thread::yield_now();
        }
        reader.wait_asleep();
    }

    /// What was written to it, once that one has ended.
    fn drain(self) -> Vec<u8> {
        let Narrow { mut from, to, filled } = self;
        drop(to);
        let mut all = Vec::new();
        from.read_to_end(&mut all).expect("what is in the pipe");
        all.split_off(filled)
    }
}

const ROOMS: [usize; 5] = [4_096, 9_001, 20_000, 70_001, 200_003];

/// What the first reader wrote, which a signal ended, and what the next one printed.
#[track_caller]
fn printed_by_two(place: &Place, framing: &str, writer: &str, input: &[u8], room: usize) -> (Vec<u8>, Vec<u8>) {
    let narrow = Narrow::new(room);
    // What lies in the pipe keeps its room in the lane: with all of it, half of this one is free, whoever creates it, also where an empty
    // message takes 16 bytes, because it is sealed.
    let mut writer = place.writer().args("--capacity 4MiB --framing").arg(writer).held_input().start();
    writer.send(input);
    let reader = place.reader().args("-v --capacity 4MiB --framing").arg(framing).output_of(narrow.end()).start();
    narrow.wait_full(&reader);
    let (signal, code) = [(Signal::SIGTERM, 143), (Signal::SIGINT, 130), (Signal::SIGHUP, 129)][room % 3];
    reader.signal(signal);
    assert_eq!(reader.wait().code, Some(code));
    let first = narrow.drain();
    let second = place.reader().args("-v --framing").arg(framing).start();
    second.wait_attached();
    writer.end_input();
    let second = second.wait();
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    assert_eq!(writer.wait().code, Some(0));
    place.assert_nothing_left();
    (first, second.stdout)
}

/// Inputs whose messages end in this byte, each longer than any of the pipes.
fn inputs(end: u8) -> Vec<Vec<u8>> {
    let byte = |byte: u8| if byte == end { b'?' } else { byte };
    let mut noise = Noise(7);
    let mut long = |length: usize| noise.bytes(length).into_iter().map(byte).chain([end]).collect::<Vec<u8>>();
    let short: Vec<u8> =
        numbered_lines(20_000).into_iter().map(|byte| if byte == b'\n' { end } else { byte }).collect();
    vec![
        short.clone(),
        // Nothing but ends.
        vec![end; 500_000],
        // Of one record; of several; and in parts.
        (0..30).flat_map(|_| long(20_000)).collect(),
        [long(250_000), long(400_000)].concat(),
        [long(300), long(1_500_000)].concat(),
        [long(3), vec![end; 3], short, long(600_000), long(0), b"no end".to_vec()].concat(),
    ]
}

#[test]
fn two_readers_print_together_exactly_what_was_sent() {
    for (framing, end) in [("line", b'\n'), ("nul", 0), ("raw", 0)] {
        for (number, input) in inputs(end).iter().enumerate() {
            let place = Place::new();
            for room in ROOMS {
                let (mut all, second) = printed_by_two(&place, framing, framing, input, room);
                let stopped = all.len();
                assert!(stopped > 0, "{framing} {number} {room}: it wrote something");
                all.extend(second);
                assert_same_bytes(&all, input, &format!("{framing} {number} {room}, stopped at {stopped}"));
            }
        }
    }
}

#[test]
fn so_do_readers_of_another_framing_and_of_messages_in_packs() {
    let lines = numbered_lines(20_000);
    let nul: Vec<u8> = lines.iter().map(|&byte| if byte == b'\n' { 0 } else { byte }).collect();
    // Of 8 bytes, so that nothing lies between two of them.
    let texts: Vec<u8> = (0..100_000).flat_map(|number| format!("{number:08}\n").into_bytes()).collect();
    let objects: String =
        (0..100_000).map(|number| format!("{{\"text\":\"{number:08}\",\"kind\":\"bytes\"}}\n")).collect();
    let place = Place::new();
    for room in ROOMS {
        for (framing, writer, input, expected) in [
            ("nul", "line", &lines, &nul),
            ("line", "nul", &nul, &lines),
            ("line", "json", &objects.clone().into_bytes(), &texts),
        ] {
            let (mut all, second) = printed_by_two(&place, framing, writer, input, room);
            all.extend(second);
            assert_same_bytes(&all, expected, &format!("{framing} of {writer}, {room}"));
        }
    }
}

#[test]
fn a_stop_in_a_counted_batch_is_exact_too() {
    let place = Place::new();
    let lines = numbered_lines(20_000);
    let narrow = Narrow::new(30_000);
    place.writer().input(lines.clone()).finish().assert_well();
    let reader = place.reader().args("-v --count 19000").output_of(narrow.end()).start();
    narrow.wait_full(&reader);
    reader.signal(Signal::SIGTERM);
    assert_eq!(reader.wait().code, Some(143));
    let mut all = narrow.drain();
    // The rest of a line, if it stopped in one, counts as the message that it is.
    all.extend(place.reader().args("--count 1").finish().stdout);
    assert!(lines.starts_with(&all) && all.ends_with(b"\n"), "whole again");
    all.extend(place.reader().finish().assert_well().stdout.clone());
    assert_same_bytes(&all, &lines, "three readers");
}

#[test]
fn of_objects_the_torn_one_comes_again_whole_and_no_other() {
    let (lines, long) = (numbered_lines(20_000), "~".repeat(400_000));
    let input = [lines, format!("{long}\n").into_bytes()].concat();
    for writer in ["line", "nul"] {
        let end = if writer == "line" { b'\n' } else { 0 };
        let sent: Vec<u8> = input.iter().map(|&byte| if byte == b'\n' { end } else { byte }).collect();
        let place = Place::new();
        for room in ROOMS {
            let (first, second) = printed_by_two(&place, "json", writer, &sent, room);
            let whole = first.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            let (first, torn) = first.split_at(whole);
            let torn = String::from_utf8_lossy(torn);
            // Who begins in the middle of a batch may not know when that was said.
            let torn = torn.split(",\"t").next().expect("its seq");
            assert!(String::from_utf8_lossy(&second).starts_with(torn), "{torn} is printed again, whole");
            let objects = [first, &second].concat();
            let texts: Vec<u8> = objects
                .split_inclusive(|&byte| byte == b'\n')
                .flat_map(|line| {
                    let object: serde_json::Value = serde_json::from_slice(line).expect("an object");
                    let end = if object["more"] == true { "" } else { "\n" };
                    format!("{}{end}", object["text"].as_str().expect("a text")).into_bytes()
                })
                .collect();
            assert_same_bytes(&texts, &input, &format!("JSON of {writer}, {room}"));
        }
    }
}

#[test]
fn a_message_in_several_objects_comes_again_from_its_first() {
    let place = Place::new();
    let text = "~".repeat(400_000);
    let (first, second) = printed_by_two(&place, "json", "line", format!("{text}\n").as_bytes(), 200_003);
    assert!(first.iter().filter(|&&byte| byte == b'\n').count() > 1, "more than one object was whole");
    let texts = |objects: &[u8]| {
        let text = |line: &[u8]| {
            let object: serde_json::Value = serde_json::from_slice(line).expect("an object");
            assert_eq!(object.get("rest"), None);
            object["text"].as_str().expect("a text").to_owned()
        };
        objects.split_inclusive(|&byte| byte == b'\n').map(text).collect::<String>()
    };
    assert!(texts(&second) == text);
}

#[test]
fn what_comes_first_is_said_to_be_a_rest_where_it_is_one() {
    let place = Place::new();
    let narrow = Narrow::new(9_000);
    place.writer().input("~".repeat(300_000)).finish().assert_well();
    let reader = place.reader().args("-v").output_of(narrow.end()).start();
    narrow.wait_full(&reader);
    reader.signal(Signal::SIGTERM);
    assert_eq!(reader.wait().code, Some(143));
    narrow.drain();
    // It reads none of it.
    let next = place.reader().output_of(std::fs::File::options().write(true).open("/dev/full").expect("/dev/full"));
    assert!(next.finish().stderr.contains("the rest of a message, whose beginning an earlier reader received"));
    let json = place.reader().args("--framing json").finish();
    let object = String::from_utf8(json.assert_well().stdout.clone()).expect("JSON");
    assert!(object.lines().next().is_some_and(|line| line.contains(",\"rest\":true")), "{}", &object[..300]);
    assert_eq!(object.matches("\"rest\"").count(), 1);
}

#[test]
fn what_somebody_does_is_printed_again_whole_or_goes_on_where_it_stopped() {
    for room in ROOMS {
        let place = Place::new();
        let object = format!("{{\"text\":\"waves {}\",\"kind\":\"action\"}}\n", "~".repeat(400_000));
        let (first, second) = printed_by_two(&place, "line", "json", object.as_bytes(), room);
        assert!(first.starts_with(b"* ") && !first.ends_with(b"\n"), "{} bytes", first.len());
        let all = if second.starts_with(b"* ") { second } else { [first, second].concat() };
        let whole = format!("waves {}\n", "~".repeat(400_000));
        assert!(all.ends_with(whole.as_bytes()) && all.len() < whole.len() + 40, "{} bytes", all.len());
    }
}
