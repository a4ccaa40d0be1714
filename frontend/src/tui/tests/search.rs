//! A search goes from match to match, also inside one message.
use ratatui::style::{Color, Modifier};

use super::*;

fn search(play: &mut Play, text: &str) {
    play.keys("/");
    play.keys(text);
    play.key(KeyCode::Enter);
}

fn status(play: &Play) -> &str {
    play.model.status.as_deref().unwrap_or_default()
}

/// The row of the screen with the match that the search has come to, and its text.
fn current(play: &Play) -> (usize, String) {
    let terminal = play.terminal();
    let buffer = terminal.backend().buffer();
    let width = usize::from(buffer.area.width);
    let reversed = |cell: &ratatui::buffer::Cell| cell.modifier.contains(Modifier::REVERSED);
    let at = buffer.content().iter().position(reversed).expect("a match is on the screen");
    (at / width, rows(buffer)[at / width].trim().to_owned())
}

#[test]
fn a_pasted_message_with_fifty_hits_has_fifty_and_each_is_gone_to() {
    let mut play = Play::new(Role::Reader, 60, 10);
    let pasted: String = (1..=50).map(|line| format!("line {line}: needle\n")).collect();
    play.arrived("alice", at(1), &pasted);
    play.arrived("alice", at(2), "later");
    search(&mut play, "needle");
    assert_eq!(status(&play), "1 of 50: needle");
    for place in 1..=50 {
        assert_eq!(status(&play), format!("{place} of 50: needle"));
        let (_, row) = current(&play);
        assert!(row.contains(&format!("line {}: needle", 51 - place)), "{place}: {row}");
        assert!(row.contains('▸'), "{row}");
        assert_eq!(with(&play, Modifier::REVERSED), ["needle"], "one match is the current one");
        play.keys("n");
    }
    assert_eq!(status(&play), "1 of 50: needle, wrapped to the newest");
    play.keys("N");
    assert_eq!(status(&play), "50 of 50: needle, wrapped to the oldest");
    play.keys("N");
    assert_eq!(status(&play), "49 of 50: needle");
}

#[test]
fn several_matches_in_one_row_are_several() {
    let mut play = Play::new(Role::Reader, 60, 8);
    play.arrived("alice", at(1), "tick 你好 tick tock");
    search(&mut play, "tick");
    let columns = |play: &Play| {
        let terminal = play.terminal();
        let cells = terminal.backend().buffer().content().iter().enumerate();
        let marked = cells.filter(|(_, cell)| cell.modifier.contains(Modifier::REVERSED));
        marked.map(|(at, _)| at % 60).collect::<Vec<_>>()
    };
    assert_eq!(columns(&play), [24, 25, 26, 27]);
    play.keys("n");
    assert_eq!(columns(&play), [14, 15, 16, 17]);
}

#[test]
fn a_new_search_begins_at_the_lowest_row_on_the_screen_even_inside_a_message() {
    let mut play = Play::new(Role::Reader, 60, 10);
    let pasted: String = (1..=50).map(|line| format!("line {line}: needle\n")).collect();
    play.arrived("alice", at(1), &pasted);
    play.key(KeyCode::Home);
    search(&mut play, "needle");
    // The first rows are the day and lines 1 to 6.
    assert_eq!(status(&play), "45 of 50: needle");
    assert!(current(&play).1.contains("line 6:"), "{}", play.screen());
}

#[test]
fn what_arrives_during_a_search_is_counted_and_does_not_move_it() {
    let mut play = Play::new(Role::Reader, 60, 10);
    play.arrived("alice", at(1), "needle one");
    play.arrived("alice", at(2), "needle two");
    search(&mut play, "needle");
    play.arrived("alice", at(3), "needle three, needle four");
    play.keys("n");
    assert_eq!(status(&play), "4 of 4: needle");
    play.keys("NN");
    assert_eq!(status(&play), "2 of 4: needle");
}

#[test]
fn the_current_match_looks_different_without_colours_too() {
    let mut play = Play::new(Role::Reader, 60, 8);
    play.model.color = false;
    play.arrived("alice", at(1), "needle and needle");
    search(&mut play, "needle");
    assert_eq!(with(&play, Modifier::REVERSED), ["needle"]);
    assert_eq!(with(&play, Modifier::UNDERLINED), ["needle"]);
    let plain = |cell: &ratatui::buffer::Cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset);
    assert!(play.terminal().backend().buffer().content().iter().all(plain));
}

#[test]
fn a_screen_too_small_for_the_transcript_searches_all_the_same() {
    for (width, height) in [(1, 1), (2, 2), (5, 3)] {
        let mut play = Play::new(Role::Reader, width, height);
        play.arrived("alice", at(1), "needle, needle");
        search(&mut play, "needle");
        play.keys("n");
        assert_eq!(status(&play), "2 of 2: needle", "{width}x{height}");
        play.screen();
    }
}

#[test]
fn a_full_transcript_of_matches_is_searched_match_by_match() {
    let mut play = Play::new(Role::Reader, 80, 24);
    let text = "ab".repeat(200);
    (0..10_000).for_each(|_| play.arrived("alice", at(1), &text));
    search(&mut play, "ab");
    play.keys("nn");
    assert_eq!(status(&play), "3 of 2000000: ab");
}
