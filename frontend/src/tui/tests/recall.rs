//! Ctrl-R: searching what was sent.
use insta::assert_snapshot;

use super::*;
use crate::tui::model::Mode;

/// Four messages sent, and a draft.
fn writer() -> Play {
    let mut play = Play::new(Role::Writer, 60, 10);
    ["make test", "see the tests", "你好, Tester", "make test"].iter().for_each(|text| play.send(at(1), text));
    play.keys("a draft");
    play
}

fn shown(play: &Play) -> &str {
    assert_eq!(play.model.mode, Mode::Recalling);
    play.model.recall.shown.text()
}

#[test]
fn ctrl_r_finds_letter_by_letter_and_again_an_older_one() {
    let mut play = writer();
    play.ctrl('r');
    assert_eq!(shown(&play), "a draft");
    play.keys("te");
    assert_eq!(shown(&play), "make test");
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a reader │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │ 09:01 alice  make test                                   ✓ │
    │       alice  see the tests                               ✓ │
    │       alice  你好, Tester                                ✓ │
    │       alice  make test                                   ✓ │
    │                                                            │
    │ sent before: te ────────────────────────────────────────── │
    │ ? make test                                                │
    │ Enter take it  Ctrl-R older  Esc back  F1 help  F2 segment │
    cursor 8,8
    "#);
    play.ctrl('r');
    assert_eq!(shown(&play), "你好, Tester");
    play.ctrl('r');
    assert_eq!(shown(&play), "see the tests");
    play.keys("st");
    assert_eq!(shown(&play), "see the tests", "it still fits");
    // The oldest is the newest's twin; then there is no more, and what was found stays.
    play.ctrl('r');
    assert_eq!(shown(&play), "make test");
    play.ctrl('r');
    assert_eq!(shown(&play), "make test");
    assert!(play.screen().contains("not sent before: test"), "{}", play.screen());
    // Fewer letters begin at the newest again.
    play.key(KeyCode::Backspace);
    assert_eq!(play.model.recall.step, 1);
}

#[test]
fn the_same_text_again_is_nothing_older() {
    let mut play = Play::new(Role::Writer, 60, 10);
    ["one a", "other", "one a", "no", "one a"].iter().for_each(|text| play.send(at(1), text));
    play.ctrl('r');
    play.keys("one");
    play.ctrl('r');
    assert_eq!((play.model.recall.step, play.model.recall.missed), (1, true));
}

#[test]
fn enter_puts_it_into_the_line_and_sends_nothing() {
    let mut play = writer();
    play.ctrl('r');
    play.keys("你");
    assert_eq!(play.key(KeyCode::Enter), []);
    assert_eq!((play.model.mode, play.model.input.text()), (Mode::Writing, "你好, Tester"));
    // The cursor is where it matched; the draft is below, as if one had gone up; and it is no less a draft.
    assert_eq!(play.model.input.cursor(), 0);
    assert_eq!(play.model.drafts(), ["a draft"]);
    play.key(KeyCode::Down);
    play.key(KeyCode::Down);
    assert_eq!(play.model.input.text(), "a draft");
}

#[test]
fn esc_and_ctrl_g_give_the_draft_back() {
    for back in
        [KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE), KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL)]
    {
        let mut play = writer();
        play.ctrl('b');
        play.ctrl('r');
        play.keys("make");
        assert_eq!(play.model.drafts(), ["a draft"], "all the while");
        assert_eq!(play.event(Event::Key(back)), []);
        assert_eq!((play.model.mode, play.model.input.text()), (Mode::Writing, "a draft"));
        assert_eq!(play.model.input.cursor(), "a draf".len());
    }
}

#[test]
fn any_key_of_the_line_edits_what_was_found() {
    let mut play = writer();
    play.ctrl('r');
    play.keys("tests");
    play.ctrl('e');
    play.keys("!");
    assert_eq!((play.model.mode, play.model.input.text()), (Mode::Writing, "see the tests!"));
    // One that is nobody's does nothing.
    play.ctrl('r');
    play.ctrl('q');
    assert_eq!(play.model.mode, Mode::Recalling);
    play.key(KeyCode::F(1));
    assert_eq!(play.model.mode, Mode::Recalling);
    assert_eq!(play.ctrl('c'), [Effect::Quit]);
}

#[test]
fn what_was_changed_on_the_way_is_found_as_it_was_left() {
    let mut play = writer();
    play.key(KeyCode::Up);
    play.keys(" again");
    play.key(KeyCode::Up);
    play.ctrl('r');
    play.keys("again");
    play.key(KeyCode::Enter);
    assert_eq!(play.model.input.text(), "make test again");
    assert_eq!(play.model.drafts(), ["a draft", "make test again"]);
}

#[test]
fn nothing_sent_or_nothing_found_leaves_the_draft() {
    let mut play = Play::new(Role::Writer, 60, 10);
    play.keys("a draft");
    play.ctrl('r');
    assert!(play.screen().contains("search what you sent"), "{}", play.screen());
    play.event(Event::Paste("x\nnot this".into()));
    assert!(play.screen().contains("not sent before: x ─"), "{}", play.screen());
    play.ctrl('r');
    assert_eq!(play.key(KeyCode::Enter), []);
    assert_eq!((play.model.mode, play.model.input.text()), (Mode::Writing, "a draft"));
}
