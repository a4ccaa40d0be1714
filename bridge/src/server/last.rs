//! The end of a stream: its last sequence number, and the last publication of ours in it.
//!
//! That publication is all that a publisher remembers. It is read from the stream's leader, not from a replica that may lag
//! behind.

use crate::wire::{Contents, Heading, Life};
use async_nats::jetstream::stream::{RawMessageErrorKind, Stream};
use log::warn;

/// The end of a stream.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// When the stream was created, in nanoseconds since the epoch: which stream it is.
    pub stream: u64,
    /// The sequence number of its last message; 0 if it never had one.
    pub sequence: u64,
    /// The last publication of ours.
    pub last: Option<Last>,
}

/// The last publication of ours in a stream.
#[derive(Clone, Debug)]
pub struct Last {
    /// Its sequence number.
    pub sequence: u64,
    /// Its headers.
    pub heading: Heading,
    /// Who was at the end that it came from.
    pub life: Life,
}

/// Looks at the end of a stream.
///
/// # Errors
/// Whatever the client says.
pub async fn end(stream: &Stream<()>, name: &str) -> Result<End, async_nats::Error> {
    let info = stream.get_info().await?;
    let created = u64::try_from(info.created.unix_timestamp_nanos()).unwrap_or_default();
    let mut end = End { stream: created, sequence: info.state.last_sequence, last: None };
    let first = info.state.first_sequence.max(1);
    // Behind the last publication there may be foreign messages; usually there are none.
    for sequence in (first..=end.sequence).rev() {
        let message = match stream.get_raw_message(sequence).await {
            Ok(message) => message,
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => continue,
            Err(error) => return Err(error.into()),
        };
        let ours = Heading::read(Some(&message.headers)).ok().zip(Contents::open(&message.payload).ok());
        if let Some((heading, (life, _))) = ours {
            end.last = Some(Last { sequence, heading, life });
            break;
        }
        warn!("message {sequence} of stream {name} is not from a bridge");
    }
    Ok(end)
}
