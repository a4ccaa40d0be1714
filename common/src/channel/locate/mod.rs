//! Whose memory is this: where a channel's folder, keys and segment are, and who may use them.
//!
//! | file | what it does |
//! | --- | --- |
//! | `files` | the channel's folder, and the files in it that all agree on |
//! | `locks` | the role's lock and the channel's |
//! | `keys` | at which keys the segment may stand |
//! | `probe` | whose a segment is that stands at a key |
//! | `find` | the channel's segment, made where there is none |
//! | `remove` | removing a segment |

pub(super) mod files;
pub(super) mod find;
pub(super) mod keys;
pub(super) mod locks;
pub(super) mod probe;
pub(super) mod remove;
