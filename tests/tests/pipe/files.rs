//! Files that a screen offers to a reader without one: a line, and nothing else.

use frontend::transfer::Frame;
use nix::sys::signal::Signal;
use shmchat::{Channel, ChannelName, Kind, Outgoing, Part, Role};
use shmchat_tests::Place;
use shmchat_tests::in_memory;

/// A text, an offer, what might follow an offer, and a text.
fn wait_in(place: &Place) {
    let channel = in_memory(Channel::named(ChannelName::default()).dir(place.dir())).display_name("carol");
    let mut writer = channel.attach(Role::Writer).expect("the channel");
    writer.send(Outgoing { kind: Kind::Text, ..Outgoing::from("before") }).expect("sent");
    let frames = [
        Frame::Offer { offer: 1, size: 2_100_000, name: "../photo.jpg" }.encode(),
        Frame::Chunk { take: 1, offset: 0, bytes: b"bytes\n" }.encode(),
        Frame::Done { take: 1, sha256: [b'\n'; 32] }.encode(),
        b"no frame\n".to_vec(),
    ];
    for frame in &frames {
        writer.send(Outgoing { kind: Kind::File, ..Outgoing::from(frame) }).expect("sent");
    }
    writer.send(Outgoing { kind: Kind::Text, ..Outgoing::from("after") }).expect("sent");
    writer.quit().expect("quit");
}

const OFFER: &str = "carol offers photo.jpg, 2.1 MB (files can be received on the screen only)";

#[test]
fn an_offer_is_a_line_and_the_file_is_skipped() {
    for (framing, separator) in [("line", "\n"), ("nul", "\0")] {
        let place = Place::new();
        wait_in(&place);
        let reader = place.reader().args("--framing").arg(framing).finish();
        reader.assert_well();
        let expected: String = ["before", OFFER, "after"].map(|line| format!("{line}{separator}")).concat();
        assert_eq!(String::from_utf8_lossy(&reader.stdout), expected);
        place.assert_nothing_left();
    }
    let place = Place::new();
    wait_in(&place);
    let reader = place.reader().args("--plain").in_terminal();
    assert_eq!(reader.wait(), Some(0));
    reader.wait_for(&["before", OFFER, "after"].join("\n"));
}

#[test]
fn a_stream_of_bytes_has_no_place_for_an_offer() {
    let place = Place::new();
    wait_in(&place);
    let reader = place.reader().args("--framing raw").finish();
    reader.assert_well();
    let stdout = String::from_utf8_lossy(&reader.stdout);
    assert!(stdout.starts_with("before") && stdout.trim_end().ends_with("after"), "{stdout:?}");
    assert!(!stdout.contains("photo") && !stdout.contains("bytes"), "{stdout:?}");
}

#[test]
fn json_has_an_object_for_an_offer_and_a_json_writer_leaves_it_out() {
    let place = Place::new();
    wait_in(&place);
    let reader = place.reader().args("--framing json").finish();
    reader.assert_well();
    let text = String::from_utf8(reader.stdout).expect("text");
    let objects: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(objects.len(), 3, "{text}");
    let offer = &objects[1];
    assert_eq!((&offer["kind"], &offer["from"]), (&"file".into(), &"carol".into()));
    assert_eq!((&offer["name"], &offer["size"]), (&"photo.jpg".into(), &2_100_000.into()));
    assert!(offer["seq"].is_u64() && offer.get("text").is_none(), "{offer}");

    let place = Place::new();
    place.writer().args("--framing json").input(text).finish().assert_well();
    let reader = place.reader().finish();
    reader.assert_well();
    assert_eq!(String::from_utf8_lossy(&reader.stdout), "before\nafter\n");
}

#[test]
fn an_offer_behind_a_message_that_was_cut_off_does_not_hide_that() {
    let place = Place::new();
    let channel = in_memory(Channel::named(ChannelName::default()).dir(place.dir())).display_name("carol");
    let mut writer = channel.attach(Role::Writer).expect("the channel");
    writer.send(Outgoing { kind: Kind::Text, part: Part::First, ..Outgoing::from("half") }).expect("sent");
    writer.quit().expect("quit");
    let mut writer = channel.attach(Role::Writer).expect("the channel");
    let offer = Frame::Offer { offer: 1, size: 5, name: "photo.jpg" }.encode();
    writer.send(Outgoing { kind: Kind::File, ..Outgoing::from(&offer) }).expect("sent");
    writer.quit().expect("quit");
    let reader = place.reader().args("--framing json").finish();
    let text = String::from_utf8_lossy(&reader.stdout);
    let objects: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(objects.len(), 3, "{text}");
    assert_eq!((&objects[0]["text"], &objects[0]["more"]), (&"half".into(), &true.into()));
    assert_eq!((&objects[1]["cut"], &objects[1]["seq"]), (&true.into(), &objects[0]["seq"]));
    assert_eq!(objects[2]["name"], "photo.jpg");
    assert_eq!(reader.code, Some(1));
}

#[test]
fn an_offer_is_not_one_of_the_messages_that_are_counted() {
    let place = Place::new();
    wait_in(&place);
    let reader = place.reader().args("--count 2").finish();
    reader.assert_well();
    assert_eq!(String::from_utf8_lossy(&reader.stdout), format!("before\n{OFFER}\nafter\n"));
    place.assert_nothing_left();
}

#[test]
fn an_offer_stands_until_its_screen_quits_whoever_reads_it() {
    let place = Place::new();
    let file = place.dir().join("photo.jpg");
    std::fs::write(&file, "bytes").expect("a file");
    let mut alice = place.writer().args("--name alice").in_terminal();
    alice.wait_for("waiting for a reader");
    alice.press(&format!("/send {}\r", file.display()));
    alice.wait_for("you offer photo.jpg, 5 bytes");
    let pipe = place.reader().start();
    pipe.stdout.wait_for("alice offers photo.jpg, 5 bytes (files can be received on the screen only)\n");
    pipe.signal(Signal::SIGTERM);
    pipe.wait();
    // Nobody answered, so it is offered to the next one, who can.
    let stored = place.dir().join("stored");
    let mut bob = place.reader().args("--name bob").in_terminal();
    bob.wait_for("alice offers photo.jpg, 5 bytes: /get or /skip");
    bob.press(&format!("i/get {}\r", stored.display()));
    alice.wait_for("bob has received photo.jpg");
    assert_eq!(std::fs::read(stored).expect("the file"), b"bytes");
}
