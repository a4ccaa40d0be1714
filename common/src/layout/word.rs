//! Indices of the header's words.

use super::{EnduranceBlock, HeaderLayout, ItemTypeBlock, RoleBlock, WORD, offset_of};

/// Where [`super::MAGIC`] is.
pub const MAGIC: usize = offset_of!(HeaderLayout, magic) / WORD;
/// Where [`super::VERSION`] is.
pub const VERSION: usize = offset_of!(HeaderLayout, version) / WORD;
/// The size of one lane, in bytes.
pub const CAPACITY: usize = offset_of!(HeaderLayout, capacity) / WORD;
/// The first of the two words of the channel's id.
pub const ID: usize = offset_of!(HeaderLayout, id) / WORD;
/// `st_dev` of the key file.
pub const KEY_DEVICE: usize = offset_of!(HeaderLayout, key_device) / WORD;
/// `st_ino` of the key file.
pub const KEY_INODE: usize = offset_of!(HeaderLayout, key_inode) / WORD;
/// Which creation of the segment this is: random, never 0.
pub const GENERATION: usize = offset_of!(HeaderLayout, generation) / WORD;
/// The length of the folder's path in bytes; 0 if it is not stored.
pub const PATH_LENGTH: usize = offset_of!(HeaderLayout, path_length) / WORD;
/// The folder's path.
pub const PATH: usize = offset_of!(HeaderLayout, path) / WORD;
/// The first role's block.
pub const ROLES: usize = offset_of!(HeaderLayout, roles) / WORD;
/// The first role's word for what it shows in place of its own presence.
pub const STAND_IN: usize = offset_of!(HeaderLayout, stand_in) / WORD;
/// The first role's word for whether it relies on the barriers of sleepers.
pub const RELIES: usize = offset_of!(HeaderLayout, relies) / WORD;
/// Words from one role's block to the next.
pub const ROLE_STRIDE: usize = size_of::<RoleBlock>() / WORD;

/// Within a role's block: absent, present or quit.
pub const STATE: usize = offset_of!(RoleBlock, state) / WORD;
/// Within a role's block: grows by one at each attach.
pub const EPOCH: usize = offset_of!(RoleBlock, epoch) / WORD;
/// Within a role's block: the process id, for people to read.
pub const PID: usize = offset_of!(RoleBlock, pid) / WORD;
/// Within a role's block: the user id, for people to read.
pub const UID: usize = offset_of!(RoleBlock, uid) / WORD;
/// Within a role's block: nanoseconds since the epoch at attach.
pub const SINCE: usize = offset_of!(RoleBlock, since) / WORD;
/// Within a role's block: the length of the display name in bytes.
pub const NAME_LENGTH: usize = offset_of!(RoleBlock, name_length) / WORD;
/// Within a role's block: the display name.
pub const NAME: usize = offset_of!(RoleBlock, name) / WORD;
/// Within a role's block: how often the name was changed, times two; odd while it is being written.
pub const RENAMED: usize = offset_of!(RoleBlock, renamed) / WORD;
/// Within a role's block: when its user last typed, in nanoseconds since the epoch; 0 if nothing is being typed.
pub const TYPING: usize = offset_of!(RoleBlock, typing) / WORD;

/// The first lane's block for the type of its items.
pub const ITEM_TYPES: usize = offset_of!(HeaderLayout, item_types) / WORD;
/// Words from one lane's block to the next.
pub const ITEM_TYPE_STRIDE: usize = size_of::<ItemTypeBlock>() / WORD;
/// Within a lane's block: the hash of the type's name; 0 if nothing is agreed.
pub const ITEM_NAME_HASH: usize = offset_of!(ItemTypeBlock, name_hash) / WORD;
/// Within a lane's block: the size of an item in bytes.
pub const ITEM_SIZE: usize = offset_of!(ItemTypeBlock, size) / WORD;
/// Within a lane's block: the alignment of an item in bytes.
pub const ITEM_ALIGN: usize = offset_of!(ItemTypeBlock, align) / WORD;
/// Within a lane's block: the length of the name in bytes.
pub const ITEM_NAME_LENGTH: usize = offset_of!(ItemTypeBlock, name_length) / WORD;
/// Within a lane's block: the name.
pub const ITEM_NAME: usize = offset_of!(ItemTypeBlock, name) / WORD;

const ENDURANCE: usize = offset_of!(HeaderLayout, endurance);
/// The first of the two words of the id of the boot in which the memory was last found sound.
pub const BOOT: usize = (ENDURANCE + offset_of!(EnduranceBlock, boot)) / WORD;
/// A [`super::Durability`].
pub const DURABILITY: usize = (ENDURANCE + offset_of!(EnduranceBlock, durability)) / WORD;
/// The first lane's count of bytes that the last power cut has taken.
pub const DROPPED: usize = (ENDURANCE + offset_of!(EnduranceBlock, dropped)) / WORD;
