//! What a chapter is made of. The words are in `chapters`.

use super::scene::Scene;

/// A chapter: an idea, and goals to reach.
pub(crate) struct Chapter {
    /// The name of its page.
    pub(crate) slug: &'static str,
    pub(crate) title: &'static str,
    /// Paragraphs to begin with.
    pub(crate) intro: &'static [&'static str],
    pub(crate) goals: &'static [Goal],
}

/// Something to make happen.
pub(crate) struct Goal {
    /// In a few words, as an order.
    pub(crate) name: &'static str,
    /// How, with the keys.
    pub(crate) hint: &'static str,
    /// How to go on when the question is answered.
    pub(crate) then: &'static str,
    pub(crate) play: &'static Play,
    pub(crate) question: Question,
    /// Whether it has happened.
    pub(crate) reached: fn(&Scene) -> bool,
    /// Three sentences: why.
    pub(crate) why: [&'static str; 3],
    /// Where the real program deals with it.
    pub(crate) file: &'static str,
}

/// What is asked at the deciding step.
pub(crate) struct Question {
    pub(crate) when: fn(&Scene) -> bool,
    pub(crate) ask: &'static str,
    pub(crate) answers: &'static [&'static str],
    /// Which answer is right, from 0.
    pub(crate) right: usize,
}

/// What is on the stage.
pub(crate) struct Play {
    pub(crate) cast: Cast,
    /// The writer's program and the reader's.
    pub(crate) code: [&'static [Line]; 2],
    /// What the writer sends.
    pub(crate) messages: &'static [&'static str],
    /// The words of the look that are shown, in this order.
    pub(crate) facts: &'static [&'static str],
    /// Whether a message may be scribbled over.
    pub(crate) has_scribbling: bool,
}

/// Who plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cast {
    /// The original pair; each side with a key file of its own if these collide.
    Original { two_files: bool },
    /// The library's two sides, and what each of them leaves out.
    Library { mutants: [Option<&'static str>; 2] },
    /// Nobody: there is something to read.
    Page(&'static str),
    /// Nobody: something is measured.
    Costs,
}

/// A line of a program, and the steps at which it comes next: `step`, or `before>step` where one can come to a step in two
/// ways.
pub(crate) struct Line {
    pub(crate) at: &'static [&'static str],
    pub(crate) code: &'static str,
}

impl Play {
    /// Whether there are processes.
    pub(crate) fn has_sides(&self) -> bool {
        matches!(self.cast, Cast::Original { .. } | Cast::Library { .. })
    }

    /// Each side's steps.
    pub(crate) fn stops(&self, side: usize) -> impl Iterator<Item = &'static str> {
        let steps = self.code[side].iter().flat_map(|line| line.at.iter());
        steps.map(|step| step.rsplit('>').next().unwrap_or(step))
    }
}
