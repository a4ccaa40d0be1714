//! The tour by keys, without processes and without a terminal.

use super::*;
use crate::story::{End, Fact};

fn started(tour: &mut Tour, steps: [&str; 2]) {
    for (side, step) in SIDES.into_iter().zip(steps) {
        tour.happened(Happening::Started(side, 1));
        tour.happened(Happening::At(side, step.to_owned()));
    }
    tour.looked(Look::default());
}

/// On the stage of a chapter.
fn playing(chapter: usize, steps: [&str; 2]) -> Tour {
    let mut tour = Tour::new(chapter);
    assert_eq!(tour.press(Key::Enter), [Effect::Reset]);
    started(&mut tour, steps);
    tour
}

fn at(tour: &mut Tour, side: Side, step: &str) {
    tour.happened(Happening::At(side, step.to_owned()));
    tour.looked(Look::default());
}

#[test]
fn a_key_steps_one_side() {
    let mut tour = playing(1, ["ftok", "ftok"]);
    assert_eq!(tour.press(Key::Char('w')), [Effect::Step(Side::Writer)]);
    assert_eq!(tour.press(Key::Char('r')), [Effect::Step(Side::Reader)]);
    assert_eq!(tour.runs_on(), None);
}

#[test]
fn a_side_runs_until_it_waits_or_has_a_new_message_to_send() {
    let mut tour = playing(1, ["ftok", "ftok"]);
    assert_eq!(tour.press(Key::Char('W')), [Effect::Step(Side::Writer)]);
    at(&mut tour, Side::Writer, "shmget");
    assert_eq!(tour.runs_on(), Some(Effect::Step(Side::Writer)));
    tour.happened(Happening::Waits(Side::Writer, "open".to_owned()));
    assert_eq!(tour.runs_into_a_wait(), Some(Side::Writer));
    assert_eq!(tour.runs_on(), None);
    at(&mut tour, Side::Writer, "copy");
    tour.press(Key::Char('W'));
    at(&mut tour, Side::Writer, "ring");
    assert_eq!(tour.runs_on(), Some(Effect::Step(Side::Writer)));
    at(&mut tour, Side::Writer, "copy");
    assert_eq!(tour.runs_on(), None);
}

#[test]
fn a_side_that_waits_or_has_ended_is_not_stepped_and_it_says_why() {
    let mut tour = playing(1, ["ftok", "ftok"]);
    tour.happened(Happening::Waits(Side::Writer, "open".to_owned()));
    tour.happened(Happening::Ended(Side::Reader, End::Done));
    assert_eq!(tour.press(Key::Char('w')), []);
    assert!(tour.notice().contains("waits in open()"), "{}", tour.notice());
    assert_eq!(tour.press(Key::Char('R')), []);
    assert!(tour.notice().contains("s starts it again"), "{}", tour.notice());
    assert_eq!(tour.press(Key::Char('s')), [Effect::Start(Side::Reader)]);
}

#[test]
fn to_kill_takes_two_keys_and_any_other_second_one_kills_nobody() {
    let mut tour = playing(1, ["ftok", "ftok"]);
    assert_eq!(tour.press(Key::Char('k')), []);
    assert!(tour.is_killing());
    assert_eq!(tour.press(Key::Char('w')), [Effect::Kill(Side::Writer)]);
    for key in
        [Key::Char('s'), Key::Char('n'), Key::Char('q'), Key::Char('p'), Key::Char('x'), Key::Char('?'), Key::Enter]
    {
        tour.press(Key::Char('k'));
        assert_eq!(tour.press(key), [], "{key:?}");
        assert!(!tour.is_killing() && tour.notice().contains("Nobody"), "{key:?}: {}", tour.notice());
        assert!(!tour.shows_help() && tour.number() == 1 && *tour.phase() == Phase::Play, "{key:?}");
    }
    tour.press(Key::Char('k'));
    assert_eq!(tour.press(Key::Interrupt), [Effect::Quit]);
}

#[test]
fn a_question_comes_at_the_deciding_step_and_only_digits_answer_it() {
    let mut tour = playing(4, ["message", "look"]);
    tour.press(Key::Char('W'));
    at(&mut tour, Side::Writer, "tail-stored");
    assert_eq!(*tour.phase(), Phase::Asking);
    assert_eq!(tour.runs_on(), None, "a run stops where something is asked");
    for key in [Key::Char('w'), Key::Char('0'), Key::Char('4'), Key::Enter] {
        assert_eq!(tour.press(key), []);
        assert_eq!(*tour.phase(), Phase::Asking, "{key:?}");
    }
    assert!(tour.notice().contains("1 to 3"), "{}", tour.notice());
    tour.press(Key::Char('1'));
    assert_eq!((tour.phase(), tour.answer()), (&Phase::Play, Some(0)));
    tour.happened(Happening::Ended(Side::Reader, End::Failed("impossible header".to_owned())));
    tour.looked(Look::default());
    assert_eq!(*tour.phase(), Phase::Why);
    assert!(tour.has_reached(0) && !tour.has_reached(1));
    assert_eq!(tour.press(Key::Enter), [Effect::Reset]);
    assert_eq!((tour.goal_number(), tour.answer()), (2, None));
}

#[test]
fn nothing_is_judged_while_a_side_is_between_two_steps() {
    let mut tour = playing(4, ["message", "look"]);
    tour.scene.states[Side::Reader as usize] = State::Running;
    at(&mut tour, Side::Writer, "tail-stored");
    assert_eq!(*tour.phase(), Phase::Play);
}

#[test]
fn u_begins_the_goal_again_and_n_and_p_change_the_chapter() {
    let mut tour = playing(2, ["ftok", "ftok"]);
    tour.happened(Happening::Sent("something".to_owned()));
    assert_eq!(tour.press(Key::Char('u')), [Effect::Reset]);
    assert_eq!(tour.scene.log, []);
    assert_eq!(tour.press(Key::Char('n')), [Effect::Clear]);
    assert_eq!((tour.number(), tour.phase()), (3, &Phase::Intro));
    tour.press(Key::Char('p'));
    tour.press(Key::Char('p'));
    assert_eq!(tour.number(), 1);
    assert_eq!(tour.press(Key::Char('p')), []);
    assert!(tour.notice().contains("first"), "{}", tour.notice());
    let mut last = Tour::new(9);
    assert_eq!(last.press(Key::Char('n')), []);
    assert!(last.notice().contains("last"), "{}", last.notice());
}

#[test]
fn it_ends_by_q_x_and_ctrl_c_wherever_it_is() {
    for key in [Key::Char('q'), Key::Char('x'), Key::Interrupt] {
        assert_eq!(Tour::new(1).press(key), [Effect::Quit]);
        assert_eq!(playing(1, ["ftok", "ftok"]).press(key), [Effect::Quit]);
        assert_eq!(playing(6, ["message", "look"]).press(key), [Effect::Quit], "where a question stands");
    }
    let mut helped = Tour::new(1);
    helped.press(Key::Char('?'));
    assert_eq!(helped.press(Key::Char('q')), [], "any key closes the help");
    helped.press(Key::Char('?'));
    assert_eq!(helped.press(Key::Interrupt), [Effect::Quit]);
}

#[test]
fn what_cannot_be_shown_here_says_so_and_the_tour_goes_on() {
    let mut tour = playing(2, ["ftok", "ftok"]);
    tour.cannot_begin("no two files");
    assert_eq!(*tour.phase(), Phase::Intro);
    assert!(tour.notice().contains("no two files"));
    assert_eq!(tour.press(Key::Char('n')), [Effect::Clear]);
}

#[test]
fn a_page_is_asked_about_at_once_and_the_costs_are_measured_when_they_were_guessed() {
    let mut tour = Tour::new(9);
    assert_eq!(tour.press(Key::Enter), [Effect::Clear]);
    assert_eq!(*tour.phase(), Phase::Asking);
    assert_eq!(tour.press(Key::Char('3')), [Effect::Measure]);
    assert_eq!(*tour.phase(), Phase::Play);
    tour.measured(vec![("a fence", 14.0, "")]);
    assert_eq!(*tour.phase(), Phase::Why);
    tour.press(Key::Enter);
    assert_eq!(*tour.phase(), Phase::End);
    assert_eq!(tour.press(Key::Char('q')), [Effect::Quit]);
    assert_eq!(tour.press(Key::Char('p')), [Effect::Clear]);
    assert_eq!((tour.number(), tour.phase()), (9, &Phase::Intro), "back to the last chapter");
}

#[test]
fn a_goal_that_is_reached_again_counts_once() {
    let mut tour = Tour::new(9);
    tour.press(Key::Enter);
    for _ in 0..2 {
        tour.press(Key::Char('3'));
        tour.measured(vec![("a fence", 14.0, "")]);
        assert_eq!(*tour.phase(), Phase::Why);
        tour.press(Key::Char('u'));
    }
    assert_eq!(tour.reached, [(8, 0)]);
}

#[test]
fn nothing_is_scribbled_where_there_is_no_record() {
    let mut tour = playing(8, ["message", "look"]);
    assert_eq!(tour.press(Key::Char('c')), []);
    let fact = |name, value: &str| Fact { name, value: value.to_owned() };
    tour.looked(Look { facts: vec![fact("head", "0"), fact("tail", "24")], ..Look::default() });
    assert_eq!(tour.press(Key::Char('c')), [Effect::Scribble]);
    assert_eq!(playing(1, ["ftok", "ftok"]).press(Key::Char('c')), [], "only where a chapter asks for it");
}

#[test]
fn every_goal_has_an_answer_and_a_reason_in_three_sentences() {
    for goal in CHAPTERS.iter().flat_map(|chapter| chapter.goals) {
        assert!(goal.question.right < goal.question.answers.len(), "{}", goal.name);
        assert!(goal.why.iter().all(|sentence| sentence.ends_with('.')), "{}", goal.name);
        assert_eq!(goal.hint.is_empty() && goal.then.is_empty(), !goal.play.has_sides(), "{}", goal.name);
    }
}
