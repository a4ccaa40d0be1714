//! What can be seen of a segment: where it is, what the kernel knows about it, and what is in its lanes. It is for people to look
//! at. It makes no promise about the contents: they may change with any version.
//!
//! [`Endpoint::inspect`](crate::Endpoint::inspect) is where to begin:
//!
//! ```
//! use shmchat::{Channel, Role};
//!
//! # let folder = tempfile::tempdir()?;
//! # let channel = Channel::named("lobby".parse()?).dir(folder.path());
//! # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
//! writer.send("hello")?;
//! for record in &reader.inspect(10, 16).lanes[0].newest {
//!     println!("at {}: {:?}, {} bytes", record.position, record.header.kind, record.header.length);
//! }
//! # reader.recv()?;
//! # reader.receiver().acknowledge()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::channel::{Inspection, Rings, SegmentRef};
pub use crate::key::Key;
pub use crate::layout::{VERSION as LAYOUT_VERSION, capacity_of, segment_bytes};
pub use crate::memory::{Location, PosixObject, RingFile, SegmentId, Stat};
pub use crate::ring::newest::{LaneSeen, RecordSeen};
pub use crate::ring::record::{Flags, RecordHeader};
