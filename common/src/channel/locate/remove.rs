//! Removing a segment.

use crate::channel::config::Config;
use crate::channel::error::Error;
use crate::channel::segment_ref::SegmentRef;
use crate::fault::{Point, point};
use crate::folder::Access;
use nix::errno::Errno;

/// Removes a segment of the channel that nobody needs. The caller holds the channel's `lock`.
///
/// # Errors
/// [`Error::NotOwner`] if another member of our group created it.
pub(in crate::channel) fn remove_segment(config: &Config, at: &SegmentRef) -> Result<(), Error> {
    let doing = at.place.kind().doing("remove the segment", "remove the memory");
    let failed = |errno| Error::system(&config.name, doing, errno);
    at.place.remove().map_err(|errno| match (errno, at.place.stat()) {
        (Errno::EPERM | Errno::EACCES, Ok(stat)) if config.access != Access::Owner => {
            Error::NotOwner { at: at.clone(), owner: stat.uid }
        }
        (errno, _) => failed(errno),
    })?;
    point(Point::CleanSegmentRemoved);
    Ok(())
}
