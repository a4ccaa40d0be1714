//! The loop: keys and the sides' words come in on one channel, one after the other.

mod event;
mod input;
mod patience;
mod screen;

use crate::costs;
use crate::stage::{Report, Stage};
use crate::story::{Cast, Happening, Side, State};
use crate::tour::{Effect, Key, Tour};
use crate::view;
use event::{Event, Input};
use patience::Patience;
use screen::Screen;
use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long a side that was let go may take to say what comes next. Most steps take a thousandth of that; but a start waits
/// up to five seconds for a lock that the other side holds.
const STEP: Duration = Duration::from_secs(10);

/// How long a key for a side that sleeps waits for it: it may have been woken this instant.
const WAKING: Duration = Duration::from_millis(100);

/// Runs the tour from this chapter on.
pub(crate) fn tour(chapter: usize) -> Result<(), String> {
    let mut running = Running::new(chapter).map_err(|error| format!("the stage cannot be set: {error}"))?;
    let ended = running.run();
    // Before anything is said: the stage's processes end first, then the terminal is given back.
    drop(running);
    ended.map_err(|error| error.to_string())
}

struct Running {
    tour: Tour,
    stage: Stage,
    events: Receiver<Event>,
    /// What was pressed while a side was being let go.
    pressed: VecDeque<Input>,
    screen: Screen,
}

impl Running {
    fn new(chapter: usize) -> io::Result<Self> {
        input::check_terminal()?;
        let (sender, events) = channel();
        // Before any other thread, which would take the signals.
        input::catch_signals(sender.clone())?;
        let (reports, told) = channel();
        let forward = sender.clone();
        thread::Builder::new().spawn(move || {
            for report in told {
                let _ = forward.send(Event::Report(report));
            }
        })?;
        // Before the screen: whatever fails here is said on the ordinary one.
        let stage = Stage::new(reports)?;
        let screen = Screen::enter()?;
        input::read_keys(sender)?;
        Ok(Running { tour: Tour::new(chapter), stage, events, pressed: VecDeque::new(), screen })
    }

    fn run(&mut self) -> io::Result<()> {
        loop {
            self.screen.draw(|frame| view::draw(frame, &self.tour))?;
            // An end does not wait for the keys that were typed before it.
            let first = self.pressed.iter().position(Input::ends).unwrap_or(0);
            let event = match self.pressed.remove(first) {
                Some(input) => Event::Input(input),
                None => self.events.recv().map_err(io::Error::other)?,
            };
            match event {
                Event::Report(report) => self.heard(report),
                Event::Input(Input::Redraw) => {}
                Event::Input(Input::End) => return Ok(()),
                Event::Input(Input::Lost(error)) => return Err(error),
                Event::Input(Input::Key(key)) => {
                    self.wait_for_sleeper(key)?;
                    let effects = self.tour.press(key);
                    if !self.perform(effects)? {
                        return Ok(());
                    }
                }
            }
            self.run_on()?;
        }
    }

    /// A side that runs goes on until it waits for longer than an instant, or something is to be said.
    fn run_on(&mut self) -> io::Result<()> {
        loop {
            if let Some(side) = self.tour.runs_into_a_wait() {
                self.until(WAKING, |tour| !matches!(tour.scene.state(side), State::Waiting(_)))?;
                self.look();
            }
            match self.tour.runs_on() {
                Some(effect) => self.perform(vec![effect])?,
                None => return Ok(()),
            };
        }
    }

    /// Does all of it; false if the tour is to end.
    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<bool> {
        for effect in effects {
            match effect {
                Effect::Quit => return Ok(false),
                Effect::Step(side) => {
                    self.tour.scene.states[side as usize] = State::Running;
                    self.stage.step(side);
                    self.settle(side)?;
                }
                Effect::Kill(side) => {
                    self.stage.kill(side);
                    self.settle_end(side)?;
                }
                Effect::Start(side) => {
                    let started = self.start(side);
                    self.goes_on(started);
                }
                Effect::Reset => {
                    let reset = self.reset();
                    self.goes_on(reset);
                }
                Effect::Clear => self.stage.clear(),
                Effect::Scribble => {
                    self.stage.scribble();
                    self.look();
                }
                Effect::Measure => {
                    let measured = self.measure();
                    self.goes_on(measured);
                }
            }
        }
        Ok(true)
    }

    /// What this machine refuses ends a chapter, and not the tour.
    fn goes_on(&mut self, tried: io::Result<()>) {
        if let Err(error) = tried {
            self.tour.cannot_begin(&error.to_string());
        }
    }

    fn measure(&mut self) -> io::Result<()> {
        self.screen.draw(|frame| view::draw(frame, &self.tour))?;
        let costs = costs::measure(&self.stage.channels()?)?;
        self.tour.measured(costs);
        Ok(())
    }

    fn reset(&mut self) -> io::Result<()> {
        let play = self.tour.goal().play;
        if play.cast == (Cast::Original { two_files: true }) {
            self.tour.preparing("One moment: looking for two files with one key on this machine …");
            self.screen.draw(|frame| view::draw(frame, &self.tour))?;
            self.tour.preparing("");
        }
        self.stage.set(play)?;
        self.start(Side::Writer)?;
        self.start(Side::Reader)?;
        self.look();
        self.tour.scene.before = self.tour.scene.look.clone();
        Ok(())
    }

    fn start(&mut self, side: Side) -> io::Result<()> {
        let pid = self.stage.start(side)?;
        self.tour.happened(Happening::Started(side, pid));
        self.settle(side)
    }

    /// Takes in what a side says until it stops, waits or ends.
    fn settle(&mut self, side: Side) -> io::Result<()> {
        self.until(STEP, |tour| *tour.scene.state(side) != State::Running)?;
        self.look();
        Ok(())
    }

    fn settle_end(&mut self, side: Side) -> io::Result<()> {
        self.until(STEP, |tour| matches!(tour.scene.state(side), State::Ended(_)))?;
        self.look();
        Ok(())
    }

    /// A key for a side that sleeps may come just as it wakes.
    fn wait_for_sleeper(&mut self, key: Key) -> io::Result<()> {
        let side = match key {
            Key::Char('w' | 'W') => Side::Writer,
            Key::Char('r' | 'R') => Side::Reader,
            _ => return Ok(()),
        };
        self.until(WAKING, |tour| !matches!(tour.scene.state(side), State::Waiting(_)))
    }

    /// Takes in what the sides say until this is so. A person sees what takes long, and need not wait for it.
    fn until(&mut self, limit: Duration, done: impl Fn(&Tour) -> bool) -> io::Result<()> {
        let start = Instant::now();
        let mut patience = Patience::new(limit, &self.pressed);
        while !done(&self.tour)
            && let Some(left) = patience.left(start.elapsed())
        {
            match self.events.recv_timeout(left) {
                Ok(Event::Report(report)) => self.take(report),
                Ok(Event::Input(input)) => {
                    patience.done(&input);
                    self.pressed.push_back(input);
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {
                    if patience.is_due(start.elapsed()) {
                        self.screen.draw(|frame| view::draw(frame, &self.tour))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn heard(&mut self, report: Report) {
        self.take(report);
        self.look();
    }

    fn take(&mut self, Report { side, life, line }: Report) {
        if !self.stage.is_current(side, life) {
            return;
        }
        let Some(line) = line else {
            let end = self.stage.end_of(side);
            return self.tour.happened(Happening::Ended(side, end));
        };
        let (word, text) = line.split_once(' ').unwrap_or((&line, ""));
        let text = text.to_owned();
        match word {
            "at" => self.tour.happened(Happening::At(side, text)),
            "in" => self.tour.happened(Happening::Waits(side, text)),
            "sent" => self.tour.happened(Happening::Sent(text)),
            "shown" => self.tour.happened(Happening::Shown(text)),
            _ => self.stage.failing(side, &text),
        }
    }

    fn look(&mut self) {
        let look = self.stage.look();
        self.tour.looked(look);
    }
}
