//! A process that stands for somebody elsewhere: what it shows is what the other side sees, and nothing else changes. What the
//! programs make of it is in `stand_in_shown`.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use shmchat::internals::fault::{Mutant, Point, die_at, leave_out};
use shmchat::internals::layout::word;
use shmchat::internals::memory::Segment;
use shmchat::{Channel, Endpoint, Error, Interest, Presence, Role, TryRecvError};
use shmchat_tests::numbered::channel;
use shmchat_tests::{Place, by_itself, quietly};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::Relaxed;

const ROLES: [Role; 2] = [Role::Writer, Role::Reader];
const ALL: [Presence; 4] = [Presence::Absent, Presence::Here, Presence::Quit, Presence::Gone];

fn stand_in(channel: &Channel, role: Role, shows: Presence) -> Endpoint {
    channel.clone().display_name("Ada").stand_in(shows).attach(role).expect("attach")
}

fn is_rung(endpoint: &Endpoint) -> bool {
    poll(&mut [PollFd::new(endpoint.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO) == Ok(1)
}

/// What a side that sleeps learns: without a bell that rings it learns nothing.
fn learns(endpoint: &mut Endpoint) -> Presence {
    assert!(is_rung(endpoint), "the bell is silent");
    endpoint.handle_wakeup().expect("attend");
    endpoint.peer().presence
}

fn has_quit(endpoint: &mut Endpoint) -> bool {
    match endpoint.try_recv() {
        Err(TryRecvError::Quit) => true,
        Err(TryRecvError::Empty) => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_other_side_sees_what_is_shown_from_the_start_and_is_rung_at_each_change() {
    by_itself(|| {
        for (role, first) in ROLES.into_iter().flat_map(|role| ALL.map(|first| (role, first))) {
            let place = Place::new();
            let channel = channel(place.dir());
            let mut other = channel.attach(role.other()).expect("attach");
            let mut ada = stand_in(&channel, role, first);
            assert_eq!(learns(&mut other), first);
            for shows in ALL.into_iter().chain(ALL.into_iter().rev()) {
                ada.stand_in(shows).expect("show");
                assert_eq!(learns(&mut other), shows);
                let peer = other.peer();
                assert_eq!((peer.name.as_str(), peer.pid, peer.stands_in), ("Ada", std::process::id(), true));
                assert_eq!(peer.since.is_some(), shows != Presence::Absent);
                let status = channel.status().expect("a look").expect("a channel");
                assert_eq!(status.roles[role as usize], *peer);
                assert_eq!(has_quit(&mut other), shows == Presence::Quit);
            }
        }
    });
}

#[test]
fn one_who_is_here_again_is_a_new_life_though_its_process_is_the_same() {
    by_itself(|| {
        let place = Place::new();
        let channel = channel(place.dir());
        let mut reader = channel.attach(Role::Reader).expect("attach");
        let mut ada = stand_in(&channel, Role::Writer, Presence::Here);
        reader.handle_wakeup().expect("attend");
        for end in [Presence::Quit, Presence::Gone, Presence::Absent] {
            let before = reader.peer().since;
            ada.stand_in(Presence::Here).expect("show");
            assert_eq!((learns(&mut reader), reader.peer().since), (Presence::Here, before), "it is the same life");
            // The reader may miss the end of a life.
            ada.stand_in(end).expect("show");
            ada.stand_in(Presence::Here).expect("show");
            assert_eq!(learns(&mut reader), Presence::Here);
            assert!(reader.peer().since > before, "a later life after {end:?}");
        }
    });
}

/// What a shown quit must do: end a receiver behind everything that was sent before, also what was only enqueued.
fn a_shown_quit_ends() {
    let place = Place::new();
    let channel = channel(place.dir());
    let mut reader = channel.attach(Role::Reader).expect("attach");
    let mut ada = stand_in(&channel, Role::Writer, Presence::Here);
    ada.sender().try_enqueue(&"bye".into()).expect("room");
    ada.stand_in(Presence::Quit).expect("show");
    assert_eq!(reader.try_recv().expect("what was sent before").bytes, b"bye");
    assert!(has_quit(&mut reader) && has_quit(&mut reader));
    ada.stand_in(Presence::Here).expect("show");
    assert!(!has_quit(&mut reader), "its next life has begun");
    ada.send("again").expect("send");
    assert_eq!(reader.recv().expect("a message").bytes, b"again");
}

/// Whatever it shows, a stand-in that sleeps is woken by a message, and by the room that it waits for.
fn a_stand_in_is_woken() {
    for shows in ALL {
        let place = Place::new();
        let channel = channel(place.dir());
        let mut writer = channel.attach(Role::Writer).expect("attach");
        let mut ada = stand_in(&channel, Role::Reader, shows);
        writer.handle_wakeup().expect("attend");
        ada.handle_wakeup().expect("attend");
        assert!(ada.arm(Interest::MESSAGE).expect("arm") && !is_rung(&ada));
        writer.send("hello").expect("send");
        assert!(is_rung(&ada), "a message for one who shows {shows:?}");
        assert_eq!(ada.recv().expect("a message").bytes, b"hello");
        while ada.try_send(&[0; 1000][..]).is_ok() {}
        assert!(ada.arm(Interest::ROOM).expect("arm"));
        while writer.try_recv().is_ok() {}
        assert!(is_rung(&ada), "room for one who shows {shows:?}");
    }
}

/// Who withdraws is gone, and has not quit.
fn a_withdrawal_is_no_quit() {
    for role in ROLES {
        let place = Place::new();
        let channel = channel(place.dir());
        let mut other = channel.attach(role.other()).expect("attach");
        for stays in [false, true] {
            let mut one = channel.attach(role).expect("attach");
            other.handle_wakeup().expect("attend");
            if stays {
                one.send("later").expect("send");
            }
            let report = one.withdraw().expect("withdraw");
            assert_eq!((report.removed, report.waiting.messages), (false, u64::from(stays)));
            assert_eq!(learns(&mut other), Presence::Gone);
            if stays {
                assert_eq!(other.recv().expect("a message").bytes, b"later");
            }
            assert!(!has_quit(&mut other));
        }
        assert!(other.withdraw().expect("withdraw").removed, "nobody is there and nothing waits");
        place.assert_nothing_left();
    }
}

#[test]
fn a_shown_quit_ends_a_receiver_that_has_everything_until_somebody_is_here_again() {
    by_itself(a_shown_quit_ends);
}

#[test]
fn a_stand_in_is_rung_whatever_it_shows() {
    by_itself(a_stand_in_is_woken);
}

#[test]
fn who_withdraws_is_gone_and_has_not_quit_and_the_last_one_removes_everything() {
    by_itself(a_withdrawal_is_no_quit);
}

#[test]
fn each_line_that_a_stand_in_rests_on_is_needed() {
    let proofs: [(Mutant, fn()); 3] = [
        (Mutant::ShownQuitIsNone, a_shown_quit_ends),
        (Mutant::RingOnlyWhoIsShown, a_stand_in_is_woken),
        (Mutant::WithdrawQuits, a_withdrawal_is_no_quit),
    ];
    by_itself(|| {
        for (mutant, proof) in proofs {
            leave_out(mutant);
            let found = quietly(|| catch_unwind(AssertUnwindSafe(proof)));
            assert!(found.is_err(), "{} goes unnoticed", mutant.name());
        }
    });
}

/// How an endpoint ends, in words and in deed.
type End = (&'static str, fn(Endpoint));

const ENDS: [End; 3] =
    [("killed", Endpoint::die), ("withdrawn", |ada| _ = ada.withdraw().expect("withdraw")), ("dropped", drop)];

#[test]
fn a_stand_in_that_ends_is_gone_unless_it_showed_a_quit_or_nobody() {
    by_itself(|| {
        for ((how, end), shows) in ENDS.into_iter().flat_map(|end| ALL.map(|shows| (end, shows))) {
            let place = Place::new();
            let channel = channel(place.dir());
            let mut reader = channel.attach(Role::Reader).expect("attach");
            let ada = stand_in(&channel, Role::Writer, shows);
            reader.handle_wakeup().expect("attend");
            end(ada);
            let expected = if shows == Presence::Here { Presence::Gone } else { shows };
            assert_eq!(learns(&mut reader), expected, "{how} where it showed {shows:?}");
            assert!(!reader.peer().stands_in);
            assert_eq!(has_quit(&mut reader), expected == Presence::Quit);
            let status = channel.status().expect("a look").expect("a channel");
            assert_eq!(status.roles[Role::Writer as usize], *reader.peer());

            // One who stands for itself is no other.
            let writer = channel.attach(Role::Writer).expect("attach");
            assert_eq!(learns(&mut reader), Presence::Here);
            assert!(!reader.peer().stands_in && !has_quit(&mut reader));
            drop(writer);
            assert!(has_quit(&mut reader), "what a life before showed holds for that life only");
        }
    });
}

#[test]
fn a_start_that_dies_leaves_what_the_last_life_showed() {
    by_itself(|| {
        for point in [Point::BellOpened, Point::PeerRecordStored, Point::StandInReset] {
            let place = Place::new();
            let channel = channel(place.dir());
            let mut reader = channel.attach(Role::Reader).expect("attach");
            stand_in(&channel, Role::Writer, Presence::Quit).die();
            die_at(point, 1, || channel.attach(Role::Writer)).map(drop).expect_err("it dies");
            reader.handle_wakeup().expect("attend");
            // From then on a new life is counted, of which nothing else is known than that it died.
            let expected = if point == Point::StandInReset { Presence::Gone } else { Presence::Quit };
            assert_eq!(reader.peer().presence, expected, "{point:?}");
            assert_eq!(has_quit(&mut reader), expected == Presence::Quit, "{point:?}");
        }
    });
}

#[test]
fn what_is_withdrawn_acknowledges_nothing_that_its_caller_has_not() {
    by_itself(|| {
        for ahead in [false, true] {
            let place = Place::new();
            let channel = channel(place.dir());
            let mut writer = channel.attach(Role::Writer).expect("attach");
            let mut reader = channel.attach(Role::Reader).expect("attach");
            writer.send("hello").expect("send");
            if ahead {
                reader.receiver().take_ahead();
            }
            reader.recv().expect("a message");
            reader.withdraw().expect("withdraw");
            assert_eq!(writer.sender().is_delivered().expect("a look"), !ahead);
        }
    });
}

#[test]
fn a_start_says_how_it_found_the_other_side_before_it_tidied_up() {
    by_itself(|| {
        let ends: [(End, Presence); 5] = [
            (("quit", |ada| _ = ada.quit().expect("quit")), Presence::Quit),
            (("killed", Endpoint::die), Presence::Gone),
            (("withdrawn", |ada| _ = ada.withdraw().expect("withdraw")), Presence::Gone),
            (("there", std::mem::forget), Presence::Here),
            (("never there", |_| ()), Presence::Absent),
        ];
        for (((how, end), expected), waits) in ends.into_iter().flat_map(|end| [false, true].map(|waits| (end, waits)))
        {
            let place = Place::new();
            let channel = channel(place.dir());
            let mut reader = channel.attach(Role::Reader).expect("attach");
            // So that the segment stays.
            reader.send("hello").expect("send");
            if expected != Presence::Absent {
                let mut ada = channel.clone().display_name("Ada").attach(Role::Writer).expect("attach");
                if waits {
                    ada.send("hello").expect("send");
                }
                end(ada);
            }
            reader.die();
            let reader = channel.attach(Role::Reader).expect("attach");
            let found = reader.peer_at_attach();
            assert_eq!(found.presence, expected, "{how}, waits: {waits}");
            if expected != Presence::Absent {
                assert_eq!((found.name.as_str(), found.pid), ("Ada", std::process::id()));
            }
            let kept = waits || expected == Presence::Here;
            assert_eq!(reader.peer().presence, if kept { expected } else { Presence::Absent }, "{how}, waits: {waits}");
        }
    });
}

#[test]
fn a_shown_quit_is_for_those_who_were_there_and_for_what_still_waits() {
    let comes_after_the_quit = |waits: bool| {
        let place = Place::new();
        let channel = channel(place.dir());
        let mut ada = stand_in(&channel, Role::Writer, Presence::Here);
        if waits {
            ada.send("the last word").expect("send");
        }
        ada.stand_in(Presence::Quit).expect("show");
        let mut reader = channel.attach(Role::Reader).expect("attach");
        let count = std::iter::from_fn(|| reader.try_recv().ok().map(drop)).count();
        let quit = has_quit(&mut reader);
        reader.receiver().acknowledge().expect("acknowledge");
        ada.stand_in(Presence::Here).expect("show");
        assert_eq!(learns(&mut reader), Presence::Here);
        (count, quit)
    };
    by_itself(move || {
        assert_eq!(comes_after_the_quit(true), (1, true));
        assert_eq!(comes_after_the_quit(false), (0, false));
        leave_out(Mutant::StaleStateStays);
        assert_eq!(comes_after_the_quit(false), (0, true), "the sabotage is not found out");
    });
}

#[test]
fn an_unknown_word_is_an_error_where_it_matters_and_nowhere_else() {
    by_itself(|| {
        let place = Place::new();
        let channel = channel(place.dir());
        let mut reader = channel.attach(Role::Reader).expect("attach");
        reader.send("so that the segment stays").expect("send");
        let writer = channel.attach(Role::Writer).expect("attach");
        let segment = Segment::attach(&place.only_segment()).expect("the segment");
        let scribble = || segment.as_ref()[word::STAND_IN + Role::Writer as usize].store(7, Relaxed);
        scribble();
        assert!(matches!(reader.try_recv(), Err(TryRecvError::Channel(Error::Corrupt { .. }))));
        assert!(matches!(reader.handle_wakeup(), Err(Error::Corrupt { .. })));
        writer.quit().expect("quit");
        scribble();
        assert!(matches!(reader.try_recv(), Err(TryRecvError::Quit)));
        let mut writer = channel.attach(Role::Writer).expect("attach");
        writer.send("hello").expect("send");
        assert_eq!(reader.recv().expect("a message").bytes, b"hello");
    });
}
