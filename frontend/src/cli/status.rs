//! `--status`: the state of a channel, or of all, and which of our segments belong to none.
//!
//! For people: a paragraph of at most 80 columns each. With `--json`: one object per line and channel, and one more for each
//! segment with one of its keys that is damaged (`corrupt`) or may be another program's (`unknown`):
//!
//! | field | what it is |
//! | --- | --- |
//! | `channel`, `folder` | its name and its folder; null if a segment does not say |
//! | `condition` | `whole`, `empty` (no segment, nobody there), `half-made`, `removed` (a segment that was removed while in use), `corrupt`, `other-version`, `open-to-others`, `unusable`; for a segment that belongs to no channel there: `orphan` (nobody can find it any more), `elsewhere` (see `--dir`), `unknown` |
//! | `problem` | a sentence that says what is wrong and how to fix it, or null |
//! | `memory`, `path` | of which kind its memory is (`sysv`, `posix`, `file`), and where it is if it is a file; null if there is none |
//! | `key`, `shmid`, `bytes`, `capacity`, `mode`, `owner`, `group`, `attached` | its memory: key and mode as text (`"0x6e0114e5"`, `"0600"`), owner and group as ids, the bytes of the whole and of each lane, how many times it is attached; null if there is none; key, shmid and attached only of a System V segment |
//! | `writer`, `reader` | an object: `presence` (`here`, `quit`, `died`, `nobody`), `name`, `pid`, `uid`, `stands_in` (the process stands for somebody elsewhere, whose presence, name and `since` these are), `since` (RFC 3339, UTC), null if unknown |
//! | `messages`, `replies` | what is waiting from writer to reader, and the other way: an object of `empty`, `count` (0 and not `empty`: the rest of a message), `bytes` and `since` (when the oldest was sent, or null); null if it cannot be told |
//! | `kept_for` | the roles of bridges whose place is kept there, so that they send nothing twice: an array of `writer` and `reader`, mostly empty; null if it cannot be told |
//! | `synced` | whether what is accepted and acknowledged is on the disk (`--sync`); null if it cannot be told |
//!
//! Anything that a terminal would obey or hide is escaped, as in [`crate::framing::json`].

mod entry;
mod report;

use super::advisor::Advisor;
use super::args::Shared;
use super::channels::channels;
use super::console::tell;
use super::failure::Failure;
use super::prepare::{set_up_process, start_logging};
use super::upkeep::Looking;
use crate::text::counted;
use entry::StatusEntry;
use shmchat::admin::Segments;

/// Shows the state of the named channel, of those in use, or of all.
pub fn status(shared: &Shared, looking: &Looking) -> Result<(), Failure> {
    let advisor = Advisor::of(shared);
    show(shared, looking, &advisor).map_err(|failure| advisor.advise(failure))
}

fn show(shared: &Shared, looking: &Looking, advisor: &Advisor) -> Result<(), Failure> {
    let &Looking { json, all, .. } = looking;
    set_up_process()?;
    start_logging(&shared.log, false)?;
    let (base, channels) = channels(shared)?;
    let segments = if shared.channel.is_none() { Some(Segments::list()?) } else { None };
    let segments = segments.as_ref();
    let mut entries = Vec::new();
    let mut known = Vec::new();
    for channel in channels {
        let name = channel.name();
        match segments.map_or_else(|| channel.status(), |segments| channel.status_among(segments)) {
            Ok(Some(status)) => {
                known.extend(status.segment.as_ref().map(|segment| segment.place.clone()));
                entries.push(StatusEntry::of_channel(status, advisor));
            }
            // It disappeared while we listed them, or never existed.
            Ok(None) if shared.channel.is_none() => {}
            Ok(None) => return Err(Failure::NoChannel { channel: name.clone(), path: base }),
            Err(error) if shared.channel.is_none() => {
                entries.push(StatusEntry::unreadable(name, &base, &error, advisor));
            }
            Err(error) => return Err(error.into()),
        }
        // If they cannot be looked at, that has been reported.
        let damaged = segments.map_or_else(|| channel.damaged(), |segments| channel.damaged_among(segments));
        for orphan in damaged.unwrap_or_default() {
            known.push(orphan.segment.place.clone());
            entries.push(StatusEntry::of_orphan(orphan, advisor));
        }
    }
    if let Some(segments) = segments {
        let orphans = segments.orphans(shared.place.dir.as_deref(), &known);
        entries.extend(orphans.into_iter().map(|orphan| StatusEntry::of_orphan(orphan, advisor)));
    }
    let found = entries.len();
    if !all && shared.channel.is_none() {
        entries.retain(StatusEntry::is_in_use);
    }
    let unused = found - entries.len();
    if found == 0 && !json {
        return tell(&format!("no channels in {}", report::path(&base)));
    }
    for entry in entries {
        let text = if json { entry.json() } else { report::paragraph(&entry) };
        tell(&text)?;
    }
    match unused {
        0 => Ok(()),
        _ if json => Ok(()),
        unused => {
            let (are, them) = if unused == 1 { ("is", "it") } else { ("are", "them") };
            let (channels, all) = (counted(unused as u64, "channel"), advisor.reader("--status --all", None));
            tell(&format!("{channels} {are} not in use; show {them} with: {all}"))
        }
    }
}
