//! Asks `answer` a question by each of its arguments, and prints what comes back.
//!
//! An answer names the `seq` of its question. One to another question was meant for an asker that was killed, or comes a
//! second time because the answerer was: it is passed over.

use shmchat::{Channel, Endpoint, RecvTimeoutError, Role};
use std::error::Error;
use std::time::Duration;

/// How long to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let mut channel = Channel::open("questions", Role::Writer)?;
    for question in std::env::args().skip(1) {
        let seq = channel.send(question.as_str())?;
        println!("{}", answer_to(seq, &mut channel)?);
    }
    Ok(())
}

fn answer_to(seq: u64, channel: &mut Endpoint) -> Result<String, Box<dyn Error>> {
    loop {
        let reply = match channel.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Quit) => return Ok("nobody answers any more".to_owned()),
            reply => reply?,
        };
        if let Some(answer) = reply.bytes.strip_prefix(&seq.to_le_bytes()) {
            return Ok(String::from_utf8_lossy(answer).into_owned());
        }
    }
}
