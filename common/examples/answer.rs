//! Answers what `ask` asks: how many bytes a question has. Questions come on the lane of messages, answers go back on the lane
//! of replies, each behind the `seq` of its question.
//!
//! ```sh
//! cargo run -p shmchat --example answer &
//! cargo run -p shmchat --example ask -- "how long is this?"
//! ```
//!
//! A question counts as acknowledged only when the next one is received, so after it was answered: if this process is killed
//! in between, its successor is handed the question again.

use shmchat::{Channel, RecvError, Role};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut questions = Channel::open("questions", Role::Reader)?;
    loop {
        let question = match questions.recv() {
            Err(RecvError::Quit) => return Ok(()),
            question => question?,
        };
        let seq = question.envelope.seq;
        let answer = format!("{} bytes", question.bytes.len());
        println!("{}: {answer}", String::from_utf8_lossy(question.bytes));
        let reply = [&seq.to_le_bytes(), answer.as_bytes()].concat();
        questions.send(&reply)?;
    }
}
