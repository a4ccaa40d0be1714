//! The line: pastes that are asked about, what was sent before, undo, the editor.
use insta::assert_snapshot;

use super::*;

fn writer() -> Play {
    Play::new(Role::Writer, 60, 12)
}

fn draft(play: &Play) -> &str {
    play.model.input.text()
}

#[test]
fn a_paste_above_twenty_lines_is_asked_about_and_enter_sends_it_as_one_message() {
    let mut play = writer();
    play.event(Event::Paste("line\n".repeat(20)));
    assert_eq!(play.model.asked, None);
    play.ctrl('u');
    play.model.input.start_with(String::new());
    play.event(Event::Paste("line\n".repeat(35)));
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a reader │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │                                                            │
    │                                                            │
    │                                                            │
    │                                                            │
    │ send 35 lines as one message? Enter yes, Esc edit ──────── │
    │   line                                                     │
    │   line                                                     │
    │   line                                                     │
    │                                                            │
    │ Enter yes  Esc edit  F1 help  F2 segment  PgUp PgDn scroll │
    cursor 3,10
    "#);
    assert_eq!(play.key(KeyCode::Enter), [Effect::Send { id: 0, text: "line\n".repeat(35).trim_end().into() }]);
    assert_eq!((play.model.asked, draft(&play)), (None, ""));
}

#[test]
fn a_long_paste_can_be_edited_first() {
    let mut play = writer();
    play.event(Event::Paste("line\n".repeat(35)));
    assert_eq!(play.key(KeyCode::Esc), []);
    assert_eq!(play.model.asked, None);
    assert!(play.screen().contains("Enter send"), "the line is still open");
    assert!(play.key(KeyCode::Enter).len() == 1);

    // If you go on typing, you edit; the key counts.
    play.event(Event::Paste("line\n".repeat(35)));
    play.keys("!");
    assert_eq!((play.model.asked, draft(&play)), (None, &*("line\n".repeat(35) + "!")));
}

#[test]
fn up_and_down_go_through_what_was_sent_and_the_draft_is_kept() {
    let mut play = writer();
    ["one", "two\nlines"].iter().for_each(|text| play.send(at(1), text));
    play.keys("a draft");
    for expected in ["two\nlines", "two\nlines", "one", "one"] {
        play.key(KeyCode::Up);
        assert_eq!(draft(&play), expected);
    }
    // Down goes by rows first, as Up does; in what is called back the cursor is at the end.
    for expected in ["two\nlines", "a draft", "a draft"] {
        play.key(KeyCode::Down);
        assert_eq!(draft(&play), expected);
    }
    play.ctrl('p');
    play.ctrl('n');
    assert_eq!(draft(&play), "a draft");
}

#[test]
fn what_was_killed_can_be_yanked_into_the_next_message_and_a_mistake_undone() {
    let mut play = writer();
    play.keys("keep this");
    play.ctrl('w');
    play.key(KeyCode::Enter);
    play.ctrl('y');
    assert_eq!(draft(&play), "this");
    play.ctrl('t');
    assert_eq!(draft(&play), "thsi");
    // Ctrl-_ comes as this.
    play.ctrl('7');
    assert_eq!(draft(&play), "this");
}

#[test]
fn ctrl_x_ctrl_e_hands_the_draft_to_the_editor_and_takes_it_back() {
    let mut play = writer();
    play.keys("a draft");
    assert_eq!(play.ctrl('x'), []);
    assert_eq!(play.ctrl('e'), [Effect::Edit("a draft".into())]);
    play.event(Event::Edited(Ok("a better\ndraft".into())));
    assert_eq!(draft(&play), "a better\ndraft");
    play.ctrl('7');
    assert_eq!(draft(&play), "a draft");
    play.event(Event::Edited(Err("the draft is unchanged: vi ended with 1".into())));
    assert_eq!(draft(&play), "a draft");
    assert!(play.screen().contains("the draft is unchanged"));
    // Another key after Ctrl-X does nothing, and is gone.
    play.ctrl('x');
    play.keys("e");
    play.ctrl('x');
    play.ctrl('x');
    assert_eq!(play.ctrl('e'), []);
    assert_eq!(draft(&play), "a draft");
}
