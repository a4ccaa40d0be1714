//! Names: their colours, and ours in what others say.
use ratatui::style::{Color, Modifier};

use super::*;

/// The text and the colour of what is bold in the transcript.
fn bold(play: &Play) -> Vec<(String, Color)> {
    let terminal = play.terminal();
    let buffer = terminal.backend().buffer();
    let mut pieces: Vec<(String, Color)> = Vec::new();
    let mut joins = false;
    // Without the title.
    for cell in buffer.content().iter().skip(usize::from(buffer.area.width)) {
        let is_bold = cell.modifier.contains(Modifier::BOLD) && cell.symbol() != " ";
        match pieces.last_mut() {
            Some((piece, color)) if is_bold && joins && *color == cell.fg => piece.push_str(cell.symbol()),
            _ if is_bold => pieces.push((cell.symbol().to_owned(), cell.fg)),
            _ => {}
        }
        joins = is_bold;
    }
    pieces
}

#[test]
fn a_name_always_has_the_same_colour_and_names_differ() {
    let mut play = Play::new(Role::Reader, 60, 20);
    let names = ["alice", "carol", "dave", "erin", "mallory", "alice", "carol", "dave", "erin", "mallory"];
    names.iter().for_each(|name| play.arrived(name, at(1), "hi"));
    let found = bold(&play);
    assert_eq!(found[..5], found[5..], "{found:?}");
    assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), names);
    let colors: std::collections::HashSet<_> = found.iter().map(|(_, color)| color).collect();
    assert!(colors.len() > 1, "{found:?}");
    // Never ours, nor one that cannot be read on a light or a dark terminal.
    assert!(colors.iter().all(|color| matches!(color, Color::Magenta | Color::Green | Color::Red)), "{found:?}");
    // For ever: people get used to them.
    assert_eq!(found[..2], [("alice".into(), Color::Magenta), ("carol".into(), Color::Magenta)]);
}

#[test]
fn our_own_name_stands_out_in_what_others_say() {
    let mut play = Play::new(Role::Reader, 60, 12);
    play.keys("r");
    play.send(at(1), "bob himself");
    play.arrived("alice", at(2), "Bob, bobby and BOB's 你好bob");
    play.event(Event::Notice("bob is here".into()));
    let found = bold(&play);
    let mentions: Vec<_> = found.iter().filter(|(text, _)| text.eq_ignore_ascii_case("bob")).collect();
    // The first is the name beside our own message.
    assert_eq!(mentions.len(), 4, "{found:?}");
    assert!(mentions.iter().all(|(_, color)| *color == Color::Cyan), "{found:?}");

    play.model.color = false;
    assert_eq!(bold(&play).iter().filter(|(text, _)| text.eq_ignore_ascii_case("bob")).count(), 4);
}

#[test]
fn a_name_across_two_rows_stands_out_in_both() {
    let mut play = Play::new(Role::Reader, 14, 12);
    play.model.me = "bob the builder".into();
    play.arrived("al", at(1), "hey bob the builder");
    let shown: String = bold(&play).into_iter().map(|(text, _)| text).collect();
    assert!(shown.contains("bobthebuilder"), "{shown}");
}
