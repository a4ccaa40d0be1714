//! Who is alive.

use super::programs::RIGHT;
use crate::story::{Chapter, Entry, Goal, Play, Question, Side, State};

const PLAY: Play = Play {
    facts: &["writer's pid answers", "attached", "writer's lock", "writer's state", "reader's lock", "reader's state"],
    ..RIGHT
};

pub(crate) const CHAPTER: Chapter = Chapter {
    slug: "alive",
    title: "Who is alive",
    intro: &[
        "To clean up after a dead process, or to wait for a living one, one has to tell them apart. There are three \
         places to ask: the process table (kill with signal 0 says whether a process exists), the segment's count of \
         attached processes, and a lock on a file that each process holds for its whole life.",
        "The state in the segment is a fourth, but a process that is killed does not change it.",
    ],
    goals: &[
        Goal {
            name: "kill the writer, and see who still takes it for alive",
            hint: "",
            then: "Press k, then w. Compare what is bold below with what is not.",
            play: &PLAY,
            question: Question {
                when: |scene| matches!(scene.state(Side::Reader), State::At(_)),
                ask: "You are about to kill the writer with SIGKILL. Which of these will tell you at once that it is \
                      dead?",
                answers: &[
                    "Its process id, which no longer answers",
                    "The count of attached processes, which says who has gone",
                    "Its lock, which is free the instant its holder dies",
                ],
                right: 2,
            },
            reached: |scene| {
                scene.killed(Side::Writer, &[])
                    && scene.look.fact("writer's lock") == "free"
                    && scene.look.fact("writer's pid answers").starts_with("yes")
            },
            why: [
                "The process id still answers: until its parent has asked how it ended a dead process is a zombie, \
                 and after that its number may be somebody else's.",
                "The count went down, but it counts whoever has the segment attached, and does not say who.",
                "The kernel releases a lock with its holder, however that dies, and leaves it to one that is only \
                 stopped.",
            ],
            file: "common/src/presence.rs",
        },
        Goal {
            name: "kill the writer while the reader sleeps",
            hint: "Let the reader fall asleep: R.",
            then: "Kill the writer: k, then w.",
            play: &PLAY,
            question: Question {
                when: |scene| scene.waits(Side::Reader, "sleep") && !scene.killed(Side::Writer, &[]),
                ask: "The reader sleeps, with no timer. The writer is killed now and can ring nobody. What happens?",
                answers: &[
                    "The reader sleeps until the next writer comes",
                    "The reader wakes: the FIFO hangs up",
                    "The reader is killed, too",
                ],
                right: 1,
            },
            reached: |scene| {
                let after = scene.since_killed(Side::Writer);
                after.iter().any(|entry| matches!(entry, Entry::At(Side::Reader, step) if step == "woken"))
            },
            why: [
                "Each side holds the other's FIFO open to ring it, and the kernel closes that for the dead.",
                "poll tells the sleeper that the other end has hung up, so a death rings by itself.",
                "Then the lock says who it was, and the segment what they left.",
            ],
            file: "common/src/doorbell/fifo.rs, common/src/channel/endpoint/peer_watch.rs",
        },
    ],
};
