//! Checks that two tests make: the safety test, which must pass, and `sabotage.rs`, which runs the same check over programs that
//! leave out the line in question, and must see it fail. So no check here can be one that passes whatever the programs do.
//!
//! Each takes the sabotage, if there is one, and panics at what it does not like.

mod alive;
mod folder;
mod foreign;
mod nonsense;
mod pool;
mod removed;
mod rest;
mod text;

pub use alive::{a_dying_holder_is_waited_for, a_dying_peer_is_waited_for};
pub use folder::a_moved_folder_is_noticed;
pub use foreign::{NOBODY, Snapshot, assert_refused, links_are_refused, wider_rights_are_refused};
pub use nonsense::nonsense_is_code_5;
pub use pool::{a_message_is_kept_until_it_is_done, the_head_waits_for_the_oldest};
pub use removed::a_removed_segment_is_noticed;
pub use rest::{only_the_rest_waits, the_rest_of_a_stream_is_left};
pub use text::{
    DANGEROUS, Surface, assert_tame, hostile_text, no_framing_reaches_a_terminal_raw, no_text_reaches_a_terminal_raw,
};
