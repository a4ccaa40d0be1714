//! The type of a lane's items, as those who came first have agreed it.
//!
//! Whoever writes it holds the channel's `lock`, so nobody reads it half written but after a death.
//!
//! # Crash behaviour
//! The hash is 0 in the meantime, which means that nothing is agreed. It is only written over where nobody relies on what was
//! agreed before: so the next one agrees anew.

use super::SegmentHeader;
use crate::channel::error::ItemType;
use crate::fault::{Point, point};
use crate::layout::{ITEM_NAME_BYTES, Lane, WORD, Words, word};
use crate::sync::Ordering::Release;
use crate::sync::fence;

fn block(lane: Lane) -> usize {
    word::ITEM_TYPES + lane as usize * word::ITEM_TYPE_STRIDE
}

impl<W: Words> SegmentHeader<W> {
    /// The type of this lane's items; `None` if none is agreed. Whatever a broken peer wrote there is shown and compared, and
    /// nothing is done by it.
    pub(in crate::channel) fn item_type(&self, lane: Lane) -> Option<ItemType> {
        let base = block(lane);
        let name_hash = self.load_acquire(base + word::ITEM_NAME_HASH);
        let name = self.bytes(base + word::ITEM_NAME, base + word::ITEM_NAME_LENGTH, ITEM_NAME_BYTES);
        let name = String::from_utf8_lossy(&name).into_owned();
        let (size, align) = (self.load(base + word::ITEM_SIZE), self.load(base + word::ITEM_ALIGN));
        (name_hash != 0).then_some(ItemType { name, size, align, name_hash })
    }
}

impl SegmentHeader {
    /// Agrees on the type of this lane's items. The caller holds the channel's `lock`.
    pub(in crate::channel) fn set_item_type(&self, lane: Lane, item: &ItemType) {
        let base = block(lane);
        self.store(base + word::ITEM_NAME_HASH, 0);
        // Release: whoever finds a word of the new type finds the 0, or the new hash.
        fence(Release);
        point(Point::ItemTypeBegun);
        let mut name = [0; ITEM_NAME_BYTES];
        name[..item.name.len()].copy_from_slice(item.name.as_bytes());
        for (index, chunk) in name.as_chunks::<WORD>().0.iter().enumerate() {
            self.store(base + word::ITEM_NAME + index, u64::from_ne_bytes(*chunk));
        }
        self.store(base + word::ITEM_NAME_LENGTH, item.name.len() as u64);
        self.store(base + word::ITEM_SIZE, item.size);
        self.store(base + word::ITEM_ALIGN, item.align);
        fence(Release);
        self.store(base + word::ITEM_NAME_HASH, item.name_hash);
        point(Point::ItemTypeStored);
    }
}
