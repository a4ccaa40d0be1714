//! The ends on the client alone, as its users would write them: many acknowledged publishes in flight, and a pull consumer that
//! acknowledges nothing, since the bridge's does not either. The stream is like the bridge's.

use crate::cue::{ready, wait_for_go};
use crate::load::{Load, Maker, Taker};
use crate::outcome::Result;
use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer};
use async_nats::jetstream::{self, context::PublishAckFuture, stream};
use bytes::Bytes;
use futures_util::StreamExt;
use std::collections::VecDeque;
use tokio::runtime::{Builder, Runtime};

/// How many publishes may be in flight, and how many bytes of them: as many bytes as of a bridge's.
const WINDOW: usize = 256;
const WINDOW_BYTES: usize = 8 << 20;

/// How many messages, and bytes, are asked for at once: as a bridge does.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 4 << 20;

const NAME: &str = "bare";

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

async fn connect(server: &str) -> Result<jetstream::Context> {
    Ok(jetstream::new(async_nats::connect(server).await?))
}

/// The stream anew.
async fn create(context: &jetstream::Context) -> Result<()> {
    // There is none before the first run.
    let _ = context.delete_stream(NAME).await;
    let config = stream::Config {
        name: NAME.into(),
        subjects: vec![NAME.into()],
        discard: stream::DiscardPolicy::New,
        storage: stream::StorageType::File,
        num_replicas: 1,
        ..stream::Config::default()
    };
    context.create_stream(config).await?;
    Ok(())
}

pub(crate) fn publish(server: &str, load: Load) -> Result<()> {
    runtime()?.block_on(async {
        let context = connect(server).await?;
        create(&context).await?;
        let mut maker = Maker::new(load);
        context.publish(NAME, Bytes::copy_from_slice(maker.first())).await?.await?;
        ready()?;
        wait_for_go()?;
        let mut flying: VecDeque<PublishAckFuture> = VecDeque::new();
        let (window, is_typed) = match load {
            Load::Stream { size, .. } => (WINDOW.min(WINDOW_BYTES / size), false),
            Load::Typed { .. } => (WINDOW, true),
        };
        while let Some(message) = maker.next()? {
            flying.push_back(context.publish(NAME, Bytes::copy_from_slice(message)).await?);
            while flying.len() >= window || (is_typed && !flying.is_empty()) {
                flying.pop_front().ok_or("nothing is in flight")?.await?;
            }
        }
        for acknowledgement in flying {
            acknowledgement.await?;
        }
        println!("{}", maker.begun());
        wait_for_go()?;
        context.delete_stream(NAME).await?;
        Ok(())
    })
}

pub(crate) fn consume(server: &str) -> Result<()> {
    runtime()?.block_on(async {
        let context = connect(server).await?;
        let config = Config { ack_policy: AckPolicy::None, memory_storage: true, ..Config::default() };
        let consumer: PullConsumer = context.get_stream(NAME).await?.create_consumer(config).await?;
        let messages = consumer.stream().max_messages_per_batch(BATCH).max_bytes_per_batch(BATCH_BYTES);
        let mut messages = messages.messages().await?;
        let mut taker = Taker::default();
        let mut is_ready = false;
        loop {
            let message = messages.next().await.ok_or("the stream ended")??;
            if taker.take(&message.payload)? {
                break;
            }
            if !std::mem::replace(&mut is_ready, true) {
                ready()?;
            }
        }
        println!("{}", taker.words());
        wait_for_go()
    })
}
