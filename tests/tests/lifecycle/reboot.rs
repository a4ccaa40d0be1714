//! A channel in a mapped file over many boots: a process dies at each step of what only such a channel does, and the machine
//! goes down in between. A reboot is another boot's id in the file; what a power cut does to its pages is in `power_cut`.

use shmchat::internals::fault::{Point, die_at};
use shmchat::internals::layout::{HEADER_BYTES, WORD, word};
use shmchat::{Channel, Endpoint, MemoryKind, Role, TryRecvError};
use shmchat_tests::{Place, Run, by_itself};
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;

const ROLES: [Role; 2] = [Role::Writer, Role::Reader];

fn channel(place: &Place) -> Channel {
    Channel::named(Default::default()).dir(place.dir()).memory(MemoryKind::File)
}

fn write(place: &Place, at: usize, word: u64) {
    let ring = OpenOptions::new().write(true).open(place.folder().join("ring")).expect("the ring");
    ring.write_all_at(&word.to_ne_bytes(), at as u64).expect("write");
}

fn reboot(place: &Place) {
    write(place, word::BOOT * WORD, 7);
}

fn received(receiver: &mut Endpoint) -> Vec<String> {
    let mut got = Vec::new();
    loop {
        match receiver.try_recv() {
            Ok(message) => got.push(String::from_utf8_lossy(message.bytes).into_owned()),
            Err(TryRecvError::Empty | TryRecvError::Quit) => return got,
            Err(error) => panic!("receive: {error}"),
        }
    }
}

#[test]
fn after_each_crash_of_a_start_in_another_boot_the_next_one_finds_the_same() {
    by_itself(|| {
        for point in [Point::RecoveryBegun, Point::LaneCleared, Point::LaneRecovered, Point::Recovered] {
            for (role, pass) in ROLES.into_iter().flat_map(|role| [(role, 1), (role, 2)]) {
                let place = Place::new();
                let mut writer = channel(&place).attach(Role::Writer).expect("attach");
                for text in ["one", "two", "three"] {
                    writer.send(text).expect("send");
                }
                writer.die();
                // The second of three records of 24 bytes.
                write(&place, HEADER_BYTES + 32, 0);
                reboot(&place);
                let died = die_at(point, pass, || channel(&place).attach(role)).is_err();
                let of_a_lane = [Point::LaneCleared, Point::LaneRecovered].contains(&point);
                assert_eq!(died, pass == 1 || of_a_lane, "{point:?}, pass {pass}");
                let writer = channel(&place).attach(Role::Writer).expect("attach");
                let mut reader = channel(&place).attach(Role::Reader).expect("attach");
                assert_eq!(reader.dropped(Role::Writer), 48, "{point:?}, pass {pass}");
                assert_eq!(received(&mut reader), ["one"], "{point:?}, pass {pass}");
                drop(writer);
                assert!(reader.quit().expect("quit").removed, "nobody is there and nothing waits");
                place.assert_nothing_left();
            }
        }
    });
}

#[test]
fn a_message_whose_sender_dies_before_it_is_shown_is_not_there_in_this_boot_nor_in_the_next() {
    by_itself(|| {
        let points = [Point::PayloadStored, Point::Sealed, Point::Persisted, Point::TailStored];
        for (point, sync) in points.into_iter().flat_map(|point| [(point, false), (point, true)]) {
            let place = Place::new();
            let channel = channel(&place).sync(sync);
            let mut writer = channel.attach(Role::Writer).expect("attach");
            writer.send("one").expect("send");
            assert!(die_at(point, 1, || writer.send("doubtful").map(drop)).is_err(), "{point:?}");
            writer.die();
            let mut writer = channel.attach(Role::Writer).expect("attach");
            writer.send("two").expect("send");
            writer.die();
            reboot(&place);
            let mut reader = channel.attach(Role::Reader).expect("attach");
            let expected: &[&str] =
                if point == Point::TailStored { &["one", "doubtful", "two"] } else { &["one", "two"] };
            assert_eq!(received(&mut reader), expected, "{point:?}");
        }
    });
}

/// Several that end where those end that are sent in place of the first: they would be found behind it.
#[test]
fn messages_that_were_never_shown_stay_away_even_if_starts_die_that_break_their_seals() {
    by_itself(|| {
        let passes = [(Point::SealBroken, 1), (Point::SealBroken, 2), (Point::SealBroken, 3), (Point::SealsGone, 1)];
        for (point, pass) in passes {
            let place = Place::new();
            let channel = channel(&place);
            let mut writer = channel.attach(Role::Writer).expect("attach");
            let send = || writer.sender().send_batch(["one", "two", "six"]).map(drop);
            assert!(die_at(Point::Sealed, 1, send).is_err());
            writer.die();
            let start = || channel.attach(Role::Writer).expect("attach").send("ten").map(drop);
            assert!(die_at(point, pass, start).is_err(), "{point:?}, pass {pass}");
            let mut writer = channel.attach(Role::Writer).expect("attach");
            writer.send("ten").expect("send");
            writer.die();
            reboot(&place);
            let mut reader = channel.attach(Role::Reader).expect("attach");
            assert_eq!(received(&mut reader), ["ten"], "{point:?}, pass {pass}");
        }
    });
}

#[test]
fn a_message_whose_receiver_dies_while_it_acknowledges_comes_again_until_that_is_shown_or_the_machine_goes_down() {
    by_itself(|| {
        for (point, reboots, comes) in [
            (Point::BeforeAcknowledge, false, true),
            (Point::HeadPersisted, false, true),
            (Point::HeadStored, false, false),
            (Point::BeforeAcknowledge, true, true),
            (Point::HeadPersisted, true, false),
        ] {
            let place = Place::new();
            let channel = channel(&place).sync(true);
            let mut writer = channel.attach(Role::Writer).expect("attach");
            writer.send("one").expect("send");
            writer.send("two").expect("send");
            writer.die();
            let mut reader = channel.attach(Role::Reader).expect("attach");
            assert_eq!(reader.try_recv().expect("a message").bytes, b"one");
            assert!(die_at(point, 1, || reader.receiver().acknowledge()).is_err(), "{point:?}");
            reader.die();
            if reboots {
                reboot(&place);
            }
            let mut reader = channel.attach(Role::Reader).expect("attach");
            let expected: &[&str] = if comes { &["one", "two"] } else { &["two"] };
            assert_eq!(received(&mut reader), expected, "{point:?}, reboots: {reboots}");
        }
    });
}

#[test]
fn what_a_writer_left_in_a_file_is_read_after_a_reboot_and_a_power_cut_is_told() {
    let place = Place::new();
    let numbers: String = (1..=1000).map(|number| format!("{number}\n")).collect();
    let run = |program: &'static str| Run::bare(program).arg("--dir").arg(place.dir());
    for is_cut in [false, true] {
        for _ in 0..=usize::from(is_cut) {
            let wrote = run("writer").args("--memory file").input(numbers.clone()).finish();
            assert_eq!(wrote.code, Some(0), "{wrote:?}");
        }
        if is_cut {
            // In the second writer's lines.
            write(&place, HEADER_BYTES + 6000, 0);
        }
        reboot(&place);
        let read = run("reader").finish();
        assert_eq!((read.code, &*read.stdout), (Some(0), numbers.as_bytes()), "{read:?}");
        let told = if is_cut { "were not on the disk" } else { "" };
        assert!(read.stderr.contains(told) && read.stderr.is_empty() == told.is_empty(), "{read:?}");
        place.assert_nothing_left();
    }
}
