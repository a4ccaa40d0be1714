//! Letters outside the input line: what has nothing to do is typed, and leaving asks before it leaves a draft.
use super::*;
use crate::tui::model::{Mode, Overlay};

/// Both screens, reading.
fn reading() -> [Play; 2] {
    let mut writer = Play::new(Role::Writer, 60, 12);
    writer.key(KeyCode::Esc);
    [Play::new(Role::Reader, 60, 12), writer]
}

/// What is in the input line, if it is open.
fn line(play: &Play) -> Option<&str> {
    (play.model.mode == Mode::Writing).then(|| play.model.input.text())
}

#[test]
fn a_letter_with_nothing_to_do_opens_the_line_with_itself() {
    for word in
        ["hello", "yes", "no", "Now", "just", "kind", "great", "text", "GO", "你好", "👩\u{200d}🚀", "1", "!", "é"]
    {
        for mut play in reading() {
            assert_eq!(play.keys(word), [], "{word}");
            assert_eq!(line(&play), Some(word));
        }
    }
}

#[test]
fn a_letter_that_has_something_to_do_does_it() {
    for mut play in reading() {
        (0..40).for_each(|minute| play.arrived("carol", at(minute), "one"));
        // More than a screen: these scroll, and at its end they are still no letters.
        for letter in ["k", "j", "j", "g", "g", "G", "G"] {
            play.keys(letter);
            assert_eq!(line(&play), None, "{letter}");
        }
        play.keys("/one");
        play.key(KeyCode::Enter);
        play.keys("nN");
        assert_eq!(line(&play), None);
        play.keys("y");
        assert_eq!(play.model.mode, Mode::Choosing);
        play.key(KeyCode::Esc);
        play.keys("?");
        assert_eq!(play.model.overlay, Overlay::Help(0));
        play.keys("j");
        assert_eq!((play.model.overlay, line(&play)), (Overlay::Help(1), None));
    }
}

#[test]
fn a_word_that_begins_with_a_choice_arrives_whole() {
    for mut play in reading() {
        play.arrived("carol", at(1), "one");
        play.keys("yes");
        assert_eq!(line(&play), Some("yes"));
    }
    // After another key of the choice, the `y` has done its work.
    let [mut play, _] = reading();
    play.arrived("carol", at(1), "one");
    play.arrived("carol", at(2), "two");
    play.keys("yk");
    play.keys("es");
    assert_eq!(line(&play), Some("es"));
    assert_eq!(play.model.led_here, None);
}

#[test]
fn a_letter_goes_on_with_the_draft_that_stands() {
    for mut play in reading() {
        play.keys("i");
        play.keys("a draft");
        play.key(KeyCode::Esc);
        play.keys(", longer");
        assert_eq!(line(&play), Some("a draft, longer"));
    }
}

#[test]
fn a_blank_a_paste_and_other_keys_open_nothing() {
    for mut play in reading() {
        play.keys(" ");
        play.event(Event::Paste("ihello\rx\r".into()));
        play.key(KeyCode::Enter);
        play.key(KeyCode::Backspace);
        play.key(KeyCode::Tab);
        play.ctrl('q');
        play.alt(KeyCode::Char('q'));
        assert_eq!((line(&play), play.model.input.text()), (None, ""));
    }
}

#[test]
fn x_quits_and_asks_once_where_a_draft_stands() {
    for mut play in reading() {
        assert_eq!(play.keys("x"), [Effect::Quit]);
    }
    for mut play in reading() {
        play.keys("i");
        play.keys("a draft");
        play.key(KeyCode::Esc);
        assert_eq!(play.keys("x"), []);
        assert!(play.screen().contains("x again quits, any other key goes back"), "{}", play.screen());
        assert!(play.screen().contains("x quit  Esc back"), "{}", play.screen());
        // Any other key does nothing but that.
        assert_eq!(play.keys("y"), []);
        assert_eq!((play.model.mode, play.model.input.text()), (Mode::Reading, "a draft"));
        assert!(!play.screen().contains("x again"));
        assert_eq!(play.keys("x"), []);
        assert_eq!(play.key(KeyCode::Esc), []);
        assert_eq!(play.keys("x"), []);
        assert_eq!(play.keys("x"), [Effect::Quit]);
        assert_eq!(play.model.drafts(), ["a draft"], "to be printed");
    }
}

#[test]
fn what_is_no_draft_is_not_asked_about() {
    // What was called back and not changed was sent before; blanks are nothing.
    let mut play = Play::new(Role::Writer, 60, 12);
    play.send(at(1), "sent");
    play.key(KeyCode::Up);
    assert_eq!(play.model.input.text(), "sent");
    assert!(play.model.drafts().is_empty());
    play.ctrl('u');
    play.keys("  ");
    assert!(play.model.drafts().is_empty());
    play.ctrl('u');
    play.keys("x");
    assert_eq!(play.key(KeyCode::Enter), [Effect::Quit]);
    assert!(play.model.drafts().is_empty(), "the x that quit is no draft");
}

#[test]
fn every_draft_is_known_wherever_one_is_in_the_history() {
    let mut play = Play::new(Role::Writer, 60, 12);
    ["one", "two"].iter().for_each(|text| play.send(at(1), text));
    play.keys("the draft");
    play.key(KeyCode::Up);
    assert_eq!(play.model.drafts(), ["the draft"]);
    play.keys(", changed");
    play.key(KeyCode::Up);
    assert_eq!(play.model.drafts(), ["the draft", "two, changed"]);
    play.key(KeyCode::Enter);
    assert!(play.model.drafts().is_empty(), "sending ends them, as it always has");
}
