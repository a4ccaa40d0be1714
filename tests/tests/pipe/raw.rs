//! `--framing raw`: a stream of bytes without messages in it, straight through the segment.

use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::Signal;
use shmchat_tests::{Noise, Place, Process, assert_same_bytes, numbered_lines};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write, pipe};
use std::sync::{Arc, Mutex};
use std::thread;

/// A file that holds these bytes, open for reading at its start.
fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("writing it");
    file.rewind().expect("back to its start");
    file
}

#[test]
fn any_bytes_pass_unchanged_from_a_file_to_a_file() {
    let place = Place::new();
    let out = place.dir().join("out");
    for (number, size) in
        [0, 1, 7, 8, 9, 4095, 4096, 4097, 65_527, 65_528, 65_529, 1 << 20, 5_000_003].into_iter().enumerate()
    {
        let bytes = Noise(number as u64 + 1).bytes(size);
        let reader = place.reader().args("--framing raw").output_of(File::create(&out).expect("a file"));
        // Also where all of it waits in the segment, as far as it fits.
        let waits_inside = size < 1_000_000;
        let reader = if waits_inside { Err(reader) } else { Ok(reader.start()) };
        place.writer().args("--framing raw").input_of(file_of(&bytes)).finish().assert_well();
        reader.map_or_else(
            |later| if size > 0 { later.finish() } else { later.input("").start().kill() },
            |reader| reader.wait(),
        );
        assert_same_bytes(&fs::read(&out).expect("what was written"), &bytes, &format!("{size} bytes"));
    }
}

#[test]
fn any_bytes_pass_unchanged_through_pipes_of_either_size_and_small_reads() {
    for capacity in ["64KiB", "1MiB"] {
        let place = Place::new();
        let bytes = Noise(7).bytes(3_000_001);
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&arrived);
        let reader = place.reader().args("--framing raw").output_to(move |piece| {
            seen.lock().expect("the other side does not panic").extend_from_slice(piece);
            true
        });
        let reader = reader.start();
        let (from, mut to) = pipe().expect("a pipe");
        let given = bytes.clone();
        let feeding = thread::spawn(move || {
            // Bursts of all sizes, each as one write: what is read at once is anything from a byte to a record.
            let (mut rest, mut noise) = (&given[..], Noise(11));
            while !rest.is_empty() {
                let size = 1 + noise.number() as usize % (1 << (noise.number() % 18));
                let (now, later) = rest.split_at(size.min(rest.len()));
                to.write_all(now).expect("the writer reads");
                rest = later;
            }
        });
        place.writer().args("--framing raw --capacity").arg(capacity).input_of(from).finish().assert_well();
        feeding.join().expect("all was written");
        reader.wait().assert_well();
        assert_same_bytes(&arrived.lock().expect("the sink does not panic"), &bytes, capacity);
        place.assert_nothing_left();
    }
}

#[test]
fn each_piece_comes_out_before_the_next_goes_in() {
    let place = Place::new();
    let reader = place.reader().args("--framing raw").start();
    let mut writer = place.writer().args("--framing raw").held_input().start();
    for number in 0..200 {
        // No line end: nothing waits for one.
        writer.send(format!("piece {number};"));
        reader.stdout.wait_for(&format!("piece {number};"));
    }
    writer.end_input();
    writer.wait().assert_well();
    reader.wait().assert_well();
    place.assert_nothing_left();
}

#[test]
fn raw_and_lines_can_be_mixed_at_will() {
    for (writer, reader) in [("raw", "line"), ("line", "raw"), ("raw", "raw"), ("line", "line")] {
        let inputs: [&[u8]; 6] = [
            b"lines\nand\n\nmore\n",
            b"no end",
            b"one\ntwo, and no end",
            b"\n",
            b"\0\xff\xfe\n\n",
            &[&[b'a'; 200_000][..], b"\n", &[0xff; 70_000]].concat(),
        ];
        for input in inputs {
            let place = Place::new();
            place.writer().args("--framing").arg(writer).input(input).finish().assert_well();
            let reader = place.reader().args("--framing").arg(reader).finish();
            reader.assert_well();
            // A raw reader ends lines as any does: that they have ends is the line writer's word.
            assert_same_bytes(&reader.stdout, input, &format!("{writer} writer"));
            place.assert_nothing_left();
        }
    }
}

#[test]
fn no_input_at_all_is_no_message_and_leaves_nothing() {
    let place = Place::new();
    place.writer().args("--framing raw").finish().assert_well();
    place.assert_nothing_left();
}

#[test]
fn a_framing_that_is_none_is_wrong_usage() {
    let place = Place::new();
    place.writer().args("--framing rows").finish().assert_one_line(2, &["rows", "line, nul, json, raw"]);
}

#[test]
fn a_killed_writer_shows_as_a_message_that_was_cut_off() {
    for framing in ["raw", "line"] {
        let place = Place::new();
        let reader = place.reader().args("--framing").arg(framing).start();
        let writer = place.writer().args("--framing raw").held_input().start();
        writer.send("half of it");
        reader.stdout.wait_for("half of it");
        writer.kill();
        reader.stderr.wait_for("disconnected unexpectedly");
        assert!(reader.is_alive(), "a killed writer is not a quit");
        place.writer().args("--framing raw").input("all of it").finish().assert_well();
        let reader = reader.wait();
        assert_eq!(reader.code, Some(1));
        assert!(reader.stderr.contains("cut off: its writer died"), "{}", reader.stderr);
        // Half a line ends there, and the next reader goes on; a stream has nothing between.
        let mut shown = reader.stdout;
        if framing == "line" {
            assert_eq!(shown, b"half of it");
            shown.extend(place.reader().finish().assert_well().stdout.clone());
        }
        assert_eq!(String::from_utf8_lossy(&shown), "half of itall of it");
        place.assert_nothing_left();
    }
}

#[test]
fn a_writer_that_a_signal_ends_shows_as_cut_off_and_what_was_sent_arrives() {
    let place = Place::new();
    let reader = place.reader().args("--framing raw").start();
    let writer = place.writer().args("--framing raw").held_input().start();
    writer.send("half of it");
    reader.stdout.wait_for("half of it");
    writer.signal(Signal::SIGTERM);
    assert_eq!(writer.wait().code, Some(143));
    let reader = reader.wait();
    assert_eq!((reader.code, reader.stdout.as_slice()), (Some(1), b"half of it".as_slice()));
    assert!(reader.stderr.contains("cut off: its writer died or quit"), "{}", reader.stderr);
    place.assert_nothing_left();
}

#[test]
fn what_a_killed_reader_had_not_acknowledged_is_printed_again_in_order() {
    let place = Place::new();
    let writer = place.writer().args("--framing raw").env("SHMCHAT_CRASH_AT", "tail-stored:1").input("first;").finish();
    assert!(writer.signal.is_some());
    // It comes back for more, and dies.
    let reader = place.reader().args("--framing raw").env("SHMCHAT_CRASH_AT", "before-acknowledge:1").finish();
    assert!(reader.signal.is_some());
    assert_eq!(reader.stdout, b"first;");
    let writer = place.writer().args("--framing raw").input("second;").start();
    let reader = place.reader().args("--framing raw").finish();
    writer.wait().assert_well();
    assert_eq!(String::from_utf8_lossy(&reader.stdout), "first;second;");
    place.assert_nothing_left();
}

/// What a sequence of readers has printed of a stream: each goes on where the one before was in doubt, at the latest.
fn assert_covers(stream: &[u8], pieces: &[Vec<u8>]) {
    let mut reached = 0;
    for (number, piece) in pieces.iter().enumerate() {
        let found = (0..=reached).rev().find(|&start| stream[start..].starts_with(piece));
        let start = found.unwrap_or_else(|| panic!("reader {number} printed what does not follow from {reached} on"));
        reached = reached.max(start + piece.len());
    }
    assert_eq!(reached, stream.len(), "all of the stream was printed");
}

#[test]
fn readers_that_are_killed_one_after_the_other_lose_nothing() {
    let place = Place::new();
    let stream = Noise(3).bytes(8_000_000);
    let writer = place.writer().args("--framing raw --capacity 64KiB").input_of(file_of(&stream)).start();
    let mut pieces = Vec::new();
    for point in
        ["before-acknowledge:9", "head-stored:13", "before-acknowledge:2", "head-stored:1", "before-acknowledge:30"]
    {
        let reader = place.reader().args("--framing raw --capacity 64KiB").env("SHMCHAT_CRASH_AT", point).finish();
        pieces.push(reader.stdout);
        assert!(reader.signal.is_some(), "{point} was not reached: {}", reader.stderr);
    }
    let last = place.reader().args("--framing raw --capacity 64KiB").finish();
    pieces.push(last.stdout);
    assert_eq!(writer.wait().code, Some(0));
    assert_covers(&stream, &pieces);
    place.assert_nothing_left();
}

#[test]
fn a_writer_that_is_killed_anywhere_leaves_the_beginning_of_its_stream() {
    let stream = Noise(5).bytes(1_000_000);
    for point in ["payload-stored:1", "payload-stored:4", "tail-stored:1", "tail-stored:7"] {
        let place = Place::new();
        let reader = place.reader().args("--framing raw").start();
        let writer = place.writer().args("--framing raw --capacity 64KiB").env("SHMCHAT_CRASH_AT", point);
        let writer = writer.input_of(file_of(&stream)).finish();
        assert!(writer.signal.is_some(), "{point} was not reached");
        place.writer().args("--framing raw").input("the end").finish().assert_well();
        let reader = reader.wait();
        let printed = reader.stdout.strip_suffix(b"the end").expect("what came last");
        assert!(stream.starts_with(printed), "{point}: not the beginning of the stream");
        assert!(printed.is_empty() || reader.stderr.contains("cut off"), "{point}: {}", reader.stderr);
        assert_eq!(reader.code, Some(i32::from(!printed.is_empty())), "{}", reader.stderr);
        place.assert_nothing_left();
    }
}

/// A pipe that is as large as the reader could wish, and full.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (from, mut to) = pipe().expect("a pipe");
    let size = fcntl(&to, FcntlArg::F_SETPIPE_SZ(1 << 19)).expect("a larger pipe");
    to.write_all(&vec![b'.'; size as usize]).expect("filling the pipe");
    (from, to)
}

/// Leaves `bytes` waiting in the segment, with the writer gone.
fn leave(place: &Place, bytes: &[u8]) {
    place.writer().args("--framing raw").input_of(file_of(bytes)).finish().assert_well();
}

/// Asserts that a next reader gets all of `bytes`, and leaves nothing.
#[track_caller]
fn assert_all_still_there(place: &Place, bytes: &[u8]) {
    let reader = place.reader().args("--framing raw").finish();
    reader.assert_well();
    assert_same_bytes(&reader.stdout, bytes, "what waited");
    place.assert_nothing_left();
}

#[test]
fn a_signal_while_standard_output_takes_nothing_loses_nothing() {
    let place = Place::new();
    let bytes = Noise(9).bytes(500_000);
    leave(&place, &bytes);
    let (from, to) = full_pipe();
    let reader = place.reader().args("--framing raw -v").output_of(to).start();
    reader.stderr.wait_for("the writer has quit");
    reader.wait_asleep();
    reader.signal(Signal::SIGTERM);
    assert_eq!(reader.wait().code, Some(143));
    drop(from);
    assert_all_still_there(&place, &bytes);
}

#[test]
fn a_signal_after_half_a_record_was_written_leaves_the_other_half() {
    let place = Place::new();
    let bytes = Noise(13).bytes(500_000);
    leave(&place, &bytes);
    // Less than a record fits, and more than nothing.
    let (mut from, mut to) = pipe().expect("a pipe");
    let size = fcntl(&to, FcntlArg::F_SETPIPE_SZ(1 << 19)).expect("a larger pipe") as usize;
    to.write_all(&vec![b'.'; size - 20_000]).expect("filling the pipe");
    let reader = place.reader().args("--framing raw -v").output_of(to).start();
    reader.stderr.wait_for("the writer has quit");
    reader.wait_asleep();
    reader.signal(Signal::SIGINT);
    assert_eq!(reader.wait().code, Some(130));
    let mut written = Vec::new();
    from.read_to_end(&mut written).expect("what is in the pipe");
    let written = written.split_off(size - 20_000);
    assert!(bytes.starts_with(&written), "what was written is the beginning");
    assert_all_still_there(&place, &bytes[written.len()..]);
}

#[test]
fn a_standard_output_that_is_closed_ends_the_reader_quietly_and_loses_nothing() {
    let place = Place::new();
    let bytes = Noise(17).bytes(500_000);
    leave(&place, &bytes);
    let (from, to) = pipe().expect("a pipe");
    drop(from);
    place.reader().args("--framing raw").output_of(to).finish().assert_well();
    let (from, to) = full_pipe();
    let reader = place.reader().args("--framing raw -v").output_of(to).start();
    reader.stderr.wait_for("the writer has quit");
    reader.wait_asleep();
    drop(from);
    assert_eq!(reader.wait().code, Some(0));
    assert_all_still_there(&place, &bytes);
}

#[test]
fn a_full_disk_is_one_line_and_code_1_and_loses_nothing() {
    let place = Place::new();
    let bytes = Noise(19).bytes(500_000);
    leave(&place, &bytes);
    let full = OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let reader = place.reader().args("--framing raw").output_of(full).finish();
    reader.assert_one_line(1, &["reader: ", "standard output", "No space left"]);
    assert_all_still_there(&place, &bytes);
}

/// A reader whose output nobody takes, until it sleeps there.
fn stuck(place: &Place) -> (Process, std::io::PipeReader) {
    let (from, to) = full_pipe();
    let reader = place.reader().args("--framing raw -v").output_of(to).start();
    reader.wait_attached();
    (reader, from)
}

#[test]
fn a_full_lane_is_waited_for_no_longer_than_asked_and_a_signal_ends_the_wait() {
    let place = Place::new();
    let stream = Noise(23).bytes(3_000_000);
    let (reader, _from) = stuck(&place);
    // Not a word of the byte that it has read to see whether the input goes on.
    let writer = place.writer().args("--framing raw --timeout 0.2 -q").input_of(file_of(&stream)).finish();
    writer.assert_one_line(3, &["timed out: the lane stayed full"]);
    let writer = place.writer().args("--framing raw -v").input_of(file_of(&stream)).start();
    writer.wait_attached();
    writer.wait_asleep();
    writer.signal(Signal::SIGTERM);
    assert_eq!(writer.wait().code, Some(143));
    reader.kill();
}

#[test]
fn a_named_fifo_as_standard_output_takes_all() {
    let place = Place::new();
    let path = place.dir().join("fifo");
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).expect("a fifo");
    let bytes = Noise(31).bytes(2_000_000);
    let from = path.clone();
    let reading = thread::spawn(move || fs::read(from).expect("what comes out"));
    let to = OpenOptions::new().write(true).open(&path).expect("its other end");
    let reader = place.reader().args("--framing raw").output_of(to).start();
    place.writer().args("--framing raw").input_of(file_of(&bytes)).finish().assert_well();
    reader.wait().assert_well();
    assert_same_bytes(&reading.join().expect("read"), &bytes, "through a named FIFO");
}

#[test]
fn texts_are_printed_as_lines_by_a_raw_reader() {
    let place = Place::new();
    let lines = numbered_lines(20_000);
    let reader = place.reader().args("--framing raw").start();
    place.writer().input(lines.clone()).finish().assert_well();
    let reader = reader.wait();
    reader.assert_well();
    assert_same_bytes(&reader.stdout, &lines, "lines");
}
