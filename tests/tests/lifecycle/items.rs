//! Items of one type over many lives: whole ones, each at least once, in order, wherever a side dies; and one type that both
//! sides mean, whoever comes first.

use shmchat::internals::fault::{Mutant, Point, die_at, leave_out};
use shmchat::internals::layout::word;
use shmchat::internals::memory::Segment;
use shmchat::internals::sync::Ordering::Relaxed;
use shmchat::{Endpoint, Error, Role, TryRecvError};
use shmchat_tests::numbered::channel;
use shmchat_tests::{Place, by_itself, quietly};
use std::panic::{AssertUnwindSafe, catch_unwind};

const ROLES: [Role; 2] = [Role::Writer, Role::Reader];

/// An item says its number, and whether it is whole. Its size divides neither a record's nor the lane's.
type Item = [u32; 5];

fn items(from: usize, to: usize) -> Vec<Item> {
    (from as u32..to as u32).map(|number| [number, !number, number, !number, number]).collect()
}

/// Takes what is there in slices of `most`, in so many calls. Each acknowledges what the one before gave.
fn receive(receiver: &mut Endpoint, most: usize, calls: usize, into: &mut Vec<Item>) {
    let mut some = vec![Item::default(); most];
    for _ in 0..calls {
        match receiver.typed().expect("the same type").try_recv_slice(&mut some) {
            Ok(count) => into.extend_from_slice(&some[..count]),
            Err(TryRecvError::Empty | TryRecvError::Quit) => break,
            Err(error) => panic!("receive: {error}"),
        }
    }
}

/// Lives of a sender send slices, some two rounds of the lane, and die in the middle of each.
fn senders_die(role: Role, point: Point, slice: usize) {
    const ITEMS: usize = 7_000;
    let place = Place::new();
    let channel = channel(place.dir());
    let mut receiver = channel.attach(role.other()).expect("attach");
    let mut got = Vec::new();
    for life in 1.. {
        let mut sender = channel.attach(role).expect("attach");
        let before = got.len();
        let all = items(before, before + slice);
        let send = || sender.typed().expect("the same type").try_send_slice(&all).expect("send");
        // One that does not come so often to that point lives on, so some of them get further.
        let _ = die_at(point, life % 4 + 1, send);
        sender.die();
        receive(&mut receiver, 100, usize::MAX, &mut got);
        assert!(got[before..] == all[..got.len() - before], "{role}, {point:?}, slices of {slice}, life {life}");
        if got.len() >= ITEMS {
            break;
        }
    }
    receiver.quit().expect("quit");
    assert!(channel.attach(role).expect("attach").quit().expect("quit").removed, "everything was received");
}

/// Lives of a receiver take slices, and die while they do. Others receive messages in between, and acknowledge none.
fn receivers_die(role: Role, point: Point, most: usize) {
    const ITEMS: usize = 3_000;
    let place = Place::new();
    let channel = channel(place.dir());
    let mut sender = channel.attach(role).expect("attach");
    sender.typed().expect("a type").send_slice(&items(0, ITEMS)).expect("send");
    // All items before the first one were acknowledged, and none from the second one on was ever handed over.
    let (mut acknowledged, mut handed) = (0, 0);
    for life in 1.. {
        let mut receiver = channel.attach(role.other()).expect("attach");
        let (mut got, mut died) = (Vec::new(), true);
        if life % 3 == 0 {
            let message = receiver.try_recv().expect("a message").bytes.to_vec();
            let (whole, []) = message.as_chunks::<20>() else { panic!("a part of an item") };
            let number = |bytes: &[u8; 20]| u32::from_ne_bytes(*bytes.first_chunk().expect("20 bytes")) as usize;
            got.extend(whole.iter().flat_map(|bytes| items(number(bytes), number(bytes) + 1)));
            receiver.receiver().take_ahead();
        } else {
            died = die_at(point, life % 4 + 1, || receive(&mut receiver, most, 4, &mut got)).is_err();
        }
        receiver.die();
        let Some([first, ..]) = got.first() else {
            assert!(died || handed == ITEMS, "nothing of what waits was handed over");
            if died {
                continue;
            }
            break;
        };
        let first = *first as usize;
        let label = format!("{role}, {point:?}, slices of {most}, life {life}");
        assert!(got == items(first, first + got.len()), "{label}");
        assert!((acknowledged..=handed).contains(&first), "{label}: {first}, not {acknowledged} to {handed}");
        handed = handed.max(first + got.len());
        if life % 3 != 0 {
            acknowledged = first + got.len().saturating_sub(most);
        }
        if handed == ITEMS && acknowledged + most >= ITEMS {
            break;
        }
    }
    let mut receiver = channel.attach(role.other()).expect("attach");
    receive(&mut receiver, most, usize::MAX, &mut Vec::new());
    receiver.quit().expect("quit");
    assert!(sender.quit().expect("quit").removed, "everything was received");
}

fn try_all_senders() {
    for (role, point) in ROLES.into_iter().flat_map(|role| [(role, Point::PayloadStored), (role, Point::TailStored)]) {
        for slice in [1_000, 3_000] {
            senders_die(role, point, slice);
        }
    }
}

fn try_all_receivers() {
    use Point::{BeforeAcknowledge, HeadStored, MarkStored, RecordCopied};
    for point in [RecordCopied, BeforeAcknowledge, HeadStored, MarkStored] {
        for (role, most) in [(Role::Writer, 30), (Role::Writer, 500), (Role::Reader, 2_000)] {
            receivers_die(role, point, most);
        }
    }
}

#[test]
fn items_come_whole_and_in_order_wherever_senders_die() {
    by_itself(try_all_senders);
}

#[test]
fn items_come_whole_and_again_wherever_receivers_die() {
    by_itself(try_all_receivers);
}

/// Whether another type was agreed on.
fn is_other<T>(result: Result<T, Error>) -> bool {
    match result {
        Ok(_) => false,
        Err(Error::OtherType { .. }) => true,
        Err(error) => panic!("{error}"),
    }
}

/// What is written holds for whoever comes later, as long as the other side is there or anything waits.
fn a_type_is_compared() {
    for role in ROLES {
        let place = Place::new();
        let channel = channel(place.dir());
        let (mut first, mut second) =
            (channel.attach(role).expect("attach"), channel.attach(role.other()).expect("attach"));
        first.typed::<Item>().expect("nothing is agreed").send_slice(&items(0, 1)).expect("send");
        assert!(is_other(second.typed::<[f32; 5]>()), "a receiver that means another type");
        assert!(is_other(second.typed::<[u32; 4]>()), "a receiver that means another size");
        receive(&mut second, 1, 1, &mut Vec::new());
        second.receiver().acknowledge().expect("acknowledge");
        assert!(is_other(second.typed::<[f32; 5]>()), "the other side may send more");
        assert!(is_other(first.typed::<[f32; 5]>()), "the other side may rely on it");
        first.die();
        let mut successor = channel.attach(role).expect("attach");
        assert!(is_other(successor.typed::<[f32; 5]>()), "the other side relies on what was agreed with its last life");
        second.die();
        assert!(!is_other(successor.typed::<[f32; 5]>()), "nobody relies on it");
        assert!(is_other(channel.attach(role.other()).expect("attach").typed::<Item>()), "another one is agreed");
    }
}

#[test]
fn a_type_holds_as_long_as_anybody_relies_on_it() {
    by_itself(a_type_is_compared);
}

#[test]
fn who_dies_while_it_agrees_leaves_the_old_type_none_or_the_new_one() {
    by_itself(|| {
        for role in ROLES {
            let place = Place::new();
            let channel = channel(place.dir());
            // Over none, and over one that nobody relies on any more.
            for pass in 1..=2 {
                let mut dies = channel.attach(role).expect("attach");
                assert!(die_at(Point::ItemTypeBegun, 1, || dies.typed::<Item>().map(drop)).is_err());
                let mut other = channel.attach(role.other()).expect("attach");
                assert!(!is_other(other.sender().typed::<[f64; 2]>()), "pass {pass}: nothing is agreed");
                assert!(!is_other(other.receiver().typed::<[f64; 2]>()), "pass {pass}: nothing is agreed");
                dies.die();
                other.die();
            }
            let mut dies = channel.attach(role).expect("attach");
            assert!(die_at(Point::ItemTypeStored, 2, || dies.typed::<Item>().map(drop)).is_err());
            let mut other = channel.attach(role.other()).expect("attach");
            assert!(is_other(other.typed::<[f64; 2]>()), "its life may still be there");
            assert!(!is_other(other.typed::<Item>()), "it is agreed");
            dies.die();
            other.quit().expect("quit");
        }
    });
}

/// Whatever a broken peer writes there: the same type, none, or another one, whose name is shown with nothing that a
/// terminal obeys.
#[test]
fn whatever_stands_where_a_type_is_agreed_is_only_compared() {
    by_itself(|| {
        let place = Place::new();
        let channel = channel(place.dir());
        let (mut writer, mut reader) =
            (channel.attach(Role::Writer).expect("attach"), channel.attach(Role::Reader).expect("attach"));
        assert!(!is_other(writer.typed::<Item>()));
        let segment = Segment::attach(&reader.segment().place).expect("attach");
        let block = word::ITEM_TYPES..word::ITEM_TYPES + 2 * word::ITEM_TYPE_STRIDE;
        let before: Vec<_> = block.clone().map(|index| segment.as_ref()[index].load(Relaxed)).collect();
        for nonsense in [0, 1, u64::MAX, u64::from_ne_bytes(*b"\x1b[31mred"), u64::from_ne_bytes([0xff; 8])] {
            for index in block.clone() {
                segment.as_ref()[index].store(nonsense, Relaxed);
                let found = reader.typed::<Item>().map(drop);
                if let Err(error) = &found {
                    let text = error.to_string();
                    assert!(text.chars().all(|char| !char.is_control()), "{text:?}");
                }
                is_other(found);
                for (index, before) in block.clone().zip(&before) {
                    segment.as_ref()[index].store(*before, Relaxed);
                }
            }
        }
        assert!(!is_other(reader.typed::<Item>()));
    });
}

/// A message that is no items, before items.
fn no_items_are_made_of_a_message() {
    let place = Place::new();
    let channel = channel(place.dir());
    let (mut writer, mut reader) =
        (channel.attach(Role::Writer).expect("attach"), channel.attach(Role::Reader).expect("attach"));
    writer.send(&[7; 30]).expect("send");
    let taken = reader.typed::<Item>().expect("a type").try_recv_slice(&mut items(0, 9));
    assert!(matches!(taken, Err(TryRecvError::Channel(Error::NoItems { .. }))), "{taken:?}");
    assert_eq!(reader.recv().expect("it stays").bytes, [7; 30]);
}

#[test]
fn each_line_that_items_rest_on_is_needed() {
    by_itself(|| {
        let cases: [(Mutant, fn()); 7] = [
            (Mutant::PartOfAnItem, try_all_senders),
            (Mutant::MarkInsideItem, try_all_receivers),
            (Mutant::AcknowledgeEarly, try_all_receivers),
            (Mutant::HeadBeforeCopy, try_all_receivers),
            (Mutant::IgnoreItemType, a_type_is_compared),
            (Mutant::ReplaceItemType, a_type_is_compared),
            (Mutant::TakeAnyLength, no_items_are_made_of_a_message),
        ];
        for (mutant, check) in cases {
            leave_out(mutant);
            let found = quietly(|| catch_unwind(AssertUnwindSafe(check)));
            assert!(found.is_err(), "{} goes unnoticed", mutant.name());
        }
    });
}
