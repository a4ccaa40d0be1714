//! Screens as a person sees them.
use insta::assert_snapshot;

use super::*;

const LONG: &str = "and a second line, wrapped at the words, with 你好 and 👩‍🚀 taking the columns they take";

/// A conversation between alice, who sits here, and bob.
fn conversation(width: u16, height: u16) -> Play {
    let mut play = Play::new(Role::Writer, width, height);
    play.here("bob");
    play.send(at(41), "hello");
    play.acknowledged();
    play.send(at(41), LONG);
    play.arrived("bob", at(42), "hi!");
    play.event(Event::Backlog(Backlog { messages: 2, occupied: 32, ..Backlog::default() }));
    play
}

#[test]
fn a_writer_that_has_just_started() {
    assert_snapshot!(Play::new(Role::Writer, 74, 8).screen(), @r#"
    │ shmchat · lobby                                   ○ waiting for a reader │
    │ ────────────────────── Saturday 21 November 2026 ─────────────────────── │
    │                                                                          │
    │                                                                          │
    │                                                                          │
    │ ──────────────────────────────────────────────────────────────────────── │
    │ > type a message…                                                        │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help  F2 segment             │
    cursor 3,6
    "#);
}

#[test]
fn a_conversation() {
    assert_snapshot!(conversation(74, 11).screen(), @r#"
    │ shmchat · lobby                                   bob ● here   2 waiting │
    │ ────────────────────── Saturday 21 November 2026 ─────────────────────── │
    │            · bob is here                                                 │
    │ 09:41 alice  hello                                                    ✓✓ │
    │       alice  and a second line, wrapped at the words, with 你好 and      │
    │              👩‍🚀 taking the columns they take                           ✓ │
    │ 09:42 bob    hi!                                                         │
    │                                                                          │
    │ ──────────────────────────────────────────────────────────────────────── │
    │ > type a message…                                                        │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help  F2 segment             │
    cursor 3,9
    "#);
}

#[test]
fn a_message_on_its_way_has_no_time_yet() {
    let mut play = conversation(60, 10);
    play.keys("on its way");
    play.key(KeyCode::Enter);
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     bob ● here   2 waiting │
    │ 09:41 alice  hello                                      ✓✓ │
    │       alice  and a second line, wrapped at the words,      │
    │              with 你好 and 👩‍🚀 taking the columns they      │
    │              take                                        ✓ │
    │ 09:42 bob    hi!                                           │
    │       alice  on its way                                  … │
    │ ────────────────────────────────────────────────────────── │
    │ > type a message…                                          │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help           │
    cursor 3,8
    "#);
}

#[test]
fn days_and_minutes_are_written_once() {
    let mut play = Play::new(Role::Reader, 60, 12);
    play.event(Event::Notice("two messages waited here".into()));
    let yesterday = |minute| day(20).and_hms_opt(23, minute, 0).unwrap();
    play.arrived("alice", yesterday(58), "good night");
    play.arrived("alice", yesterday(58), "still there?");
    play.arrived("alice", at(5), "good morning");
    play.arrived("a-very-long-name", at(5), "who am I");
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a writer │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │                   · two messages waited here               │
    │ ──────────────── Friday 20 November 2026 ───────────────── │
    │ 23:58 alice         good night                             │
    │       alice         still there?                           │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │ 09:05 alice         good morning                           │
    │       a-very-long…  who am I                               │
    │                                                            │
    │ ────────────────────────────────────────────────────────── │
    │ x quit  r reply  / search  y copy  F1 help  F2 segment     │
    no cursor
    "#);
}

#[test]
fn control_and_bidirectional_characters_are_seen_and_not_obeyed() {
    let mut play = Play::new(Role::Reader, 60, 9);
    play.here("al\x1bice\n");
    play.arrived("al\x1bice\n", at(1), "clear: \x1b[2J bell: \x07 c1: \u{9b}31m");
    play.arrived("al\x1bice\n", at(1), "name.\u{202E}txt.exe zero\u{200B}width \u{301}accent");
    play.arrived("al\x1bice\n", at(1), "a\ttab\n\tand 👨‍👩‍👧‍👦 🏳️‍🌈 ❤️ नमस्ते");
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                             al␛ice␊ ● here │
    │              · al␛ice␊ is here                             │
    │ 09:01 al␛ice␊  clear: ␛[2J bell: ␇ c1: ⟨U+009B⟩31m         │
    │       al␛ice␊  name.⟨U+202E⟩txt.exe                        │
    │                zero⟨U+200B⟩width ́accent                    │
    │       al␛ice␊  a   tab                                     │
    │                    and 👨‍👩‍👧‍👦 🏳️‍🌈 ❤️ नमस्ते                       │
    │ ────────────────────────────────────────────────────────── │
    │ x quit  r reply  / search  y copy  F1 help  F2 segment     │
    no cursor
    "#);
}

#[test]
fn a_draft_of_several_lines_grows_to_a_third_and_scrolls_inside() {
    let mut play = conversation(60, 12);
    play.event(Event::Paste("one\ntwo\n\tthree\nfour 你好\nfive\nsix".into()));
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     bob ● here   2 waiting │
    │ 09:41 alice  hello                                      ✓✓ │
    │       alice  and a second line, wrapped at the words,      │
    │              with 你好 and 👩‍🚀 taking the columns they      │
    │              take                                        ✓ │
    │ 09:42 bob    hi!                                           │
    │ ────────────────────────────────────────────────────────── │
    │       three                                                │
    │   four 你好                                                │
    │   five                                                     │
    │   six                                                      │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help           │
    cursor 6,10
    "#);
    (0..4).for_each(|_| drop(play.key(KeyCode::Up)));
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     bob ● here   2 waiting │
    │ 09:41 alice  hello                                      ✓✓ │
    │       alice  and a second line, wrapped at the words,      │
    │              with 你好 and 👩‍🚀 taking the columns they      │
    │              take                                        ✓ │
    │ 09:42 bob    hi!                                           │
    │ ────────────────────────────────────────────────────────── │
    │ > one                                                      │
    │   two                                                      │
    │       three                                                │
    │   four 你好                                                │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help           │
    cursor 6,8
    "#);
}

#[test]
fn a_long_draft_is_broken_at_the_edge_and_the_cursor_has_a_cell_of_its_own() {
    let mut play = Play::new(Role::Writer, 24, 9);
    play.keys("twenty columns are fu");
    play.key(KeyCode::Backspace);
    assert_snapshot!(play.screen(), @r#"
    │ ○ waiting for a reader │
    │ ── Sat 21 Nov 2026 ─── │
    │                        │
    │                        │
    │                        │
    │                        │
    │ ────────────────────── │
    │ > twenty columns are f │
    │ x⏎ quit  F1 help       │
    cursor 23,7
    "#);
    play.keys("你");
    assert_snapshot!(play.screen(), @r#"
    │ ○ waiting for a reader │
    │ ── Sat 21 Nov 2026 ─── │
    │                        │
    │                        │
    │                        │
    │ ────────────────────── │
    │ > twenty columns are f │
    │   你                   │
    │ x⏎ quit  F1 help       │
    cursor 5,7
    "#);
}

#[test]
fn scrolled_up_one_sees_how_much_is_below() {
    let mut play = conversation(60, 9);
    for text in ["one", "two", "three"] {
        play.arrived("bob", at(43), text);
    }
    play.key(KeyCode::PageUp);
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     bob ● here   2 waiting │
    │            · bob is here                                   │
    │ 09:41 alice  hello                                      ✓✓ │
    │       alice  and a second line, wrapped at the words,      │
    │              with 你好 and 👩‍🚀 taking the columns they      │
    │              take                                        ✓ │
    │ ─────────────────────────────────────────── 4 more below ↓ │
    │ > type a message…                                          │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help           │
    cursor 3,7
    "#);
}

#[test]
fn a_reader_reading() {
    let mut play = Play::new(Role::Reader, 60, 8);
    play.here("alice");
    play.arrived("alice", at(41), "hello");
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                               alice ● here │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │            · alice is here                                 │
    │ 09:41 alice  hello                                         │
    │                                                            │
    │                                                            │
    │ ────────────────────────────────────────────────────────── │
    │ x quit  r reply  / search  y copy  F1 help  F2 segment     │
    no cursor
    "#);
    play.keys("rhi");
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                               alice ● here │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │            · alice is here                                 │
    │ 09:41 alice  hello                                         │
    │                                                            │
    │ ────────────────────────────────────────────────────────── │
    │ > hi                                                       │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help           │
    cursor 5,6
    "#);
}

#[test]
fn a_writer_that_left_its_line_still_sees_its_draft() {
    let mut play = conversation(60, 8);
    play.keys("a draft");
    play.key(KeyCode::Esc);
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     bob ● here   2 waiting │
    │       alice  and a second line, wrapped at the words,      │
    │              with 你好 and 👩‍🚀 taking the columns they      │
    │              take                                        ✓ │
    │ 09:42 bob    hi!                                           │
    │ ────────────────────────────────────────────────────────── │
    │ > a draft                                                  │
    │ i write  x quit  / search  y copy  F1 help  F2 segment     │
    no cursor
    "#);
}

#[test]
fn the_other_side_is_gone() {
    let mut play = conversation(74, 11);
    play.event(Event::Presence { who: "bob".into(), now: Presence::Gone, at: Some(at(50)) });
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                                   bob ○ gone   2 waiting │
    │ ────────────────────── Saturday 21 November 2026 ─────────────────────── │
    │            · bob is here                                                 │
    │ 09:41 alice  hello                                                    ✓✓ │
    │       alice  and a second line, wrapped at the words, with 你好 and      │
    │              👩‍🚀 taking the columns they take                           ✓ │
    │ 09:42 bob    hi!                                                         │
    │ 09:50      · bob disconnected unexpectedly; your messages will wait      │
    │ ──────────────────────────────────────────────────────────────────────── │
    │ > type a message…                                                        │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help  F2 segment             │
    cursor 3,9
    "#);
    play.here("bob");
    play.event(Event::Presence { who: "bob".into(), now: Presence::Quit, at: None });
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                                   bob ○ quit   2 waiting │
    │ 09:41 alice  hello                                                    ✓✓ │
    │       alice  and a second line, wrapped at the words, with 你好 and      │
    │              👩‍🚀 taking the columns they take                           ✓ │
    │ 09:42 bob    hi!                                                         │
    │ 09:50      · bob disconnected unexpectedly; your messages will wait      │
    │            · bob is back                                                 │
    │            · bob quit; your messages will wait                           │
    │ ──────────────────────────────────────────────────────────────────────── │
    │ > type a message…                                                        │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help  F2 segment             │
    cursor 3,9
    "#);
}

#[test]
fn a_message_that_is_not_shown_whole_says_so() {
    let mut play = Play::new(Role::Reader, 60, 6);
    let event =
        Event::Arrived { from: "alice".into(), at: Some(at(1)), text: "the beginning".into(), shortened: 1_048_576 };
    play.event(event);
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a writer │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │ 09:01 alice  the beginning                                 │
    │              … and 1048576 more bytes, not shown           │
    │ ────────────────────────────────────────────────────────── │
    │ x quit  r reply  / search  y copy  F1 help  F2 segment     │
    no cursor
    "#);
}

#[test]
fn a_narrow_screen_leaves_the_time_out() {
    assert_snapshot!(conversation(38, 10).screen(), @r#"
    │ lobby         bob ● here   2 waiting │
    │ alice  hello                      ✓✓ │
    │ alice  and a second line, wrapped    │
    │        at the words, with 你好       │
    │        and 👩‍🚀 taking the columns     │
    │        they take                   ✓ │
    │ bob    hi!                           │
    │ ──────────────────────────────────── │
    │ > type a message…                    │
    │ Enter send  x⏎ quit  F1 help         │
    cursor 3,8
    "#);
}

#[test]
fn a_screen_of_20_by_5() {
    assert_snapshot!(conversation(20, 5).screen(), @r#"
    │ lobby   bob ● here │
    │columns they take  ✓│
    │bob: hi!            │
    │ ────────────────── │
    │ > type a message…  │
    cursor 3,4
    "#);
    assert_snapshot!(Play::new(Role::Reader, 20, 5).screen(), @r#"
    │          ○ waiting │
    │ ─── 2026-11-21 ─── │
    │                    │
    │                    │
    │ ────────────────── │
    no cursor
    "#);
}

#[test]
fn a_screen_of_3_by_2() {
    let mut play = conversation(3, 2);
    assert_snapshot!(play.screen(), @r#"
    │hi!│
    │   │
    cursor 0,1
    "#);
    play.keys("hey");
    assert_snapshot!(play.screen(), @r#"
    │hi!│
    │y  │
    cursor 1,1
    "#);
    play.key(KeyCode::Esc);
    assert_snapshot!(play.screen(), @r#"
    │  ●│
    │hi!│
    no cursor
    "#);
}

#[test]
fn a_screen_of_one_cell() {
    let mut play = conversation(1, 1);
    play.keys("h你");
    assert_snapshot!(play.screen(), @r#"
    │?│
    cursor 0,0
    "#);
    play.key(KeyCode::Esc);
    assert_snapshot!(play.screen(), @r#"
    │!│
    no cursor
    "#);
}

#[test]
fn a_screen_of_500_columns_is_used_to_its_edges() {
    let play = conversation(500, 9);
    let rows = rows(play.terminal().backend().buffer());
    assert!(rows[0].ends_with("bob ● here   2 waiting "));
    assert!(rows[3].ends_with(" ✓✓ "));
    assert!(rows[4].contains(LONG) && rows[4].ends_with("  ✓ "));
    assert!(rows.iter().all(|row| row.cell_width() == 500));
}
