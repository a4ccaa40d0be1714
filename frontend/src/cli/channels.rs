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
    let access = shared.access()?;
    let base = shared.dir.clone().unwrap_or_else(|| access.default_dir());
    // Refused as attaching would refuse it.
    dir_exists(&base, access)?;
    let names = match &shared.channel {
        Some(name) => vec![name.clone()],
        None => channels_in(&base, access).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(Vec::new()),
            _ => Err(Failure::Folder { path: base.clone(), errno: errno_of(&error) }),
        })?,
    };
    let channels = names.into_iter().map(|name| with_key(Channel::named(name).dir(&base).access(access), shared));
    let channels = channels.collect();
    Ok((base, channels))
}

/// The channel that the arguments name.
pub(super) fn channel(shared: &Shared) -> Result<Channel, Failure> {
    let channel = Channel::named(shared.channel.clone().unwrap_or_default()).access(shared.access()?);
    let mut channel = with_key(channel, shared);
    if let Some(dir) = &shared.dir {
        channel = channel.dir(dir);
    }
    if let Some(bytes) = shared.capacity {
        channel = channel.capacity(bytes)?;
    }
    Ok(channel)
}

/// The channel, with the key that the arguments choose.
fn with_key(mut channel: Channel, shared: &Shared) -> Channel {
    if let Some(file) = &shared.key_file {
        channel = channel.key_file(file);
    }
    if let Some(id) = shared.project_id {
        channel = channel.project_id(id);
    }
    channel
}
