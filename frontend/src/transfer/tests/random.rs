//! Anything may happen in any order: a file arrives whole or not at all, and nothing is overwritten.
use super::contents;
use super::pair::{Pair, Side};
use proptest::prelude::*;
use std::fs;

#[derive(Clone, Debug)]
enum Action {
    Offer {
        length: usize,
    },
    Get,
    Skip(bool),
    Pump(bool),
    HandOver(bool),
    Acknowledge(bool),
    /// Both sides get on with it, perhaps to the end.
    Rounds(usize),
    Kill {
        alice: bool,
        noticed: bool,
    },
    Change,
    Noise {
        to_bob: bool,
        bytes: Vec<u8>,
    },
}

fn side(alice: bool) -> Side {
    if alice { Side::Alice } else { Side::Bob }
}

/// What looks like a frame, often about something that is really going on: numbers are drawn from 1001 on.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let number = || prop_oneof![3 => 1001..1020_u64, 1 => 0..4_u64, 1 => any::<u64>()].prop_map(u64::to_le_bytes);
    let rest = prop_oneof![
        number().prop_map(|number| number.to_vec()),
        (number(), proptest::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(number, rest)| [&number[..], &rest].concat()),
        proptest::collection::vec(0..9_u8, 0..2),
    ];
    (0..10_u8, number(), rest).prop_map(|(tag, number, rest)| [&[tag], &number[..], &rest].concat())
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (1..6_usize).prop_map(Action::Rounds),
        3 => prop_oneof![Just(0), 1..50_000_usize, 300_000..600_000_usize].prop_map(|length| Action::Offer { length }),
        5 => Just(Action::Get),
        1 => any::<bool>().prop_map(Action::Skip),
        8 => any::<bool>().prop_map(Action::Pump),
        16 => any::<bool>().prop_map(Action::HandOver),
        8 => any::<bool>().prop_map(Action::Acknowledge),
        1 => any::<(bool, bool)>().prop_map(|(alice, noticed)| Action::Kill { alice, noticed }),
        1 => Just(Action::Change),
        3 => (any::<bool>(), noise()).prop_map(|(to_bob, bytes)| Action::Noise { to_bob, bytes }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_file_arrives_whole_or_not_at_all(actions in proptest::collection::vec(action(), 1..120)) {
        let mut pair = Pair::new();
        // It must stay what it is, whatever arrives under its name.
        let mine = pair.downloads().join("file");
        fs::write(&mine, "mine").unwrap();
        let mut versions: Vec<Vec<u8>> = Vec::new();
        let mut gets = 0;
        for action in actions {
            match action {
                Action::Offer { length } => {
                    let bytes = [&versions.len().to_le_bytes()[..], &contents(length)].concat();
                    // Always the same name: it is replaced while the one before is still on offer.
                    let path = pair.here("file");
                    let _ = fs::remove_file(&path);
                    fs::write(&path, &bytes).unwrap();
                    versions.push(bytes);
                    let id = pair.draw();
                    let _ = pair.alice.send(&path, id);
                }
                Action::Get => {
                    let take = pair.draw();
                    gets += usize::from(pair.bob.get("", take).is_ok());
                }
                Action::Skip(alice) => {
                    let side = if alice { &mut pair.alice } else { &mut pair.bob };
                    let _ = side.skip();
                }
                Action::Pump(alice) => {
                    pair.pump(side(alice));
                }
                Action::HandOver(alice) => {
                    (0..4).for_each(|_| { pair.hand_over(side(alice)); });
                }
                Action::Rounds(rounds) => pair.some_rounds(rounds),
                Action::Acknowledge(alice) => pair.acknowledge(side(alice)),
                Action::Kill { alice, noticed } => pair.kill(side(alice), noticed),
                Action::Change => {
                    if let Some(version) = versions.last() {
                        let changed: Vec<u8> = version.iter().map(|byte| !byte).collect();
                        fs::write(pair.here("file"), &changed).unwrap();
                        versions.push(changed);
                    }
                }
                Action::Noise { to_bob, bytes } => {
                    let side = if to_bob { &mut pair.bob } else { &mut pair.alice };
                    side.receive("eve", &bytes);
                }
            }
            let stored = pair.stored();
            prop_assert!(stored.len() <= gets + 1, "more files than words: {stored:?}");
            prop_assert_eq!(fs::read(&mine).unwrap(), b"mine");
            for path in stored.iter().filter(|path| **path != mine) {
                prop_assert!(versions.contains(&fs::read(path).unwrap()), "{} is not whole", path.display());
            }
        }
        // Whatever has happened: once both are left alone, what is offered and wanted arrives.
        pair.kill(Side::Alice, true);
        pair.kill(Side::Bob, true);
        pair.run();
        while pair.bob.skip().is_ok() {}
        pair.run();
        let before = pair.stored().len();
        pair.offer_and_get("last", b"the last one");
        prop_assert_eq!(pair.stored().len(), before + 1);
    }
}
