//! Whose memory this is: where a channel's folder, keys and segment are, and who may use them.
//!
//! | file | what it does |
//! | --- | --- |
//! | `files` | the channel's folder, and the files in it that everybody uses |
//! | `locks` | the role's lock and the channel's |
//! | `keys` | the keys that the segment may have |
//! | `probe` | whose memory is in a slot |
//! | `alone` | being alone with a memory that others find by its name, and taking it over |
//! | `remove` | removing a memory |
//! | `find` | finds the channel's memory, or creates it |

pub(super) mod alone;
pub(super) mod files;
pub(super) mod find;
pub(super) mod keys;
pub(super) mod locks;
pub(super) mod probe;
pub(super) mod remove;
