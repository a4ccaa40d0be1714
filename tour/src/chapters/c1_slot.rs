//! One slot, one byte: the teaching program that this one grew from.

use super::programs::{ORIGINAL_READER, ORIGINAL_WRITER};
use crate::story::{Cast, Chapter, Goal, Play, Question, Side};

const LINES: [&str; 3] = ["Meet me at noon by the river", "Bring a lantern for the cave", "x"];

const PLAY: Play = Play {
    cast: Cast::Original { two_files: false },
    code: [ORIGINAL_WRITER, ORIGINAL_READER],
    messages: &LINES,
    facts: &[],
    has_scribbling: false,
};

pub(crate) const CHAPTER: Chapter = Chapter {
    slug: "one-slot",
    title: "One slot, one byte",
    intro: &[
        "Two programs share 4096 bytes of memory. The writer copies a line into the slot at their start and writes \
         one byte into a FIFO, a named pipe. The reader reads that byte and copies the slot. A line that is just x \
         ends both. Many of us learned shared memory from a pair of programs like these.",
        "It works as long as nobody is slow, early, late or killed. You decide who is: both programs are real \
         processes, each stopped before each line, and you are their scheduler. w lets the writer do its next line, r \
         the reader. W and R let one run until it has to wait.",
    ],
    goals: &[
        Goal {
            name: "lose the line that was sent just before the x",
            hint: "Press W, then R: the two meet at the FIFO. Then press W until the writer has sent everything, \
                   while the reader does nothing.",
            then: "Press R.",
            play: &PLAY,
            question: Question {
                when: |scene| scene.sent().last() == Some(&"x") && scene.shown().len() < 2,
                ask: "The writer is through: the reader was rung twice, and then an x came. What will it show?",
                answers: &[
                    "Each line that was sent, in order",
                    "An x, in place of what was sent before it",
                    "Nothing: the x ends it at once",
                ],
                right: 1,
            },
            reached: |scene| scene.shown().contains(&"x"),
            why: [
                "The slot holds one line, and the writer copies the next one over it without asking whether the last \
                 was read.",
                "The byte says that something came, not what: the reader copies whatever is in the slot by then, and \
                 that is the x.",
                "sleep(1) gives the reader a second to be in time, which is a hope and no promise.",
            ],
            file: "common/src/ring/mod.rs: a ring, in which each message has a place of its own",
        },
        Goal {
            name: "have the reader show a line that nobody wrote",
            hint: "Press W, then R. Let the writer send its first line (W), and then copy one half of its second (w), \
                   while the reader does nothing.",
            then: "Press R: the reader was rung for the first line, and copies the slot now.",
            play: &PLAY,
            question: Question {
                when: |scene| {
                    scene.at(Side::Writer, "copy the rest") && scene.sent().len() == 1 && scene.shown().is_empty()
                },
                ask: "The writer is in the middle of its second line, and has rung for its first. What will the \
                      reader show?",
                answers: &[
                    "The first line",
                    "The second line",
                    "The beginning of the second, and the end of the first",
                ],
                right: 2,
            },
            reached: |scene| scene.shown().iter().any(|text| !LINES.contains(text)),
            why: [
                "A copy is many stores, and a reader can come between any two of them.",
                "Nothing in the slot says whether it is whole.",
                "A ring shows a record with a single store, of its tail, after all of the record is there.",
            ],
            file: "common/src/ring/producer/publish.rs: the record first, then the tail",
        },
        Goal {
            name: "start them in the wrong order",
            hint: "Let the reader go first: press R.",
            then: "Press W.",
            play: &PLAY,
            question: Question {
                when: |scene| scene.failed(Side::Reader, "open") && scene.sent().is_empty(),
                ask: "The reader has made the segment, found no FIFO, and given up. What will the writer do now?",
                answers: &["Use the segment that is there", "Fail: its segment exists already", "Wait for a reader"],
                right: 1,
            },
            reached: |scene| {
                scene.failed(Side::Reader, "open")
                    && scene.failed(Side::Writer, "exists already")
                    && !scene.killed(Side::Writer, &[])
            },
            why: [
                "Whoever comes first makes a part of what both need, and neither can use what the other has left.",
                "A segment outlives its processes, so the reader's stays there although the reader has gone.",
                "In the real program both sides take one path: find it, or finish it, or make it.",
            ],
            file: "common/src/channel/attach.rs: first start, restart and recovery are one path",
        },
        Goal {
            name: "kill the writer so that its next start fails",
            hint: "Press W, then R, so that they meet. Then kill the writer: k, then w.",
            then: "Press s to start the writer again, and W to let it run.",
            play: &PLAY,
            question: Question {
                when: |scene| scene.killed(Side::Writer, &[]) && scene.look.segment.is_some(),
                ask: "The writer is dead. Who removes its segment and its FIFO?",
                answers: &[
                    "The kernel, as it closes a dead process's files",
                    "The reader, at the end of the FIFO",
                    "Nobody",
                ],
                right: 2,
            },
            reached: |scene| scene.killed(Side::Writer, &[]) && scene.failed(Side::Writer, "exists already"),
            why: [
                "The kernel closes a dead process's files and detaches its memory, but a segment and a FIFO have \
                 names, and what has a name stays.",
                "The next start finds a segment where it wants to make one, and cannot tell a dead owner from a \
                 living one.",
                "So somebody has to type ipcrm; the real program finds out by a lock who is alive, and takes up what \
                 is there.",
            ],
            file: "common/src/channel/locate/find.rs: found, or half made, or to be made",
        },
    ],
};
