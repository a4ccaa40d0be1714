//! The channels that the arguments name.

use super::args::Shared;
use super::failure::Failure;
use shmchat::Channel;
use shmchat::admin::{channels_in, dir_exists};
use shmchat::hint::errno_of;
use std::io;
use std::path::PathBuf;

/// The directory that the arguments name, and the channels in it to look at: the named one, or all.
pub(super) fn channels(shared: &Shared) -> Result<(PathBuf, Vec<Channel>), Failure> {
    let place = &shared.place;
    let access = place.access()?;
    let base = place.dir.clone().unwrap_or_else(|| access.default_dir());
    // Refused as attaching would refuse it.
    dir_exists(&base, access)?;
    let names = match &shared.channel {
        Some(name) => vec![name.clone()],
        None => channels_in(&base, access).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(Vec::new()),
            _ => Err(Failure::Folder { path: base.clone(), errno: errno_of(&error) }),
        })?,
    };
    let channels = names.into_iter().map(|name| place.with_key(Channel::named(name).dir(&base).access(access)));
    let channels = channels.collect();
    Ok((base, channels))
}

/// The channel that the arguments name.
pub(super) fn channel(shared: &Shared) -> Result<Channel, Failure> {
    shared.place.channel(shared.channel.clone().unwrap_or_default())
}
