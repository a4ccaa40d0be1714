//! Crash recovery: kill it anywhere.

use super::programs::{MESSAGES, RIGHT, line};
use crate::story::{Chapter, Entry, Goal, Line, Play, Question, Side};

const ATTACHING: &[Line] = &[
    line(&["attach"], "make the channel's folder"),
    line(&["folder-ready"], "take the writer's lock"),
    line(&["role-locked"], "  write down whose it is"),
    line(&["role-taken"], "take the channel's lock"),
    line(&["role-taken>role-locked"], "  write down whose it is"),
    line(&["channel-locked"], "find or make the key file"),
    line(&["key-file-made"], "  write a random id into it"),
    line(&["key-file-filled"], "shmget: create the segment"),
    line(&["segment-created"], "  write its header: the id,"),
    line(&["header-half-made"], "  the folder's path,"),
    line(&["header-named"], "  and the magic number last"),
    line(&["header-made"], "make one bell"),
    line(&["first-bell-made"], "  and the other"),
    line(&["bells-made"], "open my own bell"),
    line(&["bell-opened"], "write down who I am"),
    line(&["peer-record-stored"], "my state = present"),
    line(&["present-stored"], "give the channel's lock back"),
    line(&["channel-unlocked"], "ring the other side, if it is there"),
    line(&["message"], "copy the record behind the tail"),
    line(&["payload-stored"], "tail = tail + its length"),
    line(&["tail-stored"], "is the reader's flag up?"),
    line(&["flag-claimed"], "  take it down, ring the reader"),
    line(&["quit"], "quit"),
];

const LATE_READER: &[Line] = &[
    line(&["attach"], "attach, in the same way"),
    line(&["look"], "is there a record before the tail?"),
    line(&["record-copied"], "  yes, and copied out: show it"),
    line(&["shown"], "  give it back: move the head"),
    line(&["nothing-found"], "no: raise my flag"),
    line(&["flag-raised"], "  look once more"),
    line(&["falling-asleep", "sleep"], "  still nothing: sleep on the bell"),
    line(&["woken"], "woken: empty the bell"),
    line(&["bell-emptied"], "  lower the flag"),
    line(&["quit"], "quit"),
];

const FROM_NOTHING: Play = Play {
    code: [ATTACHING, LATE_READER],
    facts: &["writer's state", "writer's lock", "channel's lock", "tail"],
    ..RIGHT
};

const HALF_MADE: &[&str] = &["segment-created", "header-half-made", "header-named"];

/// How often the first message was shown.
fn first_shown(log: &[Entry]) -> usize {
    log.iter().filter(|entry| matches!(entry, Entry::Shown(text) if text == MESSAGES[0])).count()
}

pub(crate) const CHAPTER: Chapter = Chapter {
    slug: "crash",
    title: "Kill it anywhere",
    intro: &[
        "A program can be killed between any two of its instructions. What counts is what another process can find \
         then, and that changes only at a few dozen steps. The library has a name for each of them, and its tests \
         kill a process at each.",
        "Here you do that by hand. Nothing is sabotaged in this chapter: try to lose a message, to tear one, or to \
         make a start fail. The goals are four good places; u brings everything back if you want to try others.",
    ],
    goals: &[
        Goal {
            name: "kill the writer while it makes the segment, and start it again",
            hint: "In chapter 1 the next start failed. Step the writer (w) until it has created the segment and not \
                   finished it.",
            then: "Kill it (k w), start it again (s), and let it run (W).",
            play: &FROM_NOTHING,
            question: Question {
                when: |scene| HALF_MADE.iter().any(|step| scene.at(Side::Writer, step)),
                ask: "There is a segment, and half a header in it. The writer is killed here and started again. What \
                      will it do?",
                answers: &[
                    "Fail: its segment exists already",
                    "Finish the segment, and go on",
                    "Make a second segment, and leave this one",
                ],
                right: 1,
            },
            reached: |scene| {
                let after = scene.since_killed(Side::Writer);
                scene.killed(Side::Writer, HALF_MADE) && after.contains(&Entry::At(Side::Writer, "message".to_owned()))
            },
            why: [
                "A new segment is all zero, and the magic number is stored last: a 0 in its place says that the \
                 creator died.",
                "Whoever comes next holds the same locks, knows by the id that the segment is ours, and does what is \
                 left to do.",
                "So there is no repair: first start, restart and recovery are the same lines.",
            ],
            file: "common/src/channel/attach.rs, common/src/channel/header/mod.rs",
        },
        Goal {
            name: "kill the writer just before it moves the tail",
            hint: "Press w once: the record is there, and the tail has not moved.",
            then: "Kill it (k w), start it again (s), let it send (W), and let the reader look (R).",
            play: &RIGHT,
            question: Question {
                when: |scene| scene.at(Side::Writer, "payload-stored") && !scene.killed(Side::Writer, &[]),
                ask: "Killed here and started again, the writer sends its first message anew. How often will the \
                      reader show it?",
                answers: &["Once", "Twice", "Never"],
                right: 0,
            },
            reached: |scene| scene.killed(Side::Writer, &["payload-stored"]) && first_shown(&scene.log) == 1,
            why: [
                "The record lay behind the tail, where nobody reads, and the new life wrote over it.",
                "send had not returned, so nobody was told that the message was accepted.",
                "Nothing was cleaned up, because nothing was dirty.",
            ],
            file: "common/src/book/crash.md: payload-stored",
        },
        Goal {
            name: "kill the writer just after it moved the tail",
            hint: "Press w twice: the tail has moved, and send has not returned yet.",
            then: "Kill it (k w), start it again (s), let it send (W), and let the reader look (R).",
            play: &RIGHT,
            question: Question {
                when: |scene| scene.at(Side::Writer, "tail-stored") && !scene.killed(Side::Writer, &[]),
                ask: "Killed here and started again, the writer sends its first message anew. How often will the \
                      reader show it?",
                answers: &["Once", "Twice", "Never"],
                right: 1,
            },
            reached: |scene| {
                scene.killed(Side::Writer, &["tail-stored", "flag-claimed"]) && first_shown(&scene.log) >= 2
            },
            why: [
                "The tail makes a message accepted, whether or not its sender lives to be told.",
                "The new life did not know, and sent it again: that is why every queue says at least once, and few \
                 say exactly once.",
                "A sender that must not repeat itself stores how far it is in the same step as the tail: the \
                 library's checkpoints.",
            ],
            file: "common/src/ring/checkpoint.rs",
        },
        Goal {
            name: "kill the reader between showing and giving back",
            hint: "Send a message (W). Step the reader (r) until it has shown it.",
            then: "Kill it (k r), start it again (s), and let it look (R).",
            play: &RIGHT,
            question: Question {
                when: |scene| scene.at(Side::Reader, "shown") && !scene.killed(Side::Reader, &[]),
                ask: "The message is shown, and the head has not moved. What will the next reader show?",
                answers: &["What comes after it", "The same message", "An error"],
                right: 1,
            },
            reached: |scene| scene.killed(Side::Reader, &["shown"]) && first_shown(&scene.log) >= 2,
            why: [
                "Between showing a message and saying so there is always an instant, and a kill can hit it.",
                "Moving the head first would lose the message then, as chapter 3 did; moving it last repeats it.",
                "A repeated message can be recognised (its position is the same again), a lost one cannot.",
            ],
            file: "common/src/channel/endpoint/receiver.rs",
        },
    ],
};
