//! The messages of a stream, from a sequence number on.
//!
//! The consumer is made for this connection and nobody acknowledges anything to it: how far the stream was taken stands in the
//! lane. So it may be lost at any time, and another one goes on from there.

use async_nats::jetstream::consumer::pull::{Config, Stream as Messages};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer};
use async_nats::jetstream::stream::Stream;
use std::time::Duration;

/// How many messages, and how many bytes, may be on their way to us.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 4 << 20;

/// How often the server says that it is there, while it has nothing to deliver.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// How long a request for messages waits at the server.
const EXPIRES: Duration = Duration::from_secs(60);

/// How long the server keeps a consumer that nobody asks.
const INACTIVE: Duration = Duration::from_secs(120);

/// The messages of `stream`, from sequence number `from` on. No message is longer than `longest` bytes.
///
/// # Errors
/// Whatever the client says.
pub async fn open(stream: &Stream<()>, from: u64, longest: usize) -> Result<Messages, async_nats::Error> {
    let config = Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: from.max(1) },
        ack_policy: AckPolicy::None,
        inactive_threshold: INACTIVE,
        memory_storage: true,
        num_replicas: 1,
        ..Config::default()
    };
    let consumer: PullConsumer = stream.create_consumer(config).await?;
    let messages = consumer
        .stream()
        .max_messages_per_batch(BATCH)
        .max_bytes_per_batch(BATCH_BYTES.max(2 * longest))
        .heartbeat(HEARTBEAT)
        .expires(EXPIRES);
    Ok(messages.messages().await?)
}
