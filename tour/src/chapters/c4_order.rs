//! The order of two stores.

use super::programs::{READER, RIGHT, line};
use crate::story::{Cast, Chapter, Entry, Goal, Line, Play, Question, Side};

const TAIL_FIRST: &[Line] = &[
    line(&["message"], "tail = tail + its length"),
    line(&["message>tail-stored"], "copy the record in front of it"),
    line(&["payload-stored"], "(the tail has moved already)"),
    line(&["tail-stored"], "is the reader's flag up?"),
    line(&["flag-claimed"], "  take it down, ring the reader"),
    line(&["quit"], "quit"),
];

const WRONG: Play =
    Play { cast: Cast::Library { mutants: [Some("tail-before-payload"), None] }, code: [TAIL_FIRST, READER], ..RIGHT };

/// What the model checker prints with the mutant `relaxed-tail`, shortened to the lines that matter.
const TRACE: &str = "\
The model checker runs the real ring in every order that the memory model
allows. With a tail that is stored Relaxed, it finds this:
 writer  store #64 Relaxed   the header of a record
         store #57 Relaxed   its payload, at the ring's beginning
         store #0  Relaxed   the tail, and no Release says \"after those\"
 reader  load  #0  Acquire   the new tail
         load  #64 Relaxed   the old header: 0
 `Err` value: Record { position: 56, header: 0 }
To see it: LOOM_LOG=trace RUSTFLAGS=\"--cfg loom\" cargo test -p shmchat \\
  --release --test loom --target-dir target/loom tail_without -- --nocapture";

const MODEL: Play =
    Play { cast: Cast::Page(TRACE), code: [&[], &[]], messages: &[], facts: &[], has_scribbling: false };

/// Whether the reader looked and found nothing while the writer was between its two stores.
fn looked_in_between(log: &[Entry]) -> bool {
    let last = |entry: Entry| log.iter().rposition(|found| *found == entry);
    let between = last(Entry::At(Side::Writer, "payload-stored".to_owned()));
    let nothing = last(Entry::At(Side::Reader, "nothing-found".to_owned()));
    between.is_some() && nothing > between
}

pub(crate) const CHAPTER: Chapter = Chapter {
    slug: "order",
    title: "The order of two stores",
    intro: &[
        "To send is two things: the record is stored behind the tail, and the tail is moved. Which comes first \
         decides everything, because the reader can look between any two stores.",
        "The first writer of this chapter is the real one with one line sabotaged. The repository's tests use the \
         same sabotage, to make sure that they would notice.",
    ],
    goals: &[
        Goal {
            name: "have the reader take a record that is not there yet",
            hint: "This writer moves the tail first. Press w once.",
            then: "Press r, to let the reader look.",
            play: &WRONG,
            question: Question {
                when: |scene| scene.at(Side::Writer, "tail-stored") && scene.sent().is_empty(),
                ask: "The tail says that there is a record, and there is none yet. The reader looks. What will it do?",
                answers: &[
                    "Wait until the record is there",
                    "Show an empty message",
                    "Refuse: what is there cannot be a record",
                ],
                right: 2,
            },
            reached: |scene| scene.failed(Side::Reader, "") && scene.shown().is_empty(),
            why: [
                "The tail is a promise that everything before it is whole, and this writer gives it too early.",
                "Only a check in each record's header, made from its position, turned that into an error; without it \
                 the reader would have shown what lay there from an older message.",
                "No check can make it right: the reader cannot know whether the record is late or the segment is \
                 broken.",
            ],
            file: "common/src/ring/record.rs: the check in the header",
        },
        Goal {
            name: "look between the two stores of the real writer",
            hint: "This is the real order. Press w once: the record is stored, the tail is not.",
            then: "Press r, to let the reader look.",
            play: &RIGHT,
            question: Question {
                when: |scene| scene.at(Side::Writer, "payload-stored"),
                ask: "The record is there (in bold), and the tail has not moved. What does the reader find?",
                answers: &["The message", "Nothing", "An error"],
                right: 1,
            },
            reached: |scene| scene.at(Side::Writer, "payload-stored") && looked_in_between(&scene.log),
            why: [
                "Nobody reads behind the tail, so a record that is not whole is nobody's.",
                "One store of 8 bytes then shows all of it at once: there is no half of it.",
                "Kill the writer here, and nothing needs to be repaired: its next life writes over what lies behind \
                 the tail.",
            ],
            file: "common/src/ring/producer/publish.rs: (A); common/src/ring/consumer.rs: (A')",
        },
        Goal {
            name: "find out why the order in the source is not enough",
            hint: "",
            then: "",
            play: &MODEL,
            question: Question {
                when: |_| true,
                ask: "The source now stores the record first. Can a reader still see the new tail and the old record?",
                answers: &[
                    "No: stores happen in the order in which they are written",
                    "Yes: compilers and many processors may change the order, unless the tail's store is a Release",
                    "Yes, and nothing can be done about it",
                ],
                right: 1,
            },
            reached: |scene| scene.answered,
            why: [
                "Stepping cannot show this, and x86-64 keeps stores in order anyway, so what you see above comes from \
                 the model checker.",
                "A Release store says: whoever sees this sees everything before it; an Acquire load is the other half.",
                "On ARM the processor may reorder the two stores, and in C and Rust even the compiler may: without \
                 the pair, nothing forbids it.",
            ],
            file: "common/tests/loom/main.rs, docs/TESTING.md",
        },
    ],
};
