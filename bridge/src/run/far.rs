//! The far bridge: whether it is there.

use crate::server::here::{self, Answer, Introduction};
use crate::wire::Life;
use async_nats::connection::State;
use async_nats::{Client, Subject};
use futures_util::future::BoxFuture;
use log::info;
use shmchat::Presence;
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// How often the far bridge is asked whether it is there. An idle pair of bridges does nothing else.
const ASK: Duration = Duration::from_secs(2);

/// After how many questions without an answer it is gone. If nobody listens for them, one is enough.
const SILENT: u32 = 2;

/// The far bridge.
pub(super) struct Far {
    client: Client,
    subject: Subject,
    me: Introduction,
    clock: Interval,
    question: Option<BoxFuture<'static, Answer>>,
    /// How many questions in a row had no answer.
    silent: u32,
    /// Whether it is there; `None` as long as nobody knows.
    alive: Option<bool>,
}

/// What happened.
pub(super) enum Heard {
    Tick,
    Answer(Answer),
}

impl Far {
    pub(super) fn new(client: Client, subject: Subject, me: Introduction) -> Self {
        let mut clock = interval(ASK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Far { client, subject, me, clock, question: None, silent: 0, alive: None }
    }

    /// The far end as it is to be shown: its life, unless the bridge beside it is gone. `shown` is what is shown so far: whoever
    /// was not there yet cannot be gone, and a bridge may be heard before it answers.
    pub(super) fn seen(&self, life: &Life, shown: &Life) -> Life {
        let was_there = life.is_same(shown) && matches!(shown.presence, Presence::Here | Presence::Gone);
        let presence = match life.presence {
            Presence::Here if self.alive == Some(true) => Presence::Here,
            Presence::Here if was_there => Presence::Gone,
            Presence::Here => Presence::Absent,
            presence => presence,
        };
        Life { presence, ..life.clone() }
    }

    /// Waits for what happens next.
    pub(super) async fn happens(&mut self) -> Heard {
        match &mut self.question {
            Some(question) => Heard::Answer(question.await),
            None => {
                self.clock.tick().await;
                Heard::Tick
            }
        }
    }

    /// Deals with it.
    pub(super) fn handle(&mut self, heard: Heard) {
        match heard {
            // A question would only wait in the client.
            Heard::Tick if self.client.connection_state() != State::Connected => self.is_silent(),
            Heard::Tick => {
                let (client, subject, me) = (self.client.clone(), self.subject.clone(), self.me.clone());
                self.question = Some(Box::pin(async move { here::ask(&client, subject, &me).await }));
            }
            Heard::Answer(answer) => {
                self.question = None;
                match answer {
                    Answer::Here(_) => self.is_here(),
                    Answer::Nobody => self.is_gone(),
                    Answer::Silence => self.is_silent(),
                }
            }
        }
    }

    /// Something came from it that it may have sent just now: it is asked at once.
    pub(super) fn is_heard(&mut self) {
        if self.alive != Some(true) {
            self.clock.reset_immediately();
        }
    }

    /// It has shown that it is there.
    pub(super) fn is_here(&mut self) {
        self.silent = 0;
        if self.alive.replace(true) != Some(true) {
            info!("the far bridge is there");
        }
    }

    fn is_silent(&mut self) {
        self.silent += 1;
        if self.silent >= SILENT {
            self.is_gone();
        }
    }

    fn is_gone(&mut self) {
        if self.alive.replace(false) != Some(false) {
            info!("the far bridge is not there");
        }
    }
}
