//! Somebody else's NATS client: looks at streams, makes them, publishes what it likes.

use super::until;
use async_nats::HeaderMap;
use async_nats::jetstream::{self, Context, stream};
use bytes::Bytes;
use std::future::Future;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// How long one question may take. Asked again until the limit of a test.
const QUESTION: Duration = Duration::from_secs(5);

/// A connection of its own.
pub(crate) struct Client {
    runtime: Runtime,
    jetstream: Context,
}

impl Client {
    /// Connects.
    #[track_caller]
    pub(crate) fn new(url: &str) -> Self {
        until("a connection", || Client::try_new(url), String::new)
    }

    /// Connects if there is a server.
    pub(crate) fn try_new(url: &str) -> Option<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let core = runtime.block_on(async_nats::connect(url)).ok()?;
        let jetstream = {
            // It starts a task of its own.
            let _inside = runtime.enter();
            jetstream::new(core)
        };
        Some(Client { runtime, jetstream })
    }

    fn ask<T, E>(&self, question: impl Future<Output = Result<T, E>>) -> Option<T> {
        self.runtime.block_on(async { tokio::time::timeout(QUESTION, question).await.ok()?.ok() })
    }

    /// Whether the server can tell which streams there are: it takes a leader.
    pub(crate) fn has_leader(&self) -> bool {
        let names = self.ask(self.jetstream.request::<_, _, serde_json::Value>("STREAM.NAMES", &()));
        names.is_some_and(|names| names.get("error").is_none())
    }

    /// What the server says of a stream; none where there is no such stream.
    pub(crate) fn info(&self, stream: &str) -> Option<stream::Info> {
        let stream = self.ask(self.jetstream.get_stream(stream))?;
        Some(stream.cached_info().clone())
    }

    /// How many messages a stream holds; 0 where there is no such stream.
    pub(crate) fn stored(&self, stream: &str) -> u64 {
        self.info(stream).map_or(0, |info| info.state.messages)
    }

    /// Waits until `enough` says so of a stream.
    #[track_caller]
    pub(crate) fn wait_for(&self, what: &str, stream: &str, enough: impl Fn(&stream::State) -> bool) {
        let is_enough = || self.info(stream).is_some_and(|info| enough(&info.state)).then_some(());
        until(what, is_enough, || format!("{:?}", self.info(stream)));
    }

    /// Makes a stream.
    #[track_caller]
    pub(crate) fn make(&self, config: stream::Config) {
        let made = self.runtime.block_on(self.jetstream.create_stream(config));
        made.expect("a stream");
    }

    /// Publishes into a stream, and waits until it is stored.
    #[track_caller]
    pub(crate) fn publish(&self, subject: &'static str, headers: &[(&str, &str)], payload: &[u8]) {
        let mut map = HeaderMap::new();
        headers.iter().for_each(|&(name, value)| map.append(name, value));
        let payload = Bytes::copy_from_slice(payload);
        let stored = async {
            let acknowledgement = self.jetstream.publish_with_headers(subject, map, payload).await?;
            acknowledgement.await
        };
        self.runtime.block_on(stored).expect("stored");
    }

    /// The headers of a stream's last message, as names and values.
    pub(crate) fn last_headers(&self, stream: &str) -> Vec<(String, String)> {
        let found = self.runtime.block_on(async {
            let stream = self.jetstream.get_stream(stream).await.ok()?;
            let last = stream.cached_info().state.last_sequence;
            stream.get_raw_message(last).await.ok()
        });
        let headers = found.map(|message| message.headers).unwrap_or_default();
        let pairs = headers
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| (name.to_string(), value.to_string())));
        pairs.collect()
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Client")
    }
}
