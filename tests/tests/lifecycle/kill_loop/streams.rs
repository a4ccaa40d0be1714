//! What writers are given, one life after the other, and whether what readers print is that.
//!
//! All of it is one long text, of which a killed writer's part may end early. A reader prints a stretch of it that begins
//! where the one before ended. After a killed one it may begin earlier, since what was shown and not acknowledged is shown again:
//! earlier by what fits in a lane at the most, and never before where the killed one began, since that was acknowledged.
//! Where several places fit (empty messages look alike) all of them are kept, until what follows leaves one.

use shmchat_tests::Noise;
use std::collections::{BTreeMap, BTreeSet};

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
#[derive(Default)]
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

impl Given {
    /// Adds a message of letters.
    pub(crate) fn push(&mut self, framing: Framing, message: &[u8]) {
        let separator: &[u8] = match framing {
            Framing::Line | Framing::Json => b"\n",
            Framing::Nul => b"\0",
            Framing::Raw => b"",
        };
        let (before, after): (&[u8], &[u8]) = match framing {
            Framing::Json => (b"{\"text\":\"", b"\"}\n"),
            _ => (b"", separator),
        };
        self.input.extend([before, message, after].concat());
        self.text.extend([message, separator].concat());
        self.ends.push((self.input.len(), self.text.len()));
    }
}

/// A life, and how far into its text.
type Offset = (usize, usize);

/// A place in all that was given, and how one comes there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StreamPlace {
    /// Where the lives before this one ended. A killed writer was given more than it sent, so nothing else tells how much text
    /// lies between two places.
    ends: Vec<usize>,
    offset: usize,
}

impl StreamPlace {
    const START: Self = StreamPlace { ends: Vec::new(), offset: 0 };

    fn life(&self) -> usize {
        self.ends.len()
    }

    fn offset(&self) -> Offset {
        (self.life(), self.offset)
    }

    /// Where a life before it ended, or how far it has come in its own.
    fn end(&self, life: usize) -> usize {
        self.ends.get(life).copied().unwrap_or(self.offset)
    }

    /// An earlier one on the same way.
    fn back_to(&self, life: usize, offset: usize) -> Self {
        StreamPlace { ends: self.ends[..life].to_vec(), offset }
    }

    fn next_life(&self, end: usize) -> Self {
        StreamPlace { ends: self.ends.iter().copied().chain([end]).collect(), offset: 0 }
    }
}

/// Where a reader can have ended, and where the next may begin at the earliest.
pub(crate) type Places = BTreeMap<StreamPlace, Offset>;

pub(crate) struct Streams {
    framing: Framing,
    /// Bytes of the lane.
    capacity: usize,
    pub(crate) lives: Vec<Given>,
    /// Where the readers can have come so far.
    places: Places,
    /// Where readers have ended.
    known: BTreeSet<Offset>,
}

impl Streams {
    pub(crate) fn new(framing: Framing, capacity: usize) -> Self {
        let places = Places::from([(StreamPlace::START, StreamPlace::START.offset())]);
        Streams { framing, capacity, lives: Vec::new(), places, known: BTreeSet::from([StreamPlace::START.offset()]) }
    }

    /// The longest message that goes in whole.
    fn whole_limit(&self) -> usize {
        self.capacity / 2 - self.capacity / 64 - 64
    }

    /// Draws what the next life is given.
    pub(crate) fn draw(&mut self, sizes: Sizes, noise: &mut Noise) {
        let life = self.lives.len();
        let mut given = Given::default();
        let most = match sizes {
            Sizes::Short => 20_000,
            Sizes::Whole => 2 * self.capacity,
            Sizes::Long => 4 * self.capacity,
        };
        while given.text.len() < most {
            let number = noise.number();
            let size = match (sizes, number % 8) {
                (_, 0) => 0,
                (Sizes::Short, _) | (_, 1..4) => number as usize / 8 % 100,
                (Sizes::Whole, _) => number as usize / 8 % self.whole_limit(),
                (Sizes::Long, _) => number as usize / 8 % (3 * self.capacity),
            };
            // The first one of a life tells that it is another.
            let size = if given.ends.is_empty() { size.max(8) } else { size };
            let mut message = format!("<{life}.{}>", given.ends.len()).into_bytes();
            message.extend(noise.bytes(size).iter().map(|byte| b'a' + byte % 26));
            message.truncate(size);
            given.push(self.framing, &message);
        }
        self.lives.push(given);
    }

    /// The end of the message in the last life's input that lies at or behind this.
    pub(crate) fn next_end(&self, input: usize) -> usize {
        let ends = &self.lives.last().expect("a life").ends;
        ends.iter().map(|&(end, _)| end).find(|&end| end >= input).expect("the input's end")
    }

    /// What was accepted of the last life: of this much of its input all (or, where that is not known, perhaps nothing), and no
    /// more than was read. A line of JSON is read whole before any of it is sent.
    pub(crate) fn accepted(&mut self, least: usize, most: usize) {
        let is_json = self.framing == Framing::Json;
        let given = self.lives.last_mut().expect("a life");
        let whole =
            |input: usize| given.ends.iter().take_while(|&&(end, _)| end <= input).last().map_or(0, |&(_, end)| end);
        let (least, most) = if is_json { (whole(least), whole(most)) } else { (least, most.min(given.text.len())) };
        (given.least, given.most) = (least.max(given.least), most);
    }

    /// Where the readers can have come so far, and where the next one may begin at the earliest.
    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    /// Whether this is what a next reader can have printed before it ended. If so, that is where the readers have come.
    pub(crate) fn go_on(&mut self, printed: &[u8], is_acknowledged: bool) -> bool {
        let mut ends = self.walk(&self.starts(), printed);
        if is_acknowledged {
            ends.iter_mut().for_each(|(came, earliest)| *earliest = came.offset());
        }
        self.known.extend(ends.keys().map(StreamPlace::offset));
        self.places = ends;
        self.settle();
        !self.places.is_empty()
    }

    /// Where a reader can have ended that printed this and began at one of these places; and where it began then.
    fn walk(&self, from: &BTreeSet<StreamPlace>, printed: &[u8]) -> Places {
        let mut ends = Places::new();
        // A place, how much was printed before it, and where the reader began.
        let mut open: Vec<(StreamPlace, usize, Offset)> = from.iter().map(|at| (at.clone(), 0, at.offset())).collect();
        let mut seen = BTreeSet::new();
        while let Some((at, done, began)) = open.pop() {
            let Some(given) = self.lives.get(at.life()) else { continue };
            if !seen.insert((at.clone(), done)) {
                continue;
            }
            let (rest, left) = (&given.text[at.offset.min(given.most)..given.most], &printed[done..]);
            let same = rest.iter().zip(left).take_while(|(one, other)| one == other).count();
            if same == left.len() {
                let earliest = ends.entry(StreamPlace { offset: at.offset + same, ..at }).or_insert(began);
                *earliest = began.min(*earliest);
                continue;
            }
            // It goes on with the next life. That one's first bytes may by chance be those that would have come here.
            for more in (0..=same).rev().take(16) {
                // A reader of messages ends where one that it has printed a part of is cut off.
                let is_first = at.offset() == began && more == 0;
                let may_cut = is_first || matches!(self.framing, Framing::Json | Framing::Raw);
                if self.may_end(at.life(), at.offset + more, may_cut) {
                    open.push((at.next_life(at.offset + more), done + more, began));
                }
            }
        }
        ends
    }

    /// A life has sent what of it was shown at every place that the readers can have come to, and no more once the next one's is.
    fn settle(&mut self) {
        for (life, given) in self.lives.iter_mut().enumerate() {
            if self.places.keys().all(|at| at.life() >= life) {
                given.least = self.places.keys().map(|at| at.end(life)).min().unwrap_or(0).max(given.least);
            }
            if self.places.keys().all(|at| at.life() > life) {
                given.most = self.places.keys().map(|at| at.end(life)).max().unwrap_or(0).min(given.most);
            }
        }
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

    /// Where the next reader may begin: what is shown again was still in the lane when the one before came to its end.
    fn starts(&self) -> BTreeSet<StreamPlace> {
        let mut starts = BTreeSet::new();
        for (came, &(first, earliest)) in &self.places {
            starts.insert(came.clone());
            let mut left = self.capacity;
            for life in (first..=came.life()).rev() {
                let (given, end) = (&self.lives[life], came.end(life));
                let low = end.saturating_sub(left).max(if life == first { earliest } else { 0 });
                let fits = |&at: &usize| {
                    self.is_boundary(given, at) || self.goes_in_parts(given, at) || self.known.contains(&(life, at))
                };
                starts.extend((low..=end).filter(fits).map(|offset| came.back_to(life, offset)));
                left -= end - low;
                if left == 0 {
                    break;
                }
            }
        }
        starts
    }

    /// Whether all that was accepted has been shown where a reader has come so far.
    pub(crate) fn is_all(&self) -> bool {
        let behind = |life| self.may_end(life, 0, true);
        let is_end = |at: &StreamPlace| self.may_end(at.life(), at.offset, true);
        self.places.keys().any(|at| is_end(at) && (at.life() + 1..self.lives.len()).all(behind))
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
