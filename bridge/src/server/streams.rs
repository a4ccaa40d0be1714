//! Finds the streams of a channel, or creates them. Either bridge may be the first.

use super::connect::Connection;
use super::names::{Direction, StreamNames};
use super::patience::Patience;
use super::refusal::Refusal;
use super::shape;
use crate::cli::StreamOptions;
use crate::failure::Failure;
use crate::text::list;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Config, Info};
use log::{info, warn};
use serde::Serialize;
use shmchat::hint::shell_word;

/// A stream that can carry one direction of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamHandle {
    /// Its name.
    pub name: String,
    /// Its only subject.
    pub subject: String,
    /// When it was created, in nanoseconds since the epoch. One that was deleted and created again is another one.
    pub id: u64,
    /// Of the first message in it, or one more than the last if there is none.
    pub first_sequence: u64,
    /// Of the last message that was ever in it; 0 if there has been none.
    pub last_sequence: u64,
    /// The largest publication that it takes, in bytes with its headers: the server's limit, or the stream's own.
    pub max_payload: usize,
    /// The most bytes that it stores, if there is a limit.
    pub max_bytes: Option<u64>,
}

/// The stream of this direction: the one that is there or, if there is none, a new one.
///
/// # Errors
/// If there is one that cannot carry a channel, if the server does not let us look at it or create it, or if it does not answer
/// in time.
pub async fn ensure(
    connection: &Connection,
    options: &StreamOptions,
    names: &StreamNames,
    direction: Direction,
) -> Result<StreamHandle, Failure> {
    let (name, subject) = (names.stream(direction), names.subject(direction));
    let wanted = shape::wanted(&name, &subject, options);
    let patience = Patience::new(connection.limit());
    for attempt in 1.. {
        patience.wait_before(attempt).await;
        let found = match patience.attempt(look_or_create(connection, &wanted)).await {
            Some(found) => found,
            None => Err(Refusal::NotNow("no answer".into())),
        };
        match found {
            Ok(found) => return checked(connection, options, &found, subject),
            Err(Refusal::Overlap) => {
                let other = connection.jetstream.stream_by_subject(subject.as_str()).await.ok();
                return Err(Failure::Overlap { subject, other });
            }
            Err(Refusal::Final(failure)) => return Err(failure),
            Err(Refusal::NotNow(why)) => {
                if let Some(limit) = patience.ended() {
                    return Err(Failure::Silent { stream: name, limit, why });
                }
                if attempt == 1 {
                    warn!("JetStream is not ready for the stream {name}: {why}; trying again until it is");
                }
            }
            // The other bridge was faster, or somebody deleted it just now.
            Err(Refusal::Exists | Refusal::Missing) => {}
        }
    }
    unreachable!("attempts are not counted that far")
}

/// The stream that is there or, if there is none, a new one.
async fn look_or_create(connection: &Connection, wanted: &Config) -> Result<Info, Refusal> {
    match ask(connection, "look at", "INFO", &wanted.name, &()).await {
        Err(Refusal::Missing) => {}
        other => return other,
    }
    let created = ask(connection, "create", "CREATE", &wanted.name, wanted).await?;
    info!("created the stream {}", wanted.name);
    Ok(created)
}

/// Asks JetStream about a stream.
async fn ask<T: Serialize + ?Sized>(
    connection: &Connection,
    doing: &'static str,
    request: &str,
    stream: &str,
    payload: &T,
) -> Result<Info, Refusal> {
    let (jetstream, servers) = (&connection.jetstream, &connection.servers);
    let request = format!("STREAM.{request}.{stream}");
    // The request may be forbidden, or the inbox that its answer comes to.
    let marks = [&format!("\"$JS.API.{request}\"")[..], "\"_INBOX."];
    let answer = jetstream.request::<_, T, Response<Info>>(request, payload);
    match connection.unless_denied(&marks, answer).await.map_err(Refusal::Final)? {
        Ok(Response::Ok(info)) => Ok(info),
        Ok(Response::Err { error }) => Err(Refusal::of_answer(&error, doing, stream, servers)),
        Err(error) => Err(Refusal::of_silence(&error, doing, stream, servers)),
    }
}

/// What was found, if it can carry a channel.
fn checked(
    connection: &Connection,
    options: &StreamOptions,
    found: &Info,
    subject: String,
) -> Result<StreamHandle, Failure> {
    let (config, name) = (&found.config, found.config.name.clone());
    let wrong = shape::wrong(config, &subject);
    if !wrong.is_empty() {
        return Err(Failure::Shape { stream: name, wrong });
    }
    let unlike = shape::unlike(config, options);
    if !unlike.is_empty() {
        warn!(
            "the stream {name} was there before, and {} would give it other settings, which it doesn't take; to change it: \
             nats stream edit {}",
            list(&unlike),
            shell_word(&name)
        );
    }
    let max_payload = connection.client.max_payload();
    let own_limit = usize::try_from(config.max_message_size).ok().filter(|&bytes| bytes > 0);
    Ok(StreamHandle {
        name,
        subject,
        id: u64::try_from(found.created.unix_timestamp_nanos()).unwrap_or_default(),
        first_sequence: found.state.first_sequence,
        last_sequence: found.state.last_sequence,
        max_payload: own_limit.map_or(max_payload, |own| own.min(max_payload)),
        max_bytes: u64::try_from(config.max_bytes).ok().filter(|&bytes| bytes > 0),
    })
}
