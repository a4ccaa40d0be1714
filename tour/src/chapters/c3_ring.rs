//! From one slot to a ring.

use super::programs::{MESSAGES, RIGHT, WRITER, line};
use crate::story::{Cast, Chapter, Entry, Goal, Line, Play, Question, Side};

const TOO_EARLY: &[Line] = &[
    line(&["look"], "is there a record before the tail?"),
    line(&["look>head-stored"], "  yes, and the head moved: copy it"),
    line(&["record-copied"], "  show it"),
    line(&["shown", "head-stored"], "  (the head has moved already)"),
    line(&["nothing-found"], "no: raise my flag"),
    line(&["flag-raised"], "  look once more"),
    line(&["falling-asleep", "sleep"], "  still nothing: sleep on the bell"),
    line(&["woken"], "woken: empty the bell"),
    line(&["bell-emptied"], "  lower the flag"),
    line(&["quit"], "quit"),
];

const HEAD_FIRST: Play =
    Play { cast: Cast::Library { mutants: [None, Some("head-before-copy")] }, code: [WRITER, TOO_EARLY], ..RIGHT };

pub(crate) const CHAPTER: Chapter = Chapter {
    slug: "ring",
    title: "From one slot to a ring",
    intro: &[
        "From here on you step the real library. Its segment holds a ring: a long row of bytes that begins again at \
         its end. Two numbers say what is in it. The tail counts all bytes ever written, the head all bytes ever \
         given back; what lies between them waits.",
        "A record is a header of 8 bytes and a message. The writer writes it behind the tail and then moves the tail; \
         the reader copies it out, shows it, and then moves the head. Only the writer stores the tail, only the \
         reader stores the head: that is why neither needs a lock.",
    ],
    goals: &[
        Goal {
            name: "send two messages before the reader looks once",
            hint: "Press W twice: the writer sends a message each time, and the reader does nothing. Watch the tail.",
            then: "Press R.",
            play: &RIGHT,
            question: Question {
                when: |scene| scene.sent().len() >= 2 && scene.shown().is_empty(),
                ask: "Two messages are sent, and the reader has not looked yet. What will it show?",
                answers: &["The second one only", "Both, in order", "The first one; the second had to wait"],
                right: 1,
            },
            reached: |scene| {
                let first = scene.log.iter().position(|entry| matches!(entry, Entry::Shown(_)));
                let sent = |at: usize| scene.log[..at].iter().filter(|entry| matches!(entry, Entry::Sent(_))).count();
                first.is_some_and(|at| sent(at) >= 2) && scene.shown().starts_with(&MESSAGES[..2])
            },
            why: [
                "Each record has a place of its own, so a writer that is ahead overwrites nothing.",
                "The numbers never go back and are used modulo the ring's size, so tail = head is empty and a \
                 difference of the whole size is full.",
                "A writer that finds it full waits until the head has moved.",
            ],
            file: "common/src/ring/mod.rs, common/src/layout.rs",
        },
        Goal {
            name: "lose a message by giving its room back too early",
            hint: "This reader is wrong: it moves the head before it copies. Send a message (W), then step the reader \
                   (r) until the head has moved.",
            then: "Kill it (k r), start it again (s), and press R.",
            play: &HEAD_FIRST,
            question: Question {
                when: |scene| scene.at(Side::Reader, "head-stored") && scene.shown().is_empty(),
                ask: "The head has moved, and nothing is copied yet. You kill the reader and start it again. What \
                      will it show?",
                answers: &["The message", "Not the message: it is lost", "The message, twice"],
                right: 1,
            },
            reached: |scene| {
                let after = scene.since_killed(Side::Reader);
                scene.killed(Side::Reader, &["head-stored"])
                    && scene.shown().is_empty()
                    && after.contains(&Entry::At(Side::Reader, "nothing-found".to_owned()))
            },
            why: [
                "The head says: up to here you may write over it.",
                "Moved before the copy, it gives away what nobody has: a kill in between loses the message, and a \
                 fast writer tears it.",
                "So the real reader copies, shows, and moves the head last; killed in between, it shows a message \
                 twice and loses none.",
            ],
            file: "common/src/ring/consumer.rs: take, and then release",
        },
    ],
};
