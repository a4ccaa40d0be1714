//! Targets judged by made-up figures.

use super::*;
use crate::figures::{Row, Subject};
use crate::mechanism::Reason;
use crate::mechanisms;

/// Each value a round.
fn add(figures: &mut Figures, subject: Subject, measure: Measure, values: &[f64]) {
    for (round, &value) in values.iter().enumerate() {
        figures.add(Row { subject, measure, round: round as u32 + 1, value, pace: None });
    }
}

/// One that hands over message by message, as most do.
fn message(name: &'static str, kind: Kind, payload: u64) -> Subject {
    manner(Manner::Single, name, kind, payload)
}

fn manner(manner: Manner, name: &'static str, kind: Kind, payload: u64) -> Subject {
    Subject { section: Section::Messages, name, kind: Some(kind), manner: Some(manner), payload, at: 0 }
}

fn other(section: Section, name: &'static str, at: u64) -> Subject {
    Subject { section, name, kind: None, manner: None, payload: 0, at }
}

/// The one target with these words.
fn target(what: &str, wanted: &str) -> &'static Target {
    let found = |is_it: fn(&str, &str) -> bool| -> Vec<_> {
        TARGETS.iter().filter(|one| is_it(one.what, what) && one.wanted.contains(wanted)).collect()
    };
    // "8 B" is in "48 B" too.
    let begins = found(|all, part| all.starts_with(part));
    let found = if begins.is_empty() { found(|all, part| all.contains(part)) } else { begins };
    assert_eq!(found.len(), 1, "{what}, {wanted}");
    found[0]
}

#[track_caller]
fn assert_met(figures: &Figures, what: &str, wanted: &str, words: &str) {
    match target(what, wanted).judge(figures) {
        Verdict::Met(found) => assert!(found.contains(words), "{found}"),
        Verdict::Missed(found) | Verdict::NoFigure(found) => panic!("{found}"),
        Verdict::NotMeasured(_) => panic!("no figure"),
    }
}

#[track_caller]
fn assert_missed(figures: &Figures, what: &str, wanted: &str) {
    assert!(matches!(target(what, wanted).judge(figures), Verdict::Missed(_)));
}

#[test]
fn names_are_those_of_the_mechanisms_and_hand_over_as_the_targets_say() {
    use mechanisms::ALL;
    let all = |name: &str| ALL.iter().filter(|entry| entry.name == name).map(|it| (it.kind, it.manner)).collect();
    let ours = [(SINGLE, Single), (BATCHES, Batches), (SPINNING, Single), (IN_PLACE, InPlace), (ITEMS, TypedBatches)];
    for (name, manner) in ours {
        let found: Vec<_> = all(name);
        assert_eq!(found, [(Kind::Ours, manner)], "{name}");
    }
    let found: Vec<_> = all(MAPPED_FILE);
    assert_eq!(found, [(Kind::ByHand, InPlace)]);
    for (name, uses) in [(RINGFIRE, 3), (TACHYON, 3)] {
        let found = ALL.iter().filter(|entry| entry.name.starts_with(&format!("{name}, ")) && entry.kind == Kind::Peer);
        assert_eq!(found.count(), uses, "{name}");
    }
}

#[test]
fn throughput_is_held_against_the_fastest_peer_by_name() {
    let mut figures = Figures::default();
    add(&mut figures, message(SINGLE, Kind::Ours, 64), Throughput, &[15e6, 14e6, 30e6]);
    add(&mut figures, message("slow", Kind::Peer, 64), Throughput, &[1e6]);
    add(&mut figures, message("fast", Kind::Peer, 64), Throughput, &[10e6]);
    // Neither other payloads nor yardsticks are peers.
    add(&mut figures, message("elsewhere", Kind::Peer, 8), Throughput, &[90e6]);
    add(&mut figures, message("threads", Kind::InProcess, 64), Throughput, &[90e6]);
    add(&mut figures, manner(InPlace, MAPPED_FILE, Kind::ByHand, 64), Throughput, &[90e6]);
    assert_met(&figures, "64 B, one `send`", "1.5", "1.50 × fast (shmchat: 15.0, 10.0 M messages/s)");
    add(&mut figures, message("faster", Kind::Peer, 64), Throughput, &[10.1e6]);
    assert_missed(&figures, "64 B, one `send`", "1.5");
}

#[test]
fn like_is_held_against_like() {
    let mut figures = Figures::default();
    let manners = [(Single, 10e6), (InPlace, 11e6), (Batches, 40e6), (TypedBatches, 100e6)];
    for (theirs, speed) in manners {
        add(&mut figures, manner(theirs, theirs.name(), Kind::Peer, 64), Throughput, &[speed]);
    }
    let ours = [(Single, SINGLE, 20e6), (Batches, BATCHES, 120e6), (TypedBatches, ITEMS, 150e6)];
    for (mine, name, speed) in ours {
        add(&mut figures, manner(mine, name, Kind::Ours, 64), Throughput, &[speed]);
    }
    // Who saves the copy competes with those who do not.
    assert_met(&figures, "64 B, one `send`", "one by one", "1.82 × in place");
    assert_met(&figures, "64 B, batches", "the best peer, batches", "3.00 × batches");
    assert_met(&figures, "64 B, items", "typed", "1.50 × typed batches");
}

#[test]
fn a_peer_that_a_target_names_is_judged_by_its_best_use_and_left_out_of_the_others() {
    let mut figures = Figures::default();
    add(&mut figures, message(SINGLE, Kind::Ours, 8), Throughput, &[60e6]);
    add(&mut figures, message("ringfire, spinning", Kind::Peer, 8), Throughput, &[50e6]);
    add(&mut figures, message("ringfire, sleeping", Kind::Peer, 8), Throughput, &[60e6]);
    add(&mut figures, manner(TypedBatches, "ringfire, batches", Kind::Peer, 8), Throughput, &[90e6]);
    add(&mut figures, message("ringfirefly", Kind::Peer, 8), Throughput, &[40e6]);
    assert_met(&figures, "8 B, one `send`", "ringfire", "1.00 × ringfire, sleeping");
    assert_met(&figures, "8 B, one `send`", "other peer", "1.50 × ringfirefly");
}

#[test]
fn a_long_message_is_held_against_the_mapped_file_copied_and_in_place() {
    let mut figures = Figures::default();
    let payload = 64 << 10;
    add(&mut figures, manner(InPlace, MAPPED_FILE, Kind::ByHand, payload), Throughput, &[100.0]);
    add(&mut figures, message(SINGLE, Kind::Ours, payload), Throughput, &[90.0]);
    add(&mut figures, manner(InPlace, IN_PLACE, Kind::Ours, payload), Throughput, &[110.0]);
    assert_missed(&figures, "64 KiB, copied", "mapped file");
    assert_met(&figures, "64 KiB, in place", "mapped file", "1.10 × mapped file");
    // Copied, but spinning: no less copied.
    add(&mut figures, message(SPINNING, Kind::Ours, payload), Throughput, &[100.0]);
    assert_met(&figures, "64 KiB, copied", "mapped file", "1.00 × mapped file, spinning (shmchat, spinning: ");
}

#[test]
fn without_a_peer_its_own_targets_are_not_measured_and_others_say_who_is_missing() {
    let mut figures = Figures::default();
    let payload = 64 << 10;
    let absent = Reason::absent("install a compiler");
    add(&mut figures, manner(InPlace, IN_PLACE, Kind::Ours, payload), Throughput, &[110.0]);
    for payload in [payload, 1 << 20] {
        figures.fail(manner(InPlace, "tachyon-ipc, spinning", Kind::Peer, payload), Throughput, absent.clone());
    }
    let Verdict::NotMeasured(Some(why)) = target("64 KiB, in place", TACHYON).judge(&figures) else { panic!("judged") };
    assert_eq!(why, "not measured: install a compiler");
    add(&mut figures, manner(InPlace, IN_PLACE, Kind::Ours, 1 << 20), Throughput, &[11.0]);
    add(&mut figures, manner(InPlace, "here", Kind::Peer, 1 << 20), Throughput, &[11.0]);
    assert_met(&figures, "1 MiB, in place", "the best peer", "M messages/s); tachyon-ipc, spinning not measured");
}

#[test]
fn costs_are_held_against_the_least() {
    let mut figures = Figures::default();
    add(&mut figures, message(SINGLE, Kind::Ours, 64), Processor, &[50.0]);
    add(&mut figures, manner(Batches, BATCHES, Kind::Ours, 64), Processor, &[30.0]);
    add(&mut figures, message("dear", Kind::Peer, 64), Processor, &[900.0]);
    add(&mut figures, message("cheap", Kind::Peer, 64), Processor, &[30.0]);
    assert_met(&figures, "CPU", "the best peer", "1.00 × cheap (shmchat, batches: 30.0, 30.0 ns)");
    add(&mut figures, manner(TypedBatches, "cheaper", Kind::Peer, 64), Processor, &[29.0]);
    assert_missed(&figures, "CPU", "the best peer");
}

#[test]
fn round_trips_are_held_against_the_machines_limits_and_the_best_peer() {
    let mut figures = Figures::default();
    add(&mut figures, message(SPINNING, Kind::Ours, 8), Median, &[260.0]);
    add(&mut figures, message(SPINNING, Kind::Ours, 48), Median, &[261.0]);
    add(&mut figures, message(SINGLE, Kind::Ours, 8), Median, &[1151.0]);
    add(&mut figures, other(Section::Limits, limits::CACHE_LINE, 0), Median, &[200.0]);
    add(&mut figures, other(Section::Limits, limits::FIFO, 0), Median, &[1000.0]);
    assert_met(&figures, "8 B there and back, spinning", "cache line", "1.30 ×");
    assert_missed(&figures, "48 B there and back, spinning", "cache line");
    assert_missed(&figures, "sleeping", "FIFO");
    add(&mut figures, message(SPINNING, Kind::Ours, 64), Median, &[270.0]);
    add(&mut figures, manner(InPlace, "near", Kind::Peer, 64), Median, &[300.0]);
    assert_met(&figures, "64 B there and back", "0.9", "0.900 × near");
}

#[test]
fn a_cost_is_flat_if_one_value_explains_all_or_the_medians_are_close() {
    let grown = |costs: [[f64; 3]; 2]| {
        let mut figures = Figures::default();
        for (at, costs) in [10_000, 1_000_000].into_iter().zip(costs) {
            add(&mut figures, other(Section::Growth, SINGLE, at), Measure::Cost, &costs);
        }
        figures
    };
    assert_met(&grown([[50.0, 51.0, 52.0], [54.0, 55.0, 56.0]]), "one `send` each", "flat", "51.0 ns with 10000");
    assert_met(&grown([[50.0, 51.0, 70.0], [60.0, 65.0, 66.0]]), "one `send` each", "flat", "65.0 ns with 1000000");
    assert_missed(&grown([[50.0, 51.0, 59.0], [60.0, 65.0, 66.0]]), "one `send` each", "flat");
}

#[test]
fn programs_and_values() {
    let mut figures = Figures::default();
    let program = |name| other(Section::Programs, name, 1 << 30);
    add(&mut figures, program(programs::RAW), Bandwidth, &[5e9]);
    add(&mut figures, program(programs::RAW_CAT), Bandwidth, &[2e9]);
    add(&mut figures, program(programs::IDLE), Switches, &[0.0]);
    assert_met(&figures, "raw`, to /dev/null", "2 ×", "2.50 ×");
    assert_met(&figures, "idle", "none", "0 switches");
    add(&mut figures, program(programs::IDLE), Switches, &[2.0]);
    assert_missed(&figures, "idle", "none");
}

#[test]
fn what_was_not_measured_is_neither_met_nor_missed_and_says_why() {
    let mut figures = Figures::default();
    for target in TARGETS {
        assert!(matches!(target.judge(&figures), Verdict::NotMeasured(None)), "{}", target.what);
    }
    figures.fail(message(SINGLE, Kind::Ours, 64), Throughput, Reason("it hung".into()));
    let Verdict::NoFigure(why) = target("64 B, one `send`", "1.5").judge(&figures) else { panic!("a figure") };
    assert_eq!(why, "shmchat: it hung");
}
