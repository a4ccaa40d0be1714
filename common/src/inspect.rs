//! What can be seen of a segment: where it is, what the kernel knows of it, and what lies in its lanes. For people to look
//! at, and no part of any promise.

pub use crate::channel::{Inspection, Rings, SegmentRef};
pub use crate::key::Key;
pub use crate::layout::{VERSION as LAYOUT_VERSION, capacity_of, segment_bytes};
pub use crate::ring::newest::{LaneSeen, RecordSeen};
pub use crate::ring::record::{Flags, RecordHeader};
pub use crate::segment::{SegmentId, Stat, stat};
