//! Drawings of the screen, compared with those in `snapshots`. `UPDATE=1` writes them.

use super::draw;
use crate::story::{Bell, Cast, Dump, End, Fact, Happening, Look, Side};
use crate::tour::{Key, Tour};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::fs;
use std::path::Path;

const SIZES: [(u16, u16); 3] = [(80, 24), (60, 20), (120, 40)];

fn drawn(tour: &Tour, columns: u16, rows: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a terminal");
    terminal.draw(|frame| draw(frame, tour)).expect("a frame");
    let buffer = terminal.backend().buffer();
    let row = |y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned() + "\n";
    (0..rows).map(row).collect()
}

/// Holds a screen of each size against its drawing.
#[track_caller]
fn assert_drawn(tour: &Tour, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/view/snapshots");
    for (columns, rows) in SIZES {
        let path = folder.join(format!("{name}-{columns}x{rows}.txt"));
        let found = drawn(tour, columns, rows);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &found).expect("a drawing");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, expected, "{name} at {columns}x{rows}; UPDATE=1 writes {}", path.display());
    }
}

fn look(line: &[u8], bell: Option<&[u8]>) -> Look {
    let mut bytes = vec![0; 128];
    bytes[..line.len()].copy_from_slice(line);
    Look {
        segment: Some("segment 42: key 0x6e0312ab, attached 2, 4096 bytes, mode 666".to_owned()),
        facts: Vec::new(),
        dump: Dump { from: 0, bytes, marks: Vec::new() },
        bells: vec![Bell { name: "myfifo", bytes: bell.map(<[u8]>::to_vec) }],
    }
}

/// Chapter 1 on the stage.
fn first_chapter() -> Tour {
    let mut tour = Tour::new(1);
    tour.press(Key::Enter);
    for (side, pid) in [(Side::Writer, 4711), (Side::Reader, 4712)] {
        tour.happened(Happening::Started(side, pid));
        tour.happened(Happening::At(side, "ftok".to_owned()));
    }
    tour.looked(Look { bells: vec![Bell { name: "myfifo", bytes: None }], ..Look::default() });
    tour
}

/// The same when all is sent and the question is due.
fn all_sent() -> Tour {
    let mut tour = first_chapter();
    for line in ["Meet me at noon by the river", "Bring a lantern for the cave", "x"] {
        tour.happened(Happening::Sent(line.to_owned()));
    }
    tour.happened(Happening::At(Side::Writer, "unlink".to_owned()));
    tour.happened(Happening::At(Side::Reader, "read".to_owned()));
    tour.looked(look(b"x\0ing a lantern for the cave\0", Some(b"aax")));
    tour
}

#[test]
fn a_chapter_begins_with_a_page() {
    assert_drawn(&Tour::new(1), "intro");
}

#[test]
fn both_programs_are_beside_each_other() {
    assert_drawn(&first_chapter(), "stage");
}

#[test]
fn a_question_stands_below_the_stage() {
    assert_drawn(&all_sent(), "question");
}

#[test]
fn the_reason_stands_below_what_happened() {
    let mut tour = all_sent();
    tour.press(Key::Char('1'));
    tour.happened(Happening::Shown("x".to_owned()));
    tour.looked(look(b"x\0ing a lantern for the cave\0", Some(b"ax")));
    assert_drawn(&tour, "why");
}

#[test]
fn an_error_is_there_whole() {
    let mut tour = first_chapter();
    let why = "shmget: a segment with key 0x6e0312ab exists already; if nobody uses it, remove it: ipcrm -M 0x6e0312ab";
    tour.happened(Happening::Ended(Side::Writer, End::Failed(why.to_owned())));
    tour.happened(Happening::Ended(Side::Reader, End::Killed));
    tour.looked(look(b"", None));
    assert_drawn(&tour, "error");
}

#[test]
fn a_ring_shows_what_waits() {
    let mut tour = Tour::new(3);
    tour.press(Key::Enter);
    for (side, pid, step) in [(Side::Writer, 4711, "message"), (Side::Reader, 4712, "look")] {
        tour.happened(Happening::Started(side, pid));
        tour.happened(Happening::At(side, step.to_owned()));
    }
    let fact = |name, value: &str| Fact { name, value: value.to_owned() };
    let mut ring = look(b"\x0d\0\0\0\x02\0\0\0first message\0\0\0", Some(b""));
    ring.facts = vec![fact("head", "0"), fact("tail", "24"), fact("reader's flag", "down")];
    ring.dump.marks = vec![(0, "head"), (24, "tail")];
    tour.looked(ring);
    assert_drawn(&tour, "ring");
}

#[test]
fn help_has_all_keys() {
    let mut tour = first_chapter();
    tour.press(Key::Char('?'));
    assert_drawn(&tour, "help");
}

#[test]
fn every_page_fits_on_80_columns_and_24_rows_with_its_way_on() {
    for number in 1..=crate::chapters::CHAPTERS.len() {
        let tour = Tour::new(number);
        assert!(drawn(&tour, 80, 24).contains("Press Enter to begin."), "chapter {number}");
    }
}

#[test]
fn every_reason_fits_with_its_way_on() {
    for (index, chapter) in crate::chapters::CHAPTERS.iter().enumerate() {
        for (number, goal) in chapter.goals.iter().enumerate() {
            // A wrong answer takes more words.
            let wrong = (goal.question.right + 1) % goal.question.answers.len();
            let tour = Tour::at_why(index + 1, number, wrong);
            for (columns, rows) in SIZES {
                let screen = drawn(&tour, columns, rows);
                assert!(screen.contains("Enter goes on."), "{columns}x{rows}\n{screen}");
            }
            if let Cast::Page(page) = goal.play.cast {
                let last = page.lines().last().expect("a line").trim();
                assert!(drawn(&tour, 80, 24).contains(last), "{last}\n{}", drawn(&tour, 80, 24));
            }
        }
    }
}

#[test]
fn no_size_makes_it_fail() {
    let tours = [Tour::new(1), first_chapter(), all_sent()];
    for tour in &tours {
        for columns in [1, 5, 19, 20, 21, 40, 200] {
            for rows in [1, 2, 5, 6, 7, 10, 13, 60] {
                drawn(tour, columns, rows);
            }
        }
    }
}
