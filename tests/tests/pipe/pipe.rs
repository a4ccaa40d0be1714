//! Pipe mode: what goes into `writer` comes out of `reader`, whatever it is, and what did not come out is still there.

use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::Signal;
use shmchat_tests::{Noise, Place, assert_same_bytes, memory_in_use, numbered_lines};
use std::fs::OpenOptions;
use std::io::{Write, pipe};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

#[test]
fn a_million_lines_arrive_in_order() {
    let place = Place::new();
    let lines: String = (1..=1_000_000).map(|number| format!("{number}\n")).collect();
    let reader = place.reader().start();
    let writer = place.writer().input(lines.clone()).finish();
    writer.assert_well();
    let reader = reader.wait();
    reader.assert_well();
    assert_same_bytes(&reader.stdout, lines.as_bytes(), "a million lines");
    place.assert_nothing_left();
}

#[test]
fn any_bytes_pass_unchanged() {
    let place = Place::new();
    let all_bytes: Vec<u8> = (0..=255).cycle().take(3 * 256).collect();
    let long_lines = [vec![b'a'; 100_000], b"\n".to_vec(), vec![0xff; 70_000]].concat();
    let inputs: [&[u8]; 12] = [
        b"\n",
        b"\n\n\n",
        b"no newline at the end",
        b"one\ntwo, and no newline",
        b"\nafter an empty line\n\n",
        b"not \xff\xfe UTF-8 \xc3\n\x80\n",
        b"a carriage return\r\n\r\n",
        b"\0\n\0\0\n\0",
        b"x\nx",
        "wide 你好 and 👩‍🚀\n".as_bytes(),
        &all_bytes,
        &long_lines,
    ];
    for (number, input) in inputs.into_iter().enumerate() {
        place.writer().input(input).finish().assert_well();
        let reader = place.reader().finish();
        reader.assert_well();
        assert_same_bytes(&reader.stdout, input, &format!("input {number}"));
        place.assert_nothing_left();
    }
}

#[test]
fn no_input_at_all_is_no_message_and_leaves_nothing() {
    let place = Place::new();
    let writer = place.writer().finish();
    writer.assert_well();
    assert_eq!(writer.stdout, b"");
    place.assert_nothing_left();
}

#[test]
fn the_line_written_just_before_the_end_of_input_arrives_at_a_reader_that_sleeps() {
    let place = Place::new();
    let reader = place.reader().start();
    let mut writer = place.writer().held_input().start();
    writer.send("first words\n");
    reader.stdout.wait_for("first words\n");
    // The line and the end of input in one go: the quit rings right behind the message.
    writer.send("last words\n");
    writer.end_input();
    writer.wait().assert_well();
    let reader = reader.wait();
    reader.assert_well();
    assert_eq!(reader.stdout, b"first words\nlast words\n");
    place.assert_nothing_left();
}

#[test]
fn each_line_comes_out_before_the_next_goes_in() {
    let place = Place::new();
    let reader = place.reader().start();
    let mut writer = place.writer().held_input().start();
    for number in 0..200 {
        writer.send(format!("line {number}\n"));
        reader.stdout.wait_for(&format!("line {number}\n"));
    }
    writer.end_input();
    writer.wait().assert_well();
    reader.wait().assert_well();
    place.assert_nothing_left();
}

/// Bytes without a line feed, the same each time.
fn byte_of_a_line(noise: &mut Noise) -> u8 {
    let byte = noise.number() as u8;
    if byte == b'\n' { 0xff } else { byte }
}

#[test]
fn a_line_of_100_mib_passes_unchanged_in_16_mib_of_memory() {
    const LINE: u64 = 100 << 20;
    const MEMORY: u64 = 16 << 20;
    /// Two lanes of 1 MiB and the header.
    const SEGMENT: u64 = (2 << 20) + 4096;
    const PIECE: usize = 1 << 18;

    #[derive(Default)]
    struct Seen {
        bytes: u64,
        wrong_at: Option<u64>,
        memory: [u64; 2],
    }

    let place = Place::new();
    let pids = Arc::new(OnceLock::<[i32; 2]>::new());
    let seen = Arc::new(Mutex::new(Seen::default()));
    let (from, mut to) = pipe().expect("a pipe");

    let (told, of) = (Arc::clone(&seen), Arc::clone(&pids));
    let mut expected = Noise(42);
    let reader = place.reader().output_to(move |piece| {
        let mut seen = told.lock().expect("the other side does not panic");
        for &byte in piece {
            let right = if seen.bytes == LINE { b'\n' } else { byte_of_a_line(&mut expected) };
            if byte != right {
                seen.wrong_at = seen.wrong_at.or(Some(seen.bytes));
            }
            seen.bytes += 1;
        }
        for (memory, &pid) in seen.memory.iter_mut().zip(of.get().into_iter().flatten()) {
            *memory = memory_in_use(pid, SEGMENT).unwrap_or_default().max(*memory);
        }
        true
    });
    let reader = reader.start();
    let writer = place.writer().input_of(from).start();
    pids.set([writer.pid(), reader.pid()]).expect("set once");
    thread::spawn(move || {
        let mut noise = Noise(42);
        for _ in 0..LINE / PIECE as u64 {
            let piece: Vec<u8> = (0..PIECE).map(|_| byte_of_a_line(&mut noise)).collect();
            if to.write_all(&piece).is_err() {
                return;
            }
        }
        let _ = to.write_all(b"\n");
    });

    writer.wait().assert_well();
    reader.wait().assert_well();
    let seen = seen.lock().expect("the sink does not panic");
    assert_eq!((seen.bytes, seen.wrong_at), (LINE + 1, None));
    let [writer, reader] = seen.memory;
    assert!(writer > 0 && reader > 0, "both were looked at");
    assert!(writer < MEMORY && reader < MEMORY, "writer {writer}, reader {reader} bytes");
    place.assert_nothing_left();
}

/// Leaves `lines` waiting in the segment, with the writer gone.
fn leave(place: &Place, lines: &[u8]) {
    place.writer().input(lines).finish().assert_well();
}

/// Asserts that a next reader gets all of `lines`, and leaves nothing.
#[track_caller]
fn assert_all_still_there(place: &Place, lines: &[u8]) {
    assert_eq!(place.segments().len(), 1, "the lines wait in the segment");
    let reader = place.reader().finish();
    reader.assert_well();
    assert_same_bytes(&reader.stdout, lines, "what waited");
    place.assert_nothing_left();
}

#[test]
fn a_standard_output_that_is_closed_ends_the_reader_quietly_and_loses_nothing() {
    let place = Place::new();
    let lines = numbered_lines(5_000);
    leave(&place, &lines);
    let (from, to) = pipe().expect("a pipe");
    drop(from);
    place.reader().output_of(to).finish().assert_well();
    assert_all_still_there(&place, &lines);
}

#[test]
fn a_standard_output_that_is_closed_after_the_first_lines_ends_the_reader_quietly() {
    let place = Place::new();
    let writer = place.writer().args("--capacity 64KiB").input(numbered_lines(20_000)).start();
    // As `reader | head -1` does, while more comes than any pipe holds.
    let reader = place.reader().output_to(|_| false).finish();
    reader.assert_well();
    let rest = place.reader().finish();
    rest.assert_well();
    writer.wait().assert_well();
    assert!(numbered_lines(20_000).ends_with(&rest.stdout), "the rest is whole lines in order");
    place.assert_nothing_left();
}

#[test]
fn a_closed_standard_output_ends_a_reader_that_sleeps() {
    let place = Place::new();
    let (from, to) = pipe().expect("a pipe");
    let reader = place.reader().args("-v").output_of(to).start();
    reader.wait_attached();
    drop(from);
    assert_eq!(reader.wait().code, Some(0));
    place.assert_nothing_left();
}

#[test]
fn a_full_disk_is_one_line_and_code_1_and_loses_nothing() {
    let place = Place::new();
    let lines = numbered_lines(5_000);
    leave(&place, &lines);
    let full = OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    place.reader().output_of(full).finish().assert_one_line(1, &["reader: ", "standard output", "No space left"]);
    assert_all_still_there(&place, &lines);
}

#[test]
fn a_signal_while_standard_output_takes_nothing_loses_nothing() {
    let place = Place::new();
    let lines = numbered_lines(5_000);
    leave(&place, &lines);
    let (from, mut to) = pipe().expect("a pipe");
    // What the pipe holds, so that not a byte more goes in, and more than the reader would enlarge it to.
    let size = fcntl(&to, FcntlArg::F_SETPIPE_SZ(1 << 19)).expect("a larger pipe");
    to.write_all(&vec![0; size as usize]).expect("filling the pipe");
    let reader = place.reader().args("-v").output_of(to).start();
    // Messages wait, so from here on it can only take the signal where it waits for room in the pipe.
    reader.stderr.wait_for("the writer has quit");
    reader.signal(Signal::SIGTERM);
    assert_eq!(reader.wait().code, Some(143));
    drop(from);
    assert_all_still_there(&place, &lines);
}

#[test]
fn signals_end_a_sleeping_reader_in_good_order() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130), (Signal::SIGHUP, 129)] {
        let place = Place::new();
        let reader = place.reader().args("-v").start();
        reader.wait_attached();
        reader.signal(signal);
        assert_eq!(reader.wait().code, Some(code));
        place.assert_nothing_left();
    }
}

#[test]
fn signals_end_a_writer_that_waits_for_input_in_good_order() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130), (Signal::SIGHUP, 129)] {
        let place = Place::new();
        let reader = place.reader().start();
        let writer = place.writer().held_input().start();
        writer.send("sent before the signal\n");
        reader.stdout.wait_for("signal\n");
        writer.signal(signal);
        let writer = writer.wait();
        assert_eq!((writer.code, writer.stderr.as_str()), (Some(code), ""));
        // It quit, and that ends the reader.
        reader.wait().assert_well();
        place.assert_nothing_left();
    }
}

#[test]
fn a_signal_ends_a_writer_that_waits_for_room_and_what_was_sent_stays() {
    let place = Place::new();
    let lines = numbered_lines(20_000);
    // So that something waits however early the signal comes: else the segment goes, and the next reader waits for a writer.
    let (before, rest) = lines.split_at(numbered_lines(10).len());
    place.writer().args("--capacity 64KiB").input(before).finish().assert_well();
    let writer = place.writer().args("-v").input(rest).start();
    writer.wait_attached();
    writer.signal(Signal::SIGTERM);
    let writer = writer.wait();
    assert_eq!(writer.code, Some(143), "{}", writer.stderr);
    let reader = place.reader().finish();
    reader.assert_well();
    assert!(lines.starts_with(&reader.stdout), "what was sent are the first lines");
    place.assert_nothing_left();
}

#[test]
fn a_signal_in_the_middle_of_a_line_says_how_much_was_read_and_not_sent() {
    let place = Place::new();
    let reader = place.reader().start();
    let writer = place.writer().held_input().start();
    // Both in one write, which is read at once.
    writer.send("a line\nhalf a line");
    reader.stdout.wait_for("a line\n");
    writer.signal(Signal::SIGTERM);
    let writer = writer.wait();
    assert_eq!(writer.code, Some(143));
    assert!(writer.stderr.contains("11 bytes were read from standard input and not sent"), "{}", writer.stderr);
    reader.wait().assert_well();
    place.assert_nothing_left();
}

#[test]
fn in_a_pipe_an_x_is_a_message_like_any_other() {
    let place = Place::new();
    let reader = place.reader().input("x\n").start();
    place.writer().input("x\nmore\n").finish().assert_well();
    let reader = reader.wait();
    reader.assert_well();
    assert_eq!(reader.stdout, b"x\nmore\n");
}

#[test]
fn a_reader_that_stays_waits_for_the_next_writer() {
    let place = Place::new();
    let reader = place.reader().args("--stay").start();
    for text in ["one\n", "two\n", "three\n"] {
        place.writer().input(text).finish().assert_well();
        reader.stdout.wait_for(text);
    }
    assert!(reader.is_alive());
    reader.signal(Signal::SIGTERM);
    let reader = reader.wait();
    assert_eq!((reader.code, reader.stdout.as_slice()), (Some(143), b"one\ntwo\nthree\n".as_slice()));
    place.assert_nothing_left();
}

#[test]
fn on_a_full_lane_an_input_that_ends_ends_the_writer_and_one_that_does_not_waits() {
    for framing in ["line", "raw"] {
        let place = Place::new();
        let stream: Vec<u8> = numbered_lines(100_000);
        let args = format!("--capacity 64KiB --framing {framing}");
        let full = place.writer().args(&format!("{args} --timeout 0")).input(stream).finish();
        assert_eq!(full.code, Some(3), "{full:?}");
        place.writer().args(&args).input("").finish().assert_well();
        let writer = place.writer().args(&args).input("the last\n").start();
        let read = || place.reader().args(&format!("--framing {framing}")).finish().stdout;
        let mut shown = read();
        writer.wait().assert_well();
        if !shown.ends_with(b"the last\n") {
            // The first one was here before that writer, and ended with the one before it.
            shown = read();
        }
        assert!(shown.ends_with(b"the last\n"), "{framing}");
        place.assert_nothing_left();
    }
}
