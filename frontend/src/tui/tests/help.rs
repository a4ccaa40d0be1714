//! The table of keys, the help and the hints say the same, and what they say is so.
use insta::assert_snapshot;

use super::*;
use crate::tui::keymap::{Binding, Chord, KeyContext, TABLE, action_of, hints};
use crate::tui::model::Mode;

/// A screen on which this place is open, and where each key in it has something to do.
fn play_at(binding: &Binding) -> Play {
    let mut play = Play::new(binding.side.unwrap_or(Role::Reader), 60, 12);
    (0..60).for_each(|minute| play.arrived("alice", at(minute), "one two"));
    play.keys("i");
    ["first", "second"].iter().for_each(|text| play.send(at(59), text));
    // Something to yank, something to undo, letters on both sides of the cursor.
    play.keys("killed ");
    play.ctrl('w');
    play.keys("one two three");
    play.alt(KeyCode::Enter);
    play.key(KeyCode::Up);
    play.keys("one two");
    play.alt(KeyCode::Char('b'));
    if let Some(line) = binding.line {
        play.model.input.start_with(line.to_owned());
    }
    if ![KeyContext::Writing, KeyContext::Asked, KeyContext::Recalling].contains(&binding.place) {
        play.key(KeyCode::Esc);
        play.keys("/one");
        play.key(KeyCode::Enter);
        play.key(KeyCode::Home);
        play.key(KeyCode::PageDown);
    }
    match binding.place {
        KeyContext::Writing | KeyContext::Anywhere | KeyContext::Reading => {}
        KeyContext::Editing | KeyContext::Searching => {
            play.keys("/killed ");
            play.ctrl('w');
            play.keys("one two three");
            play.alt(KeyCode::Char('b'));
        }
        KeyContext::Choosing => {
            play.keys("y");
            play.key(KeyCode::Up);
        }
        KeyContext::Recalling => {
            play.ctrl('r');
            play.keys("s");
        }
        KeyContext::Leaving => drop(play.keys("x")),
        KeyContext::Asked => drop(play.event(Event::Paste("line\n".repeat(30)))),
    }
    play
}

fn press(play: &mut Play, chord: Chord) -> Vec<Effect> {
    if chord.behind_ctrl_x {
        play.ctrl('x');
    }
    play.event(Event::Key(KeyEvent::new(chord.code, chord.modifiers)))
}

#[test]
fn every_key_of_the_table_does_something_where_the_table_says() {
    for binding in TABLE {
        for &chord in binding.keys {
            let mut play = play_at(binding);
            let found = action_of(&play.model, chord);
            assert_eq!(found, Some(binding.action), "{:?} {chord} in {:?}", binding.place, play.model.mode);
            let before = format!("{:?}", play.model);
            let effects = press(&mut play, chord);
            let after = format!("{:?}", play.model);
            assert!(
                !effects.is_empty() || before != after,
                "{:?} {chord} ({}) does nothing",
                binding.place,
                binding.does
            );
        }
    }
}

#[test]
fn no_two_rows_of_the_table_ask_for_the_same_key_in_the_same_place() {
    let clash = |one: &Binding, other: &Binding| {
        one.place == other.place
            && one.line == other.line
            && (one.side.is_none() || other.side.is_none() || one.side == other.side)
            && one.keys.iter().any(|key| other.keys.contains(key))
    };
    for (index, one) in TABLE.iter().enumerate() {
        let other = TABLE[index + 1..].iter().find(|other| clash(one, other));
        assert!(other.is_none(), "{one:?} and {other:?}");
    }
}

#[test]
fn every_hint_begins_with_a_key_of_its_row() {
    for binding in TABLE {
        if let Some((_, hint)) = binding.hint {
            let name = binding.names();
            let first = name.split("  ").next().unwrap();
            assert!(hint.starts_with(first), "{hint:?} is no hint of {first:?}");
        }
    }
}

/// A key that is in no table does nothing, so the help leaves nothing out: all that the handler knows, it has from there.
#[test]
fn a_key_that_is_in_no_row_does_nothing() {
    for mode in [Mode::Writing, Mode::Reading, Mode::Searching, Mode::Choosing] {
        let mut play = Play::new(Role::Writer, 60, 12);
        play.arrived("bob", at(1), "hello");
        play.model.mode = mode;
        play.model.mark_seen();
        for number in 0..=u8::MAX {
            for modifiers in [KeyModifiers::CONTROL, KeyModifiers::ALT, KeyModifiers::NONE] {
                let code = match (number, modifiers) {
                    (_, KeyModifiers::NONE) => KeyCode::F(number),
                    _ => KeyCode::Char(char::from(number)),
                };
                let chord = Chord { behind_ctrl_x: false, modifiers, code };
                let is_known = TABLE.iter().any(|binding| binding.keys.contains(&chord));
                let is_prefix =
                    mode == Mode::Writing && (modifiers, code) == (KeyModifiers::CONTROL, KeyCode::Char('x'));
                if !is_known && !is_prefix {
                    let before = format!("{:?}", play.model);
                    assert_eq!(press(&mut play, chord), []);
                    assert_eq!(format!("{:?}", play.model), before, "{chord} in {mode:?}");
                }
            }
        }
    }
}

#[test]
fn the_help_shows_every_row_of_the_table_to_whom_it_is_for() {
    for side in [Role::Writer, Role::Reader] {
        let mut play = Play::new(side, 90, 100);
        play.key(KeyCode::F(1));
        let screen = play.screen();
        for binding in TABLE {
            let row = screen.lines().any(|row| row.contains(&binding.names()) && row.contains(binding.does));
            assert_eq!(row, binding.side.is_none_or(|of| of == side), "{binding:?}");
        }
    }
}

#[test]
fn the_hints_are_those_of_what_is_open() {
    let mut play = Play::new(Role::Reader, 60, 12);
    play.arrived("alice", at(1), "hello");
    let mut shown = vec![hints(&play.model, usize::MAX)];
    for keys in ["/", "\x1b", "y", "\x1b", "r"] {
        match keys {
            "\x1b" => drop(play.key(KeyCode::Esc)),
            keys => drop(play.keys(keys)),
        }
        shown.push(hints(&play.model, usize::MAX));
    }
    play.event(Event::Paste("line\n".repeat(30)));
    shown.push(hints(&play.model, usize::MAX));
    assert_snapshot!(shown.join("\n"), @r#"
    x quit  r reply  / search  y copy  F1 help  F2 segment  PgUp PgDn scroll
    Enter find  Esc back  F1 help  F2 segment  PgUp PgDn scroll
    x quit  r reply  / search  y copy  F1 help  F2 segment  PgUp PgDn scroll
    y copy  ↑ ↓ another  Esc back  F1 help  F2 segment  PgUp PgDn scroll
    x quit  r reply  / search  y copy  F1 help  F2 segment  PgUp PgDn scroll
    Enter send  Alt-Enter new line  x⏎ quit  F1 help  F2 segment  Esc leave the line  PgUp PgDn scroll
    Enter yes  Esc edit  F1 help  F2 segment  PgUp PgDn scroll
    "#);
}

#[test]
fn the_help() {
    let mut play = Play::new(Role::Writer, 74, 40);
    play.key(KeyCode::F(1));
    assert_snapshot!(play.screen(), @r"
    │ shmchat · lobby                                   ○ waiting for a reader │
    │ Writing                                                                  │
    │ Enter                 send                                               │
    │ Alt-Enter  Ctrl-J     insert a new line                                  │
    │ x⏎                    quit                                               │
    │ \x⏎                   send the letter x                                  │
    │ Ctrl-D                quit, on an empty line                             │
    │ Esc                   leave the line to read, search or copy             │
    │ ↑  Ctrl-P             a row up, then older messages of yours             │
    │ ↓  Ctrl-N             a row down, then newer messages of yours           │
    │ Ctrl-R                search what you sent                               │
    │ Ctrl-X Ctrl-E         edit in $VISUAL or $EDITOR                         │
    │ Tab                   complete a command, else insert a tab              │
    │                                                                          │
    │ Commands, typed into the input line                                      │
    │ /help                 show every key and command (F1)                    │
    │ /me TEXT              say what you do: /me waves                         │
    │ /name NAME            change the name that the other side sees           │
    │ /search [TEXT]        search upwards; without TEXT, search again         │
    │ /status               say who is here, which segment, what is waiting    │
    │ /save FILE            save the transcript in a new file                  │
    │ /send FILE            offer a file to the other side                     │
    │ /get [PATH]           take the file on offer, into Downloads or PATH     │
    │ /skip                 decline or stop a file, or withdraw your own       │
    │ /clear                empty the transcript on this screen                │
    │ /quit                 quit                                               │
    │ //                    send a message that begins with a slash            │
    │                                                                          │
    │ Editing a line                                                           │
    │ ←  Ctrl-B             a character left                                   │
    │ →  Ctrl-F             a character right                                  │
    │ Alt-B  Ctrl-←  Alt-←  a word left                                        │
    │ Alt-F  Ctrl-→  Alt-→  a word right                                       │
    │ Home  Ctrl-A          to the start of the line                           │
    │ End  Ctrl-E           to the end of the line                             │
    │ Backspace  Ctrl-H     delete the character before the cursor             │
    │ Del                   delete the character after the cursor              │
    │ ──────────────────────────────────────────────────────── 59 more below ↓ │
    │ > type a message…                                                        │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help  F2 segment             │
    cursor 3,38
    ");
}

#[test]
fn the_help_scrolls_and_closes_and_leaves_all_as_it_was() {
    let mut play = Play::new(Role::Writer, 60, 12);
    (0..30).for_each(|minute| play.arrived("bob", at(minute), "hello"));
    play.keys("a draft");
    let before = play.screen();
    play.key(KeyCode::F(1));
    let top = play.screen();
    play.key(KeyCode::PageDown);
    assert_ne!(play.screen(), top);
    for _ in 0..20 {
        play.key(KeyCode::PageDown);
    }
    assert!(play.screen().contains("Ctrl-C"), "{}", play.screen());
    for _ in 0..20 {
        play.key(KeyCode::PageUp);
    }
    assert_eq!(play.screen(), top);
    play.key(KeyCode::Esc);
    assert_eq!(play.screen(), before);
}

#[test]
fn a_narrow_screen_keeps_the_way_out_and_the_help_to_the_last() {
    let mut writer = Play::new(Role::Writer, 60, 12);
    let mut reader = Play::new(Role::Reader, 60, 12);
    reader.arrived("alice", at(1), "hello");
    let mut shown = Vec::new();
    for width in [36, 28, 18, 9, 6] {
        shown.push(format!("{width}: {} | {}", hints(&writer.model, width), hints(&reader.model, width)));
    }
    writer.key(KeyCode::Esc);
    reader.keys("/");
    for width in [28, 18] {
        shown.push(format!("{width}: {} | {}", hints(&writer.model, width), hints(&reader.model, width)));
    }
    assert_snapshot!(shown.join("\n"), @r#"
    36: Enter send  x⏎ quit  F1 help | x quit  r reply  / search  F1 help
    28: Enter send  x⏎ quit  F1 help | x quit  r reply  F1 help
    18: x⏎ quit  F1 help | x quit  F1 help
    9: x⏎ quit | x quit
    6:  | x quit
    28: i write  x quit  F1 help | Esc back  F1 help
    18: x quit  F1 help | Esc back  F1 help
    "#);
    // On the screen, at 30 and at 20 columns.
    for width in [30, 20] {
        for (side, out) in [(Role::Writer, "x⏎ quit"), (Role::Reader, "x quit")] {
            let screen = Play::new(side, width, 10).screen();
            assert!(screen.contains(out) && screen.contains("F1"), "{screen}");
        }
    }
}
