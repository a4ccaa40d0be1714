//! Who said it: the name is right for every message that waits, however many senders' lives lie in the lane, and wherever a
//! receiver dies.

use shmchat::internals::fault::{Mutant, Point, die_at, leave_out};
use shmchat::{Channel, Role, TryRecvError};
use shmchat_tests::numbered::channel;
use shmchat_tests::{Place, by_itself, quietly};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Each is a life of its own, with so many messages; the last two change the name and say one more thing.
const LIVES: [(&str, usize); 6] = [("bob", 2), ("carol", 1), ("", 3), ("bob", 1), ("你好", 2), ("dave", 2)];

/// What the lives say, and who says it.
fn say_all(channel: &Channel) -> Vec<(String, String)> {
    let mut said = Vec::new();
    for (life, (name, count)) in LIVES.iter().enumerate() {
        let mut writer = channel.clone().display_name(*name).attach(Role::Writer).expect("attach");
        for number in 0..*count {
            let text = format!("{life}.{number}");
            writer.send(text.as_str()).expect("send");
            said.push((text, (*name).to_owned()));
        }
        if life >= 4 {
            let new = format!("{name} the {life}th");
            writer.set_display_name(&new).expect("rename");
            writer.send("renamed").expect("send");
            said.push(("renamed".to_owned(), new));
        }
        writer.quit().expect("quit");
    }
    said
}

/// Lives of a receiver each take `count` messages with one call, acknowledge them together, and are killed after it; but
/// number `which` dies while it acknowledges, at `point`. What they were handed, without what was handed twice.
fn take_all(channel: &Channel, count: usize, which: usize, point: Point, in_place: bool) -> Vec<(String, String)> {
    let mut handed = Vec::new();
    for life in 0.. {
        let mut reader = channel.attach(Role::Reader).expect("attach");
        let mut here = Vec::new();
        let taken = if in_place {
            reader.receiver().try_recv_views(|view| {
                let mut bytes = Vec::new();
                view.copy_to(&mut bytes);
                here.push((bytes, view.from.to_owned(), view.envelope.seq));
                if here.len() < count { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        } else {
            // 16 bytes are counted for each message beside its own.
            reader.receiver().try_recv_batch(17 * count, |message| {
                here.push((message.bytes.to_vec(), message.from.to_owned(), message.envelope.seq));
            })
        };
        match taken {
            Ok(_) => {}
            // Once all is read, an earlier quit means nothing any more.
            Err(TryRecvError::Quit | TryRecvError::Empty) => break,
            Err(error) => panic!("receive: {error}"),
        }
        for (bytes, from, seq) in here {
            if handed.last().is_none_or(|&(last, _, _)| last < seq) {
                handed.push((seq, String::from_utf8(bytes).expect("text"), from));
            } else {
                let same = handed.iter().find(|(earlier, _, _)| *earlier == seq).expect("it was handed over before");
                assert_eq!(same.2, from, "{:?} is from somebody else the second time", same.1);
            }
        }
        if life == which {
            // It may not come to that point.
            let _ = die_at(point, 1, || reader.receiver().acknowledge().expect("acknowledge"));
        } else {
            reader.receiver().acknowledge().expect("acknowledge");
        }
        reader.die();
    }
    handed.into_iter().map(|(_, text, from)| (text, from)).collect()
}

/// All of it, with several numbers of messages at once, and a death at each point in each life.
fn try_all() {
    for count in [1, 2, 3, 5, 13] {
        for which in 0..=13_usize.div_ceil(count) {
            for point in [Point::NameBegun, Point::NameKept, Point::HeadStored] {
                let place = Place::new();
                let channel = channel(place.dir());
                let said = say_all(&channel);
                let heard = take_all(&channel, count, which, point, count % 2 == 0);
                assert_eq!(heard, said, "{count} at once, life {which} dies at {point:?}");
                channel.clean(true).expect("clean");
            }
        }
    }
}

#[test]
fn every_message_has_its_senders_name_whoever_quits_or_dies() {
    by_itself(try_all);
}

#[test]
fn each_line_that_a_right_name_rests_on_is_needed() {
    by_itself(|| {
        for mutant in [Mutant::ForgetName, Mutant::HeadBeforeName, Mutant::OneNameSlot, Mutant::NameOnce] {
            leave_out(mutant);
            let found = quietly(|| catch_unwind(AssertUnwindSafe(try_all)));
            assert!(found.is_err(), "{} goes unnoticed", mutant.name());
        }
    });
}
