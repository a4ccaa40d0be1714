//! A lane on a disk, whose sender and receiver go on until the power fails, and then again.

use super::book::Book;
use super::dice::Dice;
use super::pages::{Drive, Limits, Pages, Ram};
use shmchat::internals::channel::{Decoder, Encoder};
use shmchat::internals::fault::{Point, die_at, watch};
use shmchat::internals::layout::{Durability, Lane, LanePlace};
use shmchat::internals::ring::{Consumer, Disk, Producer, recover};
use shmchat::{Kind, Reached};
use std::sync::{Arc, Mutex};

/// Steps from one power cut after which the world goes on to the next.
const STEPS: usize = 60;

/// Where a sender dies.
const SENDER: [Point; 6] = [
    Point::PayloadStored,
    Point::MessageHalfStored,
    Point::Sealed,
    Point::Persisted,
    Point::TailCopied,
    Point::TailStored,
];

/// Where a receiver dies.
const RECEIVER: [Point; 5] =
    [Point::BeforeAcknowledge, Point::NameBegun, Point::NameKept, Point::HeadPersisted, Point::HeadStored];

pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) place: LanePlace,
    ram: Ram,
    pages: Arc<Mutex<Pages>>,
    sender: Option<Encoder<Ram>>,
    receiver: Option<Decoder<Ram>>,
    pub(crate) name: &'static str,
    pub(crate) book: Book,
    /// The first message that the last power cut took: one that ends where that ended would bring back what came behind it.
    lost: Option<usize>,
    /// How many power cuts were tried, and how many messages were found after them.
    pub(crate) images: usize,
    pub(crate) found: usize,
}

/// What went wrong.
pub(crate) type Wrong = String;

fn found_in(book: &Book, ram: &Ram, place: LanePlace) -> Result<Vec<usize>, Wrong> {
    let consumer = Consumer::attach(ram.clone(), place).map_err(|corrupt| corrupt.to_string())?;
    book.drain(&mut Decoder::new(consumer))
}

impl World {
    pub(crate) fn new(seed: u64, durability: Durability) -> Self {
        let mut dice = Dice::new(seed);
        let capacity = [16 << 10, 64 << 10][dice.below(2)];
        let place = LanePlace::in_segment(Lane::Messages, capacity).with(durability);
        let ram = Ram::of(&vec![0; place.words_needed()]);
        let pages = Arc::new(Mutex::new(Pages::new(&ram, dice.next())));
        let book = Book::default();
        let (sender, receiver, lost) = (None, None, None);
        let world = World { dice, place, ram, pages, sender, receiver, name: "", book, lost, images: 0, found: 0 };
        world.watch();
        world
    }

    fn watch(&self) {
        let pages = self.pages.clone();
        watch(move |_| pages.lock().expect("no panic in there").look());
    }

    fn drive(&self) -> Arc<dyn Disk> {
        Arc::new(Drive(self.pages.clone()))
    }

    fn pages(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.pages.lock().expect("no panic in there")
    }

    /// Goes on until so many power cuts were tried.
    pub(crate) fn run(&mut self, images: usize) -> Result<(), Wrong> {
        while self.images < images {
            for _ in 0..STEPS {
                self.step()?;
            }
            self.power_fails()?;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), Wrong> {
        self.pages().cuts = 3;
        match self.dice.below(16) {
            0..7 => self.send()?,
            7..12 => self.receive()?,
            12 => self.sender = None,
            13 => self.receiver = None,
            14 => self.pages().look(),
            _ => self.pages().sync(),
        }
        self.try_images()
    }

    fn try_images(&mut self) -> Result<(), Wrong> {
        let images = std::mem::take(&mut self.pages().images);
        images.iter().try_for_each(|(limits, image)| self.try_image(*limits, image).map(drop))
    }

    /// Starts on what a power cut has left; what it finds must be right. Gives the memory, sound again.
    fn try_image(&mut self, limits: Limits, image: &[u64]) -> Result<Ram, Wrong> {
        self.images += 1;
        let ram = Ram::of(image);
        recover::recover(&ram, &self.place, |_| {}).map_err(|corrupt| corrupt.to_string())?;
        let found = found_in(&self.book, &Ram::of(&ram.words()), self.place)?;
        self.book.check(&found, limits, self.place.durability == Durability::Synced)?;
        self.found += found.len();
        Ok(ram)
    }

    /// The power fails, and the world goes on with what is left: perhaps only after it failed again while that was made sound.
    fn power_fails(&mut self) -> Result<(), Wrong> {
        (self.sender, self.receiver) = (None, None);
        let (limits, image) = {
            let mut pages = self.pages();
            (pages.limits, pages.image())
        };
        let ram = self.try_image(limits, &image)?;
        let found = found_in(&self.book, &Ram::of(&ram.words()), self.place)?;
        let mut possible = self.book.sent.iter().chain(&self.book.doubtful).copied();
        self.lost = found.last().and_then(|last| possible.find(|number| number == last)).and_then(|_| possible.next());
        self.book.sent.clone_from(&found);
        (self.book.doubtful, self.book.pending, self.book.left) = Default::default();

        let ram = Ram::of(&image);
        self.pages = Arc::new(Mutex::new(Pages::new(&ram, self.dice.next())));
        self.pages().cuts = 3;
        self.pages().limits.accepted = found.len();
        self.ram = ram;
        self.watch();
        let point = [Point::LaneCleared, Point::LaneRecovered][self.dice.below(2)];
        let is_killed = self.dice.below(4) == 0;
        let recover = || recover::recover(&self.ram, &self.place, |_| {}).map_err(|corrupt| corrupt.to_string());
        if is_killed {
            let _ = die_at(point, 1, recover);
        }
        recover()?;
        self.drive().sync();
        let images = std::mem::take(&mut self.pages().images);
        for (_, image) in images {
            let again = Ram::of(&image);
            recover::recover(&again, &self.place, |_| {}).map_err(|corrupt| corrupt.to_string())?;
            let after = found_in(&self.book, &again, self.place)?;
            if after != found {
                return Err(format!("a power cut during a recovery leaves {after:?} of {found:?}"));
            }
            self.images += 1;
        }
        Ok(())
    }

    pub(crate) fn sender(&mut self) -> &mut Encoder<Ram> {
        self.sender.as_mut().expect("it has started")
    }

    fn start_sender(&mut self) -> Result<(), Wrong> {
        let (dies, pass) = (self.dice.below(3) == 0, 1 + self.dice.below(3) as u32);
        let start = || {
            let producer = Producer::attach(self.ram.clone(), self.place).expect("sound indices");
            producer.keep_on(self.drive())
        };
        if dies {
            let _ = die_at(Point::SealBroken, pass, start);
        }
        let mut sender = Encoder::new(start());
        self.name = ["", "ada", "grace"][self.dice.below(3)];
        sender.set_name(self.name);
        self.sender = Some(sender);
        self.try_images()?;
        let lost = self.book.doubtful.first().copied().or(self.lost.take());
        self.book.doubtful.clear();
        self.book.pending.clear();
        if let Some(number) = lost {
            // Less a name, or a stamp.
            let length = self.book.made[number].bytes.len().saturating_sub(8 * self.dice.below(5));
            self.put(length, Kind::Bytes, None, None);
            self.show();
        }
        Ok(())
    }

    /// Writes some messages, and shows them.
    fn send(&mut self) -> Result<(), Wrong> {
        if self.sender.is_none() {
            self.start_sender()?;
        }
        for _ in 0..=self.dice.below(4) {
            self.write();
        }
        if self.dice.below(8) == 0 {
            return Ok(());
        }
        let is_killed = self.dice.below(8) == 0;
        if !is_killed {
            self.show();
            return Ok(());
        }
        self.book.doubtful.clone_from(&self.book.pending);
        let mut sender = self.sender.take().expect("it is there");
        let point = SENDER[self.dice.below(SENDER.len())];
        let before = self.ram.words()[self.place.tail];
        let lives = die_at(point, 1, || sender.publish()).is_ok();
        if lives || self.ram.words()[self.place.tail] != before {
            self.accept();
        } else {
            self.book.leave();
        }
        self.sender = Some(sender).filter(|_| lives);
        Ok(())
    }

    /// Shows what is written.
    pub(crate) fn show(&mut self) {
        self.book.doubtful.clone_from(&self.book.pending);
        self.sender().publish();
        self.accept();
    }

    fn accept(&mut self) {
        self.book.sent.append(&mut self.book.pending);
        self.book.doubtful.clear();
        let accepted = self.book.sent.len();
        self.pages().limits.accepted = accepted;
    }

    /// How far a receiver is that has got this line; `None` if it is none.
    fn behind_line(&self, seq: u64) -> Option<Reached> {
        let mut other = Decoder::new(Consumer::attach(self.ram.clone(), self.place).ok()?);
        while let Some(found) = other.next_in_place().ok()? {
            let view = other.view(&found);
            let before = seq.checked_sub(view.position())? as usize;
            if view.envelope.kind == Kind::Lines && before < view.len() {
                let mut bytes = Vec::new();
                view.copy_to(&mut bytes);
                let line = bytes[before..].iter().position(|&byte| byte == b'\n')?;
                return Some(view.reached(before + line + 1));
            }
        }
        None
    }

    /// Takes some messages, and acknowledges them or not, sometimes only some lines of a block.
    fn receive(&mut self) -> Result<(), Wrong> {
        let mut receiver = match self.receiver.take() {
            Some(receiver) => receiver,
            None => {
                let consumer = Consumer::attach(self.ram.clone(), self.place).map_err(|corrupt| corrupt.to_string())?;
                Decoder::new(consumer.keep_on(self.drive()))
            }
        };
        for _ in 0..self.dice.below(12) {
            receiver.acknowledge();
            let next = receiver.next_message().map_err(|corrupt| format!("corrupt: {corrupt}"))?;
            let Some(envelope) = next else { break };
            let message = receiver.message(envelope);
            let number = self.book.known(message.bytes, message.from)?;
            let place = self.book.sent.iter().position(|&sent| sent == number);
            let place = place.ok_or_else(|| format!("message {number} was not accepted"))?;
            // From now on it may be acknowledged; also by a receiver that goes on, within a long message.
            let mut pages = self.pages();
            pages.limits.taken = pages.limits.taken.max(place + 1);
            drop(pages);
            if self.dice.below(2) == 0
                && let Some(reached) = self.behind_line(envelope.seq)
            {
                if self.dice.below(2) == 0 {
                    receiver.acknowledge_whole(reached).map_err(|corrupt| format!("corrupt: {corrupt}"))?;
                    continue;
                }
                let point = RECEIVER[self.dice.below(RECEIVER.len())];
                let _ = die_at(point, 1, || receiver.acknowledge_until(reached));
                return Ok(());
            }
        }
        match self.dice.below(8) {
            0 => self.receiver = Some(receiver),
            1 => {
                let point = RECEIVER[self.dice.below(RECEIVER.len())];
                if die_at(point, 1, || receiver.acknowledge()).is_ok() {
                    self.receiver = Some(receiver);
                }
            }
            _ => {
                receiver.acknowledge();
                self.receiver = Some(receiver);
            }
        }
        Ok(())
    }
}
