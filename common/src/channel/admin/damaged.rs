//! Segments at the channel's keys that no start uses, although they may have been the channel's: somebody has
//! overwritten their header.
//!
//! A start takes them for another program's and creates its own at the next key, so nobody would ever remove them.
//! PostgreSQL's rule applies here too: what may be of use to somebody is left alone. So first of all, this user must
//! own it and have created it, it must have a size that only ours have, and it must have one of the channel's keys.
//! Then the remains of its header decide:
//!
//! | what is there | what it is |
//! | --- | --- |
//! | a sound header with another id; its folder is the channel's, or its key file was | from an earlier life: treated like one whose folder is gone ([`Ownership::Nobodys`]) |
//! | the same, but of another folder | another channel's, at a key that both have: not ours |
//! | no magic, but the id; or device and inode of the key file; or the folder's path | damaged ([`Ownership::Damaged`]): removed by force, if nobody is attached |
//! | no magic and no path, but the version, and the capacity that fits its size | the same: nobody else can use it either |
//! | none of that, and nobody attached | perhaps another program's ([`Ownership::AtKey`]): never removed, but reported |
//! | none of that, and somebody attached | another program's, in use |

use super::orphan::{self, Orphan};
use super::ownership::Ownership;
use super::segment_status::SegmentStatus;
use super::segments::Segments;
use crate::channel::config::Config;
use crate::channel::error::Error;
use crate::channel::header::SegmentHeader;
use crate::channel::locate::files::{KEY_FILE, existing_folder, says_folder};
use crate::channel::locate::keys::Keys;
use crate::channel::locate::probe::{Probe, Verdict, classify, is_mine, probe};
use crate::channel::segment_ref::SegmentRef;
use crate::key::Identity;
use crate::layout;
use crate::memory::{Slot, Stat, Window};

/// See [`Channel::damaged`](crate::Channel::damaged).
pub(in crate::channel) fn damaged(config: &Config, listed: Option<&Segments>) -> Result<Vec<Orphan>, Error> {
    let keys = Keys::chosen(config)?;
    let Some(folder) = existing_folder(config)? else { return Ok(Vec::new()) };
    // If something is wrong with the key file, a look at the channel itself says so.
    let key_file = folder.open_to_read(KEY_FILE)?;
    let Some(Ok(Some(identity))) = key_file.map(|mut file| Identity::read(&mut file)) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    // What is found by its name is never taken for another program's.
    let slots = keys.of(&identity).map(Slot::SysV).filter(|slot| listed.is_none_or(|listed| listed.may_have(slot)));
    for slot in slots {
        let Probe::Attached(at, header, stat) = probe(config, &slot, Window::attach)? else { continue };
        // What a start takes up or refuses is the channel's own, whatever is wrong with it.
        let foreign = matches!(classify(config.access, &identity, &at, &header, &stat), Ok(Verdict::Foreign));
        if foreign && is_mine(&stat) {
            let is_ours = header.bears_a_part_of(&identity) || says_folder(&header, &folder)?;
            found.extend(describe(&at, &header, &stat, is_ours));
        }
    }
    Ok(found)
}

/// What a segment is that a start takes for foreign; `None` if the start is right.
fn describe(at: &SegmentRef, header: &SegmentHeader<Window>, stat: &Stat, is_ours: bool) -> Option<Orphan> {
    let segment = SegmentStatus::new(&at.place, stat);
    let orphan = |whose| Some(Orphan { segment, whose, folder: header.folder(), waiting: None, checkpoint: None });
    // Before we attached it.
    let nobody_in = stat.attached == Some(0);
    if header.magic() == layout::MAGIC {
        let sound = orphan::describe(&at.place, stat, header);
        return match sound.whose {
            Ownership::Unknown if is_ours => orphan(Ownership::Damaged(at.channel.clone())),
            Ownership::Unknown if nobody_in => orphan(Ownership::AtKey(at.channel.clone())),
            Ownership::Nobodys | Ownership::Version(_) if is_ours => Some(sound),
            _ => None,
        };
    }
    let fits = header.version() == layout::VERSION && header.capacity().is_ok();
    match is_ours || (fits && header.folder().is_none()) {
        true => orphan(Ownership::Damaged(at.channel.clone())),
        false if nobody_in => orphan(Ownership::AtKey(at.channel.clone())),
        false => None,
    }
}
