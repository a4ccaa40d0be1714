//! What has happened since the goal's beginning, in order.

use super::look::Look;
use super::sides::{End, Side, State};

/// What a side, or you, did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Started(Side),
    /// It stopped before this step.
    At(Side, String),
    /// It is in a call that may wait.
    Waits(Side, String),
    /// The writer counts this as sent.
    Sent(String),
    /// The reader has shown this.
    Shown(String),
    /// You killed it while it was at this step, or in this call.
    Killed(Side, String),
    Ended(Side, End),
    /// You wrote over the segment.
    Scribbled,
}

/// What the stage reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// It was started, with this process id.
    Started(Side, u32),
    At(Side, String),
    Waits(Side, String),
    Sent(String),
    Shown(String),
    Ended(Side, End),
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scene {
    pub(crate) log: Vec<Entry>,
    pub(crate) states: [State; 2],
    pub(crate) pids: [Option<u32>; 2],
    pub(crate) look: Look,
    /// The look before the last step: what differs is new.
    pub(crate) before: Look,
    /// The question was answered.
    pub(crate) answered: bool,
    /// What the last chapter has measured: a name, nanoseconds, and a remark.
    pub(crate) costs: Vec<(&'static str, f64, &'static str)>,
}

impl Scene {
    pub(crate) fn state(&self, side: Side) -> &State {
        &self.states[side as usize]
    }

    /// Notes what happened.
    pub(crate) fn note(&mut self, happening: Happening) {
        let entry = match happening {
            Happening::Started(side, pid) => {
                self.pids[side as usize] = Some(pid);
                self.states[side as usize] = State::Running;
                Entry::Started(side)
            }
            Happening::At(side, step) => {
                self.states[side as usize] = State::At(step.clone());
                Entry::At(side, step)
            }
            Happening::Waits(side, call) => {
                self.states[side as usize] = State::Waiting(call.clone());
                Entry::Waits(side, call)
            }
            Happening::Sent(text) => Entry::Sent(text),
            Happening::Shown(text) => Entry::Shown(text),
            Happening::Ended(side, end) => {
                self.states[side as usize] = State::Ended(end.clone());
                Entry::Ended(side, end)
            }
        };
        self.log.push(entry);
    }

    /// Whether it is stopped before this step.
    pub(crate) fn at(&self, side: Side, step: &str) -> bool {
        matches!(self.state(side), State::At(at) if at == step)
    }

    /// Whether it waits in this call.
    pub(crate) fn waits(&self, side: Side, call: &str) -> bool {
        matches!(self.state(side), State::Waiting(at) if at == call)
    }

    /// What was sent, in order.
    pub(crate) fn sent(&self) -> Vec<&str> {
        self.log
            .iter()
            .filter_map(|entry| if let Entry::Sent(text) = entry { Some(text.as_str()) } else { None })
            .collect()
    }

    /// What was shown, in order.
    pub(crate) fn shown(&self) -> Vec<&str> {
        self.log
            .iter()
            .filter_map(|entry| if let Entry::Shown(text) = entry { Some(text.as_str()) } else { None })
            .collect()
    }

    /// How many entries there are like this one.
    pub(crate) fn count(&self, wanted: impl Fn(&Entry) -> bool) -> usize {
        self.log.iter().filter(|entry| wanted(entry)).count()
    }

    /// How often it came to this step.
    pub(crate) fn passes(&self, side: Side, step: &str) -> usize {
        self.count(|entry| matches!(entry, Entry::At(of, at) if *of == side && at == step))
    }

    /// Whether it gave up at some time, and said something with this in it.
    pub(crate) fn failed(&self, side: Side, with: &str) -> bool {
        self.count(|entry| matches!(entry, Entry::Ended(of, End::Failed(why)) if *of == side && why.contains(with))) > 0
    }

    /// Whether you killed it at some time, at one of these steps; at any, if none is named.
    pub(crate) fn killed(&self, side: Side, at: &[&str]) -> bool {
        let is_one = |step: &String| at.is_empty() || at.contains(&step.as_str());
        self.count(|entry| matches!(entry, Entry::Killed(of, step) if *of == side && is_one(step))) > 0
    }

    /// What has happened since it was last killed; nothing if it was not.
    pub(crate) fn since_killed(&self, side: Side) -> &[Entry] {
        let at = self.log.iter().rposition(|entry| matches!(entry, Entry::Killed(of, _) if *of == side));
        at.map_or(&[], |at| &self.log[at..])
    }
}
