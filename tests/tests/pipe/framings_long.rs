//! Long streams, a multitude of messages and a message of 30 MiB, through each framing.
//!
//! `SHMCHAT_TEST_BYTES` and `SHMCHAT_TEST_MESSAGES` say how much they carry.

use shmchat_tests::{Noise, Place, assert_same_bytes, memory_in_use};
use std::io::{Read, Write, pipe};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

/// A number from the environment, for a run by hand.
fn size(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// What a reader prints of `input` that comes through a writer and itself, both in this framing, piece by piece.
fn streamed(framing: &str, input: impl Read + Send + 'static, to: impl FnMut(&[u8]) -> bool + Send + 'static) {
    let place = Place::new();
    let reader = place.reader().args("--framing").arg(framing).output_to(to).start();
    let (from, mut feeding) = pipe().expect("a pipe");
    let writer = place.writer().args("--framing").arg(framing).input_of(from).start();
    let mut input = input;
    thread::spawn(move || std::io::copy(&mut input, &mut feeding));
    writer.wait().assert_well();
    reader.wait().assert_well();
    place.assert_nothing_left();
}

#[test]
fn random_bytes_pass_as_a_stream() {
    let bytes = size("SHMCHAT_TEST_BYTES", 64 << 20);
    let mut expected = Noise(41);
    let (seen, wrong) = (Arc::new(Mutex::new(0_u64)), Arc::new(OnceLock::new()));
    let (told, first_wrong) = (Arc::clone(&seen), Arc::clone(&wrong));
    let mut ahead = Vec::new();
    streamed("raw", NoiseReader(Noise(41), Vec::new()).take(bytes), move |piece| {
        while ahead.len() < piece.len() {
            ahead.extend(expected.bytes(1 << 16));
        }
        let mut seen = told.lock().expect("the other side does not panic");
        if ahead[..piece.len()] != *piece {
            let _ = first_wrong.set(*seen);
        }
        ahead.drain(..piece.len());
        *seen += piece.len() as u64;
        true
    });
    assert_eq!((*seen.lock().expect("no panic"), wrong.get()), (bytes, None));
}

/// Noise without an end.
struct NoiseReader(Noise, Vec<u8>);

impl Read for NoiseReader {
    fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
        if self.1.is_empty() {
            self.1 = self.0.bytes(1 << 16);
        }
        let count = space.len().min(self.1.len());
        space[..count].copy_from_slice(&self.1[..count]);
        self.1.drain(..count);
        Ok(count)
    }
}

#[test]
fn random_bytes_pass_through_json() {
    let place = Place::new();
    let bytes = Noise(43).bytes(size("SHMCHAT_TEST_BYTES", 8 << 20).min(64 << 20) as usize);
    let arrived = Arc::new(Mutex::new(Vec::new()));
    // writer raw, reader json, writer json, reader json, writer json, reader raw: three channels.
    let reader = |channel: &str, framing: &str| place.reader().args(&format!("{channel} --framing {framing}"));
    let writer = |channel: &str, framing: &str| place.writer().args(&format!("{channel} --framing {framing}"));
    let mut bridges = Vec::new();
    for (from, to) in [("one", "two"), ("two", "three")] {
        let (output, input) = pipe().expect("a pipe");
        bridges.push(reader(from, "json").output_of(input).start());
        bridges.push(writer(to, "json").input_of(output).start());
    }
    let seen = Arc::clone(&arrived);
    let last = reader("three", "raw").output_to(move |piece| {
        seen.lock().expect("the other side does not panic").extend_from_slice(piece);
        true
    });
    let last = last.start();
    writer("one", "raw").input(bytes.clone()).finish().assert_well();
    for bridge in bridges {
        bridge.wait().assert_well();
    }
    last.wait().assert_well();
    assert_same_bytes(&arrived.lock().expect("no panic"), &bytes, "through JSON");
}

#[test]
fn a_multitude_of_short_messages_arrives_in_order() {
    let count = size("SHMCHAT_TEST_MESSAGES", 300_000);
    for (framing, end) in [("nul", 0), ("line", b'\n')] {
        let (seen, wrong) = (Arc::new(Mutex::new(0_u64)), Arc::new(OnceLock::new()));
        let (told, first_wrong) = (Arc::clone(&seen), Arc::clone(&wrong));
        let mut line = Vec::new();
        streamed(framing, Numbers { next: 0, count, end, text: Vec::new() }, move |piece| {
            let mut seen = told.lock().expect("the other side does not panic");
            for &byte in piece {
                if byte != end {
                    line.push(byte);
                    continue;
                }
                if line != seen.to_string().as_bytes() {
                    let _ = first_wrong.set(*seen);
                }
                *seen += 1;
                line.clear();
            }
            true
        });
        assert_eq!((*seen.lock().expect("no panic"), wrong.get()), (count, None), "{framing}");
    }
}

/// Numbers from 0 on, each with its end.
struct Numbers {
    next: u64,
    count: u64,
    end: u8,
    text: Vec<u8>,
}

impl Read for Numbers {
    fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
        while self.text.len() < 1 << 15 && self.next < self.count {
            write!(self.text, "{}", self.next)?;
            self.text.push(self.end);
            self.next += 1;
        }
        let count = space.len().min(self.text.len());
        space[..count].copy_from_slice(&self.text[..count]);
        self.text.drain(..count);
        Ok(count)
    }
}

#[test]
fn a_message_of_30_mib_passes_unchanged_in_16_mib_of_memory() {
    const MESSAGE: u64 = 30 << 20;
    const MEMORY: u64 = 16 << 20;
    /// Two lanes of 1 MiB and the header.
    const SEGMENT: u64 = (2 << 20) + 4096;
    for (writer, reader) in [("nul", "nul"), ("raw", "json")] {
        let place = Place::new();
        let pids = Arc::new(OnceLock::<[i32; 2]>::new());
        let most = Arc::new(Mutex::new(([0; 2], 0_u64)));
        let (told, of) = (Arc::clone(&most), Arc::clone(&pids));
        let reader = place.reader().args("--framing").arg(reader).output_to(move |piece| {
            let mut most = told.lock().expect("the other side does not panic");
            for (most, &pid) in most.0.iter_mut().zip(of.get().into_iter().flatten()) {
                *most = memory_in_use(pid, SEGMENT).unwrap_or_default().max(*most);
            }
            most.1 += piece.iter().filter(|&&byte| byte == b'~').count() as u64;
            true
        });
        let reader = reader.start();
        let (from, mut to) = pipe().expect("a pipe");
        let writer = place.writer().args("--framing").arg(writer).input_of(from).start();
        pids.set([writer.pid(), reader.pid()]).expect("set once");
        thread::spawn(move || {
            let piece = vec![b'~'; 1 << 16];
            (0..MESSAGE >> 16).try_for_each(|_| to.write_all(&piece))
        });
        writer.wait().assert_well();
        reader.wait().assert_well();
        let ([writer, reader], seen) = *most.lock().expect("the sink does not panic");
        assert_eq!(seen, MESSAGE);
        assert!(
            writer > 0 && writer < MEMORY && reader > 0 && reader < MEMORY,
            "writer {writer}, reader {reader} bytes"
        );
    }
}
