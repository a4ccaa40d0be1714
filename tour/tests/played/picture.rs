//! The pictures of the tour in `docs/screen`: `make screenshot` draws them, from the tour on a pseudo-terminal.

use crate::playing::Playing;
use crate::svg;
use std::fs;
use std::path::Path;

/// A picture's name and title, and the keys up to there with what must be seen after them: each chapter's first question.
type Picture = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const PICTURES: [Picture; 9] = [
    ("one-slot", "One slot, one byte", &[("\r", "▶ key"), ("WR", "in read()"), ("WWW", "1 to 3")]),
    ("keys", "A key is not a name", &[("\r", "writer's key"), ("W", "in open()"), ("R", "1 to 3")]),
    ("ring", "From one slot to a ring", &[("\r", "▶ copy"), ("WW", "1 to 3")]),
    ("order", "The order of two stores", &[("\r", "▶ tail"), ("w", "1 to 3")]),
    ("wake-up", "The lost wake-up", &[("\r", "▶ copy"), ("r", "▶ no: raise"), ("W", "1 to 3")]),
    ("alive", "Who is alive", &[("\r", "1 to 3"), ("3", "You said"), ("kw", "Enter goes on.")]),
    ("crash", "Kill it anywhere", &[("\r", "▶ make"), ("wwwwwwww", "1 to 3")]),
    ("trust", "Do not trust the peer", &[("\r", "▶ copy"), ("Wc", "1 to 3")]),
    ("costs", "What it costs", &[("\r", "1 to 3"), ("3", "Enter goes on.")]),
];

#[test]
#[ignore = "writes docs/screen: make screenshot"]
fn the_pictures_of_the_tour() {
    for (chapter, (name, title, script)) in PICTURES.into_iter().enumerate() {
        let mut playing = Playing::chapter(chapter + 1);
        playing.sees(&["Press Enter to begin."]);
        for (keys, seen) in script {
            playing.press(keys);
            playing.sees(&[seen]);
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/screen/tour-{name}.svg"));
        let picture = svg::of(&playing.cells(), &format!("The tour, chapter {}: {title}", chapter + 1));
        fs::write(&path, picture).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("docs/screen/tour-{name}.svg");
    }
}
