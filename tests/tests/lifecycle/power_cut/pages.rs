//! A file's pages in memory, each with what it was at some instants since the last `fdatasync`: what a disk may hold of them
//! after a power cut.

use super::dice::Dice;
use shmchat::internals::ring::Disk;
use shmchat::internals::sync::{AtomicU64, Ordering::Relaxed};
use std::fmt;
use std::sync::{Arc, Mutex};

/// Words of a page.
const PAGE: usize = 4096 / 8;

/// How many versions of a page are kept.
const VERSIONS: usize = 6;

/// The memory that processes share.
#[derive(Clone, Debug)]
pub(crate) struct Ram(pub(crate) Arc<[AtomicU64]>);

impl Ram {
    pub(crate) fn of(words: &[u64]) -> Self {
        Ram(words.iter().map(|&word| AtomicU64::new(word)).collect())
    }

    pub(crate) fn words(&self) -> Vec<u64> {
        self.0.iter().map(|word| word.load(Relaxed)).collect()
    }
}

impl AsRef<[AtomicU64]> for Ram {
    fn as_ref(&self) -> &[AtomicU64] {
        &self.0
    }
}

/// How many messages were accepted, and how many of them may be acknowledged.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) accepted: usize,
    pub(crate) taken: usize,
}

/// What may be on the disk.
pub(crate) struct Pages<M = Ram> {
    ram: M,
    /// Of each page: as the last `fdatasync` left it, and later versions.
    versions: Vec<Vec<Vec<u64>>>,
    dice: Dice,
    /// How many more power cuts to try, at some of the looks; and what they left.
    pub(crate) cuts: u64,
    pub(crate) images: Vec<(Limits, Vec<u64>)>,
    /// What must be found after one that comes now.
    pub(crate) limits: Limits,
}

impl<M: AsRef<[AtomicU64]> + Clone> Pages<M> {
    pub(crate) fn new(ram: &M, seed: u64) -> Self {
        let mut pages = Pages {
            ram: ram.clone(),
            versions: Vec::new(),
            dice: Dice::new(seed),
            cuts: 0,
            images: Vec::new(),
            limits: Limits::default(),
        };
        pages.sync();
        pages
    }

    pub(crate) fn sync(&mut self) {
        let load = |page: &[AtomicU64]| page.iter().map(|word| word.load(Relaxed)).collect();
        self.versions = self.ram.as_ref().chunks(PAGE).map(|page| vec![load(page)]).collect();
    }

    /// The system writes changed pages back whenever it likes: notes what they are now.
    pub(crate) fn look(&mut self) {
        for (page, versions) in self.ram.as_ref().chunks(PAGE).zip(&mut self.versions) {
            let last = versions.last().expect("one at least");
            if page.iter().zip(last).any(|(word, &was)| word.load(Relaxed) != was) {
                if versions.len() == VERSIONS {
                    versions.remove(1 + self.dice.below(VERSIONS - 1));
                }
                versions.push(page.iter().map(|word| word.load(Relaxed)).collect());
            }
        }
        if self.cuts > 0 && self.dice.below(8) == 0 {
            self.cuts -= 1;
            let image = self.image();
            self.images.push((self.limits, image));
        }
    }

    /// What one power cut leaves: each page in any of its versions; in some, most are old, or most are new.
    pub(crate) fn image(&mut self) -> Vec<u64> {
        let mood = self.dice.below(4);
        let dice = &mut self.dice;
        let mut choose = |versions: &[Vec<u64>]| match mood {
            0 if dice.below(4) > 0 => 0,
            1 if dice.below(4) > 0 => versions.len() - 1,
            _ => dice.below(versions.len()),
        };
        self.versions.iter().flat_map(|versions| versions[choose(versions)].clone()).collect()
    }
}

impl<M> fmt::Debug for Pages<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pages")
    }
}

/// The disk as a lane knows it.
#[derive(Debug)]
pub(crate) struct Drive(pub(crate) Arc<Mutex<Pages>>);

impl Disk for Drive {
    fn sync(&self) -> bool {
        let mut pages = self.0.lock().expect("no panic in there");
        // A power cut may come in the middle of it.
        pages.look();
        pages.sync();
        true
    }
}
