//! The ends on segments, as any program that uses the library.

use crate::cue::{CHANNEL, ready, wait_for_go};
use crate::load::{Load, Maker, Taker};
use crate::outcome::Result;
use shmchat::{Channel, RecvError, Role};
use std::path::Path;

/// Bytes that are taken at once.
const BATCH: usize = 64 << 10;

fn channel(folder: &Path) -> Result<Channel> {
    Ok(Channel::named(CHANNEL.parse()?).dir(folder))
}

pub(crate) fn write(folder: &Path, load: Load) -> Result<()> {
    let mut endpoint = channel(folder)?.attach(Role::Writer)?;
    let mut maker = Maker::new(load);
    endpoint.send(maker.first())?;
    ready()?;
    wait_for_go()?;
    while let Some(message) = maker.next()? {
        endpoint.send(message)?;
    }
    println!("{}", maker.begun());
    wait_for_go()
}

pub(crate) fn read(folder: &Path) -> Result<()> {
    let mut endpoint = channel(folder)?.attach(Role::Reader)?;
    let mut taker = Taker::default();
    taker.take(endpoint.recv()?.bytes)?;
    ready()?;
    let (mut done, mut failed) = (false, None);
    while !done {
        let taken = endpoint.receiver().recv_batch(BATCH, |message| match taker.take(message.bytes) {
            Ok(is_last) => done |= is_last,
            Err(error) => failed = Some(error),
        });
        match taken {
            Ok(_) if failed.is_none() => {}
            Ok(_) => return Err(failed.unwrap_or_else(|| "nothing".into())),
            Err(RecvError::Quit) => return Err("the writer quit before its last message".into()),
            Err(error) => return Err(error.into()),
        }
    }
    println!("{}", taker.words());
    wait_for_go()
}
