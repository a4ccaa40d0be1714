//! Commands: a line that begins with a slash.
use insta::assert_snapshot;

use super::*;
use crate::commands::{COMMANDS, ESCAPE};
use crate::tui::model::{Mode, Overlay};

fn writer() -> Play {
    Play::new(Role::Writer, 60, 10)
}

/// Types a line as a person does, and Enter.
fn enter(play: &mut Play, line: &str) -> Vec<Effect> {
    play.keys(line);
    play.key(KeyCode::Enter)
}

fn draft(play: &Play) -> &str {
    play.model.input.text()
}

#[test]
fn commands_do_what_the_table_says_and_send_nothing() {
    for side in [Role::Writer, Role::Reader] {
        let mut play = Play::new(side, 60, 10);
        play.arrived("carol", at(1), "one two");
        play.model.mode = Mode::Writing;
        assert_eq!(enter(&mut play, "/help"), []);
        assert_eq!(play.model.overlay, Overlay::Help(0));
        assert_eq!(enter(&mut play, "/status"), [Effect::Status]);
        assert_eq!(play.model.overlay, Overlay::None);
        assert_eq!(enter(&mut play, "/save ~/a file"), [Effect::Save("~/a file".into())]);
        assert_eq!(enter(&mut play, "/quit"), [Effect::Quit]);
        assert!(play.model.drafts().is_empty(), "a command is no draft");
        assert_eq!(enter(&mut play, "/search TWO"), []);
        assert!(play.screen().contains("not found: TWO"), "{}", play.screen());
        play.keys("i");
        assert_eq!(enter(&mut play, "/search two"), []);
        assert!(play.screen().contains("1 of 1: two"), "{}", play.screen());
        assert_eq!(play.model.mode, Mode::Reading, "n and N go on from there");
        assert_eq!(play.model.entries.len(), 1, "nothing was sent");
    }
}

#[test]
fn a_command_typed_where_a_slash_searches_says_how_to_give_it() {
    let mut play = Play::new(Role::Reader, 60, 10);
    play.arrived("alice", at(1), "alice offers 照片.jpg, 2.1 MB: /get or /skip");
    let says = |play: &Play, what: &str| assert!(play.screen().contains(what), "{what}: {}", play.screen());
    play.keys("/get");
    says(&play, " this searches; for the command, press Esc and i first ─");
    play.key(KeyCode::Enter);
    says(&play, " 1 of 1: get (the command: press i first) ─");
    play.keys("n");
    says(&play, " 1 of 1: get, wrapped to the newest ─");
    enter(&mut play, "/quit");
    says(&play, " not found: quit (the command: press i first) ─");
    play.keys("/quits");
    assert!(!play.screen().contains("this searches"), "{}", play.screen());
    play.key(KeyCode::Enter);
    says(&play, " not found: quits ─");
}

#[test]
fn a_command_comes_back_with_up_as_any_line_does() {
    let mut play = writer();
    enter(&mut play, "/save x");
    play.key(KeyCode::Up);
    assert_eq!(draft(&play), "/save x");
}

#[test]
fn what_is_no_command_is_not_sent_and_stays_in_the_line() {
    let mut play = writer();
    for line in ["/qiut", "/usr/bin/foo", "/", "/save", "/quit now"] {
        assert_eq!(enter(&mut play, line), [], "{line}");
        assert_eq!(draft(&play), line);
        assert!(play.model.status.is_some());
        play.ctrl('u');
    }
    assert!(play.model.entries.is_empty());
    enter(&mut play, "/qiut");
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a reader │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │                                                            │
    │                                                            │
    │                                                            │
    │                                                            │
    │                                                            │
    │ not a command (did you mean /quit?); // sends a slash ──── │
    │ > /qiut                                                    │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help           │
    cursor 8,8
    "#);
}

#[test]
fn two_slashes_send_one() {
    let mut play = writer();
    assert_eq!(enter(&mut play, "//usr/bin"), [Effect::Send { id: 0, text: "/usr/bin".into() }]);
    assert!(play.screen().contains("alice  /usr/bin"));
    play.key(KeyCode::Up);
    assert_eq!(draft(&play), "//usr/bin", "so that it can be sent again");
}

#[test]
fn a_paste_is_never_a_command() {
    for pasted in ["/quit", "/usr/bin/foo -v\n/usr/bin/bar", "// a comment", "\x07/quit"] {
        let mut play = writer();
        play.event(Event::Paste(pasted.into()));
        assert!(draft(&play).starts_with("//"), "{:?}", draft(&play));
        let text = pasted.trim_start_matches('\x07').to_owned();
        assert_eq!(play.key(KeyCode::Enter), [Effect::Send { id: 0, text }]);
    }
    // Behind something that was typed it stays as it is: the argument of a command, or the rest of a sentence.
    let mut play = writer();
    play.keys("/save ");
    play.event(Event::Paste("/tmp/x".into()));
    assert_eq!(play.key(KeyCode::Enter), [Effect::Save("/tmp/x".into())]);
}

#[test]
fn a_line_of_help_stands_above_the_line_while_a_command_is_typed() {
    let mut play = writer();
    let foot = |play: &Play| rows(play.terminal().backend().buffer())[7].trim_matches([' ', '─']).to_owned();
    assert_eq!(foot(&play), "");
    play.keys("/");
    assert!(foot(&play).starts_with("/help  /me  /name  /search  /status  /save  "), "{}", foot(&play));
    play.keys("s");
    assert_eq!(foot(&play), "/search  /status  /save  /send  /skip");
    play.keys("av");
    assert_eq!(foot(&play), "/save FILE  save the transcript in a new file");
    play.keys("e ~/x");
    assert_eq!(foot(&play), "/save FILE  save the transcript in a new file");
    play.ctrl('u');
    play.keys("//");
    assert_eq!(foot(&play), "//  send a message that begins with a slash");
    play.ctrl('u');
    play.keys("no /command");
    assert_eq!(foot(&play), "");
}

#[test]
fn a_tiny_screen_keeps_its_line_while_a_command_is_typed() {
    for (width, height) in [(20, 5), (10, 3), (3, 2), (1, 1)] {
        let mut play = Play::new(Role::Writer, width, height);
        let before = play.screen().lines().count();
        play.keys("/save");
        assert!(play.cursor().is_some(), "{width}x{height}");
        assert_eq!(play.screen().lines().count(), before);
    }
    let mut play = Play::new(Role::Writer, 20, 5);
    play.arrived("bob", at(1), "still to be read");
    play.keys("/sav");
    assert!(play.screen().contains("still to be"), "{}", play.screen());
}

#[test]
fn tab_completes_a_command_and_is_a_tab_anywhere_else() {
    let mut play = writer();
    play.keys("/sa");
    play.key(KeyCode::Tab);
    assert_eq!(draft(&play), "/save ");
    play.key(KeyCode::Tab);
    assert_eq!(draft(&play), "/save \t");
    // One change, and undone as one.
    play.ctrl('7');
    play.ctrl('7');
    assert_eq!(draft(&play), "/sa");
    play.ctrl('u');
    play.keys("/x");
    play.key(KeyCode::Tab);
    assert_eq!(draft(&play), "/x");
    assert!(play.screen().contains("not a command"));
    play.ctrl('u');
    play.keys("a");
    play.key(KeyCode::Tab);
    assert_eq!(draft(&play), "a\t");
}

#[test]
fn clear_empties_the_screen_and_what_is_on_its_way_arrives_all_the_same() {
    let mut play = writer();
    (0..30).for_each(|minute| play.arrived("bob", at(minute), "before"));
    play.keys("on its way");
    play.key(KeyCode::Enter);
    play.key(KeyCode::PageUp);
    assert_eq!(enter(&mut play, "/clear"), []);
    assert!(play.model.entries.is_empty() && play.model.last_lines(9).is_empty());
    play.event(Event::Sent { id: 30, at: at(31), seq: 3 });
    assert!(play.model.peer.owes_acknowledgement());
    play.arrived("bob", at(32), "after");
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a reader │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │ 09:32 bob    after                                         │
    │                                                            │
    │                                                            │
    │                                                            │
    │                                                            │
    │ ────────────────────────────────────────────────────────── │
    │ > type a message…                                          │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help           │
    cursor 3,8
    "#);
    // Numbers go on: the next message of ours is told from all before.
    assert_eq!(enter(&mut play, "next"), [Effect::Send { id: 32, text: "next".into() }]);
}

#[test]
fn the_help_shows_every_command() {
    let mut play = Play::new(Role::Reader, 100, 100);
    play.key(KeyCode::F(1));
    let screen = play.screen();
    let rows = COMMANDS.iter().map(|row| (row.usage(), row.does)).chain([(ESCAPE.0.to_owned(), ESCAPE.1)]);
    for (usage, does) in rows {
        assert!(screen.lines().any(|line| line.contains(&usage) && line.contains(does)), "{usage}");
    }
}

#[test]
fn name_changes_the_name_of_what_is_sent_from_now_on() {
    let mut play = writer();
    play.send(at(1), "before");
    assert_eq!(enter(&mut play, "/name 丽丽 the 👩\u{200d}🚀"), [Effect::Rename("丽丽 the 👩\u{200d}🚀".into())]);
    play.send(at(2), "after");
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a reader │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │ 09:01 alice        before                                ✓ │
    │                  · you are now 丽丽 the 👩‍🚀                 │
    │ 09:02 丽丽 the 👩‍🚀  after                                 ✓ │
    │                                                            │
    │                                                            │
    │ ────────────────────────────────────────────────────────── │
    │ > type a message…                                          │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help           │
    cursor 3,8
    "#);
    for (name, why) in [("", "needs NAME"), ("a\u{202e}b", "⟨U+202E⟩"), (&"n".repeat(65), "64 bytes")] {
        let line = format!("/name {name}");
        assert_eq!(enter(&mut play, &line), []);
        assert!(play.model.status.as_ref().is_some_and(|said| said.contains(why)), "{:?}", play.model.status);
        assert_eq!(draft(&play), line);
        play.ctrl('u');
    }
}

#[test]
fn me_says_what_one_does() {
    let mut play = writer();
    assert_eq!(enter(&mut play, "/me waves"), [Effect::Act { id: 0, text: "waves".into() }]);
    play.event(Event::Sent { id: 0, at: at(1), seq: 0 });
    let (from, text) = ("bo\x1bb".into(), "waves back, and then goes away for quite a while".into());
    play.event(Event::Acted { from, at: Some(at(2)), text, shortened: 0 });
    play.event(Event::Acted { from: "bob".into(), at: None, text: "is away".into(), shortened: 3 });
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                     ○ waiting for a reader │
    │ ─────────────── Saturday 21 November 2026 ──────────────── │
    │ 09:01        * alice waves                               ✓ │
    │ 09:02        * bo␛b waves back, and then goes away for     │
    │              quite a while                                 │
    │              * bob is away                                 │
    │              … and 3 more bytes, not shown                 │
    │ ────────────────────────────────────────────────────────── │
    │ > type a message…                                          │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help           │
    cursor 3,8
    "#);
    assert_eq!(
        play.model.last_lines(3),
        [
            "09:02 * bo␛b waves back, and then goes away for quite a while",
            "      * bob is away",
            "            … and 3 more bytes, not shown"
        ]
    );
    // Without a column for names it looks the same.
    play.event(Event::Resize(20, 8));
    assert_snapshot!(play.screen(), @r#"
    │          ○ waiting │
    │goes away for       │
    │quite a while       │
    │* bob is away       │
    │… and 3 more byte   │
    │ ────────────────── │
    │ > type a message…  │
    │ x⏎ quit  F1 help   │
    cursor 3,6
    "#);
    // It can be found, and copied as it was sent.
    play.event(Event::Resize(60, 10));
    enter(&mut play, "/search waves b");
    play.keys("y");
    assert_eq!(play.keys("y"), [Effect::Copy("waves back, and then goes away for quite a while".into())]);
}
