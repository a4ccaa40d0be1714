//! What keys and pastes do.
use crossterm::event::KeyEventKind;

use super::*;
use crate::tui::model::{Mode, SHOWN_MAX};

fn writer() -> Play {
    Play::new(Role::Writer, 60, 12)
}

fn reader() -> Play {
    Play::new(Role::Reader, 60, 12)
}

fn sent(text: &str) -> Vec<Effect> {
    vec![Effect::Send { id: 0, text: text.into() }]
}

#[test]
fn enter_sends_what_was_typed_and_numbers_it() {
    let mut play = writer();
    play.keys("hi");
    assert_eq!(play.key(KeyCode::Enter), sent("hi"));
    play.keys("again");
    assert_eq!(play.key(KeyCode::Enter), [Effect::Send { id: 1, text: "again".into() }]);
    assert_eq!(play.key(KeyCode::Enter), []);
}

#[test]
fn an_x_alone_quits_and_with_a_backslash_it_is_sent() {
    let mut play = writer();
    assert_eq!(play.keys("x"), []);
    assert_eq!(play.key(KeyCode::Enter), [Effect::Quit]);
    let mut play = writer();
    play.keys("\\x");
    assert_eq!(play.key(KeyCode::Enter), sent("x"));
    for (id, text) in (1..).zip(["xx", "x ", "X", "\\\\x", "\\xy"]) {
        play.keys(text);
        assert_eq!(play.key(KeyCode::Enter), [Effect::Send { id, text: text.into() }]);
    }
}

#[test]
fn an_x_and_a_new_line_are_a_message() {
    for new_line in
        [KeyEvent::new(KeyCode::Enter, KeyModifiers::ALT), KeyEvent::new(KeyCode::Char('j'), KeyModifiers::CONTROL)]
    {
        let mut play = writer();
        play.keys("x");
        assert_eq!(play.event(Event::Key(new_line)), []);
        assert_eq!(play.key(KeyCode::Enter), sent("x"));
    }
}

#[test]
fn new_lines_at_the_end_are_left_out_and_a_draft_of_nothing_else_is_not_sent() {
    let mut play = writer();
    play.event(Event::Paste("one\n\ntwo\n\n".into()));
    assert_eq!(play.key(KeyCode::Enter), sent("one\n\ntwo"));
    play.event(Event::Paste("\n\n".into()));
    assert_eq!(play.key(KeyCode::Enter), []);
}

#[test]
fn outside_the_writers_input_line_x_quits_and_a_or_i_go_on_with_the_draft() {
    for back in ['a', 'i'] {
        let mut play = writer();
        play.keys("dra");
        play.key(KeyCode::Esc);
        play.keys(&back.to_string());
        play.keys("ft");
        assert_eq!(play.key(KeyCode::Enter), sent("draft"));
    }
    let mut play = writer();
    play.key(KeyCode::Esc);
    assert_eq!(play.keys("x"), [Effect::Quit]);
}

#[test]
fn the_reader_reads_until_i_or_r_opens_its_input_line() {
    assert_eq!(reader().keys("x"), [Effect::Quit]);
    for open in ['i', 'r'] {
        let mut play = reader();
        play.keys(&open.to_string());
        play.keys("hello x");
        assert_eq!(play.key(KeyCode::Enter), sent("hello x"));
        play.keys("x");
        assert_eq!(play.key(KeyCode::Enter), [Effect::Quit]);
        play.key(KeyCode::Esc);
        assert_eq!(play.model.mode, Mode::Reading);
    }
}

#[test]
fn ctrl_c_always_quits_and_ctrl_d_unless_there_is_something_to_delete() {
    for mut play in [writer(), reader()] {
        assert_eq!(play.ctrl('d'), [Effect::Quit]);
        play.keys("i draft");
        assert_eq!(play.ctrl('c'), [Effect::Quit]);
        // At its end there is nothing to delete, and it says so.
        assert_eq!(play.ctrl('d'), []);
        assert!(play.screen().contains("Ctrl-D quits on an empty line only"), "{}", play.screen());
        assert!(play.model.input.text().ends_with(" draft"));
        play.key(KeyCode::Home);
        assert_eq!(play.ctrl('d'), []);
        assert!(!play.model.input.text().contains("i draft"));
    }
}

#[test]
fn ctrl_z_suspends_in_either_mode() {
    assert_eq!(writer().ctrl('z'), [Effect::Suspend]);
    assert_eq!(reader().ctrl('z'), [Effect::Suspend]);
}

#[test]
fn letting_a_key_go_does_nothing() {
    let mut play = writer();
    let mut key = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
    for (kind, text) in [(KeyEventKind::Press, "a"), (KeyEventKind::Repeat, "aa"), (KeyEventKind::Release, "aa")] {
        key.kind = kind;
        play.event(Event::Key(key));
        assert_eq!(play.model.input.text(), text);
    }
}

#[test]
fn the_keys_of_readline_edit() {
    let mut play = writer();
    play.keys("one two three");
    play.alt(KeyCode::Char('b'));
    play.ctrl('w');
    assert_eq!(play.model.input.text(), "one three");
    play.ctrl('a');
    play.alt(KeyCode::Char('d'));
    assert_eq!(play.model.input.text(), " three");
    play.alt(KeyCode::Char('f'));
    play.ctrl('u');
    assert_eq!(play.model.input.text(), "");
    play.keys("abc def");
    play.alt(KeyCode::Backspace);
    play.ctrl('h');
    play.ctrl('b');
    play.ctrl('k');
    assert_eq!(play.model.input.text(), "ab");
    play.ctrl('e');
    play.ctrl('l');
    assert_eq!(play.model.input.cursor(), 2);
}

#[test]
fn a_paste_is_one_message_and_never_keys() {
    let mut play = writer();
    assert_eq!(play.event(Event::Paste("x\r\nyes\r".into())), []);
    assert_eq!(play.key(KeyCode::Enter), sent("x\nyes"));

    let mut play = reader();
    assert_eq!(play.event(Event::Paste("x".into())), []);
    assert_eq!(play.event(Event::Paste("ihello\rx\r".into())), []);
    assert!(play.model.input.is_empty());
}

#[test]
fn a_paste_that_is_too_long_is_cut_and_says_so() {
    let mut play = writer();
    play.event(Event::Paste("你".repeat(100_000)));
    assert!(play.model.input.text().len() <= 64 * 1024);
    assert!(play.screen().contains("64 KiB; the rest"));
}

#[test]
fn sending_goes_to_the_end_and_arriving_does_not() {
    let mut play = writer();
    for minute in 0..30 {
        play.arrived("bob", at(minute), "hi");
    }
    play.key(KeyCode::PageUp);
    let before = rows(play.terminal().backend().buffer());
    play.arrived("bob", at(31), "new");
    let after = rows(play.terminal().backend().buffer());
    assert_eq!(before[..8], after[..8]);
    assert!(after[9].contains("8 more below"), "{after:?}");
    play.send(at(32), "mine");
    assert!(!play.screen().contains("below"));
    assert!(play.screen().contains("mine"));
}

#[test]
fn page_up_and_page_down_meet_again() {
    let mut play = reader();
    for minute in 0..40 {
        play.arrived("alice", at(minute), "some words that will have to be wrapped at this width");
    }
    let end = play.screen();
    let mut above = vec![end.clone()];
    loop {
        play.key(KeyCode::PageUp);
        if above.last() == Some(&play.screen()) {
            break;
        }
        above.push(play.screen());
    }
    assert!(above.len() > 5);
    assert!(play.screen().contains("Saturday 21 November 2026"));
    let top = play.screen();
    play.key(KeyCode::End);
    assert_eq!(play.screen(), end);
    play.key(KeyCode::Home);
    assert_eq!(play.screen(), top);
    for _ in 0..200 {
        play.keys("j");
    }
    assert_eq!(play.screen(), end);
}

#[test]
fn scrolling_by_a_row_moves_by_a_row() {
    let mut play = reader();
    for minute in 0..10 {
        play.arrived("alice", at(minute), "one\ntwo\nthree");
    }
    let transcript = |play: &Play| rows(play.terminal().backend().buffer())[1..10].to_vec();
    let mut below = transcript(&play);
    for _ in 0..22 {
        play.key(KeyCode::Up);
        let now = transcript(&play);
        assert_eq!(now[1..], below[..8]);
        below = now;
    }
    assert_eq!(play.key(KeyCode::Up), []);
    assert_eq!(transcript(&play), below);
}

#[test]
fn what_never_stops_arriving_is_let_go_from_the_top() {
    let mut play = reader();
    for _ in 0..300 {
        play.arrived("alice", at(1), &"x".repeat(SHOWN_MAX + 5));
    }
    let bytes: usize = play.model.entries.iter().map(|entry| entry.text.len()).sum();
    assert!(bytes <= crate::tui::model::BYTES_MAX);
    for _ in 0..11_000 {
        play.arrived("alice", at(2), "short");
    }
    assert_eq!(play.model.entries.len(), crate::tui::model::ENTRIES_MAX);
    play.key(KeyCode::Home);
    assert!(play.screen().contains("… 1300 older messages no longer kept"), "{}", play.screen());
    // What you are looking at is dropped; the view continues with what is left.
    for _ in 0..100 {
        play.arrived("alice", at(3), "shorter");
    }
    assert!(play.screen().contains("… 1400 older messages no longer kept"));
}

#[test]
fn the_day_of_what_was_let_go_still_heads_the_transcript() {
    let mut play = reader();
    play.arrived("alice", day(20).and_hms_opt(9, 0, 0).unwrap(), "yesterday");
    for _ in 0..crate::tui::model::ENTRIES_MAX {
        play.event(Event::Notice("undated".into()));
    }
    play.arrived("alice", at(1), "today");
    play.key(KeyCode::Home);
    assert!(play.screen().contains("Friday 20 November 2026"));
    play.key(KeyCode::End);
    assert!(play.screen().contains("Saturday 21 November 2026"));
}

#[test]
fn sent_and_taken_are_told_for_unknown_and_old_messages_without_harm() {
    let mut play = writer();
    play.event(Event::Sent { id: 7, at: at(1), seq: 3 });
    play.send(at(1), "first");
    for _ in 0..11_000 {
        play.arrived("bob", at(2), "much");
    }
    play.event(Event::Sent { id: 0, at: at(1), seq: 3 });
    play.event(Event::Acknowledged { below: u64::MAX });
    play.event(Event::Acknowledged { below: 0 });
}

#[test]
fn an_acknowledgement_is_owed_until_it_covers_the_newest_message() {
    let mut play = writer();
    assert!(!play.model.peer.owes_acknowledgement());
    play.send(at(1), "one");
    let second = play.seq;
    play.send(at(1), "two");
    play.event(Event::Acknowledged { below: second });
    assert!(play.model.peer.owes_acknowledgement());
    play.acknowledged();
    assert!(!play.model.peer.owes_acknowledgement());
}

#[test]
fn the_farewell_is_the_last_messages_as_plain_lines() {
    let mut play = reader();
    play.arrived("alice", at(1), "first");
    play.event(Event::Notice("not a message".into()));
    play.arrived("alice", at(2), "a\x1b[2J\nb");
    let from = "alice".into();
    play.event(Event::Arrived { from, at: None, text: "long".into(), shortened: 9 });
    let all = [
        "09:01 alice  first",
        "09:02 alice  a␛[2J",
        "             b",
        "      alice  long",
        "             … and 9 more bytes, not shown",
    ];
    assert_eq!(play.model.last_lines(24), all);
    assert_eq!(play.model.last_lines(2), all[3..]);
    assert!(play.model.last_lines(0).is_empty());
}
