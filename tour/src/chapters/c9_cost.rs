//! What it costs.

use crate::story::{Cast, Chapter, Goal, Play, Question};

const PLAY: Play = Play { cast: Cast::Costs, code: [&[], &[]], messages: &[], facts: &[], has_scribbling: false };

pub(crate) const CHAPTER: Chapter = Chapter {
    slug: "costs",
    title: "What it costs",
    intro: &[
        "A ring, a flag, a bell, two fences: is that better than a pipe? It depends on what each step costs, and \
         these differ by factors of a thousand.",
        "This chapter measures them here and now, in about a second. It is no benchmark (make bench is), but right to \
         a factor of two, and that is all it takes.",
    ],
    goals: &[Goal {
        name: "see what is cheap and what is not",
        hint: "",
        then: "",
        play: &PLAY,
        question: Question {
            when: |_| true,
            ask: "Which of these costs most?",
            answers: &[
                "A full memory fence",
                "A system call that does nothing",
                "To wake a process that sleeps, and be woken by it",
            ],
            right: 2,
        },
        reached: |scene| !scene.costs.is_empty(),
        why: [
            "A fence costs about ten stores, a system call about a hundred, and waking a sleeper about ten thousand.",
            "So the writer rings only where the flag is up, and a busy pair makes no system call at all for a message.",
            "A cache line that goes back and forth between processors is expensive too, so each hot word has two \
             lines to itself.",
        ],
        file: "docs/BENCHMARKS.md",
    }],
};
