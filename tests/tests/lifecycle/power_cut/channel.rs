//! The same with real channels in real files: two endpoints use one, and each image of it is a file that another pair takes up.

use super::book::Book;
use super::dice::Dice;
use super::pages::{Limits, Pages};
use super::world::Wrong;
use shmchat::internals::fault::{Point, die_at, watch};
use shmchat::internals::layout::word;
use shmchat::internals::memory::{Location, Segment};
use shmchat::{Channel, Endpoint, Kind, MemoryKind, Outgoing, Role, TryRecvError};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, UNIX_EPOCH};

const ROLES: [Role; 2] = [Role::Writer, Role::Reader];

/// Where a process dies.
const POINTS: [Point; 6] = [
    Point::PayloadStored,
    Point::Sealed,
    Point::TailStored,
    Point::BeforeAcknowledge,
    Point::HeadPersisted,
    Point::HeadStored,
];

fn channel(dir: &Path, sync: bool) -> Channel {
    let channel = Channel::named(Default::default()).dir(dir).memory(MemoryKind::File).sync(sync);
    channel.capacity(Channel::MIN_CAPACITY).expect("a capacity")
}

/// Where a file system brings nothing to a disk, if there is such a place: a new file's first `fdatasync` takes longer than all
/// else here.
fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory")
}

/// A channel, and what was said on it: by the writer, and by the reader.
struct Pair {
    dir: tempfile::TempDir,
    sync: bool,
    dice: Dice,
    pages: Arc<Mutex<Pages<Segment>>>,
    /// Both sides, while they live.
    ends: [Option<Endpoint>; 2],
    books: [Book; 2],
    limits: [Limits; 2],
    images: usize,
    found: usize,
}

impl Pair {
    fn new(seed: u64, sync: bool) -> Self {
        let dir = directory();
        let writer = channel(dir.path(), sync).display_name("ada").attach(Role::Writer).expect("attach");
        let Location::File(_) = &writer.segment().place else { panic!("not in a file") };
        let memory = Segment::attach(&writer.segment().place).expect("the file");
        let mut dice = Dice::new(seed);
        let pages = Arc::new(Mutex::new(Pages::new(&memory, dice.next())));
        let seen = pages.clone();
        watch(move |point| {
            let mut pages = seen.lock().expect("no panic in there");
            pages.look();
            // Nothing is stored between an `fdatasync` and these.
            if point == Point::SealsGone || sync && [Point::Persisted, Point::HeadPersisted].contains(&point) {
                pages.sync();
            }
        });
        let ends = [Some(writer), None];
        let (books, limits) = Default::default();
        Pair { dir, sync, dice, pages, ends, books, limits, images: 0, found: 0 }
    }

    fn pages(&self) -> MutexGuard<'_, Pages<Segment>> {
        self.pages.lock().expect("no panic in there")
    }

    fn end(&mut self, role: Role) -> &mut Endpoint {
        let (dir, sync) = (self.dir.path(), self.sync);
        self.ends[role as usize].get_or_insert_with(|| {
            channel(dir, sync).display_name(["ada", "bob"][role as usize]).attach(role).expect("attach")
        })
    }

    fn step(&mut self) -> Result<(), Wrong> {
        let role = ROLES[self.dice.below(2)];
        let point = POINTS[self.dice.below(POINTS.len())];
        let dies = self.dice.below(6) == 0;
        let sends = self.dice.below(4) > 0;
        self.end(role);
        self.try_images()?;
        let book = &mut self.books[role as usize];
        book.leave();
        book.doubtful.clear();
        self.pages().cuts = 2;
        let call = |pair: &mut Pair| if sends { pair.send(role) } else { pair.receive(role) };
        if dies {
            if let Ok(done) = die_at(point, 1, || call(self)) {
                done?;
            } else {
                self.ends[role as usize].take().expect("it was there").die();
                let book = &mut self.books[role as usize];
                match point {
                    Point::TailStored => book.sent.append(&mut book.doubtful),
                    Point::Sealed => {}
                    // Nothing is sealed.
                    _ => book.doubtful.clear(),
                }
            }
        } else {
            call(self)?;
        }
        self.try_images()?;
        self.limits[role as usize].accepted = self.books[role as usize].sent.len();
        Ok(())
    }

    fn send(&mut self, role: Role) -> Result<(), Wrong> {
        let name = ["ada", "bob"][role as usize];
        let length = [self.dice.below(100), self.dice.below(20_000)][self.dice.below(2)];
        let number = self.books[role as usize].make(length, name);
        let bytes = self.books[role as usize].made[number].bytes.clone();
        self.books[role as usize].doubtful.push(number);
        let sent = Some(UNIX_EPOCH + Duration::from_secs(7));
        let message = match self.dice.below(2) {
            0 => Outgoing::from(&bytes),
            _ => Outgoing { kind: Kind::Text, sent, ..Outgoing::from(&bytes) },
        };
        let accepted = self.end(role).try_send(message).is_ok();
        let book = &mut self.books[role as usize];
        if accepted {
            book.sent.append(&mut book.doubtful);
        }
        book.doubtful.clear();
        Ok(())
    }

    /// Takes what the other side sent.
    fn receive(&mut self, role: Role) -> Result<(), Wrong> {
        let other = role.other() as usize;
        for _ in 0..self.dice.below(8) {
            let end = self.ends[role as usize].as_mut().expect("it is there");
            match end.try_recv() {
                Ok(message) => {
                    let number = self.books[other].known(message.bytes, message.from)?;
                    let place = self.books[other].sent.iter().position(|&sent| sent == number);
                    let place = place.ok_or_else(|| format!("message {number} was not accepted"))?;
                    self.limits[other].taken = self.limits[other].taken.max(place + 1);
                }
                Err(TryRecvError::Empty | TryRecvError::Quit) => break,
                Err(TryRecvError::Channel(error)) => return Err(error.to_string()),
            }
        }
        Ok(())
    }

    fn try_images(&mut self) -> Result<(), Wrong> {
        let images = std::mem::take(&mut self.pages().images);
        images.into_iter().try_for_each(|(_, image)| self.try_image(image))
    }

    /// A file like this, found by a pair in another boot.
    fn try_image(&mut self, mut image: Vec<u64>) -> Result<(), Wrong> {
        self.images += 1;
        image[word::BOOT] = 7;
        let dir = directory();
        let folder = dir.path().join("lobby");
        fs::create_dir(&folder).expect("a folder");
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).expect("rights");
        let bytes: Vec<u8> = image.iter().flat_map(|word| word.to_ne_bytes()).collect();
        fs::write(folder.join("ring"), bytes).expect("a file");
        fs::set_permissions(folder.join("ring"), Permissions::from_mode(0o600)).expect("rights");
        let there = Channel::named(Default::default()).dir(dir.path());
        for role in ROLES {
            let mut receiver = there.attach(role.other()).map_err(|error| error.to_string())?;
            let mut found = Vec::new();
            while let Ok(message) = receiver.try_recv() {
                found.push(self.books[role as usize].known(message.bytes, message.from)?);
            }
            receiver.receiver().take_ahead();
            self.books[role as usize].check(&found, self.limits[role as usize], self.sync)?;
            self.found += found.len();
            receiver.die();
        }
        there.clean(true).map(drop).map_err(|error| error.to_string())
    }
}

/// Power cuts in some channels. How many messages were found.
pub(crate) fn cut(sync: bool, channels: u64, images: usize) -> Result<usize, Wrong> {
    let mut found = 0;
    for seed in 0..channels {
        let mut pair = Pair::new(seed, sync);
        while pair.images < images {
            let images = pair.images;
            pair.step().map_err(|wrong| format!("channel {seed}, after {images} images: {wrong}"))?;
        }
        found += pair.found;
    }
    Ok(found)
}
