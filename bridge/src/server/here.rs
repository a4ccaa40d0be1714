//! Who is there: bridges answer when they are asked.
//!
//! The server says at once when nobody listens on a subject, so a bridge that was killed is missed at the next question. A
//! machine that went dark is missed when its answers stop.

use async_nats::{Client, Message, StatusCode, Subject};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::timeout;

/// How long to wait for an answer.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// A bridge, as it introduces itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Introduction {
    /// Drawn anew for each process.
    pub id: u64,
    /// The machine that it runs on.
    pub host: String,
    /// Its process there.
    pub pid: u32,
    /// Its role in the channel there.
    pub role: String,
}

/// What came of a question.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Somebody answered.
    Here(Introduction),
    /// Nobody listens.
    Nobody,
    /// No answer came in time.
    Silence,
}

/// Asks who listens on `subject`, other than the one who asks.
pub async fn ask(client: &Client, subject: Subject, me: &Introduction) -> Answer {
    let asked = timeout(PATIENCE, async {
        let inbox: Subject = client.new_inbox().into();
        let mut answers = client.subscribe(inbox.clone()).await.ok()?;
        let question = serde_json::to_vec(me).ok()?;
        client.publish_with_reply(subject, inbox, question.into()).await.ok()?;
        while let Some(answer) = answers.next().await {
            if answer.status == Some(StatusCode::NO_RESPONDERS) {
                return Some(Answer::Nobody);
            }
            match read(&answer) {
                Some(other) if other.id != me.id => return Some(Answer::Here(other)),
                _ => {}
            }
        }
        None
    });
    asked.await.ok().flatten().unwrap_or(Answer::Silence)
}

/// Who asks, or answers; `None` if that is no bridge.
pub fn read(message: &Message) -> Option<Introduction> {
    serde_json::from_slice(&message.payload).ok()
}

/// Answers a question.
pub async fn answer(client: &Client, question: &Message, me: &Introduction) {
    // A question without an answer counts as silence.
    if let Some(reply) = question.reply.clone()
        && let Ok(answer) = serde_json::to_vec(me)
    {
        let _ = client.publish(reply, answer.into()).await;
    }
}
