//! The safety tests can fail: the same checks over programs that leave out the line in question must find that out.
//!
//! `SHMCHAT_SABOTAGE` names the line ([`Mutant`]); programs built with these tests listen to it.

use shmchat::internals::fault::Mutant;
use shmchat_tests::Place;
use shmchat_tests::checks::{self, Surface};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Asserts that a check fails over sabotaged programs, and by what they did: `words` stand in what it says.
#[track_caller]
fn assert_found_out(mutant: Mutant, words: &str, check: impl Fn(Option<Mutant>)) {
    let found = catch_unwind(AssertUnwindSafe(|| check(Some(mutant))));
    let Err(panic) = found else { panic!("{} goes unnoticed", mutant.name()) };
    let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref().copied()).unwrap_or_default();
    assert!(said.contains(words), "{} was found out by something else: {said}", mutant.name());
}

#[test]
fn the_programs_listen_to_what_they_are_to_leave_out() {
    let place = Place::new();
    for run in [place.writer(), place.reader()] {
        let ended = run.env("SHMCHAT_SABOTAGE", "no-such-line").finish();
        assert!(
            ended.stderr.contains("no mutant no-such-line"),
            "they were built without the feature `faults`; run `cargo build --workspace` first: {ended:?}"
        );
    }
}

#[test]
fn a_dying_holder_that_is_not_waited_for_is_found_out() {
    assert_found_out(Mutant::SkipLockRetry, "already running", checks::a_dying_holder_is_waited_for);
}

#[test]
fn a_dying_peer_that_is_not_waited_for_is_found_out() {
    assert_found_out(Mutant::SkipLockRetry, "closed while in use", checks::a_dying_peer_is_waited_for);
}

#[test]
fn going_on_in_a_removed_segment_is_found_out() {
    assert_found_out(Mutant::IgnoreRemoval, "left: Some(0)\n right: Some(1)", checks::a_removed_segment_is_noticed);
}

#[test]
fn a_count_of_messages_that_decides_what_is_removed_is_found_out() {
    assert_found_out(Mutant::CountDecides, "lost with its segment", checks::the_rest_of_a_stream_is_left);
}

#[test]
fn sleeping_on_in_a_folder_that_was_moved_is_found_out() {
    assert_found_out(Mutant::IgnoreFolder, "left: Some(3)\n right: Some(5)", checks::a_moved_folder_is_noticed);
}

#[test]
fn following_links_is_found_out() {
    assert_found_out(Mutant::FollowLinks, "right: Some(1)", checks::links_are_refused);
}

#[test]
fn trusting_rights_is_found_out() {
    assert_found_out(Mutant::TrustRights, "left: Some(0)\n right: Some(1)", checks::wider_rights_are_refused);
}

#[test]
fn text_that_is_shown_raw_is_found_out_wherever_it_is_shown() {
    for surface in Surface::ALL {
        let words = match surface {
            // What draws the screen takes no control character: it panics.
            Surface::ReadersScreen | Surface::WritersScreen => "it ended before",
            _ => "the red of the other side",
        };
        assert_found_out(Mutant::RawText, words, |mutant| checks::no_text_reaches_a_terminal_raw(surface, mutant));
    }
}

#[test]
fn text_that_is_shown_raw_in_another_framing_is_found_out() {
    // JSON itself escapes what stands before the blank, and nothing else.
    for (framing, words) in [("json", "'\\u{202e}' at byte"), ("nul", "the red of the other side")] {
        let check = |mutant| checks::no_framing_reaches_a_terminal_raw(framing, mutant);
        assert_found_out(Mutant::RawText, words, check);
    }
}

#[test]
fn trusting_an_index_is_found_out() {
    assert_found_out(Mutant::TrustSharedIndex, "a tail far ahead", checks::nonsense_is_code_5);
}

#[test]
fn trusting_a_records_header_is_found_out() {
    assert_found_out(Mutant::TrustRecordHeader, "a record longer than any", checks::nonsense_is_code_5);
}

#[test]
fn acknowledging_before_a_command_has_run_is_found_out() {
    let check = checks::a_message_is_kept_until_it_is_done;
    assert_found_out(Mutant::AcknowledgeBeforeDone, "what was running when its reader was killed", check);
}

#[test]
fn moving_the_head_past_an_unfinished_message_is_found_out() {
    let check = checks::the_head_waits_for_the_oldest;
    assert_found_out(Mutant::HeadPastUnfinished, "what was behind an unfinished message", check);
}
