//! The lost wake-up, and two fences.

use super::programs::{RIGHT, WRITER, line};
use crate::story::{Cast, Chapter, Entry, Goal, Line, Play, Question, Scene, Side};

const ONE_LOOK: &[Line] = &[
    line(&["look"], "is there a record before the tail?"),
    line(&["record-copied"], "  yes, and copied out: show it"),
    line(&["shown"], "  give it back: move the head"),
    line(&["nothing-found"], "no: raise my flag"),
    line(&["flag-raised"], "  (no second look)"),
    line(&["falling-asleep", "sleep"], "  sleep on the bell"),
    line(&["woken"], "woken: empty the bell"),
    line(&["bell-emptied"], "  lower the flag"),
    line(&["quit"], "quit"),
];

const WRONG: Play =
    Play { cast: Cast::Library { mutants: [None, Some("no-second-look")] }, code: [WRITER, ONE_LOOK], ..RIGHT };

/// What the model checker prints with the mutant `no-fence-before-ring`, shortened to the lines that matter.
const TRACE: &str = "\
The model checker's very first order, without the writer's fence:
 reader  load  #0  Acquire   the tail: nothing
         swap  #3  Relaxed   its flag goes up
         load  #0  Acquire   the second look: still nothing
         wait                asleep
 writer  store #57 Relaxed   a record
         store #0  Release   the tail
         load  #3  Relaxed   the flag: still down, as it was before
 deadlock; threads = [(Id(0), Blocked(..)), (Id(1), Terminated)]
To see it: LOOM_LOG=trace RUSTFLAGS=\"--cfg loom\" cargo test -p shmchat \\
  --release --test loom --target-dir target/loom ring_without -- --nocapture";

const MODEL: Play =
    Play { cast: Cast::Page(TRACE), code: [&[], &[]], messages: &[], facts: &[], has_scribbling: false };

/// Whether a message was sent while the reader was between its first look and its flag.
fn sent_in_between(scene: &Scene) -> bool {
    let mut between = false;
    for entry in &scene.log {
        match entry {
            Entry::At(Side::Reader, step) => between = step == "nothing-found",
            Entry::Sent(_) if between => return true,
            _ => {}
        }
    }
    false
}

pub(crate) const CHAPTER: Chapter = Chapter {
    slug: "wake-up",
    title: "The lost wake-up, and two fences",
    intro: &[
        "A reader with nothing to do sleeps on its bell, a FIFO. To ring costs a system call, so the writer rings \
         only where the reader has raised a flag in the segment. A pair that keeps up with each other never rings at \
         all.",
        "Now there are two words and two processes: the writer moves the tail and looks at the flag, the reader \
         raises the flag and looks at the tail. If both look too early, the reader sleeps beside a message, and \
         nobody knows.",
    ],
    goals: &[
        Goal {
            name: "have the reader sleep although a message is there",
            hint: "This reader does not look twice. Step it (r) until its next line is to raise its flag. Then let \
                   the writer send a message (W).",
            then: "Press R, to let the reader go on.",
            play: &WRONG,
            question: Question {
                when: |scene| scene.at(Side::Reader, "nothing-found") && sent_in_between(scene),
                ask: "The reader has found nothing. The writer has sent since, and saw no flag. What happens to the \
                      message?",
                answers: &[
                    "The reader finds it, because its flag goes up now",
                    "It lies there while the reader sleeps",
                    "The writer looks at the flag again, and rings",
                ],
                right: 1,
            },
            reached: |scene| sent_in_between(scene) && scene.waits(Side::Reader, "sleep") && scene.shown().is_empty(),
            why: [
                "The writer looked before the flag was up, the reader looked before the message was there, and \
                 neither looks again.",
                "The message waits until something else wakes the reader: the next message, perhaps tomorrow.",
                "The window is under a microsecond wide, so random testing rarely hits it: a bell like this one \
                 survived 1,964 random kills.",
            ],
            file: "common/src/doorbell/parking.rs: park",
        },
        Goal {
            name: "try the same with the second look",
            hint: "The same order: step the reader (r) until its next line is to raise its flag, then let the writer \
                   send (W).",
            then: "Press R, and see what the reader does.",
            play: &RIGHT,
            question: Question {
                when: |scene| scene.at(Side::Reader, "nothing-found") && sent_in_between(scene),
                ask: "The same order again, and this reader looks once more when its flag is up. What happens?",
                answers: &["It sleeps, as before", "It finds the message, and does not sleep", "It is rung"],
                right: 1,
            },
            reached: |scene| {
                sent_in_between(scene) && !scene.shown().is_empty() && scene.passes(Side::Reader, "woken") == 0
            },
            why: [
                "Whichever comes last now sees the other: either the writer sees the flag, or the reader sees the \
                 message.",
                "Each side first stores its own word and then loads the other's.",
                "Both may see each other; then a byte is rung in vain, which costs little.",
            ],
            file: "common/src/doorbell/parking.rs: the argument, at its head",
        },
        Goal {
            name: "find out what the fences are for",
            hint: "",
            then: "",
            play: &MODEL,
            question: Question {
                when: |_| true,
                ask: "Each side stores its own word, and then loads the other's. Can both of them still miss the \
                      other's store?",
                answers: &[
                    "No: one of the two stores comes first, and the other side sees it",
                    "Yes, on every machine: a load may be done while the store before it still waits in the processor",
                    "Only where the compiler is at fault",
                ],
                right: 1,
            },
            reached: |scene| scene.answered,
            why: [
                "A processor keeps its stores in a buffer for a moment and goes on with the next load, x86-64 \
                 included; stopping a process empties that buffer, so stepping cannot show this.",
                "A full fence between the store and the load, on both sides, forbids it.",
                "The real writer leaves its fence to the sleeper, which asks the kernel for a barrier on both sides \
                 (membarrier).",
            ],
            file: "common/src/barrier.rs, common/tests/loom/main.rs",
        },
    ],
};
