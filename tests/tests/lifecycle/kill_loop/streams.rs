//! What writers are given, one life after the other, and whether what readers print is that.
//!
//! All of it is one long text, of which a killed writer's part may end early. A reader prints a stretch of it that begins
//! where the one before ended; behind a killed one it may begin earlier, since what was shown and not acknowledged is shown again.
//! Where several places fit (empty messages look alike) all of them are kept, until what follows leaves one.

use shmchat_tests::Noise;
use std::collections::BTreeSet;

/// How messages stand in the pipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Line,
    Nul,
    Json,
    Raw,
}

impl Framing {
    pub(crate) const ALL: [Self; 4] = [Framing::Line, Framing::Nul, Framing::Json, Framing::Raw];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Framing::Line => "line",
            Framing::Nul => "nul",
            Framing::Json => "json",
            Framing::Raw => "raw",
        }
    }
}

/// How long messages are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sizes {
    /// Up to 100 bytes.
    Short,
    /// Up to what goes in whole.
    Whole,
    /// Up to three times the lane.
    Long,
}

/// What one life of a writer is given.
pub(crate) struct Given {
    /// Its standard input.
    pub(crate) input: Vec<u8>,
    /// What a reader prints of it, in JSON the texts, a line feed behind each.
    text: Vec<u8>,
    /// Where its messages end: in the input, and in the text.
    ends: Vec<(usize, usize)>,
    /// So much of the text was accepted at least, and at most.
    least: usize,
    most: usize,
}

/// A place in all that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StreamPlace {
    life: usize,
    offset: usize,
}

impl StreamPlace {
    pub(crate) const START: Self = StreamPlace { life: 0, offset: 0 };
}

pub(crate) struct Streams {
    framing: Framing,
    /// Bytes of the lane.
    capacity: usize,
    pub(crate) lives: Vec<Given>,
}

impl Streams {
    pub(crate) fn new(framing: Framing, capacity: usize) -> Self {
        Streams { framing, capacity, lives: Vec::new() }
    }

    /// The longest message that goes in whole.
    fn whole_limit(&self) -> usize {
        self.capacity / 2 - self.capacity / 64 - 64
    }

    /// Draws what the next life is given.
    pub(crate) fn draw(&mut self, sizes: Sizes, noise: &mut Noise) {
        let life = self.lives.len();
        let (mut input, mut text, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        let most = match sizes {
            Sizes::Short => 20_000,
            Sizes::Whole => 2 * self.capacity,
            Sizes::Long => 4 * self.capacity,
        };
        while text.len() < most {
            let number = noise.number();
            let size = match (sizes, number % 8) {
                (_, 0) => 0,
                (Sizes::Short, _) | (_, 1..4) => number as usize / 8 % 100,
                (Sizes::Whole, _) => number as usize / 8 % self.whole_limit(),
                (Sizes::Long, _) => number as usize / 8 % (3 * self.capacity),
            };
            // The first one of a life tells that it is another.
            let size = if ends.is_empty() { size.max(8) } else { size };
            let mut message = format!("<{life}.{}>", ends.len()).into_bytes();
            message.extend(noise.bytes(size).iter().map(|byte| b'a' + byte % 26));
            message.truncate(size);
            text.extend_from_slice(&message);
            let said = String::from_utf8(message).expect("letters");
            match self.framing {
                Framing::Line => text.push(b'\n'),
                Framing::Nul => text.push(0),
                Framing::Json => {
                    text.push(b'\n');
                    input.extend(format!("{{\"text\":\"{said}\"}}\n").into_bytes());
                }
                Framing::Raw => {}
            }
            if self.framing != Framing::Json {
                input.clone_from(&text);
            }
            ends.push((input.len(), text.len()));
        }
        self.lives.push(Given { input, text, ends, least: 0, most: 0 });
    }

    /// The end of the message in the last life's input that lies at or behind this.
    pub(crate) fn next_end(&self, input: usize) -> usize {
        let ends = &self.lives.last().expect("a life").ends;
        ends.iter().map(|&(end, _)| end).find(|&end| end >= input).expect("the input's end")
    }

    /// What was accepted of the last life: of this much of its input all (or, where that is not known, perhaps nothing), and no
    /// more than was read.
    pub(crate) fn accepted(&mut self, least: usize, most: usize) {
        let is_json = self.framing == Framing::Json;
        let given = self.lives.last_mut().expect("a life");
        let whole =
            |input: usize| given.ends.iter().take_while(|&&(end, _)| end <= input).last().map_or(0, |&(_, end)| end);
        // What of a message is left to be sent, its line does not tell.
        (given.least, given.most) =
            if is_json { (whole(least), given.text.len()) } else { (least, most.min(given.text.len())) };
    }

    /// Where a reader can have ended that printed this and began at one of these places.
    pub(crate) fn walk(&self, from: &BTreeSet<StreamPlace>, printed: &[u8]) -> BTreeSet<StreamPlace> {
        let mut ends = BTreeSet::new();
        // A place, how much was printed before it, and whether the reader began there.
        let mut open: Vec<(StreamPlace, usize, bool)> = from.iter().map(|&at| (at, 0, true)).collect();
        let mut seen = BTreeSet::new();
        while let Some((at, done, is_first)) = open.pop() {
            let Some(given) = self.lives.get(at.life) else { continue };
            if !seen.insert((at, done)) {
                continue;
            }
            let (rest, left) = (&given.text[at.offset.min(given.most)..given.most], &printed[done..]);
            let same = rest.iter().zip(left).take_while(|(one, other)| one == other).count();
            if same == left.len() {
                ends.insert(StreamPlace { offset: at.offset + same, ..at });
                continue;
            }
            // It goes on with the next life. That one's first bytes may by chance be those that would have come here.
            for more in (0..=same).rev().take(16) {
                // A reader of messages ends where one that it has printed a part of is cut off.
                let may_cut = matches!(self.framing, Framing::Json | Framing::Raw) || (is_first && more == 0);
                if self.may_end(at.life, at.offset + more, may_cut) {
                    open.push((StreamPlace { life: at.life + 1, offset: 0 }, done + more, false));
                }
            }
        }
        ends
    }

    /// Whether what was accepted of a life may end here.
    fn may_end(&self, life: usize, offset: usize, may_cut: bool) -> bool {
        let given = &self.lives[life];
        let is_there = (given.least..=given.most).contains(&offset);
        is_there && (self.is_boundary(given, offset) || (may_cut && self.goes_in_parts(given, offset)))
    }

    fn is_boundary(&self, given: &Given, offset: usize) -> bool {
        offset == 0 || given.ends.binary_search_by_key(&offset, |&(_, end)| end).is_ok()
    }

    /// Whether this lies inside of a message that does not go in whole.
    fn goes_in_parts(&self, given: &Given, offset: usize) -> bool {
        let next = given.ends.partition_point(|&(_, end)| end <= offset);
        let start = if next == 0 { 0 } else { given.ends[next - 1].1 };
        let end = given.ends.get(next).map_or(start, |&(_, end)| end);
        self.framing == Framing::Raw || end - start > self.whole_limit()
    }

    /// Where a reader may begin behind one that was killed: not before what fills a lane.
    pub(crate) fn back(&self, from: &BTreeSet<StreamPlace>, known: &BTreeSet<StreamPlace>) -> BTreeSet<StreamPlace> {
        let mut starts = from.clone();
        for &StreamPlace { life, offset } in from {
            let mut left = self.capacity;
            for life in (0..=life).rev() {
                let given = &self.lives[life];
                let end = if life == from.last().map_or(0, |at| at.life) { offset } else { given.most };
                let low = end.saturating_sub(left);
                let fits = |&at: &usize| {
                    self.is_boundary(given, at)
                        || self.goes_in_parts(given, at)
                        || known.contains(&StreamPlace { life, offset: at })
                };
                starts.extend((low..=end).filter(fits).map(|offset| StreamPlace { life, offset }));
                left -= end - low;
                if left == 0 {
                    break;
                }
            }
        }
        starts
    }

    /// Whether all that was accepted has been shown where a reader has come so far.
    pub(crate) fn is_all(&self, at: StreamPlace) -> bool {
        let behind = |life| self.may_end(life, 0, true);
        self.may_end(at.life, at.offset, true) && (at.life + 1..self.lives.len()).all(behind)
    }

    /// What a reader has printed, as text: whole objects only, in JSON.
    pub(crate) fn text_of(&self, printed: &[u8]) -> Vec<u8> {
        if self.framing != Framing::Json {
            return printed.to_vec();
        }
        let mut text = Vec::new();
        for line in printed.split_inclusive(|&byte| byte == b'\n').filter(|line| line.ends_with(b"\n")) {
            let object: serde_json::Value = serde_json::from_slice(line).expect("an object");
            // What says that a message was cut off has none of it.
            if object["cut"] == true {
                continue;
            }
            text.extend_from_slice(object["text"].as_str().expect("a text").as_bytes());
            if object["more"] != true {
                text.push(b'\n');
            }
        }
        text
    }
}
