//! Files in the transcript.
use insta::assert_snapshot;

use super::*;
use crate::transfer::{Note, Step, Transfer};
use crate::tui::event::Alert;

fn tell(play: &mut Play, transfer: Transfer, step: Step, text: &str) -> Vec<Effect> {
    play.event(Event::File(Note { transfer, step, from: "carol".into(), text: text.into() }))
}

#[test]
fn an_offer_is_a_line_and_a_transfer_another_that_says_how_far_it_is() {
    let mut play = Play::new(Role::Reader, 60, 10);
    let file = Transfer::Theirs(7);
    tell(&mut play, file, Step::Offered, "carol offers 照片.jpg, 2.1 MB: /get or /skip");
    tell(&mut play, file, Step::Going, "receiving 照片.jpg: 0 %");
    play.arrived("carol", at(1), "👩‍🚀 meanwhile");
    tell(&mut play, file, Step::Going, "receiving 照片.jpg: 43 %");
    assert_snapshot!(play.screen(), @"
    │ shmchat · lobby                     ○ waiting for a writer │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │            · carol offers 照片.jpg, 2.1 MB: /get or        │
    │              /skip                                         │
    │            · receiving 照片.jpg: 43 %                      │
    │ 09:01 carol  👩‍🚀 meanwhile                                  │
    │                                                            │
    │                                                            │
    │ ────────────────────────────────────────────────────────── │
    │ x quit  r reply  / search  y copy  F1 help  F2 segment     │
    no cursor
    ");
    tell(&mut play, file, Step::Ended, "received 照片.jpg, 2.1 MB: ~/Downloads/照片.jpg");
    assert_snapshot!(play.screen(), @"
    │ shmchat · lobby                     ○ waiting for a writer │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │            · carol offers 照片.jpg, 2.1 MB: /get or        │
    │              /skip                                         │
    │            · received 照片.jpg, 2.1 MB: ~/Downloads/照     │
    │              片.jpg                                        │
    │ 09:01 carol  👩‍🚀 meanwhile                                  │
    │                                                            │
    │ received 照片.jpg, 2.1 MB: ~/Downloads/照片.jpg ────────── │
    │ x quit  r reply  / search  y copy  F1 help  F2 segment     │
    no cursor
    ");
    // The same offer may begin anew.
    tell(&mut play, file, Step::Going, "receiving 照片.jpg: 1 %");
    assert_eq!(play.model.entries.len(), 4);
}

#[test]
fn two_transfers_have_a_line_each() {
    let mut play = Play::new(Role::Writer, 60, 10);
    for step in 0..3 {
        tell(&mut play, Transfer::Ours(1), Step::Going, &format!("sending a: {step} %"));
        tell(&mut play, Transfer::Theirs(1), Step::Going, &format!("receiving b: {step} %"));
    }
    let texts: Vec<_> = play.model.entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["sending a: 2 %", "receiving b: 2 %"]);
}

#[test]
fn a_line_that_was_cleared_away_does_not_come_back_before_the_end() {
    let mut play = Play::new(Role::Writer, 60, 10);
    tell(&mut play, Transfer::Ours(1), Step::Going, "sending a: 0 %");
    play.model.clear();
    tell(&mut play, Transfer::Ours(1), Step::Going, "sending a: 1 %");
    assert_eq!(play.model.entries.len(), 0);
    tell(&mut play, Transfer::Ours(1), Step::Ended, "bob has received a");
    assert!(play.screen().contains("bob has received a"), "{}", play.screen());
}

#[test]
fn an_offer_of_theirs_rings_and_is_marked_as_new_and_nothing_else_does() {
    let mut play = Play::new(Role::Reader, 60, 10);
    play.model = play.model.with_alerts(true);
    play.event(Event::Focus(false));
    assert_eq!(tell(&mut play, Transfer::Ours(1), Step::Offered, "you offer a"), []);
    assert_eq!(play.model.unread, None);
    assert_eq!(
        tell(&mut play, Transfer::Theirs(1), Step::Offered, "carol offers b"),
        [Effect::Alert(Alert { from: "carol".into(), text: "carol offers b".into() })]
    );
    assert_eq!(play.model.unread, Some(1));
    assert_eq!(tell(&mut play, Transfer::Theirs(1), Step::Going, "receiving b"), []);
}

#[test]
fn the_commands_for_files_say_what_is_to_be_done() {
    for side in [Role::Writer, Role::Reader] {
        let mut play = Play::new(side, 60, 10);
        let mut enter = |line: &str| {
            play.model.mode = crate::tui::model::Mode::Writing;
            play.keys(line);
            play.key(KeyCode::Enter)
        };
        assert_eq!(enter("/send ~/two words.jpg"), [Effect::SendFile("~/two words.jpg".into())]);
        assert_eq!(enter("/get"), [Effect::GetFile(String::new())]);
        assert_eq!(enter("/get /tmp/x y"), [Effect::GetFile("/tmp/x y".into())]);
        assert_eq!(enter("/skip"), [Effect::SkipFile]);
        assert_eq!(play.model.entries.len(), 0, "nothing was sent");
    }
}
