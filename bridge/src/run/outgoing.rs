//! From the local lane into our stream: publishing, acknowledgements, and starting over when something failed.

use super::backoff::Backoff;
use crate::near::Near;
use crate::outbound::{Batcher, Stored};
use crate::server::last::{self, End};
use crate::server::publish::{self, Refusal};
use crate::wire::Taken;
use async_nats::Subject;
use async_nats::jetstream::context::PublishError;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::{self, context::PublishAckFuture};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use log::{info, warn};
use std::future::{IntoFuture, pending};
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// For how long nothing more is said of what goes wrong. A stream that is full all the time, because the other side is slower,
/// takes a publication now and then.
const SAID: Duration = Duration::from_secs(60);

/// The acknowledgements to come, in the order of their publications.
type Acknowledgements = FuturesOrdered<<PublishAckFuture as IntoFuture>::IntoFuture>;

/// Whether publications go out.
enum Link {
    /// They do.
    Up,
    /// Something failed: the stream is asked for its end.
    Asking(BoxFuture<'static, Result<End, async_nats::Error>>),
    /// Something failed: it is asked in a while.
    Waiting(Pin<Box<Sleep>>),
}

/// What happened.
pub(super) enum Sent {
    /// The first publication on its way was stored, or not.
    Answered(Result<PublishAck, PublishError>),
    /// The stream's end is known, or not.
    Asked(Result<End, async_nats::Error>),
    /// It is time to ask.
    Waited,
}

/// What came of it, for the loop.
pub(super) enum News {
    /// Nothing that matters to others.
    Nothing,
    /// Something was stored.
    Stored,
    /// The other stream is known to be taken so far.
    Settled(Taken),
    /// Somebody else publishes on our subject: who has the role?
    Contested,
    /// The stream is gone.
    StreamGone,
}

/// From the local lane into our stream.
pub(super) struct Outgoing {
    context: jetstream::Context,
    stream: Stream<()>,
    name: String,
    subject: Subject,
    /// This process.
    me: u64,
    pub(super) batcher: Batcher,
    acknowledgements: Acknowledgements,
    link: Link,
    backoff: Backoff,
    /// It was said that something is wrong, and not yet that it is right again.
    troubled: bool,
    /// When it was said last.
    said: Option<Instant>,
    /// Which stream it is: when it was created.
    id: u64,
    /// The stream's last sequence number, as far as we know.
    seen: u64,
}

impl Outgoing {
    /// Goes on behind `end`, which the batcher knows.
    pub(super) fn new(
        context: jetstream::Context,
        (name, stream): (String, Stream<()>),
        subject: Subject,
        me: u64,
        batcher: Batcher,
        end: &End,
    ) -> Self {
        Outgoing {
            context,
            stream,
            name,
            subject,
            me,
            batcher,
            acknowledgements: FuturesOrdered::new(),
            link: Link::Up,
            backoff: Backoff::default(),
            troubled: false,
            said: None,
            id: end.stream,
            seen: end.sequence,
        }
    }

    /// Whether publications go out.
    pub(super) fn is_up(&self) -> bool {
        matches!(self.link, Link::Up) && !self.troubled
    }

    /// Whether everything is stored.
    pub(super) fn is_done(&mut self) -> bool {
        !self.batcher.has_open() && self.batcher.window().is_empty()
    }

    /// Sends what may go.
    pub(super) async fn send(&mut self) {
        while matches!(self.link, Link::Up) {
            let Some((publication, expected)) = self.batcher.window().next_to_send() else { return };
            match publish::send(&self.context, &self.subject, publication, &expected).await {
                Ok(acknowledgement) => self.acknowledgements.push_back(acknowledgement.into_future()),
                Err(error) => self.failed(&Refusal::from(&error)),
            }
        }
    }

    /// Waits for what happens next.
    pub(super) async fn happens(&mut self) -> Sent {
        match &mut self.link {
            Link::Up => match self.acknowledgements.next().await {
                Some(answer) => Sent::Answered(answer),
                None => pending().await,
            },
            Link::Asking(question) => Sent::Asked(question.await),
            Link::Waiting(sleep) => {
                sleep.await;
                Sent::Waited
            }
        }
    }

    /// Deals with it.
    pub(super) fn handle(&mut self, sent: Sent, near: &mut Near) -> Result<News, shmchat::Error> {
        match sent {
            Sent::Waited => self.ask(),
            Sent::Answered(Ok(answer)) => {
                let Some(publication) = self.batcher.window().acknowledge(answer.sequence) else {
                    self.failed(&Refusal::Overtaken);
                    return Ok(News::Nothing);
                };
                self.seen = answer.sequence;
                self.works();
                if let Some(reached) = publication.reached {
                    near.acknowledge(reached)?;
                }
                return Ok(publication.heading.taken.map_or(News::Stored, News::Settled));
            }
            Sent::Answered(Err(error)) => {
                let refusal = Refusal::from(&error);
                self.failed(&refusal);
                if refusal == Refusal::NoStream {
                    return Ok(News::StreamGone);
                }
            }
            Sent::Asked(Ok(end)) => return self.resume(&end, near),
            Sent::Asked(Err(error)) => self.wait(&format!("does not tell its end: {error}")),
        }
        Ok(News::Nothing)
    }

    fn resume(&mut self, end: &End, near: &mut Near) -> Result<News, shmchat::Error> {
        let stored = end.last.as_ref().map(|last| Stored { ring: last.heading.ring, end: last.heading.range.end });
        for publication in self.batcher.window().resume(stored, end.sequence) {
            if let Some(reached) = publication.reached {
                near.acknowledge(reached)?;
            }
        }
        if std::mem::replace(&mut self.id, end.stream) != end.stream {
            warn!("the stream {} was deleted and created anew; what was in it is lost", self.name);
        }
        self.link = Link::Up;
        let other = end.last.as_ref().is_some_and(|last| last.sequence > self.seen && last.heading.bridge != self.me);
        self.seen = end.sequence;
        Ok(if other { News::Contested } else { News::Nothing })
    }

    /// Starts over: the connection is a new one, and what was on its way may be lost.
    pub(super) fn start_over(&mut self) {
        self.acknowledgements = FuturesOrdered::new();
        self.ask();
    }

    fn ask(&mut self) {
        let (stream, name) = (self.stream.clone(), self.name.clone());
        self.link = Link::Asking(Box::pin(async move { last::end(&stream, &name).await }));
    }

    fn failed(&mut self, refusal: &Refusal) {
        match refusal {
            Refusal::Overtaken => self.wait_quietly(),
            Refusal::NoStream => self.wait("is not there"),
            Refusal::Unanswered => self.wait("does not answer"),
            Refusal::Unwilling(why) => self.wait(&format!("takes no more: {why}")),
        }
    }

    fn wait(&mut self, why: &str) {
        if !std::mem::replace(&mut self.troubled, true) && self.said.is_none_or(|said| said.elapsed() >= SAID) {
            self.said = Some(Instant::now());
            warn!("the stream {} {why}; messages wait in the channel, and go on by themselves", self.name);
        }
        self.wait_quietly();
    }

    fn wait_quietly(&mut self) {
        // What was given to the client may still arrive. It cannot do harm: see `Window`.
        self.acknowledgements = FuturesOrdered::new();
        match self.backoff.next() {
            Duration::ZERO => self.ask(),
            wait => self.link = Link::Waiting(Box::pin(sleep(wait))),
        }
    }

    fn works(&mut self) {
        self.backoff.reset();
        if std::mem::take(&mut self.troubled) {
            info!("the stream {} takes messages again", self.name);
        }
    }
}
