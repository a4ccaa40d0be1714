//! Two sides and two lanes, without a channel: what the two make of files.
mod pair;
mod random;

use super::{Frame, OFFERS_MAX, Refused, Step, Transfers, Withdrawn, offer_line};
use pair::{Pair, Side};
use std::fs;
use std::path::PathBuf;

/// Bytes that are not the same anywhere.
fn contents(length: usize) -> Vec<u8> {
    (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[test]
fn a_file_arrives_whole_with_progress_on_both_sides() {
    let mut pair = Pair::new();
    let sent = pair.file("photo.jpg", &contents(1_000_000));
    pair.alice.send(&sent, 1).unwrap();
    pair.run();
    assert_eq!(pair.told(Side::Bob), ["alice offers photo.jpg, 1.0 MB: /get or /skip"]);
    assert_eq!(pair.stored(), Vec::<PathBuf>::new(), "nothing is written without a word");
    pair.get("");
    pair.run();
    let (alice, bob) = (pair.told(Side::Alice), pair.told(Side::Bob));
    assert_eq!(alice[..2], ["you offer photo.jpg, 1.0 MB; /skip withdraws it", "sending photo.jpg: 0 %"]);
    assert_eq!(alice[alice.len() - 2..], ["sending photo.jpg: 100 %", "bob has received photo.jpg, 1.0 MB"]);
    assert_eq!(bob[0], "receiving photo.jpg: 0 %");
    assert!(bob.len() > 10, "{bob:?}");
    let stored = pair.stored();
    assert_eq!(stored, [pair.downloads().join("photo.jpg")]);
    assert_eq!(*bob.last().unwrap(), format!("received photo.jpg, 1.0 MB: {}", stored[0].display()));
    assert_eq!(fs::read(&stored[0]).unwrap(), contents(1_000_000));
}

#[test]
fn an_empty_file_arrives_too() {
    let mut pair = Pair::new();
    pair.offer_and_get("empty", b"");
    assert_eq!(fs::read(pair.downloads().join("empty")).unwrap(), b"");
    assert_eq!(pair.told(Side::Alice).last().unwrap(), "bob has received empty, 0 bytes");
}

#[test]
fn a_message_waits_behind_no_more_than_the_window() {
    let mut pair = Pair::new();
    pair.send_file("big", &contents(3_000_000));
    pair.run();
    pair.get("");
    pair.deliver(Side::Bob);
    pair.pump(Side::Alice);
    let waiting = pair.bytes_waiting(Side::Alice);
    assert!((1..=256 << 10).contains(&waiting), "{waiting}");
}

#[test]
fn several_offers_are_taken_in_their_order() {
    let mut pair = Pair::new();
    for name in ["one", "two", "three"] {
        pair.send_file(name, name.as_bytes());
    }
    pair.run();
    pair.get("");
    pair.skip(Side::Bob);
    pair.get("");
    pair.run();
    assert_eq!(pair.stored(), ["one", "three"].map(|name| pair.downloads().join(name)));
    assert!(pair.told(Side::Alice).contains(&"bob skipped two".to_owned()));
    assert_eq!(pair.bob.get("", 99).unwrap_err(), "nobody offers a file: there is nothing to get");
    assert_eq!(pair.bob.skip().unwrap_err(), "there is no file to skip");
}

#[test]
fn a_file_that_changes_while_it_is_on_offer_is_withdrawn() {
    for change in [&b"another size"[..], &[7; 100_000][..]] {
        let mut pair = Pair::new();
        let path = pair.send_file("log", &[6; 100_000]);
        pair.run();
        fs::write(&path, change).unwrap();
        filetime(&path);
        pair.get("");
        pair.run();
        assert_eq!(pair.stored(), Vec::<PathBuf>::new());
        assert_eq!(
            pair.told(Side::Bob).last().unwrap(),
            "log changed at alice's while it was on offer; nothing was kept"
        );
        assert!(pair.told(Side::Alice).last().unwrap().starts_with("log has changed since you offered it"));
    }
}

/// Another time of change, even on a clock that is coarse.
fn filetime(path: &str) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
}

#[test]
fn a_folder_a_fifo_and_nothing_are_not_sent() {
    let mut pair = Pair::new();
    let fifo = pair.here("fifo");
    nix::unistd::mkfifo(fifo.as_str(), nix::sys::stat::Mode::S_IRUSR).unwrap();
    let [folder, missing] = [pair.here(""), pair.here("missing")];
    for (path, why) in [
        (folder.as_str(), "not a regular file"),
        (&fifo, "not a regular file"),
        (&missing, "No such file or directory"),
        ("", "which file? /send FILE"),
    ] {
        let error = pair.alice.send(path, 1).unwrap_err();
        assert!(error.contains(why), "{path}: {error}");
    }
    assert!(pair.alice.next_frame(1000).is_none());
}

#[test]
fn what_cannot_be_stored_is_said_and_the_offer_stands() {
    let mut pair = Pair::new();
    pair.send_file("photo.jpg", b"bytes");
    pair.run();
    let taken = pair.here("taken");
    fs::write(&taken, "mine").unwrap();
    let missing = pair.here("missing/photo.jpg");
    let error = pair.bob.get(&taken, 7).unwrap_err();
    assert!(error.ends_with("File exists; nothing is overwritten: /get another PATH"), "{error}");
    let error = pair.bob.get(&missing, 8).unwrap_err();
    assert!(error.ends_with("No such file or directory; /get PATH stores it elsewhere"), "{error}");
    // It comes to exist while the file is on its way.
    let race = pair.here("race");
    pair.get(&race);
    fs::write(&race, "mine").unwrap();
    pair.run();
    assert_eq!(pair.told(Side::Alice).last().unwrap(), "bob could not store photo.jpg; it is still on offer");
    let other = pair.here("other");
    pair.get(&other);
    pair.run();
    for (path, bytes) in [(&taken, "mine"), (&race, "mine"), (&other, "bytes")] {
        assert_eq!(fs::read(path).unwrap(), bytes.as_bytes());
    }
}

#[test]
fn a_stop_in_the_middle_leaves_nothing() {
    for stopper in [Side::Alice, Side::Bob] {
        let mut pair = Pair::new();
        pair.send_file("big", &contents(1_000_000));
        pair.run();
        pair.get("");
        pair.some_rounds(2);
        pair.skip(stopper);
        pair.run();
        assert_eq!(pair.stored(), Vec::<PathBuf>::new());
        let expected = [
            ["you withdrew big", "alice has withdrawn big; nothing was kept"],
            ["bob stopped big; nothing was kept", "skipped big; nothing was kept"],
        ];
        let found = [Side::Alice, Side::Bob].map(|side| pair.told(side).pop().unwrap());
        assert_eq!(found, expected[stopper as usize], "{stopper:?}");
        assert!(pair.alice.next_frame(1000).is_none());
    }
}

#[test]
fn a_successor_of_the_receiver_is_offered_the_file_again() {
    for noticed in [true, false] {
        let mut pair = Pair::new();
        pair.send_file("big", &contents(1_000_000));
        pair.run();
        pair.get("");
        pair.some_rounds(2);
        pair.kill(Side::Bob, noticed);
        pair.run();
        assert_eq!(pair.stored(), Vec::<PathBuf>::new(), "noticed: {noticed}");
        pair.get("");
        pair.run();
        assert_eq!(fs::read(pair.downloads().join("big")).unwrap(), contents(1_000_000));
        assert_eq!(pair.stored().len(), 1);
    }
}

#[test]
fn a_killed_sender_leaves_nothing_and_the_receiver_says_so() {
    let mut pair = Pair::new();
    pair.send_file("big", &contents(1_000_000));
    pair.send_file("other", b"bytes");
    pair.run();
    pair.get("");
    pair.some_rounds(2);
    pair.kill(Side::Alice, true);
    pair.run();
    let told = pair.told(Side::Bob);
    assert_eq!(
        told[told.len() - 2..],
        ["alice left before big was whole; nothing was kept", "alice left and no longer offers other"]
    );
    assert_eq!(pair.stored(), Vec::<PathBuf>::new());
}

#[test]
fn what_comes_twice_early_or_late_from_the_receiver_changes_nothing() {
    let mut pair = Pair::new();
    pair.send_file("big", &contents(1_000_000));
    pair.run();
    pair.get("");
    pair.some_rounds(1);
    let (offer, take) = (pair.draw() - 2, pair.draw() - 2);
    pair.told(Side::Alice);
    // Accepted again, and stored before all of it was sent.
    pair.alice.receive("bob", &Frame::Accept { offer, take }.encode());
    pair.alice.receive("bob", &Frame::Stored { take }.encode());
    assert_eq!(pair.told(Side::Alice), [""; 0]);
    // Skipped while the next bytes wait for room.
    pair.some_rounds(1);
    assert!(pair.alice.next_frame(1000).is_some());
    pair.alice.receive("bob", &Frame::Skip { offer }.encode());
    assert_eq!(pair.alice.next_frame(1000), None);
    assert_eq!(pair.told(Side::Alice).pop().unwrap(), "bob stopped big; nothing was kept");
}

#[test]
fn a_peer_that_offers_without_end_fills_eight_lines() {
    let mut bob = Transfers::new(1 << 20, Default::default());
    for offer in 0..1000 {
        bob.receive("eve", &Frame::Offer { offer, size: u64::MAX, name: "../x" }.encode());
    }
    let notes = bob.take_notes();
    assert_eq!(notes.iter().filter(|note| note.step == Step::Offered).count(), OFFERS_MAX);
    let mut answers = 0;
    while bob.next_frame(1000).is_some() {
        bob.sent(answers);
        answers += 1;
    }
    assert_eq!(answers, 64, "a queue that a peer fills has an end");
}

#[test]
fn a_peer_that_accepts_and_refuses_without_end_costs_a_queue_with_an_end() {
    let mut pair = Pair::new();
    pair.send_file("file", b"bytes");
    let offer = pair.draw() - 1;
    for take in 0..1000 {
        pair.alice.receive("eve", &Frame::Accept { offer, take }.encode());
        pair.alice.receive("eve", &Frame::Accept { offer: take, take }.encode());
        pair.alice.receive("eve", &Frame::Refuse { take, why: Refused::Unknown }.encode());
    }
    let mut frames = 0;
    while pair.alice.next_frame(1000).is_some() {
        pair.alice.sent(frames);
        frames += 1;
    }
    assert_eq!(frames, 64);
}

#[test]
fn a_peer_that_sends_other_bytes_than_it_offered_gets_nothing_stored() {
    const BYTES: &[u8] = b"0123456789";
    let chunk = |offset, bytes| Frame::Chunk { take: 5, offset, bytes };
    let done_for = |take, of: &[u8]| {
        let mut hash = super::sha256::Hash::default();
        hash.update(of);
        Frame::Done { take, sha256: hash.finish() }
    };
    let done = |of: &[u8]| done_for(5, of);
    let cases: &[(&str, Vec<Frame<'_>>)] = &[
        ("another hash", vec![chunk(0, BYTES), done(b"012345678X")]),
        ("too few", vec![chunk(0, &BYTES[..9]), done(&BYTES[..9])]),
        ("too many", vec![chunk(0, BYTES), chunk(10, b"x"), done(b"0123456789x")]),
        ("too many at once", vec![chunk(0, b"0123456789x")]),
        ("a gap", vec![chunk(0, &BYTES[..3]), chunk(4, &BYTES[4..]), done(BYTES)]),
        ("half of it twice", vec![chunk(0, &BYTES[..6]), chunk(4, &BYTES[4..]), done(BYTES)]),
        ("an offset at the end of numbers", vec![chunk(u64::MAX, b"xy")]),
        (
            "withdrawn before the end",
            vec![chunk(0, BYTES), Frame::Withdraw { offer: 1, why: Withdrawn::Asked }, done(BYTES)],
        ),
        ("another take", vec![Frame::Chunk { take: 6, offset: 0, bytes: BYTES }, done_for(6, BYTES)]),
    ];
    for (what, frames) in cases {
        let mut pair = Pair::new();
        pair.bob.receive("eve", &Frame::Offer { offer: 1, size: 10, name: "x" }.encode());
        pair.bob.get("", 5).unwrap();
        frames.iter().for_each(|frame| pair.bob.receive("eve", &frame.encode()));
        assert_eq!(pair.stored(), Vec::<PathBuf>::new(), "{what}");
    }
    // And what comes twice is as good as once.
    let mut pair = Pair::new();
    pair.bob.receive("eve", &Frame::Offer { offer: 1, size: 10, name: "x" }.encode());
    pair.bob.get("", 5).unwrap();
    for frame in
        [chunk(0, &BYTES[..6]), chunk(0, &BYTES[..6]), chunk(6, &BYTES[6..]), chunk(2, &BYTES[2..5]), done(BYTES)]
    {
        pair.bob.receive("eve", &frame.encode());
    }
    assert_eq!(fs::read(pair.downloads().join("x")).unwrap(), BYTES);
}

#[test]
fn bytes_that_do_not_belong_end_a_transfer_at_once_so_that_no_more_than_was_offered_is_written() {
    for (offset, bytes) in [(3, &b"45678"[..]), (1, b"12345"), (2, b"0123456789"), (2, b"23456789x"), (u64::MAX, b"xy")]
    {
        let mut pair = Pair::new();
        pair.bob.receive("eve", &Frame::Offer { offer: 1, size: 10, name: "x" }.encode());
        pair.bob.get("", 5).unwrap();
        pair.bob.receive("eve", &Frame::Chunk { take: 5, offset: 0, bytes: b"01" }.encode());
        pair.told(Side::Bob);
        pair.bob.receive("eve", &Frame::Chunk { take: 5, offset, bytes }.encode());
        assert_eq!(pair.told(Side::Bob), ["x arrived damaged, and nothing was kept; /get tries again"], "{offset}");
        // It is known no longer.
        pair.bob.receive("eve", &Frame::Chunk { take: 5, offset: 2, bytes: b"23456789" }.encode());
        assert_eq!(pair.told(Side::Bob), [""; 0]);
    }
}

#[test]
fn bytes_that_nobody_asked_for_are_refused_once() {
    let mut pair = Pair::new();
    for offset in 0..3 {
        pair.bob.receive("eve", &Frame::Chunk { take: 5, offset, bytes: b"x" }.encode());
    }
    let refused = Frame::Refuse { take: 5, why: Refused::Unknown }.encode();
    assert_eq!(pair.bob.next_frame(1000), Some(&refused[..]));
    pair.bob.sent(1);
    assert_eq!(pair.bob.next_frame(1000), None);
}

#[test]
fn without_a_screen_an_offer_is_a_line_and_the_rest_is_nothing() {
    let offer = Frame::Offer { offer: 1, size: 2_100_000, name: "../pho\u{202E}to.jpg" }.encode();
    let line = "ca␛rol offers photo.jpg, 2.1 MB (files can be received on the screen only)";
    assert_eq!(offer_line("ca\x1brol", &offer).as_deref(), Some(line));
    assert_eq!(offer_line("carol", &Frame::Skip { offer: 1 }.encode()), None);
    assert_eq!(offer_line("carol", b"anything"), None);
}
