//! `reader --status`: what there is of a channel, or of all, and which segments of ours belong to none.
//!
//! For people: a paragraph of at most 80 columns each. With `--json` an object per channel and line, and one more for each
//! segment at its keys that was damaged (`corrupt`) or that nobody can tell from another program's (`unknown`):
//!
//! | field | what it is |
//! | --- | --- |
//! | `channel`, `folder` | its name and its folder; null where a segment does not tell |
//! | `condition` | `whole`, `empty` (no segment, nobody there), `half-made`, `removed` (a segment that was removed under somebody), `corrupt`, `other-version`, `open-to-others`, `unusable`; of a segment that belongs to no channel there: `orphan` (nobody finds it any more), `elsewhere` (say `--dir`), `unknown` |
//! | `problem` | the sentence that says what is wrong and the way out, or null |
//! | `key`, `shmid`, `bytes`, `capacity`, `mode`, `owner`, `group`, `attached` | its segment: key and mode as text (`"0x6e0114e5"`, `"0600"`), owner and group as ids, bytes of all of it and of each lane, how many have it attached; null where there is none |
//! | `writer`, `reader` | an object: `presence` (`here`, `quit`, `died`, `nobody`), `name`, `pid`, `uid`, `since` (RFC 3339, UTC), null where unknown |
//! | `messages`, `replies` | what waits from writer to reader, and the other way: an object of `empty`, `count` (0 and not `empty`: the rest of a message), `bytes` and `since` (when the oldest was said, or null); null where it cannot be told |
//!
//! What a terminal would obey or hide is escaped in it, as in [`crate::framing::json`].

mod entry;
mod report;

use super::advisor::Advisor;
use super::args::Shared;
use super::channels::channels;
use super::console::tell;
use super::failure::Failure;
use super::prepare::{keep_to_ourselves, start_logging};
use entry::StatusEntry;
use shmchat::admin::orphans;

/// Shows what there is: of the channel that was named, or of all.
pub fn status(shared: &Shared, json: bool) -> Result<(), Failure> {
    let advisor = Advisor::of(shared);
    show(shared, json, &advisor).map_err(|failure| advisor.advise(failure))
}

fn show(shared: &Shared, json: bool, advisor: &Advisor) -> Result<(), Failure> {
    keep_to_ourselves();
    start_logging(shared, false)?;
    let (base, channels) = channels(shared)?;
    let mut entries = Vec::new();
    let mut known = Vec::new();
    for channel in channels {
        let name = channel.name();
        match channel.status() {
            Ok(Some(status)) => {
                known.extend(status.segment.map(|segment| segment.shmid));
                entries.push(StatusEntry::of_channel(status, advisor));
            }
            // It went while we listed, or it never was.
            Ok(None) if shared.channel.is_none() => {}
            Ok(None) => return Err(Failure::NoChannel { channel: name.clone(), path: base }),
            Err(error) if shared.channel.is_none() => {
                entries.push(StatusEntry::unreadable(name, &base, &error, advisor));
            }
            Err(error) => return Err(error.into()),
        }
        // What keeps them from being looked at has been reported.
        for orphan in channel.damaged().unwrap_or_default() {
            known.push(orphan.segment.shmid);
            entries.push(StatusEntry::of_orphan(orphan, advisor));
        }
    }
    if shared.channel.is_none() {
        entries.extend(
            orphans(shared.dir.as_deref(), &known)?.into_iter().map(|orphan| StatusEntry::of_orphan(orphan, advisor)),
        );
    }
    if entries.is_empty() && !json {
        return tell(&format!("no channels in {}", report::path(&base)));
    }
    for entry in entries {
        let text = if json { entry.json() } else { report::paragraph(&entry) };
        tell(&text)?;
    }
    Ok(())
}
