//! Files from screen to screen: `/send`, `/get`, `/skip`. What the two sides make of frames is tested in `frontend`'s `transfer`.

use frontend::transfer::Frame;
use nix::sys::signal::Signal;
use sha2::{Digest, Sha256};
use shmchat::{Channel, ChannelName, Kind, Outgoing, Role};
use shmchat_tests::in_memory;
use shmchat_tests::{Place, Run, Terminal};
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// More than arrives before a test has seen that it began; it takes no space where it is sent from.
const ENDLESS: u64 = 64 << 30;

/// A place with a home folder in it, and a folder for downloads in that.
struct Home {
    place: Place,
}

impl Home {
    /// The screens of alice and bob, who is receiving a file from her that never ends.
    fn receiving_big(&self) -> (Terminal, Terminal) {
        self.endless();
        let (mut alice, mut bob) = self.screens();
        alice.press("/send ~/big\r");
        bob.wait_for("alice offers big");
        bob.press("/get\r");
        bob.wait_for("receiving big: ");
        (alice, bob)
    }

    fn new() -> Home {
        let place = Place::new();
        let home = Home { place };
        fs::create_dir_all(home.downloads()).expect("folders");
        home
    }

    /// Away from the channels' folders.
    fn path(&self, name: &str) -> PathBuf {
        self.place.dir().join("home").join(name)
    }

    fn downloads(&self) -> PathBuf {
        self.path("Downloads")
    }

    /// The names of everything that was stored, hidden or not.
    fn stored(&self) -> Vec<String> {
        let entries = fs::read_dir(self.downloads()).expect("the folder").flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn file(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("a file");
    }

    fn endless(&self) {
        File::create(self.path("big")).and_then(|file| file.set_len(ENDLESS)).expect("a file with nothing in it");
    }

    fn at_home(&self, run: Run) -> Run {
        run.env("HOME", self.path("")).env("XDG_CONFIG_HOME", self.path("config"))
    }

    fn alice(&self) -> Terminal {
        self.at_home(self.place.writer().args("--name alice")).in_terminal()
    }

    fn bob(&self) -> Terminal {
        self.at_home(self.place.reader().args("--name bob")).in_terminal()
    }

    fn screens(&self) -> (Terminal, Terminal) {
        let alice = self.alice();
        alice.wait_for("waiting for a reader");
        let mut bob = self.bob();
        bob.wait_for("alice ● here");
        alice.wait_for("bob ● here");
        bob.press("i");
        (alice, bob)
    }
}

fn noise(bytes: usize) -> Vec<u8> {
    (0..bytes as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[test]
fn a_file_of_five_megabytes_arrives_whole_for_its_owner_alone_and_both_sides_say_so() {
    let home = Home::new();
    home.file("照片 photo.jpg", &noise(5_000_000));
    let (mut alice, mut bob) = home.screens();
    alice.press("/send ~/照片 photo.jpg\r");
    alice.wait_for("you offer 照片 photo.jpg, 5.0 MB");
    bob.wait_for("alice offers 照片 photo.jpg, 5.0 MB: /get or /skip");
    assert_eq!(home.stored(), [""; 0], "nothing is written without a word");
    bob.press("/get\r");
    bob.wait_for("received 照片 photo.jpg, 5.0 MB: ~/Downloads/照片 photo.jpg");
    alice.wait_for("bob has received 照片 photo.jpg, 5.0 MB");
    let stored = home.downloads().join("照片 photo.jpg");
    assert!(fs::read(&stored).expect("the file") == noise(5_000_000), "the same bytes");
    assert_eq!(stored.metadata().expect("the file").permissions().mode() & 0o777, 0o600);
    assert_eq!(home.stored().len(), 1, "nothing else");
    // Pieces of a file are no messages that wait for somebody.
    alice.wait_until_gone("waiting");
}

#[test]
fn the_reader_can_send_a_file_too_and_an_empty_one_is_a_file() {
    let home = Home::new();
    home.file("empty", b"");
    let (mut alice, mut bob) = home.screens();
    bob.press("/send ~/empty\r");
    alice.wait_for("bob offers empty, 0 bytes: /get or /skip");
    alice.press("/get\r");
    alice.wait_for("received empty, 0 bytes: ~/Downloads/empty");
    bob.wait_for("alice has received empty, 0 bytes");
    assert_eq!(fs::read(home.downloads().join("empty")).expect("the file"), b"");
}

#[test]
fn the_smallest_lane_carries_a_file_too() {
    let home = Home::new();
    home.file("photo.jpg", &noise(1_000_000));
    let mut alice = home.at_home(home.place.writer().args("--name alice --capacity 64KiB")).in_terminal();
    alice.wait_for("waiting for a reader");
    let mut bob = home.bob();
    bob.wait_for("alice ● here");
    alice.press("/send ~/photo.jpg\r");
    bob.wait_for("alice offers photo.jpg");
    // Outside the input line a slash searches: what the offer says to type finds the offer.
    bob.press("/get\r");
    bob.wait_for("1 of 1: get (the command: press i first)");
    bob.press("i/get\r");
    alice.wait_for("bob has received photo.jpg");
    assert!(fs::read(home.downloads().join("photo.jpg")).expect("the file") == noise(1_000_000), "the same bytes");
}

#[test]
fn one_goes_on_chatting_while_a_file_is_on_its_way_and_either_side_can_stop_it() {
    let home = Home::new();
    home.endless();
    let (mut alice, mut bob) = home.screens();
    for stopper in 0..2 {
        alice.press("/send ~/big\r");
        bob.wait_for("alice offers big, 68.7 GB: /get or /skip");
        bob.press("/get\r");
        alice.wait_for("sending big: ");
        bob.wait_for("receiving big: ");
        alice.press(&format!("meanwhile {stopper}\r"));
        bob.wait_for(&format!("alice  meanwhile {stopper}"));
        bob.press(&format!("and back {stopper}\r"));
        alice.wait_for(&format!("bob    and back {stopper}"));
        // Still under way.
        assert!(alice.contents().contains("sending big"), "{}", alice.contents());
        let (stops, told) = if stopper == 0 { (&mut alice, &bob) } else { (&mut bob, &alice) };
        stops.press("/skip\r");
        told.wait_for(["alice has withdrawn big; nothing was kept", "bob stopped big; nothing was kept"][stopper]);
        assert_eq!(home.stored(), [""; 0]);
        bob.press("/skip\r");
        bob.wait_for("there is no file to skip");
        for screen in [&mut alice, &mut bob] {
            screen.press("/clear\r");
            screen.wait_until_gone("offer");
        }
    }
}

#[test]
fn a_killed_receiver_leaves_no_trace_and_its_successor_is_offered_the_file() {
    let home = Home::new();
    let (alice, bob) = home.receiving_big();
    bob.signal(Signal::SIGKILL);
    assert_eq!(bob.wait(), None);
    assert_eq!(home.stored(), [""; 0], "the kernel has freed it");
    alice.wait_for("bob left before big was whole; it is still on offer");

    let mut bob = home.bob();
    bob.wait_for("alice offers big, 68.7 GB: /get or /skip");
    bob.press("i/get\r");
    bob.wait_for("receiving big: ");
    alice.wait_for("sending big: ");
    bob.press("/skip\r");
    alice.wait_for("bob stopped big");
    assert_eq!(home.stored(), [""; 0]);
}

#[test]
fn a_killed_sender_leaves_no_trace_and_the_receiver_says_so() {
    let home = Home::new();
    home.endless();
    home.file("small", b"bytes");
    let (mut alice, mut bob) = home.screens();
    alice.press("/send ~/big\r/send ~/small\r");
    bob.wait_for("alice offers small");
    bob.press("/get\r");
    bob.wait_for("receiving big: ");
    alice.signal(Signal::SIGKILL);
    bob.wait_for("alice left before big was whole; nothing was kept");
    bob.wait_for("alice left and no longer offers small");
    assert_eq!(home.stored(), [""; 0]);

    let mut alice = home.alice();
    alice.wait_for("bob ● here");
    home.file("later", b"bytes");
    alice.press("/send ~/later\r");
    bob.wait_for("alice offers later, 5 bytes");
    bob.press("/get\r");
    bob.wait_for("received later");
    assert_eq!(home.stored(), ["later"]);
}

#[test]
fn a_screen_that_quits_in_the_middle_says_what_was_not_whole() {
    let home = Home::new();
    home.file("small", b"bytes");
    let (mut alice, bob) = home.receiving_big();
    alice.wait_for("sending big: ");
    alice.press("/send ~/small\r");
    bob.wait_for("alice offers small");
    alice.press("/quit\r");
    assert_eq!(alice.wait(), Some(0));
    alice.wait_for("writer: bob has not received all of big");
    // Her quit ends his screen, before he can read there what became of the files.
    assert_eq!(bob.wait(), Some(0));
    bob.wait_for("reader: alice left before big was whole; nothing was kept");
    bob.wait_for("reader: alice left and no longer offers small");
    assert_eq!(home.stored(), [""; 0]);
}

#[test]
fn what_exists_is_never_replaced() {
    let home = Home::new();
    home.file("photo.jpg", b"new");
    home.file("mine", b"mine");
    fs::write(home.downloads().join("photo.jpg"), "old").expect("a file");
    let (mut alice, mut bob) = home.screens();
    alice.press("/send ~/photo.jpg\r");
    bob.wait_for("alice offers photo.jpg");
    bob.press("/get ~/mine\r");
    bob.wait_for("cannot store photo.jpg in ~/mine: File exists");
    bob.press("/get ~/nowhere/photo.jpg\r");
    bob.wait_for("in ~/nowhere/photo.jpg: No such file or");
    // Where nothing can be written, whoever one is.
    bob.press("/get /proc/photo.jpg\r");
    bob.wait_for("cannot store photo.jpg in /proc/photo.jpg");
    bob.press("/get\r");
    bob.wait_for("received photo.jpg, 3 bytes: ~/Downloads/photo (1).jpg");
    let read = |path: PathBuf| fs::read_to_string(path).expect("a file");
    assert_eq!(read(home.downloads().join("photo.jpg")), "old");
    assert_eq!(read(home.path("mine")), "mine");
    assert_eq!(read(home.downloads().join("photo (1).jpg")), "new");
}

#[test]
fn without_space_nothing_is_kept_and_the_file_is_still_on_offer() {
    let home = Home::new();
    home.file("photo.jpg", &noise(5_000_000));
    let mut alice = home.alice();
    alice.wait_for("waiting for a reader");
    // A limit for each file is what a full disk is to a program, and takes no disk.
    let bob = home.at_home(home.place.reader().args("--name bob")).after("trap '' XFSZ && ulimit -f 1000");
    let mut bob = bob.in_terminal();
    bob.wait_for("alice ● here");
    alice.press("/send ~/photo.jpg\r");
    bob.wait_for("alice offers photo.jpg");
    bob.press("i/get\r");
    bob.wait_for("cannot store photo.jpg: File too large; /get PATH");
    alice.wait_for("bob has no space for photo.jpg; it is still on offer");
    assert_eq!(home.stored(), [""; 0]);
    bob.press("/skip\r");
    alice.wait_for("bob skipped photo.jpg");
}

#[test]
fn a_hostile_name_stays_inside_the_folder_and_bytes_without_a_word_are_not_written() {
    let home = Home::new();
    let mut bob = home.bob();
    bob.wait_for("waiting for a writer");
    let channel = in_memory(Channel::named(ChannelName::default()).dir(home.place.dir())).display_name("eve\x1b[2J");
    let mut eve = channel.attach(Role::Writer).expect("the channel");
    let frame = |frame: Frame<'_>| frame.encode();
    let say = |eve: &mut shmchat::Endpoint, bytes: &[u8]| {
        eve.send(Outgoing { kind: Kind::File, ..Outgoing::from(bytes) }).expect("sent");
    };
    say(&mut eve, &frame(Frame::Chunk { take: 7, offset: 0, bytes: b"uninvited" }));
    say(&mut eve, &frame(Frame::Done { take: 7, sha256: Sha256::digest(b"uninvited").into() }));
    say(&mut eve, b"\x05 no frame at all");
    say(&mut eve, &frame(Frame::Offer { offer: 1, size: 4, name: "../../.evil\u{202e}\x1b[2J.sh" }));
    bob.wait_for("eve␛[2J offers evil[2J.sh, 4 bytes: /get or /skip");
    bob.press("i/get\r");
    bob.wait_for("receiving evil[2J.sh: 0 %");
    let take = loop {
        let message = eve.recv().expect("an answer");
        let taken = match Frame::decode(message.bytes) {
            Some(Frame::Accept { offer: 1, take }) => Some(take),
            _ => None,
        };
        if let Some(take) = taken {
            break take;
        }
    };
    // More than was offered, and then what was.
    say(&mut eve, &frame(Frame::Chunk { take, offset: 0, bytes: b"evil!" }));
    bob.wait_for("evil[2J.sh arrived damaged, and nothing was kept");
    assert_eq!(home.stored(), [""; 0]);
    bob.press("/get\r");
    let take = loop {
        let message = eve.recv().expect("an answer");
        if let Some(Frame::Accept { take, .. }) = Frame::decode(message.bytes) {
            break take;
        }
    };
    say(&mut eve, &frame(Frame::Chunk { take, offset: 0, bytes: b"evil" }));
    say(&mut eve, &frame(Frame::Done { take, sha256: Sha256::digest(b"evil").into() }));
    bob.wait_for("received evil[2J.sh, 4 bytes: ~/Downloads/evil[2J.sh");
    assert_eq!(home.stored(), ["evil[2J.sh"]);
    let outside = fs::read_dir(home.path("")).expect("home").count();
    assert_eq!(outside, 1, "nothing but the folder for downloads");
    eve.receiver().acknowledge().expect("the channel");
    bob.press("/quit\r");
    assert_eq!(bob.wait(), Some(0));
    let raw = bob.raw();
    assert!(!raw.windows(3).any(|found| found == "\u{202e}".as_bytes()), "never as it is");
    eve.quit().expect("quit");
}

#[test]
fn the_transcript_notes_offers_and_results_and_no_bytes() {
    let home = Home::new();
    home.file("photo.jpg", b"secret bytes");
    let (plain, json) = (home.path("chat.txt"), home.path("chat.jsonl"));
    let mut alice = home.at_home(home.place.writer().args("--name alice --transcript").arg(&json)).in_terminal();
    alice.wait_for("waiting for a reader");
    let bob = home.at_home(home.place.reader().args("--name bob --transcript").arg(&plain));
    let mut bob = bob.in_terminal();
    alice.wait_for("bob ● here");
    alice.press("/send ~/photo.jpg\r");
    bob.wait_for("alice offers");
    bob.press("i/get\r");
    alice.wait_for("bob has received photo.jpg");
    bob.wait_for("received photo.jpg");
    bob.press("/quit\r");
    assert_eq!(bob.wait(), Some(0));
    alice.press("/quit\r");
    assert_eq!(alice.wait(), Some(0));
    let plain = fs::read_to_string(plain).expect("a transcript");
    let lines: Vec<_> = plain.lines().filter_map(|line| line.split_once(" ·  ")).map(|(_, said)| said).collect();
    let received = "received photo.jpg, 12 bytes: ~/Downloads/photo.jpg";
    assert_eq!(lines, ["alice offers photo.jpg, 12 bytes: /get or /skip", received], "{plain}");
    let json = fs::read_to_string(json).expect("a transcript");
    let notes: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(notes.len(), 2, "{json}");
    assert_eq!(notes[1]["kind"], "file");
    assert_eq!(notes[1]["note"], "bob has received photo.jpg, 12 bytes");
    assert!(!json.contains("secret") && !plain.contains("secret"));
}
