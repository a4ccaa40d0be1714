//! Looking after channels: what is there, and cleaning up after processes that did not leave in good order.
//!
//! | file | what it does |
//! | --- | --- |
//! | `segment_status`, `ownership`, `error` | what the kernel says about a segment; whose it is; what can go wrong |
//! | `segments` | all segments, listed once |
//! | `listing` | which channels there are |
//! | `orphan` | segments whose folder is gone |
//! | `damaged` | segments at a channel's keys whose header somebody has overwritten |
//! | `clean` | removes what no living process uses |
//! | `forget` | removes the folder too |
//! | `status` | the state of a channel, for people to read |

pub(super) mod clean;
pub(super) mod damaged;
pub(super) mod error;
pub(super) mod forget;
pub(super) mod listing;
pub(super) mod orphan;
pub(super) mod ownership;
pub(super) mod segment_status;
pub(super) mod segments;
pub(super) mod status;
