//! Do not trust the peer.

use super::programs::RIGHT;
use crate::story::{Cast, Chapter, End, Entry, Goal, Play, Question, Scene, Side};

const SCRIBBLED: Play = Play { has_scribbling: true, ..RIGHT };

const WRONG: Play = Play { cast: Cast::Library { mutants: [None, Some("trust-record-header")] }, ..SCRIBBLED };

fn is_scribbled(scene: &Scene) -> bool {
    scene.log.contains(&Entry::Scribbled)
}

pub(crate) const CHAPTER: Chapter = Chapter {
    slug: "trust",
    title: "Do not trust the peer",
    intro: &[
        "Whoever may write into a segment may write anything, at any time: a program with a bug, an older version, or \
         somebody who means harm. In this chapter that is you. The key c writes a length of a billion bytes into the \
         header of the next record.",
        "What a reader does with that is up to the reader alone.",
    ],
    goals: &[
        Goal {
            name: "make the reader crash",
            hint: "This reader believes what the header says. Let the writer send a message (W), scribble over it \
                   (c), and let the reader look (r).",
            then: "Press r.",
            play: &WRONG,
            question: Question {
                when: is_scribbled,
                ask: "The record claims to be a billion bytes long, and this reader believes it. What will happen?",
                answers: &[
                    "It shows the message, with a lot of nothing behind it",
                    "It runs over the end of the segment, and dies",
                    "It skips the record",
                ],
                right: 1,
            },
            reached: |scene| {
                is_scribbled(scene)
                    && (scene.failed(Side::Reader, "panicked")
                        || scene.count(|entry| matches!(entry, Entry::Ended(Side::Reader, End::Signal(_)))) > 0)
            },
            why: [
                "It added a length that it had not checked to an index, as many programs do.",
                "Rust stopped it at the end of the slice; in C it would have read on, into whatever comes next.",
                "Anything that a peer can write is input, even if the peer is yourself on a bad day.",
            ],
            file: "common/src/ring/record.rs: UncheckedHeader",
        },
        Goal {
            name: "try the same with the real reader",
            hint: "Let the writer send a message (W), scribble over it (c), and let the reader look (r).",
            then: "Press r.",
            play: &SCRIBBLED,
            question: Question {
                when: is_scribbled,
                ask: "The same record, and the real reader. What will it do?",
                answers: &[
                    "Say what is wrong, and stop using the segment",
                    "Skip the record, and show the next message",
                    "Wait until the record makes sense",
                ],
                right: 0,
            },
            reached: |scene| {
                is_scribbled(scene) && scene.failed(Side::Reader, "") && !scene.failed(Side::Reader, "panicked")
            },
            why: [
                "It loads each foreign word once, checks its own copy, and uses only that: a second load could find \
                 another value.",
                "Skipping would be guessing: where the next record begins is what the broken one says.",
                "A header that is not checked yet has a type of its own, so the compiler refuses to use it.",
            ],
            file: "common/src/ring/record.rs, tests/tests/hostile/scribbler.rs",
        },
    ],
};
