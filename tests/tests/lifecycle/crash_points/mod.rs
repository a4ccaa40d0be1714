//! Every point at which a process can die, walked one by one: both roles, alone and with a living peer, each time that the
//! point is passed; and what the survivor and the next start find.
//!
//! A victim is the program `crash_victim`, started with `SHMCHAT_CRASH_AT`, and led order by order, so that a case goes the
//! same way each time. For a point the script is run with death at the first pass, the second, and so on until it comes to
//! its end alive: so no pass is left out, and a point that is never passed fails unless [`expect`] says why.
//!
//! | file | what it is |
//! | --- | --- |
//! | `victim` | the handle by which a victim is led |
//! | `ledger` | what was accepted on a lane, and what a receiver must find next |
//! | `scene` | a channel, a victim and a peer that lives on |
//! | `script` | what victims are led through |
//! | `expect` | what must be found after a death at each point |
//! | `checkpoint` | a sender that stores a checkpoint with what it sends |
//! | `rest` | a lane in which only the rest of a message waits |
//! | `after` | the survivor, the next start, the clean-up: held against that |
//!
//! Each walk has a process for itself ([`by_itself`]): an endpoint of its process must not be held open by a child that
//! another test is just starting.

mod after;
mod checkpoint;
mod expect;
mod ledger;
mod rest;
mod scene;
mod script;
mod victim;

use scene::Scene;
use shmchat::Role;
use shmchat::internals::fault::{Mutant, Point};
use shmchat_tests::{by_itself, quietly};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use victim::Death;

/// Who is there beside the victim, and what comes after its death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Situation {
    /// A peer lives on; then the victim's role comes back.
    WithPeer,
    /// The same, and the victim dies while it sends a message longer than the lane.
    WithPeerLong,
    /// The same, and the peer quits as soon as it learns of the death.
    WithPeerThatQuits,
    /// Nobody; then the victim's role comes back, and then the other.
    AloneThenSame,
    /// Nobody; then the other role comes first.
    AloneThenOther,
    /// Nobody; then the channel is cleaned up.
    AloneThenClean,
}

use Situation::{AloneThenClean, AloneThenOther, AloneThenSame, WithPeer, WithPeerLong, WithPeerThatQuits};

impl Situation {
    fn is_alone(self) -> bool {
        matches!(self, AloneThenSame | AloneThenOther | AloneThenClean)
    }
}

const ROLES: [Role; 2] = [Role::Writer, Role::Reader];

/// The points that processes with a role come to. Those of a checkpoint have a walk of their own, `checkpoint`, and tests of
/// their own those of items, `items`, and of memory that outlives the boot, `power_cut`.
fn points() -> impl Iterator<Item = Point> {
    let elsewhere = [
        expect::is_of_clean,
        expect::is_of_a_checkpoint,
        expect::is_of_an_item_type,
        expect::is_of_other_memory,
        expect::is_of_a_disk,
    ];
    Point::ALL.iter().copied().filter(move |&point| !elsewhere.iter().any(|is_of| is_of(point)))
}

/// One death and what comes after it; whether the victim died.
fn visit(role: Role, death: Death, situation: Situation, sabotage: Option<Mutant>) -> bool {
    let mut scene = Scene::new();
    let alone = situation.is_alone();
    let (actor, end) = match situation {
        _ if alone => script::alone(&mut scene, role, death, sabotage),
        _ => script::with_a_peer(&mut scene, role, death, situation == WithPeerLong, sabotage),
    };
    if end.is_ok() {
        actor.victim.assert_ended_well();
        if !alone {
            after::the_peer_quits(&mut scene);
        }
        return false;
    }
    match situation {
        WithPeer | WithPeerLong => after::the_peer_lives_on(&mut scene, actor),
        WithPeerThatQuits => after::the_peer_quits_at_once(&mut scene, actor),
        AloneThenSame => after::the_same_role_comes_first(&mut scene, actor),
        AloneThenOther => after::the_other_role_comes_first(&mut scene, actor),
        AloneThenClean => after::it_is_cleaned_up(&mut scene, actor),
    }
    true
}

/// A walk ends after so many: more would say the same, and a hang takes its whole limit each time.
const ENOUGH_FAILURES: usize = 3;

/// What went wrong, case by case.
#[derive(Debug, Default)]
struct Report {
    cases: usize,
    failures: Vec<String>,
}

impl Report {
    /// Runs one case; what it gives, unless it failed, or enough have.
    fn case<T>(&mut self, label: &str, case: impl FnOnce() -> T) -> Option<T> {
        if self.failures.len() >= ENOUGH_FAILURES {
            return None;
        }
        self.cases += 1;
        let failed = match catch_unwind(AssertUnwindSafe(case)) {
            Ok(value) => return Some(value),
            Err(failed) => failed,
        };
        let text = failed.downcast_ref::<String>().map(String::as_str);
        let text = text.or(failed.downcast_ref::<&str>().copied()).unwrap_or("a panic without words");
        self.failures.push(format!("{label}: {text}"));
        None
    }

    /// Visits a point at each pass, until the victim outlives its script.
    fn walk(&mut self, role: Role, point: Point, situation: Situation, sabotage: Option<Mutant>) {
        let impossible =
            if situation.is_alone() { expect::impossible_alone(point) } else { expect::impossible_with_a_peer(point) };
        for pass in 1.. {
            let label = format!("{}:{pass}, {role}, {situation:?}", point.name());
            let died = self.case(&label, || visit(role, Death { point, pass }, situation, sabotage));
            match (died, impossible) {
                (Some(true), None) => {}
                (Some(true), Some(why)) => return self.failures.push(format!("{label}: should not come here: {why}")),
                (Some(false), None) if pass == 1 && situation != WithPeerLong => {
                    return self.failures.push(format!("{label}: never came here"));
                }
                _ => return,
            }
        }
    }

    fn assert_none_failed(self) {
        for failure in &self.failures {
            eprintln!("{failure}");
        }
        assert!(self.failures.is_empty(), "{} of {} cases failed", self.failures.len(), self.cases);
        println!("{} cases", self.cases);
    }
}

/// Makes a walk, in a process that it has for itself.
fn walk(cases: impl FnOnce(&mut Report)) {
    by_itself(|| {
        let mut report = Report::default();
        cases(&mut report);
        report.assert_none_failed();
    });
}

#[test]
fn after_each_crash_beside_a_living_peer_it_learns_of_it_and_goes_on() {
    walk(|report| {
        for role in ROLES {
            for point in points() {
                report.walk(role, point, WithPeer, None);
                if expect::is_of_sending(point) {
                    report.walk(role, point, WithPeerLong, None);
                }
            }
        }
    });
}

#[test]
fn after_each_crash_a_peer_that_quits_at_once_leaves_only_what_waits() {
    walk(|report| {
        for role in ROLES {
            for point in points() {
                report.walk(role, point, WithPeerThatQuits, None);
            }
        }
    });
}

/// The walk's peer hears of a death and of the end of the victim's output, so that some time has passed. Here it quits before
/// the kernel has let go of the victim's locks, most times.
#[test]
fn a_peer_that_quits_while_the_kernel_takes_the_victim_apart_leaves_nothing() {
    /// How often, since each time is a race: without the wait for a dying process 9 of 10 fail.
    const TIMES: usize = 10;
    walk(|report| {
        for role in ROLES {
            for point in [Point::FallingAsleep, Point::QuitStored, Point::QuitRung, Point::RoleReleased] {
                for time in 0..TIMES {
                    report.case(&format!("{}, {role}, time {time}", point.name()), || {
                        let mut scene = Scene::new();
                        let mut actor = script::idle_with_a_peer(&mut scene, role, Death { point, pass: 1 });
                        let order = if point == Point::FallingAsleep { "receive-now" } else { "quit" };
                        scene.begin_receive(&mut actor, order);
                        scene.peer_learns(expect::presence(point, order));
                        let peer = scene.peer.take().expect("a peer");
                        assert!(peer.quit().expect("quit").removed, "nobody is there and nothing waits");
                        scene.place.assert_nothing_left();
                        actor.victim.assert_crashed();
                    });
                }
            }
        }
    });
}

#[test]
fn after_each_crash_alone_the_next_start_takes_up_what_is_there() {
    walk(|report| {
        for role in ROLES {
            for point in points() {
                report.walk(role, point, AloneThenSame, None);
                report.walk(role, point, AloneThenOther, None);
            }
        }
    });
}

#[test]
fn after_each_crash_alone_cleaning_up_leaves_nothing() {
    walk(|report| {
        for role in ROLES {
            for point in points() {
                report.walk(role, point, AloneThenClean, None);
            }
        }
    });
}

#[test]
fn after_both_have_crashed_at_a_point_a_new_pair_goes_on() {
    walk(|report| {
        for point in points() {
            report.case(point.name(), || {
                let mut scene = Scene::new();
                let crashed = script::both(&mut scene, point, None);
                assert!(crashed > 0, "neither came here");
                after::a_new_pair_comes(&mut scene);
            });
        }
    });
}

#[test]
fn after_each_crash_in_a_clean_up_the_next_one_or_the_next_pair_finishes() {
    use Point::{HeaderBegun, HeaderHalfMade, HeaderMade, HeaderNamed, KeyFileFilled, KeyFileMade, RoleLocked};
    walk(|report| {
        let of_clean = Point::ALL.iter().copied().filter(|&point| expect::is_of_clean(point));
        // It comes to these too; the last six where a start was killed before.
        let shared = [RoleLocked, KeyFileMade, KeyFileFilled, HeaderBegun, HeaderHalfMade, HeaderNamed, HeaderMade];
        for point in of_clean.chain(shared) {
            for cleaned_again in [false, true] {
                for pass in 1.. {
                    let label = format!("{}:{pass}, cleaned again: {cleaned_again}", point.name());
                    let died = report.case(&label, || {
                        let mut scene = Scene::new();
                        let victim = script::cleans(&mut scene, Death { point, pass });
                        after::a_clean_up(&mut scene, victim, cleaned_again)
                    });
                    if died == Some(true) {
                        continue;
                    }
                    if died == Some(false) && pass == 1 {
                        report.failures.push(format!("{label}: never came here"));
                    }
                    break;
                }
            }
        }
    });
}

#[test]
fn after_each_crash_where_only_the_rest_of_a_message_waits_it_still_waits() {
    walk(|report| {
        for (from, victim) in ROLES.into_iter().flat_map(|from| ROLES.map(|victim| (from, victim))) {
            let mut died = 0;
            for point in points() {
                let label = format!("{}, the rest of the {from}'s, a {victim} dies", point.name());
                let death = Death { point, pass: 1 };
                died += usize::from(report.case(&label, || rest::is_left(from, victim, death, None)) == Some(true));
            }
            assert!(died >= 15, "a {victim} came to {died} points only");
        }
    });
}

#[test]
fn after_each_crash_a_senders_checkpoint_tells_what_it_has_sent() {
    walk(|report| {
        for (role, point) in ROLES.into_iter().flat_map(|role| checkpoint::POINTS.map(|point| (role, point))) {
            let label = |pass| format!("{}:{pass}, {role}, with a checkpoint", point.name());
            let dies = |pass| checkpoint::visit(role, Death { point, pass }, None);
            let passes = (1..).take_while(|&pass| report.case(&label(pass), || dies(pass)) == Some(true)).count();
            assert!(passes > 3 || !report.failures.is_empty(), "{} passes of {}", passes, point.name());
        }
    });
}

/// A walk that cannot fail would prove nothing: with these lines left out it must.
#[test]
fn the_walk_finds_what_each_mutant_breaks() {
    by_itself(|| {
        let missed = quietly(missed);
        assert!(missed.is_empty(), "not found: {missed:#?}");
    });
}

/// The mutants that a walk does not find.
fn missed() -> Vec<String> {
    let mutants = [
        (Mutant::AcknowledgeEarly, Point::BeforeAcknowledge),
        (Mutant::TailBeforePayload, Point::PayloadStored),
        (Mutant::TailBeforePayload, Point::MessageHalfStored),
        (Mutant::HeadBeforeCopy, Point::RecordCopied),
    ];
    let mut missed = Vec::new();
    for (mutant, point) in mutants {
        for role in ROLES {
            for situation in [WithPeer, AloneThenSame, AloneThenOther] {
                let failures = |sabotage| {
                    let mut report = Report::default();
                    report.walk(role, point, situation, sabotage);
                    report.failures.len()
                };
                if failures(None) > 0 || failures(Some(mutant)) == 0 {
                    missed.push(format!("{} at {}, {role}, {situation:?}", mutant.name(), point.name()));
                }
            }
        }
    }
    let begun = Death { point: Point::CheckpointBegun, pass: 4 };
    for mutant in [Mutant::CheckpointAfterTail, Mutant::OneCheckpointSlot] {
        let walk = |sabotage| catch_unwind(|| checkpoint::visit(Role::Writer, begun, sabotage)).is_ok();
        if !walk(None) || walk(Some(mutant)) {
            missed.push(mutant.name().to_owned());
        }
    }
    let removed = Death { point: Point::RoleReleased, pass: 1 };
    let walk = || rest::is_left(Role::Writer, Role::Writer, removed, Some(Mutant::CountDecides));
    if catch_unwind(walk).is_ok() {
        missed.push(Mutant::CountDecides.name().to_owned());
    }
    missed
}

/// The table in the crate's docs, held against the points: a row for each, in order, and what cannot be is said there.
#[test]
fn the_table_of_crash_behaviour_has_a_row_for_each_point() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../common/src/book/crash.md");
    let text = std::fs::read_to_string(path).expect("the chapter on crashes");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    let rows: Vec<Vec<_>> =
        rows.map(|row| row.split('|').map(|cell| cell.trim().trim_end_matches('`')).collect()).collect();
    let named: Vec<_> = rows.iter().map(|cells| cells[0]).collect();
    let points: Vec<_> = Point::ALL.iter().map(|point| point.name()).collect();
    assert_eq!(named, points);
    for (cells, &point) in rows.iter().zip(Point::ALL) {
        let [name, peer_sees, next_does, ""] = cells[..] else { panic!("three cells: {cells:?}") };
        let reason = expect::impossible_with_a_peer(point);
        assert_eq!(peer_sees.starts_with("nobody").then_some(peer_sees), reason, "{name}");
        let reason = expect::impossible_alone(point);
        assert_eq!(next_does.contains("not alone"), reason.is_some_and(|reason| next_does.contains(reason)), "{name}");
        assert_eq!(next_does.contains("not alone"), reason.is_some(), "{name}");
    }
}
