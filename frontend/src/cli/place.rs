//! Where a channel is and who may use it, by the arguments: what every program takes that joins one.

use super::failure::Failure;
use super::help::heading;
use super::size;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use nix::unistd::{Group, getegid, geteuid, getgroups};
use shmchat::{Access, Channel, ChannelName, MemoryKind};
use std::num::NonZeroU8;
use std::path::PathBuf;

/// Where the channel is, and who may use it. The channel's name is the program's own.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// The directory that holds the channels
    ///
    /// By default $XDG_RUNTIME_DIR/shmchat, or /tmp/shmchat-UID if that variable is not set. For a group's channel:
    /// /tmp/shmchat-group-GID.
    #[arg(long, value_name = "DIR", help_heading = heading::PLACE)]
    pub dir: Option<PathBuf>,

    /// sysv, posix (in /dev/shm), file (survives a reboot)
    ///
    /// The kind of memory that the messages wait in; sysv by default. sysv: a System V segment, which ipcs lists. posix: POSIX memory in /dev/shm, for containers
    /// that share that directory. file: a mapped file in $XDG_STATE_HOME/shmchat or ~/.local/state/shmchat, or in the
    /// directory of --dir; what waits there is still there after a reboot. It only matters if this run creates the memory:
    /// otherwise the kind that is there is found, and asking for another one is an error.
    #[arg(long, value_name = "KIND", value_parser = memory(), help_heading = heading::PLACE)]
    pub memory: Option<MemoryKind>,

    /// With --memory file: lose nothing in a power cut either
    ///
    /// Messages count as accepted, and as received, only once they are on the disk: one fdatasync for each batch, which
    /// takes a disk some milliseconds. Without it, a power cut can take the newest messages, and what is left is checked. The
    /// channel remembers it, so both sides do it, also in later runs. To ask for it, start before the other side.
    #[arg(long, help_heading = heading::PLACE)]
    pub sync: bool,

    /// Room for messages each way [default: 1MiB]
    ///
    /// A power of two from 64KiB to 1GiB. It only matters if this run creates the segment; an existing one keeps its size.
    #[arg(long, value_name = "SIZE", value_parser = size::capacity, help_heading = heading::PLACE)]
    pub capacity: Option<u64>,

    /// 0600: you alone; 0660: a group as well [default: 0600]
    ///
    /// 0660 needs --group, and both sides must pass both options.
    #[arg(long, value_name = "MODE", value_parser = mode, help_heading = heading::PLACE)]
    pub mode: Option<u32>,

    /// The group that shares the channel, with --mode 0660
    ///
    /// A name or a number. You must be a member.
    #[arg(long, value_name = "NAME", value_parser = group, help_heading = heading::PLACE)]
    pub group: Option<u32>,

    /// Derive the key from FILE with ftok(3), on both sides
    ///
    /// To agree on a key out of band, pass this to both programs. FILE must exist, and is never changed. The channel's folder
    /// still holds the doorbells and the locks.
    #[arg(long, value_name = "FILE", help_heading = heading::PLACE)]
    pub key_file: Option<PathBuf>,

    /// The key's project id, 1 to 255, on both sides
    ///
    /// By default 110 or, if another program has that key, the first free one above it. If you choose one, no other is
    /// tried.
    #[arg(long, value_name = "N", value_parser = project_id, allow_negative_numbers = true, help_heading = heading::PLACE, hide_short_help = true)]
    pub project_id: Option<NonZeroU8>,
}

impl Place {
    /// The channel of this name there.
    ///
    /// # Errors
    /// If the arguments do not fit together.
    pub fn channel(&self, name: ChannelName) -> Result<Channel, Failure> {
        let mut channel = self.with_key(Channel::named(name).access(self.access()?));
        if let Some(dir) = &self.dir {
            channel = channel.dir(dir);
        }
        if let Some(kind) = self.memory {
            let has_key = self.key_file.is_some() || self.project_id.is_some();
            if has_key && kind != MemoryKind::SysV {
                return Err(Failure::Usage(
                    "--key-file and --project-id make the key of a System V segment, so they need --memory sysv (see --help)",
                ));
            }
            channel = channel.memory(kind);
        }
        if self.sync {
            if self.memory != Some(MemoryKind::File) {
                return Err(Failure::Usage(
                    "--sync writes messages to the disk, and no other memory is on one: it needs --memory file (see --help)",
                ));
            }
            channel = channel.sync(true);
        }
        if let Some(bytes) = self.capacity {
            channel = channel.capacity(bytes)?;
        }
        Ok(channel)
    }

    /// The channel, with the key that the arguments choose.
    pub(super) fn with_key(&self, mut channel: Channel) -> Channel {
        if let Some(file) = &self.key_file {
            channel = channel.key_file(file);
        }
        if let Some(id) = self.project_id {
            channel = channel.project_id(id);
        }
        channel
    }

    /// Who may use the channel. Letting a group in takes both options, never just one.
    pub(super) fn access(&self) -> Result<Access, Failure> {
        match (self.mode, self.group) {
            (None | Some(0o600), None) => Ok(Access::Owner),
            (Some(0o660), Some(group)) => Ok(Access::Group(group)),
            (Some(0o660), None) => {
                Err(Failure::Usage("--mode 0660 opens the channel to a group: name it with --group NAME (see --help)"))
            }
            _ => Err(Failure::Usage("--group NAME opens the channel to a group: it needs --mode 0660 (see --help)")),
        }
    }
}

/// The kinds of memory, so that completions know them too.
fn memory() -> impl TypedValueParser<Value = MemoryKind> {
    PossibleValuesParser::new(["sysv", "posix", "file"]).try_map(|kind| kind.parse::<MemoryKind>())
}

fn mode(text: &str) -> Result<u32, String> {
    match text {
        "600" | "0600" => Ok(0o600),
        "660" | "0660" => Ok(0o660),
        _ => Err("expected 0600 (you alone) or 0660 (a group as well): both sides write to a channel".to_owned()),
    }
}

fn project_id(text: &str) -> Result<NonZeroU8, String> {
    text.parse().map_err(|_| "expected a number from 1 to 255, such as 110".to_owned())
}

/// A group's id, by its name or number. Only a member can give files to a group.
fn group(text: &str) -> Result<u32, String> {
    let by_name = || Group::from_name(text).ok().flatten().map(|group| group.gid.as_raw());
    let id = text.parse().ok().or_else(by_name).ok_or("there is no such group; see: getent group")?;
    let is_member = getegid().as_raw() == id
        || getgroups().is_ok_and(|groups| groups.iter().any(|group| group.as_raw() == id))
        || geteuid().is_root();
    if is_member { Ok(id) } else { Err("you are not a member of that group; see: id".to_owned()) }
}
