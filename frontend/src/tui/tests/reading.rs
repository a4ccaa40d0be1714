//! Reading back: searching, copying, what is new, the bare view, the wheel.
use insta::assert_snapshot;

use super::*;
use crate::tui::model::Mode;
use ratatui::style::Modifier;

/// A reader with a conversation on the screen.
fn reader(width: u16, height: u16) -> Play {
    let mut play = Play::new(Role::Reader, width, height);
    for (minute, text) in [
        (1, "the first mention of shared memory"),
        (2, "something else"),
        (3, "Memory again,\nand more memory"),
        (4, "nothing to find here"),
        (5, "你好, memory of 👩‍🚀"),
    ] {
        play.arrived("alice", at(minute), text);
    }
    play
}

fn search(play: &mut Play, text: &str) {
    play.keys("/");
    play.keys(text);
    play.key(KeyCode::Enter);
}

#[test]
fn a_search_goes_up_from_here_and_marks_every_hit() {
    let mut play = reader(60, 10);
    play.keys("/memory");
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a writer │
    │ 09:01 alice  the first mention of shared memory            │
    │ 09:02 alice  something else                                │
    │ 09:03 alice  Memory again,                                 │
    │              and more memory                               │
    │ 09:04 alice  nothing to find here                          │
    │ 09:05 alice  你好, memory of 👩‍🚀                            │
    │ ────────────────────────────────────────────────────────── │
    │ / memory                                                   │
    │ Enter find  Esc back  F1 help  F2 segment                  │
    cursor 9,8
    "#);
    play.key(KeyCode::Enter);
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a writer │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │ 09:01 alice  the first mention of shared memory            │
    │ 09:02 alice  something else                                │
    │ 09:03 alice  Memory again,                                 │
    │              and more memory                               │
    │ 09:04 alice  nothing to find here                          │
    │▸09:05 alice  你好, memory of 👩‍🚀                            │
    │ 1 of 4: memory ─────────────────────────────────────────── │
    │ x quit  r reply  / search  y copy  F1 help  F2 segment     │
    no cursor
    "#);
    assert_eq!(with(&play, Modifier::UNDERLINED), ["memory", "Memory", "memory"]);
    assert_eq!(reversed(&play), ["memory"]);
    let status = |play: &Play| play.model.status.clone().unwrap_or_default();
    play.keys("n");
    assert_eq!(status(&play), "2 of 4: memory");
    play.keys("n");
    assert_eq!(status(&play), "3 of 4: memory");
    assert_eq!(reversed(&play), ["Memory"]);
    play.keys("n");
    assert_eq!(status(&play), "4 of 4: memory");
    assert!(play.screen().contains("the first mention"), "{}", play.screen());
    play.keys("n");
    assert_eq!(status(&play), "1 of 4: memory, wrapped to the newest");
    play.keys("N");
    assert_eq!(status(&play), "4 of 4: memory, wrapped to the oldest");
    play.key(KeyCode::Esc);
    assert_eq!((reversed(&play), with(&play, Modifier::UNDERLINED)), (vec![], vec![]));
    // Without a search it is a letter.
    play.keys("n");
    assert_eq!((play.model.mode, play.model.input.text()), (Mode::Writing, "n"));
}

/// The pieces of the screen that are reversed.
fn reversed(play: &Play) -> Vec<String> {
    with(play, Modifier::REVERSED)
}

#[test]
fn a_new_search_that_finds_nothing_above_says_that_it_goes_on_from_the_newest() {
    let mut play = reader(60, 8);
    play.key(KeyCode::Home);
    search(&mut play, "你好");
    assert_eq!(play.model.status.as_deref(), Some("1 of 1: 你好, wrapped to the newest"));
}

#[test]
fn large_letters_find_themselves_and_what_is_nowhere_is_said() {
    let mut play = reader(60, 14);
    search(&mut play, "Memory");
    assert_eq!(reversed(&play), ["Memory"]);
    search(&mut play, "nowhere");
    assert!(play.screen().contains("not found: nowhere"), "{}", play.screen());
    // An empty search is the last one again; Esc gives up without forgetting it.
    play.keys("/me");
    play.key(KeyCode::Esc);
    assert_eq!(play.model.mode, Mode::Reading);
    search(&mut play, "");
    assert!(play.screen().contains("not found: nowhere"));
}

#[test]
fn a_hit_far_up_in_a_long_message_comes_to_the_screen() {
    let mut play = Play::new(Role::Reader, 40, 10);
    let text: String = (0..200).map(|number| format!("line {number}\n")).collect();
    play.arrived("alice", at(1), &text);
    play.arrived("alice", at(2), "later");
    search(&mut play, "line 77");
    assert!(play.screen().contains("line 77"), "{}", play.screen());
    assert!(play.screen().contains("below"), "{}", play.screen());
    play.key(KeyCode::End);
    assert!(play.screen().contains("later"));
}

#[test]
fn y_chooses_a_message_and_y_again_copies_it_as_it_is_shown() {
    let mut play = reader(60, 10);
    play.arrived("alice", at(6), "evil\x1b[2J\u{202e}");
    play.event(Event::Notice("nobody's".into()));
    play.keys("y");
    assert_eq!(reversed(&play), ["evil␛[2J⟨U+202E⟩"]);
    assert_eq!(play.keys("y"), [Effect::Copy("evil␛[2J⟨U+202E⟩".into())]);
    assert!(play.screen().contains("copied, if the terminal allows it"));

    play.keys("y");
    play.key(KeyCode::Up);
    play.keys("k");
    play.key(KeyCode::Up);
    play.keys("j");
    play.key(KeyCode::Up);
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a writer │
    │ 09:02 alice  something else                                │
    │ 09:03 alice  Memory again,                                 │
    │              and more memory                               │
    │ 09:04 alice  nothing to find here                          │
    │ 09:05 alice  你好, memory of 👩‍🚀                            │
    │ 09:06 alice  evil␛[2J⟨U+202E⟩                              │
    │            · nobody's                                      │
    │ ────────────────────────────────────────────────────────── │
    │ y copy  ↑ ↓ another  Esc back  F1 help  F2 segment         │
    no cursor
    "#);
    assert_eq!(play.key(KeyCode::Enter), [Effect::Copy("Memory again,\nand more memory".into())]);

    search(&mut play, "first mention");
    play.keys("y");
    assert_eq!(play.keys("y"), [Effect::Copy("the first mention of shared memory".into())]);
    play.keys("y");
    play.key(KeyCode::Esc);
    assert_eq!((play.model.mode, reversed(&play)), (Mode::Reading, vec!["first mention".to_owned()]));
}

#[test]
fn with_nothing_there_is_nothing_to_copy_or_find() {
    let mut play = Play::new(Role::Reader, 60, 6);
    assert_eq!(play.keys("/x"), []);
    play.key(KeyCode::Enter);
    assert!(play.screen().contains("not found: x"));
    play.event(Event::Notice("nobody's".into()));
    play.keys("y");
    assert_eq!((play.model.mode, play.model.input.text()), (Mode::Writing, "y"), "there is nothing to copy");
}

#[test]
fn the_first_that_nobody_saw_has_a_mark_until_one_has_written() {
    let mut play = Play::new(Role::Writer, 60, 12);
    play.event(Event::Focus(true));
    play.arrived("bob", at(1), "seen");
    play.event(Event::Focus(false));
    play.arrived("bob", at(2), "not seen");
    play.arrived("bob", at(3), "not seen either");
    play.event(Event::Focus(true));
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a reader │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │ 09:01 bob    seen                                          │
    │ ────────────────────────── new ─────────────────────────── │
    │ 09:02 bob    not seen                                      │
    │ 09:03 bob    not seen either                               │
    │                                                            │
    │                                                            │
    │                                                            │
    │ ────────────────────────────────────────────────────────── │
    │ > type a message…                                          │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help           │
    cursor 3,10
    "#);
    // Having looked, one turns away again: what comes then is new, and what was is not.
    play.keys("a");
    play.event(Event::Focus(false));
    assert!(!play.screen().contains("─ new ─"));
    play.arrived("bob", at(4), "newer");
    play.event(Event::Focus(true));
    assert!(play.screen().contains("─ new ─"));
    play.key(KeyCode::Enter);
    assert!(!play.screen().contains("─ new ─"));
}

#[test]
fn what_comes_below_while_one_reads_back_is_new() {
    let mut play = Play::new(Role::Reader, 60, 8);
    (0..20).for_each(|minute| play.arrived("alice", at(minute), "old"));
    play.key(KeyCode::PageUp);
    play.arrived("alice", at(30), "came meanwhile");
    play.arrived("alice", at(31), "and this");
    assert!(!play.screen().contains("came meanwhile"));
    play.key(KeyCode::End);
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a writer │
    │ 09:18 alice  old                                           │
    │ 09:19 alice  old                                           │
    │ ────────────────────────── new ─────────────────────────── │
    │ 09:30 alice  came meanwhile                                │
    │ 09:31 alice  and this                                      │
    │ ────────────────────────────────────────────────────────── │
    │ x quit  r reply  / search  y copy  F1 help  F2 segment     │
    no cursor
    "#);
}

#[test]
fn the_bare_view_is_text_from_edge_to_edge() {
    let mut play = reader(40, 8);
    play.arrived("alice", at(6), "see https://example.org/a/long/path/that/takes/more/than/a/row?and=this");
    play.keys("b");
    assert_snapshot!(play.screen(), @r#"
    │alice: something else                   │
    │alice: Memory again,                    │
    │and more memory                         │
    │alice: nothing to find here             │
    │alice: 你好, memory of 👩‍🚀               │
    │alice: see                              │
    │https://example.org/a/long/path/that/tak│
    │es/more/than/a/row?and=this             │
    no cursor
    "#);
    play.keys("/more");
    assert!(play.screen().contains("/ more"));
    play.key(KeyCode::Enter);
    assert!(play.screen().contains("of 2: more"));
    play.keys("b");
    assert!(play.screen().contains("waiting for a writer"));
    play.keys("b");
    play.key(KeyCode::Esc);
    assert!(play.screen().contains("waiting for a writer"));
}

#[test]
fn the_wheel_is_the_terminals_until_m_is_pressed() {
    let mut play = Play::new(Role::Reader, 60, 8);
    (0..20).for_each(|minute| play.arrived("alice", at(minute), &format!("number {minute}")));
    assert_eq!(play.keys("m"), [Effect::Wheel(true)]);
    play.event(Event::Wheel { up: true });
    assert!(play.screen().contains("3 more below"), "{}", play.screen());
    play.event(Event::Wheel { up: false });
    assert!(!play.screen().contains("below"));
    assert_eq!(play.keys("m"), [Effect::Wheel(false)]);
}

#[test]
fn there_is_an_alert_unless_the_terminal_says_that_it_is_looked_at() {
    let arrived = || Event::Arrived { from: "al\x1bice".into(), at: None, text: "hi\x07".into(), shortened: 0 };
    let alert = || [Effect::Alert(Alert { from: "al␛ice".into(), text: "hi␇".into() })];
    let mut play = Play::new(Role::Reader, 60, 8);
    assert_eq!(play.event(arrived()), []);
    play.model.alerts = true;
    assert_eq!(play.event(arrived()), alert());
    play.event(Event::Focus(true));
    assert_eq!(play.event(arrived()), []);
    play.event(Event::Focus(false));
    assert_eq!(play.event(arrived()), alert());
    assert_eq!(play.event(Event::Notice("not a message".into())), []);
    // Nor is what one writes oneself.
    play.keys("r");
    assert!(matches!(play.keys("mine")[..], []));
    assert!(matches!(play.key(KeyCode::Enter)[..], [Effect::Send { .. }]));
}

#[test]
fn an_alert_has_the_beginning_of_a_long_message() {
    let mut play = Play::new(Role::Reader, 60, 8);
    play.model.alerts = true;
    let text = "你".repeat(10_000);
    let effects = play.event(Event::Arrived { from: "alice".into(), at: None, text, shortened: 0 });
    let [Effect::Alert(alert)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(alert.text, "你".repeat(341), "whole characters in 1024 bytes");
}

#[test]
fn the_title_counts_what_arrived_while_nobody_was_looking() {
    let mut play = Play::new(Role::Reader, 60, 8);
    let title = |play: &Play| play.model.title();
    play.arrived("alice", at(1), "seen");
    assert_eq!(title(&play), "shmchat · lobby");
    play.event(Event::Focus(false));
    play.arrived("alice", at(2), "not seen");
    play.arrived("alice", at(3), "not seen either");
    play.event(Event::Notice("not a message".into()));
    assert_eq!(title(&play), "shmchat · lobby (2)");
    play.event(Event::Focus(true));
    assert_eq!(title(&play), "shmchat · lobby");

    // Scrolled up, one does not see what comes below, until one is there.
    (0..20).for_each(|minute| play.arrived("alice", at(minute), "old"));
    play.key(KeyCode::PageUp);
    play.arrived("alice", at(30), "below");
    play.key(KeyCode::Up);
    play.event(Event::Focus(false));
    play.event(Event::Focus(true));
    assert_eq!(title(&play), "shmchat · lobby (1)");
    play.key(KeyCode::End);
    assert_eq!(title(&play), "shmchat · lobby");

    // Not every terminal says when it has the focus again, but a key says so.
    play.event(Event::Focus(false));
    play.arrived("alice", at(31), "not seen");
    assert_eq!(title(&play), "shmchat · lobby (1)");
    play.key(KeyCode::Left);
    assert_eq!(title(&play), "shmchat · lobby");
}

#[test]
fn one_s_own_messages_are_never_unseen() {
    let mut play = Play::new(Role::Writer, 60, 8);
    play.event(Event::Focus(false));
    play.event(Event::Paste("from a script".into()));
    play.send(at(1), "mine");
    assert_eq!(play.model.title(), "shmchat · lobby");
}

#[test]
fn the_wheel_may_be_arrow_keys_only_where_they_scroll() {
    let mut play = Play::new(Role::Writer, 60, 8);
    assert!(!play.model.arrows_scroll(), "the history of the input line is not for the wheel");
    play.key(KeyCode::Esc);
    assert!(play.model.arrows_scroll());
    play.keys("/");
    assert!(!play.model.arrows_scroll());
    play.key(KeyCode::Esc);
    play.keys("i");
    assert!(!play.model.arrows_scroll());
    assert!(Play::new(Role::Reader, 60, 8).model.arrows_scroll());
}
