//! Looking after channels: what there is of one ([`Channel::status`](crate::Channel::status)), cleaning up after those who
//! did not leave in good order ([`Channel::clean`](crate::Channel::clean)), and the segments whose folder is gone
//! ([`orphans`]).

pub use crate::channel::{
    AdminError, Cleaned, Condition, Orphan, Ownership, SegmentStatus, Status, channels_in, dir_exists, orphans,
};
