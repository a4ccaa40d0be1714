//! The loop itself: what it waits for, and what it does about it.

use super::far::{self, Far};
use super::incoming::{self, Incoming};
use super::interrupt::Interrupt;
use super::keyboard::Keyboard;
use super::outgoing::{self, News, Outgoing};
use crate::cli::StreamOptions;
use crate::failure::Failure;
use crate::near::Near;
use crate::server::here::{self, Answer, Introduction};
use crate::server::{self, Connection, Direction, ServerEvent, StreamNames};
use async_nats::{Subject, Subscriber};
use futures_util::StreamExt;
use nix::sys::signal::Signal;
use shmchat::{ChannelName, Interest, Role};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How long a bridge that is to end waits for what is on its way.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// A running bridge.
pub(super) struct Bridge {
    pub(super) channel: ChannelName,
    pub(super) role: Role,
    pub(super) near: Near,
    pub(super) connection: Connection,
    pub(super) names: StreamNames,
    pub(super) options: StreamOptions,
    /// Where this role is asked for.
    pub(super) own_subject: Subject,
    pub(super) questions: Subscriber,
    pub(super) me: Introduction,
    pub(super) far: Far,
    pub(super) outgoing: Outgoing,
    pub(super) incoming: Incoming,
    pub(super) interrupt: Rc<Interrupt>,
    pub(super) keyboard: Option<Keyboard>,
    pub(super) limit: Option<Duration>,
    /// When something last moved.
    pub(super) moved: Instant,
    /// Until when to go on, and why to end.
    pub(super) ending: Option<(Instant, Ended)>,
}

/// Why a bridge ends.
#[derive(Clone, Copy)]
pub(super) enum Ended {
    Signal(Signal),
    Key,
}

/// What wakes the loop.
enum Woken {
    Near,
    Again,
    Sent(outgoing::Sent),
    Came(incoming::Came),
    Heard(far::Heard),
    Question(Option<async_nats::Message>),
    Event(Option<ServerEvent>),
    Signal(Signal),
    Key,
    Clock,
}

impl Bridge {
    /// Carries messages until something ends it.
    pub(super) async fn carry(&mut self) -> Result<(), Failure> {
        loop {
            self.work().await?;
            if let Some((until, ended)) = self.ending
                && (self.outgoing.is_done() || !self.outgoing.is_up() || until <= Instant::now())
            {
                return match ended {
                    Ended::Signal(signal) => Err(Failure::Signal(signal)),
                    Ended::Key => Ok(()),
                };
            }
            let woken = self.sleep().await?;
            self.handle(woken).await?;
        }
    }

    /// All that can be done now.
    async fn work(&mut self) -> Result<(), Failure> {
        if self.ending.is_none() && !self.outgoing.batcher.is_full() {
            self.near.take(&mut self.outgoing.batcher)?;
        }
        if let Some(reached) = self.outgoing.batcher.already_stored() {
            self.near.acknowledge(reached)?;
        }
        if self.incoming.put(&mut self.near, &self.far)? {
            self.moved = Instant::now();
        }
        self.incoming.forget(false);
        let seen = self.far.seen(self.incoming.life(), self.near.shown());
        if !self.incoming.waits_for_room() {
            self.near.show(&seen)?;
        }
        let batcher = &mut self.outgoing.batcher;
        batcher.set_taken(self.incoming.taken());
        batcher.set_life(self.near.life());
        if self.ending.is_some() {
            batcher.close();
        }
        batcher.close_if_due(std::time::Instant::now());
        self.outgoing.send().await;
        Ok(())
    }

    /// Sleeps until there is something to do.
    async fn sleep(&mut self) -> Result<Woken, Failure> {
        let interest = Interest {
            message: self.ending.is_none() && !self.outgoing.batcher.is_full(),
            room: self.incoming.waits_for_room(),
            ..Interest::NOTHING
        };
        let armed = self.near.arm(interest)?;
        let deadline = self.deadline();
        let woken = tokio::select! {
            sent = self.outgoing.happens() => Woken::Sent(sent),
            came = self.incoming.happens() => Woken::Came(came),
            heard = self.far.happens() => Woken::Heard(heard),
            question = self.questions.next() => Woken::Question(question),
            event = self.connection.events.recv() => Woken::Event(event),
            signal = self.interrupt.caught() => Woken::Signal(signal?),
            () = typed(self.keyboard.as_ref()) => Woken::Key,
            () = self.near.rung(), if armed => Woken::Near,
            () = tokio::task::yield_now(), if !armed => Woken::Again,
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => Woken::Clock,
        };
        if armed {
            self.near.awake()?;
        }
        Ok(woken)
    }

    /// When to wake without a reason.
    fn deadline(&self) -> Option<Instant> {
        let due = self.outgoing.batcher.due().map(Instant::from_std);
        let idle = self.limit.map(|limit| self.moved + limit);
        let ending = self.ending.map(|(until, _)| until);
        [due, self.incoming.quiet_at(), idle, ending].into_iter().flatten().min()
    }

    async fn handle(&mut self, woken: Woken) -> Result<(), Failure> {
        match woken {
            Woken::Near | Woken::Again => {}
            Woken::Sent(sent) => return self.sent(sent).await,
            Woken::Came(came) => {
                if self.incoming.handle(came) {
                    self.moved = Instant::now();
                    self.far.is_heard();
                }
            }
            Woken::Heard(heard) => self.far.handle(heard),
            Woken::Question(question) => self.asked(question).await,
            Woken::Event(event) => return self.event(event),
            Woken::Signal(signal) => {
                // The second one does not wait for anything.
                let patience = if self.ending.is_some() { Duration::ZERO } else { LAST_WORDS };
                self.end(Ended::Signal(signal), patience);
            }
            Woken::Key => {
                if Keyboard::says_quit() {
                    self.end(Ended::Key, LAST_WORDS);
                }
            }
            Woken::Clock => return self.clock(),
        }
        Ok(())
    }

    /// Something came of a publication.
    async fn sent(&mut self, sent: outgoing::Sent) -> Result<(), Failure> {
        match self.outgoing.handle(sent, &mut self.near)? {
            News::Nothing => {}
            News::Stored => self.moved = Instant::now(),
            News::Settled(taken) => {
                self.moved = Instant::now();
                self.near.settle(&taken);
                self.incoming.settle(taken);
            }
            News::Contested => self.check_role().await?,
            News::StreamGone => self.find_streams().await?,
        }
        Ok(())
    }

    /// Somebody else has published on our subject. A bridge that was killed may have done so, shortly before its end.
    async fn check_role(&mut self) -> Result<(), Failure> {
        match here::ask(&self.connection.client, self.own_subject.clone(), &self.me).await {
            Answer::Here(other) => Err(role_taken(&self.channel, self.role, &other)),
            Answer::Nobody | Answer::Silence => Ok(()),
        }
    }

    /// Nobody listens on our subject: JetStream is starting, or somebody deleted the stream. In that case it is created anew.
    async fn find_streams(&mut self) -> Result<(), Failure> {
        let ensured = async {
            for direction in [Direction::published_by(self.role), Direction::taken_by(self.role)] {
                server::ensure(&self.connection, &self.options, &self.names, direction).await?;
            }
            Ok::<_, Failure>(())
        };
        tokio::select! {
            ensured = ensured => ensured?,
            signal = self.interrupt.caught() => return Err(Failure::Signal(signal?)),
        }
        self.outgoing.start_over();
        self.incoming.reopen();
        Ok(())
    }

    async fn asked(&mut self, question: Option<async_nats::Message>) {
        let Some(question) = question else { return };
        if here::read(&question).is_some_and(|other| other.role != self.me.role) {
            self.far.is_here();
        }
        here::answer(&self.connection.client, &question, &self.me).await;
    }

    fn event(&mut self, event: Option<ServerEvent>) -> Result<(), Failure> {
        match event {
            Some(ServerEvent::Connected) => {
                self.outgoing.start_over();
                self.incoming.reopen();
            }
            Some(ServerEvent::PermissionDenied { what }) => return Err(Failure::Denied { what }),
            Some(_) | None => {}
        }
        Ok(())
    }

    fn clock(&mut self) -> Result<(), Failure> {
        let now = Instant::now();
        if self.incoming.quiet_at().is_some_and(|at| at <= now) && self.incoming.quiet() {
            self.outgoing.batcher.say();
        }
        match self.limit {
            Some(limit) if self.moved + limit <= now => Err(Failure::Idle { limit }),
            _ => Ok(()),
        }
    }

    /// Ends soon: what is on its way gets some time to arrive, and the other side is told how far we are.
    fn end(&mut self, ended: Ended, patience: Duration) {
        if self.ending.is_none() && self.incoming.is_unsettled() {
            self.outgoing.batcher.set_taken(self.incoming.taken());
            self.outgoing.batcher.say();
        }
        self.ending = Some((Instant::now() + patience, ended));
    }
}

/// Waits for a line on the terminal.
async fn typed(keyboard: Option<&Keyboard>) {
    match keyboard {
        Some(keyboard) => keyboard.typed().await,
        None => pending().await,
    }
}

/// Another bridge has the role.
pub(super) fn role_taken(channel: &ChannelName, role: Role, other: &Introduction) -> Failure {
    let who = format!("process {} on {}; end it there with: kill {}", other.pid, other.host, other.pid);
    Failure::RoleTaken { channel: channel.clone(), role, who }
}
