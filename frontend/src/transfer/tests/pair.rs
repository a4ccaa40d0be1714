//! Alice offers, bob takes; between them two lanes that deliver at least once.
use crate::transfer::{Folders, Transfers};
use std::fs;
use std::path::PathBuf;

/// Room for one frame, with its bytes.
const LIMIT: usize = 16 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Alice,
    Bob,
}

/// Messages of one direction: those before `taken` were handled, but are given again until they are acknowledged.
#[derive(Default)]
struct Lane {
    acknowledged: usize,
    taken: usize,
    messages: Vec<Vec<u8>>,
}

/// Both sides, their lanes and folders, and what their users were told.
pub(super) struct Pair {
    pub(super) alice: Transfers,
    pub(super) bob: Transfers,
    lanes: [Lane; 2],
    told: [Vec<String>; 2],
    folder: tempfile::TempDir,
    drawn: u64,
}

impl Pair {
    pub(super) fn new() -> Pair {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("Downloads")).unwrap();
        let folders = Folders::in_downloads(folder.path().join("Downloads"));
        let side = || Transfers::new(1 << 20, folders.clone());
        let (lanes, told) = Default::default();
        Pair { alice: side(), bob: side(), lanes, told, folder, drawn: 1000 }
    }

    pub(super) fn draw(&mut self) -> u64 {
        self.drawn += 1;
        self.drawn
    }

    pub(super) fn here(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub(super) fn downloads(&self) -> PathBuf {
        self.folder.path().join("Downloads")
    }

    /// Everything in the folder for downloads, hidden files too.
    pub(super) fn stored(&self) -> Vec<PathBuf> {
        let mut found: Vec<_> = fs::read_dir(self.downloads()).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.sort();
        found
    }

    pub(super) fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.here(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(super) fn send_file(&mut self, name: &str, bytes: &[u8]) -> String {
        let path = self.file(name, bytes);
        let id = self.draw();
        self.alice.send(&path, id).unwrap();
        path
    }

    pub(super) fn get(&mut self, path: &str) {
        let take = self.draw();
        self.bob.get(path, take).unwrap();
    }

    pub(super) fn offer_and_get(&mut self, name: &str, bytes: &[u8]) {
        self.send_file(name, bytes);
        self.run();
        self.get("");
        self.run();
    }

    pub(super) fn skip(&mut self, side: Side) {
        self.of(side).skip().unwrap();
    }

    /// What the side's user was told since the last call.
    pub(super) fn told(&mut self, side: Side) -> Vec<String> {
        self.listen(side);
        std::mem::take(&mut self.told[side as usize])
    }

    fn listen(&mut self, side: Side) {
        let notes = self.of(side).take_notes();
        self.told[side as usize].extend(notes.into_iter().map(|note| note.text));
    }

    fn of(&mut self, side: Side) -> &mut Transfers {
        match side {
            Side::Alice => &mut self.alice,
            Side::Bob => &mut self.bob,
        }
    }

    fn lane_from(&mut self, side: Side) -> &mut Lane {
        &mut self.lanes[side as usize]
    }

    /// Bytes in the lane of this side that the other one has not acknowledged.
    pub(super) fn bytes_waiting(&mut self, side: Side) -> usize {
        let lane = self.lane_from(side);
        lane.messages[lane.acknowledged..].iter().map(Vec::len).sum()
    }

    /// Sends all that may go now. Says whether there was any.
    pub(super) fn pump(&mut self, side: Side) -> bool {
        let mut any = false;
        while let Some(frame) = self.of(side).next_frame(LIMIT).map(<[u8]>::to_vec) {
            assert!(frame.len() <= LIMIT);
            let lane = self.lane_from(side);
            lane.messages.push(frame);
            let seq = lane.messages.len() as u64 - 1;
            self.of(side).sent(seq);
            any = true;
        }
        any
    }

    /// The other side handles one message of this one.
    pub(super) fn hand_over(&mut self, from: Side) -> bool {
        let lane = self.lane_from(from);
        let Some(message) = lane.messages.get(lane.taken).cloned() else { return false };
        lane.taken += 1;
        let (name, to) = match from {
            Side::Alice => ("alice", Side::Bob),
            Side::Bob => ("bob", Side::Alice),
        };
        self.of(to).receive(name, &message);
        true
    }

    /// The other side acknowledges what it has handled, and this one learns it.
    pub(super) fn acknowledge(&mut self, from: Side) {
        let lane = self.lane_from(from);
        lane.acknowledged = lane.taken;
        let below = lane.acknowledged as u64;
        self.of(from).acknowledged(below);
    }

    /// Everything that this side has to send goes, is handled, and is acknowledged.
    pub(super) fn deliver(&mut self, from: Side) -> bool {
        let mut any = self.pump(from);
        while self.hand_over(from) {
            any = true;
        }
        self.acknowledge(from);
        any
    }

    pub(super) fn some_rounds(&mut self, rounds: usize) {
        for _ in 0..rounds {
            self.deliver(Side::Bob);
            self.deliver(Side::Alice);
        }
    }

    /// Until neither has anything to say.
    pub(super) fn run(&mut self) {
        for _ in 0..10_000 {
            let any = self.deliver(Side::Alice) | self.deliver(Side::Bob);
            if !any {
                return;
            }
        }
        panic!("the two go on for ever");
    }

    /// Kills this side in the middle of whatever it does, and starts its successor. If this is `noticed`, the other side has
    /// seen it go, after all that it had sent.
    pub(super) fn kill(&mut self, side: Side, noticed: bool) {
        self.listen(side);
        let folders = Folders::in_downloads(self.downloads());
        *self.of(side) = Transfers::new(1 << 20, folders);
        let (other, name) = match side {
            Side::Alice => (Side::Bob, "alice"),
            Side::Bob => (Side::Alice, "bob"),
        };
        let lane = self.lane_from(other);
        lane.taken = lane.acknowledged;
        if noticed {
            while self.hand_over(side) {}
            self.acknowledge(side);
            self.of(other).left(name);
            self.of(other).came();
        }
    }
}
