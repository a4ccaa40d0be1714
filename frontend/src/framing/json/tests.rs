//! Objects as they are documented, back and forth, and whatever else a line may say.

use super::*;
use crate::framing::{InputError, Next, PartPolicy, Source};
use proptest::prelude::*;
use shmchat::Kind;
use shmchat::{Envelope, Outgoing, Part};
use std::time::{Duration, SystemTime};

const NOW: u64 = 1_795_285_584_123_456_789;

/// A time so many nanoseconds after the epoch.
fn time(nanoseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds)
}

fn envelope(seq: u64, part: Part) -> Envelope {
    Envelope { seq, kind: Kind::Text, sent: Some(time(NOW)), part, unterminated: false, follows_truncated: false }
}

fn written(envelope: Envelope, bytes: &[u8]) -> String {
    let mut out = Vec::new();
    let mut writer = JsonWriter::default();
    writer.set_from("alice");
    writer.append(&envelope, bytes, &mut out);
    String::from_utf8(out).unwrap()
}

#[derive(Clone, Debug, PartialEq)]
struct Read {
    kind: Kind,
    sent: Option<SystemTime>,
    bytes: Vec<u8>,
    part: Part,
    unterminated: bool,
    from: Option<String>,
}

/// What a stream says, read in pieces of this size, and what in it is wrong.
fn read(stream: &[u8], pieces: PartPolicy, at_once: usize) -> (Vec<Read>, Vec<InputError>) {
    let mut source = Objects::new(pieces, false);
    let (mut found, mut wrongs, mut chunks) = (Vec::new(), Vec::new(), stream.chunks(at_once));
    loop {
        match source.next() {
            Ok(Next::Message(Outgoing { kind, sent, bytes, part, unterminated, from })) => {
                assert!(bytes.len() <= pieces.limit);
                assert!(!bytes.is_empty() || part.is_end(), "a part of nothing, with more to follow");
                found.push(Read {
                    kind,
                    sent,
                    bytes: bytes.to_vec(),
                    part,
                    unterminated,
                    from: from.map(str::to_owned),
                });
                source.sent();
            }
            Ok(Next::Quit) => unreachable!("nobody asked"),
            Ok(Next::Nothing) => match chunks.next() {
                None if source.block().has_ended() => return (found, wrongs),
                None => source.block().end(),
                Some(chunk) => {
                    source.block().space()[..chunk.len()].copy_from_slice(chunk);
                    source.block().fill(chunk.len());
                }
            },
            Err(wrong) => {
                assert_eq!(source.next().map(drop).unwrap_err(), wrong, "the same until it is skipped");
                wrongs.push(wrong);
                source.skip();
            }
        }
    }
}

const PARTS: PartPolicy = PartPolicy { limit: 1000, streams: true };
const WHOLE: PartPolicy = PartPolicy { limit: 1000, streams: false };

fn well(stream: &str) -> Vec<Read> {
    let (found, wrongs) = read(stream.as_bytes(), PARTS, 1 << 16);
    assert_eq!(wrongs, []);
    found
}

fn texts(found: &[Read]) -> Vec<(&str, Part)> {
    found.iter().map(|read| (std::str::from_utf8(&read.bytes).unwrap(), read.part)).collect()
}

#[test]
fn an_object_is_written_as_it_is_documented() {
    assert_eq!(
        written(envelope(8, Part::Whole), b"hello"),
        "{\"seq\":8,\"ts\":\"2026-11-21T18:26:24.123456789Z\",\"from\":\"alice\",\"text\":\"hello\"}\n"
    );
    assert_eq!(
        written(Envelope { sent: None, kind: Kind::Bytes, unterminated: true, ..envelope(0, Part::First) }, b"\xff"),
        "{\"seq\":0,\"from\":\"alice\",\"base64\":\"/w==\",\"more\":true,\"unterminated\":true,\"kind\":\"bytes\"}\n"
    );
}

#[test]
fn what_a_terminal_would_obey_is_escaped_and_a_program_reads_the_same() {
    let text = "\u{1b}[31m\u{7f}\u{9b}\u{202e}\n\t\u{e0067}é";
    let mut out = Vec::new();
    let mut writer = JsonWriter::default();
    writer.set_from("\u{202e}bob\u{7f}");
    writer.append(&envelope(1, Part::Whole), text.as_bytes(), &mut out);
    let line = String::from_utf8(out).unwrap();
    assert!(line.trim_end().chars().all(|c| c == 'é' || (' '..='~').contains(&c)), "{line}");
    assert_eq!(texts(&well(&line)), [(text, Part::Whole)]);
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["from"], "\u{202e}bob\u{7f}");
}

#[test]
fn only_text_or_base64_is_needed_and_what_is_not_known_is_passed_over() {
    let found = well("{\"text\":\"a\"}\n\n  \r\n{\"base64\":\"/w==\",\"new\":[{}]}\r\n{\"text\":\"no end\"}");
    assert_eq!(found.iter().map(|read| read.bytes.as_slice()).collect::<Vec<_>>(), [b"a", &b"\xff"[..], b"no end"]);
    assert!(found.iter().all(|read| read.sent.is_some() && !read.unterminated && read.part == Part::Whole));
}

#[test]
fn a_given_time_is_the_messages_and_a_stream_has_none() {
    let found = well(concat!(
        "{\"ts\":\"2026-11-21T18:26:24.123456789Z\",\"text\":\"\"}\n",
        "{\"ts\":\"2026-11-21T20:26:24.5+02:00\",\"text\":\"\"}\n",
        "{\"text\":\"\",\"kind\":\"bytes\"}\n",
        "{\"ts\":\"2554-07-21T23:34:33.709551615Z\",\"text\":\"\"}\n",
    ));
    let sent: Vec<_> = found.iter().map(|read| read.sent).collect();
    assert_eq!(sent, [Some(time(NOW)), Some(time(1_795_285_584_500_000_000)), None, Some(time(u64::MAX))]);
}

#[test]
fn parts_go_on_with_their_message_and_with_no_other() {
    let found = well(concat!(
        "{\"text\":\"a\",\"more\":true,\"kind\":\"bytes\"}\n{\"text\":\"\",\"more\":true}\n{\"text\":\"b\"}\n",
        "{\"seq\":1,\"text\":\"\",\"more\":true,\"kind\":\"bytes\"}\n{\"seq\":1,\"text\":\"c\"}\n",
        "{\"seq\":2,\"text\":\"cut\",\"more\":true,\"kind\":\"bytes\"}\n{\"seq\":3,\"text\":\"d\"}\n",
    ));
    assert_eq!(
        texts(&found),
        [("a", Part::First), ("b", Part::Last), ("c", Part::Whole), ("cut", Part::First), ("d", Part::Whole)]
    );
}

#[test]
fn parts_of_a_text_are_put_together_and_of_a_stream_where_that_is_asked_for() {
    for (kind, pieces) in [("text", WHOLE), ("bytes", WHOLE), ("text", PARTS)] {
        let stream = concat!(
            "{\"text\":\"a\",\"more\":true,\"kind\":\"KIND\"}\n{\"text\":\"b\"}\n",
            "{\"seq\":2,\"text\":\"cut\",\"more\":true,\"kind\":\"KIND\"}\n{\"seq\":3,\"text\":\"d\"}\n",
            "{\"text\":\"the end\",\"more\":true,\"kind\":\"KIND\"}\n",
        );
        let (found, wrongs) = read(stream.replace("KIND", kind).as_bytes(), pieces, 7);
        assert_eq!(wrongs, []);
        let expected = [("ab", Part::Whole), ("cut", Part::First), ("d", Part::Whole), ("the end", Part::First)];
        assert_eq!(texts(&found), expected);
    }
    // As long as it may be whole, and a byte more.
    for (length, parts) in [(1000, vec![Part::Whole]), (1001, vec![Part::First, Part::Last])] {
        let piece = "a".repeat(length - 1);
        let (found, _) =
            read(format!("{{\"text\":\"{piece}\",\"more\":true}}\n{{\"text\":\"b\"}}").as_bytes(), PARTS, 100);
        assert_eq!(found.iter().map(|read| read.part).collect::<Vec<_>>(), parts);
    }
}

#[test]
fn a_message_that_was_cut_off_stays_unfinished_and_no_other_goes_on_with_it() {
    let begun = "{\"seq\":1,\"text\":\"a\",\"more\":true}\n";
    let cut = "{\"seq\":1,\"from\":\"bob\",\"cut\":true}\n";
    for next in ["{\"seq\":2,\"text\":\"b\"}", "{\"text\":\"b\"}", "{\"seq\":2,\"text\":\"b\",\"rest\":true}"] {
        let found = well(&format!("{begun}{cut}{next}\n"));
        assert_eq!(texts(&found), [("a", Part::First), ("b", Part::Whole)], "{next}");
    }
    // Of nothing there is nothing to cut off.
    assert_eq!(texts(&well(&format!("{cut}{{\"text\":\"b\"}}\n{cut}"))), [("b", Part::Whole)]);
}

#[test]
fn the_rest_of_a_message_goes_on_with_what_is_open_here_or_with_what_an_earlier_writer_left() {
    let rest = "{\"seq\":9,\"text\":\"b\",\"rest\":true,\"more\":true}\n{\"seq\":9,\"text\":\"c\"}\n{\"text\":\"d\"}\n";
    assert_eq!(texts(&well(rest)), [("bc", Part::Last), ("d", Part::Whole)]);
    let begun = "{\"seq\":1,\"text\":\"a\",\"more\":true}\n";
    assert_eq!(texts(&well(&format!("{begun}{rest}"))), [("abc", Part::Whole), ("d", Part::Whole)]);
}

#[test]
fn a_part_without_its_beginning_and_one_without_its_end_say_so_once() {
    let mut out = Vec::new();
    let mut writer = JsonWriter::default();
    let mut append = |seq, part, follows_truncated| {
        let envelope = Envelope { sent: None, follows_truncated, ..envelope(seq, part) };
        writer.append(&envelope, b"a", &mut out);
    };
    append(8, Part::Middle, false);
    append(8, Part::Last, false);
    append(16, Part::First, false);
    append(24, Part::Whole, true);
    append(32, Part::Last, false);
    writer.append_truncated(&mut out);
    let expected = concat!(
        "{\"seq\":8,\"text\":\"a\",\"rest\":true,\"more\":true}\n",
        "{\"seq\":8,\"text\":\"a\"}\n",
        "{\"seq\":16,\"text\":\"a\",\"more\":true}\n",
        "{\"seq\":16,\"cut\":true}\n",
        "{\"seq\":24,\"text\":\"a\"}\n",
        "{\"seq\":32,\"text\":\"a\",\"rest\":true}\n",
    );
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn what_is_wrong_is_told_by_line_and_column_and_the_rest_is_read() {
    let cases = [
        ("{\"text\":\"a\"", 11, "EOF"),
        ("nonsense", 1, "an object"),
        ("  {nonsense}", 4, "key must be a string"),
        ("[8,null,\"a\"]", 1, "an object with text or base64"),
        ("{\"text\":1}", 9, "invalid type: integer"),
        ("{\"text\":\"a\"} x", 14, "trailing"),
        ("{\"seq\":1}", 1, "neither text nor base64"),
        ("{\"text\":\"a\",\"base64\":\"\"}", 1, "both text and base64"),
        ("{\"text\":\"a\",\"text\":\"b\"}", 18, "duplicate field"),
        ("{\"base64\":\"!\"}", 14, "base64"),
        ("{\"text\":\"\",\"ts\":\"yesterday\"}", 28, "not a time"),
        ("{\"text\":\"\",\"ts\":\"1969-12-31T23:59:59Z\"}", 39, "before 1970"),
        ("{\"text\":\"\\ud800\"}", 16, "hex escape"),
        ("{\"text\":\"\",\"kind\":\"lines\"}", 25, "lines"),
        ("{\"text\":\"\",\"cut\":true}", 1, "nothing more follows"),
        ("{\"cut\":true,\"more\":true}", 1, "nothing more follows"),
    ];
    for (line, column, what) in cases {
        for at_once in [1, 1000] {
            let stream = format!("{{\"text\":\"before\"}}\n{line}\n{{\"text\":\"after\"}}\n");
            let (found, wrongs) = read(stream.as_bytes(), PARTS, at_once);
            assert_eq!(texts(&found), [("before", Part::Whole), ("after", Part::Whole)], "{line}");
            let [wrong] = &wrongs[..] else { panic!("{line}: {wrongs:?}") };
            assert!(wrong.line == 2 && wrong.what.contains(what), "{line}: {wrong}");
            assert_eq!(wrong.column, column, "{line}: {wrong}");
            assert!(!wrong.what.contains("at line"), "{wrong}");
        }
    }
}

#[test]
fn a_line_that_is_not_utf_8_is_wrong() {
    let (found, wrongs) = read(b"{\"text\":\"\xff\"}\n{\"text\":\"a\"}\n", PARTS, 100);
    assert_eq!((texts(&found), wrongs.len()), (vec![("a", Part::Whole)], 1));
}

#[test]
fn a_part_behind_a_line_that_was_skipped_goes_on_with_nothing() {
    let stream = "{\"text\":\"a\",\"more\":true}\nwrong\n{\"text\":\"b\"}\n";
    let (found, wrongs) = read(stream.as_bytes(), PARTS, 100);
    assert_eq!(wrongs.len(), 1);
    assert_eq!(texts(&found), [("a", Part::First), ("b", Part::Whole)]);
}

#[test]
fn a_line_that_is_too_long_is_refused_in_bounded_memory() {
    let mut stream = b"{\"text\":\"a\"}\n{\"text\":\"".to_vec();
    stream.resize(stream.len() + 3 * MAX_LINE, b'a');
    stream.extend(b"\"}\n{\"text\":\"b\"}\n");
    let (found, wrongs) = read(&stream, PARTS, 1 << 16);
    assert_eq!(texts(&found), [("a", Part::Whole), ("b", Part::Whole)]);
    assert_eq!(wrongs.iter().map(|wrong| (wrong.line, wrong.column)).collect::<Vec<_>>(), [(2, MAX_LINE + 1)]);
    let longest = format!("{{\"text\":\"{}\"}}", "a".repeat(MAX_LINE - 11));
    assert_eq!(well(&longest).iter().map(|read| read.bytes.len()).sum::<usize>(), MAX_LINE - 11);
}

proptest! {
    #[test]
    fn what_is_written_is_read_the_same(
        messages in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..50), any::<u64>(), any::<bool>(), 1..4_usize), 0..10),
        at_once in 1..200_usize,
    ) {
        let (mut stream, mut expected) = (Vec::new(), Vec::new());
        let mut writer = JsonWriter::default();
        for (number, (bytes, clock, unterminated, parts)) in messages.iter().enumerate() {
            let kind = [Kind::Text, Kind::Bytes, Kind::Action, Kind::Bytes][(clock % 4) as usize];
            let sent = (kind != Kind::Bytes).then(|| time(*clock));
            let from = ["", "alice", "bob\u{202e}"][(clock % 3) as usize];
            writer.set_from(from);
            let from = (!from.is_empty()).then(|| from.to_owned());
            for part in 0..*parts {
                let (start, end) = (part == 0, part + 1 == *parts);
                let bytes = if end { bytes.clone() } else { [bytes.as_slice(), b"?"].concat() };
                let (part, unterminated) = (Part::of(start, end), end && *unterminated);
                let envelope = Envelope { seq: number as u64 * 8, kind, sent, part, unterminated, follows_truncated: false };
                writer.append(&envelope, &bytes, &mut stream);
                // A text is put together.
                match expected.last_mut() {
                    Some(Read { bytes: whole, part: open @ Part::First, unterminated: last, .. }) if !start && kind != Kind::Bytes => {
                        whole.extend(bytes);
                        (*open, *last) = (if end { Part::Whole } else { Part::First }, unterminated);
                    }
                    _ => expected.push(Read { kind, sent, bytes, part, unterminated, from: from.clone() }),
                }
            }
        }
        let (found, wrongs) = read(&stream, PARTS, at_once);
        prop_assert_eq!(wrongs, vec![]);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_bytes_are_read_or_refused(stream in prop::collection::vec(any::<u8>(), 0..300), at_once in 1..50_usize) {
        read(&stream, WHOLE, at_once);
    }
}
