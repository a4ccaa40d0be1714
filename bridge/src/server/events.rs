//! What the client tells besides answers: whether the server is there, and what it forbids. Each goes to the run loop, and
//! what a person should know is said here, once.

use async_nats::{ClientError, Event, ServerError};
use log::{debug, warn};
use std::sync::{Mutex, PoisonError};
use tokio::sync::{mpsc, watch};

/// What happened to the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerEvent {
    /// It stands, for the first time or again. Whatever was under way may be lost.
    Connected,
    /// It is gone. It will be back.
    Disconnected,
    /// The server forbids something. Nothing else answers a publication or a request that is not allowed.
    PermissionDenied {
        /// What, such as `publish to "shmchat.logs.messages"`.
        what: String,
    },
    /// Messages came faster than they were taken, and some were dropped.
    SlowConsumer,
    /// Anything else, for the log.
    Other(String),
}

impl From<Event> for ServerEvent {
    fn from(event: Event) -> Self {
        match event {
            Event::Connected => ServerEvent::Connected,
            Event::Disconnected => ServerEvent::Disconnected,
            Event::SlowConsumer(_) | Event::ServerError(ServerError::SlowConsumer(_)) => ServerEvent::SlowConsumer,
            Event::ServerError(ServerError::Other(text)) => match denied(&text) {
                Some(what) => ServerEvent::PermissionDenied { what },
                None => ServerEvent::Other(text),
            },
            other => ServerEvent::Other(other.to_string()),
        }
    }
}

/// What the server says it forbids: `Permissions Violation for Publish to "a.b"`.
fn denied(text: &str) -> Option<String> {
    const VIOLATION: &str = "permissions violation for ";
    let start = text.get(..VIOLATION.len()).filter(|start| start.eq_ignore_ascii_case(VIOLATION))?;
    let rest = &text[start.len()..];
    let (doing, subject) = rest.split_once(" to ")?;
    let doing = if doing.eq_ignore_ascii_case("publish") { "publish" } else { "subscribe" };
    Some(format!("{doing} to {subject}"))
}

/// Hears what the client tells, and passes it on.
#[derive(Debug)]
pub(super) struct Ear {
    servers: String,
    to_loop: mpsc::UnboundedSender<ServerEvent>,
    /// What has been forbidden so far, each once.
    denied: watch::Sender<Vec<String>>,
    said: Mutex<Said>,
}

/// What has been said, so that it is said once.
#[derive(Debug, Default)]
struct Said {
    away: bool,
    refused: bool,
}

impl Ear {
    pub(super) fn new(servers: String, to_loop: mpsc::UnboundedSender<ServerEvent>) -> Self {
        Ear { servers, to_loop, denied: watch::Sender::default(), said: Mutex::default() }
    }

    /// What has been forbidden so far, and what will be.
    pub(super) fn denied(&self) -> watch::Receiver<Vec<String>> {
        self.denied.subscribe()
    }

    /// Hears an event.
    pub(super) fn hear(&self, event: Event) {
        self.say(&event);
        let event = ServerEvent::from(event);
        if let ServerEvent::PermissionDenied { what } = &event {
            self.denied.send_if_modified(|denied| {
                let is_new = !denied.contains(what);
                denied.extend(is_new.then(|| what.clone()));
                is_new
            });
        }
        // After the loop's end, nobody wants to know.
        let _ = self.to_loop.send(event);
    }

    fn say(&self, event: &Event) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Disconnected if !said.away => {
                warn!("lost the NATS server at {}; messages wait in the channel until it is back", self.servers);
                said.away = true;
            }
            Event::Connected if said.away => {
                warn!("the NATS server is back");
                *said = Said::default();
            }
            // It took the login before. So this may well be a passing state of the server, and does not end the bridge.
            Event::ClientError(ClientError::Other(text)) if text.ends_with("authorization violation") => {
                if !said.refused {
                    warn!("the NATS server at {} refuses the login that it took before; trying again", self.servers);
                }
                said.refused = true;
            }
            event => debug!("the NATS client says: {event}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_forbids_names_the_subject() {
        let of = |text: &str| ServerEvent::from(Event::ServerError(ServerError::Other(text.into())));
        assert_eq!(
            of("Permissions Violation for Publish to \"shmchat.logs.messages\""),
            ServerEvent::PermissionDenied { what: "publish to \"shmchat.logs.messages\"".into() }
        );
        assert_eq!(
            of("Permissions Violation for Subscription to \"_INBOX.a.*\""),
            ServerEvent::PermissionDenied { what: "subscribe to \"_INBOX.a.*\"".into() }
        );
        assert_eq!(of("Stale Connection"), ServerEvent::Other("Stale Connection".into()));
        assert_eq!(of("Permissions Violation"), ServerEvent::Other("Permissions Violation".into()));
    }

    #[test]
    fn events_go_to_the_loop_and_what_is_forbidden_is_kept_once() {
        let (sender, mut events) = mpsc::unbounded_channel();
        let ear = Ear::new("nats://a".into(), sender);
        let violation = Event::ServerError(ServerError::Other("Permissions Violation for Publish to \"a\"".into()));
        for event in [Event::Connected, violation.clone(), violation, Event::Disconnected] {
            ear.hear(event);
        }
        assert_eq!(*ear.denied().borrow(), ["publish to \"a\""]);
        let denied = ServerEvent::PermissionDenied { what: "publish to \"a\"".into() };
        for expected in [ServerEvent::Connected, denied.clone(), denied, ServerEvent::Disconnected] {
            assert_eq!(events.try_recv(), Ok(expected));
        }
    }
}
