//! `writer` and `reader` in pipes, killed, ended, stopped and started again at random. Each round draws the framing, the
//! sizes, the capacity, `--stay`, and whether the processor has other work; and what happens when.

use super::sides::{Busy, Reading, Writing, unsent};
use super::streams::{Framing, Sizes, Streams};
use nix::sys::signal::Signal;
use shmchat::Channel;
use shmchat::ChannelName;
use shmchat::internals::fault::Mutant;
use shmchat_tests::in_memory;
use shmchat_tests::{Ended, LIMIT, Noise, Place, caught};
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// What the rounds are shown to catch.
pub(crate) const CAUGHT: [Mutant; 1] = [Mutant::CountDecides];

/// By then they have caught it, however slow the machine: about one in 30 does.
const MOST_ROUNDS: usize = 1_000;

/// From one thing that happens to the next.
const LONGEST_PAUSE: Duration = Duration::from_millis(4);

/// Lives of a writer in a round, beside the last.
const MOST_LIVES: usize = 4;

/// What happened in all rounds.
#[derive(Debug, Default)]
pub(crate) struct Count {
    rounds: u64,
    /// Ends of writers and readers by SIGKILL.
    kills: u64,
    /// By SIGTERM.
    terms: u64,
    /// In good order.
    quits: u64,
    /// Messages that were cut off.
    cuts: u64,
    bytes: u64,
}

struct Round {
    place: Place,
    noise: Noise,
    streams: Streams,
    sizes: Sizes,
    capacity: usize,
    framing: Framing,
    writer: Option<Writing>,
    reader: Option<Reading>,
    count: Count,
    /// What has happened, to be told if the round fails.
    story: Vec<String>,
    tells: bool,
}

impl Drop for Round {
    fn drop(&mut self) {
        if thread::panicking() && self.tells {
            let (framing, sizes, capacity) = (self.framing.name(), self.sizes, self.capacity);
            eprintln!("kill_loop: {framing}, {sizes:?}, lanes of {capacity}; {}", self.story.join("; "));
        }
    }
}

impl Round {
    fn new(seed: u64, sabotage: Option<Mutant>) -> Self {
        let mut noise = Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        // The first ones are alike for neighbouring seeds.
        (0..8).for_each(|_| _ = noise.number());
        let framing = Framing::ALL[noise.number() as usize % 4];
        let capacity = [64 << 10, 64 << 10, 128 << 10, 1 << 20][noise.number() as usize % 4];
        let sizes = [Sizes::Short, Sizes::Whole, Sizes::Long][noise.number() as usize % 3];
        Round {
            place: Place::with(sabotage),
            noise,
            streams: Streams::new(framing, capacity),
            sizes,
            capacity,
            framing,
            writer: None,
            reader: None,
            count: Count { rounds: 1, ..Count::default() },
            story: Vec::new(),
            tells: sabotage.is_none(),
        }
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.noise.number().is_multiple_of(one_in)
    }

    fn start_writer(&mut self) {
        self.streams.draw(self.sizes, &mut self.noise);
        let run = self.place.writer().args("--framing").arg(self.framing.name());
        let writing = Writing::start(run.args("--capacity").arg(format!("{}KiB", self.capacity >> 10)));
        self.story.push(format!("writer {} started", writing.process.pid()));
        self.writer = Some(writing);
    }

    fn start_reader(&mut self, stays: bool) {
        // Whoever comes first creates the segment.
        let run = self.place.reader().args("--framing").arg(self.framing.name());
        let run = run.args("--capacity").arg(format!("{}KiB", self.capacity >> 10));
        let reading = Reading::start(if stays { run.args("--stay") } else { run });
        self.story.push(format!("reader {} started{}", reading.process.pid(), if stays { ", to stay" } else { "" }));
        self.reader = Some(reading);
    }

    /// Gives the writer up to so many bytes of its input, or up to the end of the message at which they end.
    fn feed(&mut self, bytes: usize, to_an_end: bool) {
        let Some(writing) = &mut self.writer else { return };
        let input = &self.streams.lives.last().expect("a life").input;
        let mut end = input.len().min(writing.fed + bytes);
        if to_an_end && end > 0 {
            end = self.streams.next_end(end);
        }
        let _ = writing.feed.send(self.streams.lives.last().expect("a life").input[writing.fed..end].to_vec());
        writing.fed = end;
    }

    /// The writer has ended, or does so now.
    fn end_writer(&mut self) {
        let Some(Writing { process, feed, mut rest, fed }) = self.writer.take() else { return };
        let Ended { code, signal, stderr, .. } = process.wait();
        self.story.push(format!("writer ended {code:?} {signal:?} after {fed} bytes"));
        drop(feed);
        let mut unread = Vec::new();
        rest.read_to_end(&mut unread).expect("what it has not read");
        let read = fed - unread.len();
        let sent = read - unsent(&stderr);
        // In JSON, bytes of the input do not tell how much of a message was sent.
        let most = if self.framing == Framing::Json { read } else { sent };
        match (code, signal) {
            (Some(0), _) => {
                assert_eq!(read, fed, "it ended before its input did: {stderr}");
                self.count.quits += 1;
                self.streams.accepted(read, read);
            }
            (Some(143), _) | (_, Some(Signal::SIGTERM)) => {
                self.count.terms += 1;
                self.streams.accepted(sent, most);
            }
            (_, Some(Signal::SIGKILL)) => {
                self.count.kills += 1;
                self.streams.accepted(0, read);
            }
            // The reader was stopped while it came, with the channel's lock in its hands. The writer needs it when it comes, and
            // when it quits: then all is sent.
            (Some(1), _) if self.reader_is_stopped() && stderr.contains("holds its lock and makes no progress") => {
                self.streams.accepted(sent, most);
            }
            end => panic!("a writer ended by itself: {end:?}: {stderr}"),
        }
    }

    /// The reader has ended, or does so now: what it printed must be what comes next.
    fn end_reader(&mut self) {
        let Some(Reading { process, printed, stalled, .. }) = self.reader.take() else { return };
        stalled.store(false, Ordering::Relaxed);
        let Ended { code, signal, stderr, .. } = process.wait();
        let printed = printed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // In JSON one that is ended by a signal is exact to the message only.
        let killed = signal == Some(Signal::SIGKILL) || (code == Some(143) && self.framing == Framing::Json);
        match (code, signal) {
            (Some(0), _) => self.count.quits += 1,
            (Some(143), _) | (_, Some(Signal::SIGTERM)) => self.count.terms += 1,
            (_, Some(Signal::SIGKILL)) => self.count.kills += 1,
            (Some(1), _) if stderr.contains("cut off") => self.count.cuts += 1,
            end => panic!("a reader ended by itself: {end:?}: {stderr}"),
        }
        self.count.bytes += printed.len() as u64;
        self.story.push(format!("reader ended {code:?} {signal:?} after {} bytes", printed.len()));
        let text = self.streams.text_of(&printed);
        if text.is_empty() {
            return;
        }
        // A writer that lives may have been given more than is noted yet.
        if self.writer.is_some() {
            self.streams.accepted(0, usize::MAX);
        }
        let show = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        let before = self.streams.places().clone();
        assert!(
            self.streams.go_on(&text, !killed),
            "{} bytes that begin with {:?} and end in {:?} are not what comes next: not after {before:?} (code {code:?}, {signal:?}, {stderr:?})",
            text.len(),
            show(&text),
            show(&text[text.len().saturating_sub(60)..]),
        );
    }

    /// Takes note of those that have ended by themselves.
    fn reap(&mut self) {
        if self.writer.as_ref().is_some_and(|writing| !writing.process.is_alive()) {
            self.end_writer();
        }
        if self.reader.as_ref().is_some_and(|reading| !reading.process.is_alive()) {
            self.end_reader();
        }
    }

    fn pause(&mut self) {
        let part = self.noise.number() % 1000;
        thread::sleep(LONGEST_PAUSE.mul_f64(part as f64 / 1000.0));
    }

    fn happen(&mut self) {
        self.pause();
        self.reap();
        let signal = if self.chance(2) { Signal::SIGKILL } else { Signal::SIGTERM };
        match self.noise.number() % 16 {
            0 | 1 if self.writer.is_none() && self.streams.lives.len() < MOST_LIVES => self.start_writer(),
            0..=5 => {
                let most = if self.chance(2) { 100 } else { self.capacity };
                let bytes = self.noise.number() as usize % most;
                self.feed(bytes, false);
            }
            6 => {
                // Half of the time beside a reader that has just died.
                if self.chance(2) {
                    self.signal_reader(signal);
                }
                self.quit_writer();
            }
            7 => {
                if let Some(writing) = &self.writer {
                    writing.process.signal(signal);
                    self.end_writer();
                }
            }
            8..=10 if self.reader.is_none() => {
                let stays = self.chance(3);
                self.start_reader(stays);
            }
            8 | 9 => {
                let reading = self.reader.as_ref().expect("a reader");
                reading.stalled.fetch_xor(true, Ordering::Relaxed);
            }
            10 => {
                self.story.push("reader stopped".to_owned());
                self.reader.as_mut().expect("a reader").stop();
            }
            11 | 12 => {
                if let Some(reading) = &mut self.reader {
                    reading.go_on();
                }
            }
            13 | 14 => self.signal_reader(signal),
            _ => {}
        }
    }

    fn reader_is_stopped(&self) -> bool {
        self.reader.as_ref().is_some_and(|reading| reading.stopped)
    }

    fn signal_reader(&mut self, signal: Signal) {
        if let Some(reading) = &mut self.reader {
            reading.process.signal(signal);
            reading.go_on();
            self.end_reader();
        }
    }

    /// The writer's input ends, at a message's end. It quits if there is room for all.
    fn quit_writer(&mut self) {
        self.feed(0, true);
        let Some(writing) = &mut self.writer else { return };
        writing.feed = channel().0;
        // Long enough for most, and too short for one that has to wait for a reader.
        let limit = Instant::now() + Duration::from_millis(20);
        while writing.process.is_alive() && Instant::now() < limit {
            thread::sleep(Duration::from_micros(200));
        }
        self.reap();
        if self.writer.is_some() {
            self.wait_for_writer();
        }
    }

    /// Until the writer has quit: there is a reader that takes what it has.
    fn wait_for_writer(&mut self) {
        let limit = Instant::now() + LIMIT;
        while self.writer.is_some() {
            assert!(Instant::now() < limit, "the writer hangs");
            match &mut self.reader {
                None => self.start_reader(false),
                Some(reading) => {
                    reading.stalled.store(false, Ordering::Relaxed);
                    reading.go_on();
                }
            }
            thread::sleep(Duration::from_micros(500));
            self.reap();
        }
    }

    /// A last writer quits, and readers take what there is.
    fn finish(&mut self) -> Count {
        self.quit_writer();
        self.start_writer();
        self.feed(100, true);
        self.quit_writer();
        self.signal_reader(Signal::SIGTERM);
        let channel = in_memory(Channel::named(ChannelName::default()).dir(self.place.dir()));
        let limit = Instant::now() + LIMIT;
        loop {
            let status = channel.status().expect("a look").expect("a channel");
            let waits =
                status.segment.is_some() && status.lanes.iter().any(|lane| lane.is_none_or(|lane| !lane.is_empty()));
            if !waits {
                break;
            }
            self.start_reader(false);
            while self.reader.as_ref().is_some_and(|reading| reading.process.is_alive()) {
                assert!(Instant::now() < limit, "the last reader hangs");
                thread::sleep(Duration::from_micros(500));
            }
            self.end_reader();
        }
        let places = self.streams.places();
        assert!(self.streams.is_all(), "what was accepted last was not shown: the readers came to {places:?}");
        channel.clean(false).expect("nothing waits and nobody is there");
        self.place.assert_nothing_left();
        std::mem::take(&mut self.count)
    }
}

fn round(seed: u64, sabotage: Option<Mutant>) -> Count {
    let mut round = Round::new(seed, sabotage);
    let _busy = round.chance(2).then(|| [Busy::new(), Busy::new()]);
    for _ in 0..20 + round.noise.number() % 40 {
        round.happen();
    }
    round.finish()
}

/// Rounds for so long.
pub(crate) fn nothing_is_lost_or_torn(seed: u64, length: Duration) {
    let start = Instant::now();
    let mut all = Count::default();
    for number in seed.. {
        if start.elapsed() >= length {
            break;
        }
        let count = catch_unwind(AssertUnwindSafe(|| round(number, None)));
        let count = count.unwrap_or_else(|panic| {
            eprintln!("kill_loop: in the round of SEED={number}");
            std::panic::resume_unwind(panic)
        });
        all.rounds += count.rounds;
        all.kills += count.kills;
        all.terms += count.terms;
        all.quits += count.quits;
        all.cuts += count.cuts;
        all.bytes += count.bytes;
    }
    println!("programs: {all:?}");
    assert!(all.kills > 0 && all.terms > 0 && all.quits > 0, "these rounds prove nothing");
}

/// With one line of the programs left out, a round fails before long.
pub(crate) fn is_caught(seed: u64, mutant: Mutant) {
    let start = Instant::now();
    let caught = (seed..).take(MOST_ROUNDS).position(|number| caught(|| round(number, Some(mutant))).is_err());
    println!("programs, with {}: caught in round {caught:?}, after {:.1?}", mutant.name(), start.elapsed());
    assert!(caught.is_some(), "{} went unnoticed", mutant.name());
}
