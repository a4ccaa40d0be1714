//! Being alone with a memory that somebody may use who holds other locks than we do.
//!
//! A memory that is found by its name is not bound to one key file. So the locks of the channel's folder do not tell who uses
//! it, and whoever takes it over or removes it holds the memory itself meanwhile.

use crate::channel::error::Error;
use crate::channel::header::SegmentHeader;
use crate::channel::segment_ref::SegmentRef;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::folder::Folder;
use crate::key::Identity;
use crate::layout;
use crate::memory::{Hold, Segment, Window};
use crate::presence::{DYING, within};
use log::info;
use nix::errno::Errno;

/// Keeps others from a memory until the result is dropped; `None` if it has gone. A segment is found by its key, so the
/// locks tell who uses it, and it is always ours.
///
/// # Errors
/// [`Error::InUseElsewhere`] if somebody uses it.
pub(in crate::channel) fn alone(at: &SegmentRef) -> Result<Option<Hold>, Error> {
    let mut hold = None;
    let is_decided = within(DYING, || match at.place.exclude() {
        Ok(held) => {
            hold = Some(held);
            Ok(true)
        }
        Err(Errno::ENOENT | Errno::EIDRM) => Ok(true),
        Err(Errno::EAGAIN) => Ok(false),
        Err(errno) => Err(Error::system(&at.channel, at.place.kind().looking(), errno)),
    })?;
    if is_decided { Ok(hold) } else { Err(in_use(at)) }
}

/// Takes over a memory that was made for another key file, if nobody uses it; `None` if it has gone.
///
/// # Crash behaviour
/// If we die in between, it is still one that was made for another key file, and the next start takes it over.
pub(super) fn adopt(folder: &Folder, identity: &Identity, at: &SegmentRef) -> Result<Option<SegmentHeader>, Error> {
    let failed = |errno| Error::system(&at.channel, "attach the memory", errno);
    let segment = if sabotaged(Mutant::AdoptInUse) {
        Segment::attach(&at.place)
    } else {
        let Some(hold) = alone(at)? else { return Ok(None) };
        Segment::attach_held(&at.place, &hold)
    };
    let header = SegmentHeader(segment.map_err(failed)?);
    header.adopt(identity, folder.path());
    point(Point::MemoryAdopted);
    header.0.share().map_err(failed)?;
    info!("{at}: taken over from an earlier boot, or from another directory");
    Ok(Some(header))
}

/// The error that says who uses it.
pub(in crate::channel) fn in_use(at: &SegmentRef) -> Error {
    let header = Window::attach(&at.place).ok().map(SegmentHeader);
    let whole = header.filter(|header| header.magic() == layout::MAGIC && header.version() == layout::VERSION);
    Error::InUseElsewhere { at: at.clone(), folder: whole.and_then(|header| header.folder()) }
}
