//! Targets judged by made-up figures.

use super::*;
use crate::figures::Row;
use crate::mechanism::Reason;
use crate::mechanisms;

/// Each value a round.
fn add(figures: &mut Figures, subject: Subject, measure: Measure, values: &[f64]) {
    for (round, &value) in values.iter().enumerate() {
        figures.add(Row { subject, measure, round: round as u32 + 1, value });
    }
}

fn message(name: &'static str, kind: Kind, payload: u64) -> Subject {
    Subject { section: Section::Messages, name, kind: Some(kind), manner: None, payload, at: 0 }
}

fn other(section: Section, name: &'static str, at: u64) -> Subject {
    Subject { section, name, kind: None, manner: None, payload: 0, at }
}

/// The one target with these words.
fn target(what: &str, wanted: &str) -> &'static Target {
    let found: Vec<_> = TARGETS.iter().filter(|one| one.what.contains(what) && one.wanted.contains(wanted)).collect();
    assert_eq!(found.len(), 1, "{what}, {wanted}");
    found[0]
}

#[track_caller]
fn assert_met(figures: &Figures, what: &str, wanted: &str, words: &str) {
    match target(what, wanted).judge(figures) {
        Verdict::Met(found) => assert!(found.contains(words), "{found}"),
        Verdict::Missed(found) | Verdict::NoFigure(found) => panic!("{found}"),
        Verdict::NotMeasured => panic!("no figure"),
    }
}

#[track_caller]
fn assert_missed(figures: &Figures, what: &str, wanted: &str) {
    assert!(matches!(target(what, wanted).judge(figures), Verdict::Missed(_)));
}

#[test]
fn our_names_are_those_of_the_mechanisms() {
    for name in [SINGLE, BATCHES, SPINNING] {
        assert!(mechanisms::ALL.iter().any(|entry| entry.name == name && entry.kind == Kind::Ours), "{name}");
    }
}

#[test]
fn throughput_is_held_against_the_fastest_peer_by_name() {
    let mut figures = Figures::default();
    add(&mut figures, message(SINGLE, Kind::Ours, 64), Throughput, &[15e6, 14e6, 30e6]);
    add(&mut figures, message("slow", Kind::Peer, 64), Throughput, &[1e6]);
    add(&mut figures, message("fast", Kind::Peer, 64), Throughput, &[10e6]);
    // Neither other payloads nor threads of one process are peers.
    add(&mut figures, message("elsewhere", Kind::Peer, 8), Throughput, &[90e6]);
    add(&mut figures, message("threads", Kind::InProcess, 64), Throughput, &[90e6]);
    assert_met(&figures, "64 B, one `send`", "1.5", "1.50 × fast (shmchat: 15.0, 10.0 M messages/s)");
    add(&mut figures, message("faster", Kind::Peer, 64), Throughput, &[10.1e6]);
    assert_missed(&figures, "64 B, one `send`", "1.5");
}

#[test]
fn a_send_a_message_is_judged_by_the_best_of_all_and_shown_beside_the_best_that_does_the_same() {
    let mut figures = Figures::default();
    add(&mut figures, message(SINGLE, Kind::Ours, 8), Throughput, &[15e6]);
    add(&mut figures, message("ring", Kind::Peer, 8), Throughput, &[10e6]);
    add(&mut figures, message("ring, batches", Kind::Peer, 8), Throughput, &[1e6]);
    assert_met(&figures, "8 B, one `send`", "1.5", "M messages/s)");
    add(&mut figures, message("pipe, batches", Kind::Peer, 8), Throughput, &[50e6]);
    let Verdict::Missed(found) = target("8 B, one `send`", "1.5").judge(&figures) else { panic!("not missed") };
    assert_eq!(found, "0.300 × pipe, batches (shmchat: 15.0, 50.0 M messages/s); 1.50 × ring");
}

#[test]
fn costs_are_held_against_the_least() {
    let mut figures = Figures::default();
    add(&mut figures, message(SINGLE, Kind::Ours, 64), Processor, &[50.0]);
    add(&mut figures, message(BATCHES, Kind::Ours, 64), Processor, &[10.0]);
    add(&mut figures, message("dear", Kind::Peer, 64), Processor, &[900.0]);
    add(&mut figures, message("cheap", Kind::Peer, 64), Processor, &[30.0]);
    assert_met(&figures, "CPU", "1/3", "0.333 × cheap (shmchat, batches: 10.0, 30.0 ns)");
    add(&mut figures, message("cheaper", Kind::Peer, 64), Processor, &[29.0]);
    assert_missed(&figures, "CPU", "1/3");
}

#[test]
fn a_peer_may_be_ahead_by_its_own_spread_and_no_more() {
    let mut figures = Figures::default();
    let payload = 64 << 10;
    add(&mut figures, message(SINGLE, Kind::Ours, payload), Throughput, &[100.0]);
    add(&mut figures, message("wide", Kind::Peer, payload), Throughput, &[100.0, 105.0, 106.0]);
    assert_met(&figures, "64 KiB", "spread", "0.952 × wide");
    // Less far ahead, but surely so.
    add(&mut figures, message("narrow", Kind::Peer, payload), Throughput, &[103.0, 103.0, 104.0]);
    assert_missed(&figures, "64 KiB", "spread");
}

#[test]
fn round_trips_are_held_against_the_machines_limits() {
    let mut figures = Figures::default();
    add(&mut figures, message(SPINNING, Kind::Ours, 8), Median, &[300.0]);
    add(&mut figures, message(SINGLE, Kind::Ours, 8), Median, &[1151.0]);
    add(&mut figures, other(Section::Limits, limits::CACHE_LINE, 0), Median, &[200.0]);
    add(&mut figures, other(Section::Limits, limits::FIFO, 0), Median, &[1000.0]);
    assert_met(&figures, "spinning", "cache line", "1.50 ×");
    assert_missed(&figures, "sleeping", "FIFO");
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
        assert!(matches!(target.judge(&figures), Verdict::NotMeasured), "{}", target.what);
    }
    figures.fail(message(SINGLE, Kind::Ours, 64), Throughput, Reason("it hung".into()));
    let Verdict::NoFigure(why) = target("64 B, one `send`", "1.5").judge(&figures) else { panic!("a figure") };
    assert_eq!(why, "shmchat: it hung");
}
