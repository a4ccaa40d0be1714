//! A key is not a name.

use super::programs::{ORIGINAL_READER, ORIGINAL_WRITER};
use crate::story::{Cast, Chapter, Goal, Play, Question, Side};

const PLAY: Play = Play {
    cast: Cast::Original { two_files: true },
    code: [ORIGINAL_WRITER, ORIGINAL_READER],
    messages: &["between you and me", "x"],
    facts: &["writer's key", "reader's key"],
    has_scribbling: false,
};

pub(crate) const CHAPTER: Chapter = Chapter {
    slug: "keys",
    title: "A key is not a name",
    intro: &[
        "Two programs that want one segment must agree on its key, a number of 32 bits. ftok makes one from a file \
         that both can name, and from a number of your choice: 8 bits of that number, 8 bits of the file's device, \
         and the lowest 16 bits of its inode.",
        "This time the two programs name different files. They have nothing to do with each other, and each has every \
         reason to think that it is alone. The tour has looked for two such files on this machine.",
    ],
    goals: &[Goal {
        name: "have the reader show a line that was not meant for it",
        hint: "Look at the two keys below: different files, different inodes. Press W, and then R.",
        then: "Press R, then W, then R again.",
        play: &PLAY,
        question: Question {
            when: |scene| scene.look.segment.is_some() && scene.at(Side::Reader, "shmget"),
            ask: "The writer has made a segment for its file. The reader asks for that of another file. What does it \
                  get?",
            answers: &["A segment of its own", "The writer's segment", "An error"],
            right: 1,
        },
        reached: |scene| scene.shown().contains(&"between you and me"),
        why: [
            "Of an inode only 16 bits go into the key, so two files whose inodes are a multiple of 65,536 apart have \
             the same one, and nobody is told.",
            "It happens with names, too: delete the key file and make it again, and it has another inode, so the next \
             start looks for another segment.",
            "So the real program takes a key for a hint: a random id in the key file, repeated in the segment's \
             header, decides whose it is, and if it is somebody else's the next key is tried.",
        ],
        file: "common/src/key.rs, common/src/channel/locate/probe.rs",
    }],
};
