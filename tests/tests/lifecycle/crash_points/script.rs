//! What victims are led through, so that they come to every point, and how the scene is set before.

use super::ledger::{LARGE, LONG, SPLIT};
use super::scene::{Actor, Died, Flag, Scene};
use super::victim::{Death, Victim};
use shmchat::internals::fault::{Mutant, Point};
use shmchat::{Interest, Role};
use shmchat_tests::numbered::SHORT;

/// How a script ends.
pub(crate) type End = Result<(), Died>;

/// What a victim finds that is alone.
fn set_alone(scene: &mut Scene, role: Role, point: Point) {
    use Point::*;
    let peer = role.other();
    match point {
        // Nothing, so that it makes it.
        FolderMade | KeyFileMade | KeyFileFilled | MemoryNamed | SegmentCreated | HeaderBegun | HeaderHalfMade
        | HeaderNamed | HeaderMade => {}
        // A peer that was killed and has left nothing to be read.
        StaleStateReset => kill_asleep(scene, peer, false),
        // A peer that was killed asleep, so that it is rung, and has left messages.
        _ => kill_asleep(scene, peer, true),
    }
}

fn kill_asleep(scene: &mut Scene, role: Role, leaves_messages: bool) {
    let death = Death { point: Point::FallingAsleep, pass: 1 };
    let (mut actor, started) = scene.start(role, death, None);
    started.expect("it dies later");
    if leaves_messages {
        leave_messages(scene, &mut actor).expect("it dies later");
    }
    scene.receive(&mut actor, "receive-now").expect_err("it dies asleep");
    actor.victim.assert_crashed();
}

/// Seven messages of every kind: short ones, one of several records, lines in a block.
fn leave_messages(scene: &mut Scene, actor: &mut Actor) -> End {
    scene.send(actor, "batch", 2, SHORT)?;
    scene.send(actor, "send", 1, SPLIT)?;
    scene.send(actor, "lines", 3, SHORT)?;
    scene.send(actor, "send", 1, SHORT)?;
    Ok(())
}

/// Starts a victim that is alone and leads it until it dies or has quit.
pub(crate) fn alone(scene: &mut Scene, role: Role, death: Death, sabotage: Option<Mutant>) -> (Actor, End) {
    set_alone(scene, role, death.point);
    let (mut actor, started) = scene.start(role, death, sabotage);
    let end = started.and_then(|_| match death.point {
        Point::SegmentRemoved | Point::FirstBellRemoved | Point::BellsRemoved => empty_handed(scene, &mut actor),
        _ => everything_alone(scene, &mut actor),
    });
    (actor, end)
}

/// Reads all and sends nothing: so it removes all when it quits.
fn empty_handed(scene: &mut Scene, actor: &mut Actor) -> End {
    scene.receive(actor, "receive-all")?;
    quit(scene, actor)
}

fn quit(scene: &mut Scene, actor: &mut Actor) -> End {
    scene.receive(actor, "quit").map(drop)
}

fn everything_alone(scene: &mut Scene, actor: &mut Actor) -> End {
    send_and_receive(scene, actor)?;
    // Until the lane is full, and a wait for room in vain.
    while scene.send(actor, "send-now", 1, LARGE)? == "done" {}
    quit(scene, actor)
}

/// All of sending and receiving for which nobody else is needed, where [`leave_messages`] went before.
fn send_and_receive(scene: &mut Scene, actor: &mut Actor) -> End {
    scene.stand_in(actor)?;
    scene.send(actor, "send", 1, SHORT)?;
    for _ in 0..3 {
        scene.receive(actor, "receive")?;
    }
    scene.send(actor, "send", 1, SPLIT)?;
    scene.send(actor, "batch", 3, SHORT)?;
    scene.send(actor, "lines", 3, SHORT)?;
    // Two lines of a block of three, and something between.
    for _ in 0..2 {
        scene.receive(actor, "receive")?;
    }
    scene.send(actor, "send", 1, SHORT)?;
    scene.receive(actor, "receive-all")?;
    // Nothing more: acknowledges, and sleeps.
    scene.receive(actor, "receive")?;
    scene.receive(actor, "receive-now")?;
    Ok(())
}

/// The peer comes first and leaves messages; then a victim is started and led until it dies or has quit.
pub(crate) fn with_a_peer(
    scene: &mut Scene,
    role: Role,
    death: Death,
    long: bool,
    sabotage: Option<Mutant>,
) -> (Actor, End) {
    scene.peer = Some(scene.attach(role.other()));
    scene.rest();
    for length in [SHORT, SHORT, SPLIT] {
        scene.peer_says(length);
    }
    scene.peer_says_lines(3);
    scene.peer_says(SHORT);
    let (mut actor, started) = scene.start(role, death, sabotage);
    let script = if long { a_long_message } else { everything_with_a_peer };
    let end = started.and_then(|_| script(scene, &mut actor));
    (actor, end)
}

/// A victim and a peer that have said nothing yet.
pub(crate) fn idle_with_a_peer(scene: &mut Scene, role: Role, death: Death) -> Actor {
    scene.peer = Some(scene.attach(role.other()));
    scene.rest();
    let (actor, started) = scene.start(role, death, None);
    started.expect("it dies later");
    actor
}

fn everything_with_a_peer(scene: &mut Scene, actor: &mut Actor) -> End {
    send_and_receive(scene, actor)?;
    // It sleeps until the peer says something.
    scene.begin_receive(actor, "wait");
    if scene.sleeps(actor, Flag::Message) {
        scene.peer_says(SHORT);
    }
    scene.answer(actor)?;
    // A whole block at once.
    scene.peer_says_lines(2);
    scene.receive(actor, "receive-block")?;
    // Where it stands, there and back.
    scene.peer_says(SHORT);
    scene.receive(actor, "receive-in-place")?;
    scene.send(actor, "send-in-place", 1, SHORT)?;
    // It waits for room while the peer takes nothing, and then takes all.
    scene.change_interest(Interest::NOTHING);
    while scene.send(actor, "send-now", 1, LARGE)? == "done" {}
    scene.begin_send(actor, "send", 1, LARGE);
    if scene.sleeps(actor, Flag::WriteSlot) {
        scene.change_interest(Interest::MESSAGE);
    }
    scene.answer(actor)?;
    scene.change_interest(Interest::MESSAGE);
    // The peer waits for room.
    while scene.peer_says(LARGE) {}
    scene.change_interest(Interest { room: true, ..Interest::MESSAGE });
    scene.receive(actor, "receive-all")?;
    while scene.receive(actor, "receive")? != "empty" {}
    quit(scene, actor)
}

/// Longer than the lane: the peer takes what is there of it while the rest comes.
fn a_long_message(scene: &mut Scene, actor: &mut Actor) -> End {
    scene.send(actor, "send-long", 1, LONG)?;
    scene.receive(actor, "receive-all")?;
    quit(scene, actor)
}

/// One step of a pair in which neither waits for the other.
type Step = fn(&mut Scene, &mut Actor) -> End;

/// A pair that quits with all read, so that the last one out removes everything.
const PAIR: &[Step] = &[
    leave_messages,
    |scene, actor| scene.stand_in(actor).map(drop),
    |scene, actor| scene.receive(actor, "receive").map(drop),
    |scene, actor| scene.receive(actor, "receive-all").map(drop),
    |scene, actor| scene.send(actor, "lines", 3, SHORT).map(drop),
    |scene, actor| scene.receive(actor, "receive").map(drop),
    |scene, actor| scene.receive(actor, "receive").map(drop),
    |scene, actor| scene.send(actor, "send", 1, SPLIT).map(drop),
    // What one look finds, and what came after it.
    |scene, actor| scene.receive(actor, "receive-all").map(drop),
    |scene, actor| scene.receive(actor, "receive-all").map(drop),
    |scene, actor| scene.receive(actor, "receive-now").map(drop),
    quit,
];

/// Leads two victims until both are dead: the one that does not come to the point is killed from outside. Gives how many
/// died at the point.
pub(crate) fn both(scene: &mut Scene, point: Point, sabotage: Option<Mutant>) -> usize {
    if point == Point::StaleStateReset {
        kill_asleep(scene, Role::Reader, false);
    }
    let mut pair = Vec::new();
    let mut crashed = Vec::new();
    for role in [Role::Writer, Role::Reader] {
        match scene.start(role, Death { point, pass: 1 }, sabotage) {
            (actor, Ok(_)) => pair.push(actor),
            (actor, Err(Died)) => crashed.push(actor),
        }
    }
    if let (Point::FlagClaimed, [_, reader]) = (point, &mut pair[..]) {
        // Somebody must sleep to be rung.
        scene.begin_receive(reader, "wait");
        scene.sleeps(reader, Flag::Message);
    }
    for step in PAIR {
        // One that waits for the other has not answered yet.
        for mut actor in std::mem::take(&mut pair) {
            let end = if actor.is_waiting() { Ok(()) } else { step(scene, &mut actor) };
            if end.is_ok() { pair.push(actor) } else { crashed.push(actor) }
        }
    }
    for mut actor in pair {
        scene.kill(&mut actor);
    }
    crashed.into_iter().map(|actor| actor.victim.assert_crashed()).count()
}

/// A victim that cleans up and forgets the channel, and before it what it is to find: all that there can be in a channel, left by a killed pair;
/// or what a start left that was killed before it had finished.
pub(crate) fn cleans(scene: &mut Scene, death: Death) -> Victim {
    use Point::{
        CleanLocked, HeaderBegun, HeaderHalfMade, HeaderMade, HeaderNamed, KeyFileFilled, KeyFileMade, RoleTaken,
        SegmentCreated,
    };
    let unfinished = match death.point {
        KeyFileMade | KeyFileFilled => Some(RoleTaken),
        HeaderBegun | HeaderHalfMade | HeaderNamed | HeaderMade => Some(SegmentCreated),
        _ => None,
    };
    if let Some(point) = unfinished {
        let (actor, started) = scene.start(Role::Writer, Death { point, pass: 1 }, None);
        started.expect_err("it dies as it starts");
        actor.victim.assert_crashed();
    } else {
        kill_asleep(scene, Role::Writer, true);
        let (mut reader, started) = scene.start(Role::Reader, Death { point: CleanLocked, pass: 1 }, None);
        started.and_then(|_| leave_messages(scene, &mut reader)).expect("it does not clean up");
        scene.kill(&mut reader);
    }
    scene.identity = scene.place.identity();
    Victim::start(None, scene.place.dir(), death, None)
}
