//! The state of the tour: which chapter, which goal, what is asked. Keys and happenings go in, effects come out; it knows
//! neither processes nor a terminal.

use crate::chapters::CHAPTERS;
use crate::story::{Cast, Chapter, Entry, Goal, Happening, Look, SIDES, Scene, Side, State};

/// Where each side waits for its user: for the next line to send, or for the end.
const RESTS: [&[&str]; 2] = [&["message", "copy", "unlink", "quit"], &["quit"]];

/// What a person pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Char(char),
    Enter,
    Escape,
    /// Ctrl-C.
    Interrupt,
}

/// What is to be done on the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Let it go on to its next step.
    Step(Side),
    Kill(Side),
    Start(Side),
    /// Clear the stage, and start what the goal's play needs.
    Reset,
    /// Clear the stage: nobody plays.
    Clear,
    Scribble,
    Measure,
    Quit,
}

/// What is on the screen beside the stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The chapter's first page.
    Intro,
    Play,
    Asking,
    /// The goal is reached: why.
    Why,
    /// All chapters are done.
    End,
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Tour {
    chapter: usize,
    goal: usize,
    phase: Phase,
    pub(crate) scene: Scene,
    /// What was answered to the goal's question.
    answer: Option<usize>,
    /// `k` was pressed: whom?
    killing: bool,
    help: bool,
    /// A side that goes on until it waits.
    running: Option<Side>,
    /// What to say about the last key.
    notice: String,
    /// The goals that were reached, by chapter and number.
    reached: Vec<(usize, usize)>,
}

impl Tour {
    /// At the beginning of a chapter, counted from 1.
    pub(crate) fn new(chapter: usize) -> Self {
        Tour {
            chapter: chapter.clamp(1, CHAPTERS.len()) - 1,
            goal: 0,
            phase: Phase::Intro,
            scene: Scene::default(),
            answer: None,
            killing: false,
            help: false,
            running: None,
            notice: String::new(),
            reached: Vec::new(),
        }
    }

    /// Where a goal, counted from 0, is reached after this answer.
    #[cfg(test)]
    pub(crate) fn at_why(chapter: usize, goal: usize, answer: usize) -> Self {
        Tour { goal, phase: Phase::Why, answer: Some(answer), ..Tour::new(chapter) }
    }

    pub(crate) fn chapter(&self) -> &'static Chapter {
        CHAPTERS[self.chapter]
    }

    /// The chapter's number, from 1.
    pub(crate) fn number(&self) -> usize {
        self.chapter + 1
    }

    pub(crate) fn goal(&self) -> &'static Goal {
        &self.chapter().goals[self.goal]
    }

    /// The goal's number, from 1.
    pub(crate) fn goal_number(&self) -> usize {
        self.goal + 1
    }

    /// Whether a goal of this chapter was reached.
    pub(crate) fn has_reached(&self, goal: usize) -> bool {
        self.reached.contains(&(self.chapter, goal))
    }

    pub(crate) fn phase(&self) -> &Phase {
        &self.phase
    }

    pub(crate) fn answer(&self) -> Option<usize> {
        self.answer
    }

    pub(crate) fn is_killing(&self) -> bool {
        self.killing
    }

    pub(crate) fn shows_help(&self) -> bool {
        self.help
    }

    pub(crate) fn notice(&self) -> &str {
        &self.notice
    }

    /// The side that runs, if it is in a call that may wait: it may come out of it at once.
    pub(crate) fn runs_into_a_wait(&self) -> Option<Side> {
        self.running.filter(|side| matches!(self.scene.state(*side), State::Waiting(_)))
    }

    /// The side whose next step is due because it runs to its next wait.
    pub(crate) fn runs_on(&mut self) -> Option<Effect> {
        let side = self.running?;
        if self.phase == Phase::Play
            && let State::At(step) = self.scene.state(side)
            && !RESTS[side as usize].contains(&step.as_str())
        {
            return Some(Effect::Step(side));
        }
        self.running = None;
        None
    }

    /// Whether a message may be scribbled over here.
    pub(crate) fn has_scribbling(&self) -> bool {
        self.goal().play.has_scribbling
    }

    pub(crate) fn press(&mut self, key: Key) -> Vec<Effect> {
        self.notice.clear();
        self.running = None;
        if std::mem::take(&mut self.help) {
            return if key == Key::Interrupt { vec![Effect::Quit] } else { Vec::new() };
        }
        if key != Key::Interrupt && std::mem::take(&mut self.killing) {
            return self.kills(key);
        }
        match key {
            Key::Interrupt | Key::Char('q' | 'x') => return vec![Effect::Quit],
            Key::Char('?') => {
                self.help = true;
                return Vec::new();
            }
            Key::Char('n') => return self.go_to(self.chapter + 1),
            Key::Char('p') if self.phase == Phase::End => return self.go_to(self.chapter),
            Key::Char('p') => {
                return match self.chapter.checked_sub(1) {
                    Some(before) => self.go_to(before),
                    None => self.say("This is the first chapter."),
                };
            }
            _ => {}
        }
        match self.phase {
            Phase::Intro => match key {
                Key::Enter => self.begin(),
                _ => self.say("Press Enter to begin this chapter."),
            },
            Phase::Asking => self.answers(key),
            Phase::Why => match key {
                Key::Enter => self.go_on(),
                Key::Char('u') => self.begin(),
                _ => self.say("Press Enter to go on, or u to do this again."),
            },
            Phase::End => Vec::new(),
            Phase::Play => self.plays(key),
        }
    }

    /// Says what is going on before the stage is set.
    pub(crate) fn preparing(&mut self, words: &str) {
        words.clone_into(&mut self.notice);
    }

    /// The stage could not be set: back to the chapter's first page, which says why.
    pub(crate) fn cannot_begin(&mut self, why: &str) {
        self.phase = Phase::Intro;
        self.notice = format!("This cannot be shown here: {why}. n goes on.");
    }

    fn say(&mut self, words: &str) -> Vec<Effect> {
        words.clone_into(&mut self.notice);
        Vec::new()
    }

    fn go_to(&mut self, chapter: usize) -> Vec<Effect> {
        if chapter >= CHAPTERS.len() {
            return self.say("This is the last chapter. q ends the tour.");
        }
        self.chapter = chapter;
        self.goal = 0;
        self.phase = Phase::Intro;
        self.forget();
        vec![Effect::Clear]
    }

    fn forget(&mut self) {
        self.scene = Scene::default();
        self.answer = None;
        self.killing = false;
    }

    /// Begins the goal, or begins it again.
    fn begin(&mut self) -> Vec<Effect> {
        self.forget();
        self.phase = Phase::Play;
        if self.goal().play.has_sides() {
            return vec![Effect::Reset];
        }
        self.phase = Phase::Asking;
        vec![Effect::Clear]
    }

    /// On to the next goal, or the next chapter.
    fn go_on(&mut self) -> Vec<Effect> {
        if self.goal + 1 < self.chapter().goals.len() {
            self.goal += 1;
            return self.begin();
        }
        if self.chapter + 1 < CHAPTERS.len() {
            return self.go_to(self.chapter + 1);
        }
        self.phase = Phase::End;
        self.forget();
        vec![Effect::Clear]
    }

    fn answers(&mut self, key: Key) -> Vec<Effect> {
        let answers = self.goal().question.answers.len();
        let digit = match key {
            Key::Char('u') => return self.begin(),
            Key::Char(c) => c.to_digit(10).map_or(0, |digit| digit as usize),
            _ => 0,
        };
        if !(1..=answers).contains(&digit) {
            return self.say(&format!("Press the number of your answer, 1 to {answers}."));
        }
        self.answer = Some(digit - 1);
        self.scene.answered = true;
        self.phase = Phase::Play;
        let effects = if self.goal().play.cast == Cast::Costs { vec![Effect::Measure] } else { Vec::new() };
        self.judge();
        effects
    }

    fn kills(&mut self, key: Key) -> Vec<Effect> {
        match key {
            Key::Char('w' | 'W') => self.kill(Side::Writer),
            Key::Char('r' | 'R') => self.kill(Side::Reader),
            _ => self.say("Nobody was killed."),
        }
    }

    fn plays(&mut self, key: Key) -> Vec<Effect> {
        match key {
            Key::Char('w') => self.step(Side::Writer, false),
            Key::Char('r') => self.step(Side::Reader, false),
            Key::Char('W') => self.step(Side::Writer, true),
            Key::Char('R') => self.step(Side::Reader, true),
            Key::Char('k') => {
                self.killing = true;
                Vec::new()
            }
            Key::Char('s') => self.start(),
            Key::Char('u') => self.begin(),
            Key::Char('c') if self.has_scribbling() => {
                if self.scene.look.fact("head") == self.scene.look.fact("tail") {
                    return self.say("There is no record to scribble over: let the writer send one first.");
                }
                self.scene.before = self.scene.look.clone();
                self.scene.log.push(Entry::Scribbled);
                vec![Effect::Scribble]
            }
            _ => self.say("That key does nothing here. ? lists those that do."),
        }
    }

    fn step(&mut self, side: Side, run: bool) -> Vec<Effect> {
        let name = side.name();
        match self.scene.state(side) {
            State::At(_) => {
                self.running = run.then_some(side);
                self.scene.before = self.scene.look.clone();
                vec![Effect::Step(side)]
            }
            State::Waiting(call) => {
                let words = format!("The {name} waits in {call}() until the other side does something.");
                self.say(&words)
            }
            State::Running => self.say(&format!("The {name} is running.")),
            State::Ended(_) | State::Absent => self.say(&format!("The {name} has ended. s starts it again.")),
        }
    }

    fn kill(&mut self, side: Side) -> Vec<Effect> {
        let at = match self.scene.state(side) {
            State::At(step) | State::Waiting(step) => step.clone(),
            State::Running => String::new(),
            State::Ended(_) | State::Absent => {
                return self.say(&format!("The {} has ended already. s starts it again.", side.name()));
            }
        };
        self.scene.before = self.scene.look.clone();
        self.scene.log.push(Entry::Killed(side, at));
        vec![Effect::Kill(side)]
    }

    fn start(&mut self) -> Vec<Effect> {
        let ended = |side: &Side| matches!(self.scene.state(*side), State::Ended(_) | State::Absent);
        let effects: Vec<_> = SIDES.iter().copied().filter(ended).map(Effect::Start).collect();
        if effects.is_empty() {
            return self.say("Both are alive. k then w or r kills one.");
        }
        self.scene.before = self.scene.look.clone();
        effects
    }

    /// Takes in what happened on the stage.
    pub(crate) fn happened(&mut self, happening: Happening) {
        self.scene.note(happening);
    }

    /// Takes in what is there now, and says whether that changes anything: asks what is to be asked, and tells why where the
    /// goal is reached.
    pub(crate) fn looked(&mut self, look: Look) {
        self.scene.look = look;
        self.judge();
    }

    /// Takes in what was measured.
    pub(crate) fn measured(&mut self, costs: Vec<(&'static str, f64, &'static str)>) {
        self.scene.costs = costs;
        self.judge();
    }

    fn judge(&mut self) {
        if self.phase != Phase::Play {
            return;
        }
        // Not while one is between two steps.
        if self.scene.states.contains(&State::Running) {
            return;
        }
        let goal = self.goal();
        if (goal.reached)(&self.scene) {
            self.phase = Phase::Why;
            if !self.has_reached(self.goal) {
                self.reached.push((self.chapter, self.goal));
            }
        } else if self.answer.is_none() && (goal.question.when)(&self.scene) {
            self.phase = Phase::Asking;
        }
    }

    /// Whether nothing more can happen without a new start.
    pub(crate) fn is_stuck(&self) -> bool {
        self.phase == Phase::Play
            && self.goal().play.has_sides()
            && self.scene.states.iter().all(|state| matches!(state, State::Ended(_) | State::Waiting(_)))
    }
}

#[cfg(test)]
mod tests;
