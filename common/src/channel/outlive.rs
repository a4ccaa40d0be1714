//! What a start does where the channel's memory outlives the boot.

use super::config::Config;
use super::disk::{SYNC, SegmentDisk, this_boot};
use super::error::Error;
use super::header::{SegmentHeader, Unrecovered};
use super::role::Role;
use super::segment_ref::SegmentRef;
use crate::layout::Durability;
use log::{info, warn};
use std::sync::Arc;

/// Makes the memory sound, if this is its first start in this boot, and lets it be synced from now on, if that was asked for.
/// Gives its disk, if it has one. The caller holds the channel's `lock`; `peer` is the other side if it is attached.
///
/// # Errors
/// [`Error::NoDisk`] and [`Error::NotSynced`] if it was asked to be synced and cannot be.
pub(super) fn take_up(
    config: &Config,
    at: &SegmentRef,
    header: &SegmentHeader,
    peer: Option<Role>,
) -> Result<Option<Arc<SegmentDisk>>, Error> {
    let corrupt = |what| Error::Corrupt { at: at.clone(), what };
    let durability = header.durability().map_err(corrupt)?;
    if !durability.is_sealed() {
        return if config.sync { Err(Error::NoDisk { at: at.clone() }) } else { Ok(None) };
    }
    let disk = Arc::new(SegmentDisk::under(&header.0));
    recover(config, at, header, &disk)?;
    if config.sync && durability != Durability::Synced {
        if let Some(other) = peer {
            return Err(Error::NotSynced { at: at.clone(), other });
        }
        // What nobody finds is as good as lost.
        at.place.sync_name().map_err(|errno| Error::system(&config.name, SYNC, errno))?;
        if !header.sync_from_now_on(&*disk).map_err(corrupt)? {
            return Err(disk.refused(config));
        }
    }
    Ok(Some(disk))
}

fn recover(config: &Config, at: &SegmentRef, header: &SegmentHeader, disk: &SegmentDisk) -> Result<(), Error> {
    let boot = this_boot(config)?;
    if !header.is_of_another_boot(boot) {
        return Ok(());
    }
    let generation =
        getrandom::u64().map_err(|error| Error::io(&config.name, "draw a random number", &error.into()))?;
    header.recover(boot, generation.max(1), disk).map_err(|why| match why {
        Unrecovered::Corrupt(what) => Error::Corrupt { at: at.clone(), what },
        Unrecovered::Disk => disk.refused(config),
    })?;
    info!("{at}: taken up from an earlier boot");
    for role in [Role::Writer, Role::Reader] {
        let bytes = header.dropped(role);
        if bytes > 0 {
            warn!(
                "{at}: when the machine went down, {bytes} bytes or more of what the {role} had sent were not on the disk, and are lost"
            );
        }
    }
    Ok(())
}
