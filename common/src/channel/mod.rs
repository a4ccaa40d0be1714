//! A channel: `open(name, role)` gives an [`Endpoint`] that sends on one lane and receives on the other.
//!
//! ```text
//!              to-writer ◄──────── rings ────────┐
//!   ┌──────────┐                              ┌──────────┐
//!   │  writer  │ ── lane messages ──────────► │  reader  │
//!   │ Endpoint │ ◄─────────── lane replies ── │ Endpoint │
//!   └──────────┘                              └──────────┘
//!        └──────── rings ────────► to-reader
//! ```
//!
//! Ground floor first; what stands in a line imports only from those above it.
//!
//! | | what it does |
//! | --- | --- |
//! | `role`, `name`, `segment_ref`, `peer` | plain types: the two sides, a channel's name, which segment, the other side |
//! | `error`, `config` | what can go wrong; what somebody says of a channel before it is open |
//! | `codec/` | messages to records and back; knows no process |
//! | `header/` | the segment's header by field, a role's record in it, and what waits |
//! | `locate/` | whose memory is this: the folder's files, locks, keys, the segment |
//! | `endpoint/` | what a process holds once attached: send, receive, wait, quit |
//! | `attach` | the one path for first start, restart and recovery |
//! | `admin/` | status, clean-up, orphans |
//! | `builder` | [`Channel`]: where all of it begins |
//!
//! # Crash behaviour
//! What others find changes only at the steps below, each a point of [`fault`](crate::fault) at which a test build can be
//! made to die. `tests/crash_points` dies at all of them, in both roles, alone and beside a living peer, and holds this
//! table against what is found.
//!
//! "Gone", "quit": the peer is woken, by the hang-up if by nothing else, says so, and gets all that was accepted. A peer
//! that starts only after the death says the same if something waits for it, else "absent".
//!
//! | killed at | what a living peer sees | what the next start does |
//! | --- | --- | --- |
//! | `folder-made` | nobody: it would have made this itself | uses the folder |
//! | `folder-ready` | nothing | uses the folder |
//! | `role-locked` | nothing | takes the role: its lock is free |
//! | `role-taken` | nothing | the same |
//! | `channel-locked` | nothing | the same; the channel's lock is free too |
//! | `key-file-made` | nobody: it would have made this itself | fills the key file |
//! | `key-file-filled` | nobody: it would have made this itself | creates the segment |
//! | `segment-created` | nobody: it would have made this itself | finishes the segment: it is all zero |
//! | `header-begun` | nobody: it would have made this itself | finishes it: nothing but a part of our id stands there |
//! | `header-half-made` | nobody: it would have made this itself | finishes it: it has our id and no magic |
//! | `header-named` | nobody: it would have made this itself | finishes it: it has our id and no magic, and a path may be any |
//! | `header-made` | nobody: it would have made this itself | uses the segment |
//! | `stale-state-reset` | nobody: its state would not be stale | uses the segment |
//! | `first-bell-made` | nothing | makes the other bell |
//! | `bells-made` | nothing | uses the bells |
//! | `bell-opened` | nothing | the same |
//! | `peer-record-stored` | nothing | the same: `state` is still the last life's |
//! | `present-stored` | not rung yet, nothing; "gone" if it looks | begins a new life |
//! | `channel-unlocked` | the same | the same |
//! | `far-bell-opened` | the same | the same; not alone: nobody's bell would be open |
//! | `attached` | "gone" | the same |
//! | `payload-stored` | "gone"; not the message | writes over it |
//! | `message-half-stored` | "gone"; nothing of the message | writes over it |
//! | `tail-stored` | "gone", and the message | goes on after the message |
//! | `flag-claimed` | the same; it is woken by the hang-up | the same |
//! | `rung` | the same | the same |
//! | `record-copied` | "gone"; what was handed over before is taken, this waits | is handed this |
//! | `before-acknowledge` | "gone"; what was handed over last waits | is handed that again |
//! | `head-stored` | "gone"; that is taken, and its room free | is handed what follows, and unmarked lines again |
//! | `mark-stored` | "gone"; what is before the mark is taken, to the byte | is handed what is behind it, the rest of a message first |
//! | `flag-raised` | "gone"; may ring once in vain | lowers the flag |
//! | `falling-asleep` | the same | the same |
//! | `woken` | the same | the same, and looks at the ring: it needs no bell |
//! | `bell-emptied` | the same | the same |
//! | `flag-lowered` | "gone" | looks at the ring |
//! | `quitting` | "gone"; all that was handed over is taken | goes on after it |
//! | `quit-locked` | the same | the same; the channel's lock is free |
//! | `quit-stored` | "quit"; it is woken by the hang-up | takes up what waits |
//! | `quit-rung` | "quit" | the same |
//! | `segment-removed` | nobody: only the last one out removes | makes a new segment, uses the bells |
//! | `first-bell-removed` | nobody: only the last one out removes | makes a new segment and that bell |
//! | `bells-removed` | nobody: only the last one out removes | makes all anew |
//! | `role-released` | "quit" | takes up what waits, or makes all anew |
//! | `clean-locked` | nobody: a clean-up needs both roles | finds all as it was |
//! | `clean-segment-removed` | nobody: a clean-up needs both roles | makes a new segment, uses the bells |
//! | `clean-first-bell-removed` | nobody: a clean-up needs both roles | makes a new segment and that bell |
//! | `clean-bells-removed` | nobody: a clean-up needs both roles | makes all anew |
//!
//! A message longer than half the lane goes in parts, and each part is a record of its own to these rules: if its sender
//! dies, the receiver drops what it has of the message and says so with the next one; if its receiver dies, the successor
//! gets only the rest.

mod admin;
mod attach;
mod builder;
mod codec;
mod config;
mod endpoint;
mod error;
mod header;
mod locate;
mod name;
mod peer;
mod role;
mod segment_ref;

pub use admin::clean::Cleaned;
pub use admin::error::AdminError;
pub use admin::listing::{channels_in, dir_exists};
pub use admin::orphan::{Orphan, orphans};
pub use admin::ownership::Ownership;
pub use admin::segment_status::SegmentStatus;
pub use admin::status::{Condition, Status};
pub use builder::Channel;
pub use codec::decoder::{DEFAULT_MESSAGE_LIMIT, Decoder};
pub use codec::encoder::Encoder;
pub use codec::envelope::{Envelope, Message, OwnedMessage};
pub use codec::outgoing::Outgoing;
pub use codec::part::Part;
pub use codec::reached::Reached;
pub use codec::view::{InPlace, View};
pub use codec::write_slot::WriteSlot;
pub use endpoint::{Endpoint, Inspection, Interest, Iter, QuitReport, Receiver, Rings, Sender};
pub use error::{Corruption, Error, RecvError, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
pub use name::{ChannelName, InvalidName};
pub use peer::{Peer, Presence};
pub use role::Role;
pub use segment_ref::SegmentRef;
