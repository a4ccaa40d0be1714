//! The contents of a segment, read by somebody who takes no part in the channel.
//!
//! It uses only [`Words`], so that a segment attached for reading is enough and nothing can be stored by mistake. What
//! it reads may be anything; what makes no sense is an error.

use super::{SegmentHeader, State};
use crate::boot::BootId;
use crate::channel::error::{Corruption, Error};
use crate::channel::peer::{Peer, Presence};
use crate::channel::role::Role;
use crate::channel::segment_ref::SegmentRef;
use crate::fault::{Mutant, sabotaged};
use crate::layout::{LanePlace, Words};
use crate::ring::{self, Backlog, Corrupt, checkpoint::is_kept, recover};

/// What is waiting in the two lanes, messages first, for people to read; `None` for a lane that is too busy to count.
pub(in crate::channel) fn lanes<W: Words>(header: &SegmentHeader<W>) -> Result<[Option<Backlog>; 2], Corruption> {
    both(header, ring::look, Some)
}

/// Looks at both lanes, messages first: with `look` as processes left them or, after a power cut, at what the next start will
/// find.
fn both<W: Words, T>(
    header: &SegmentHeader<W>,
    look: impl Fn(&W, &LanePlace) -> Result<T, Corrupt>,
    after_power_cut: impl Fn(Backlog) -> T,
) -> Result<[T; 2], Corruption> {
    let is_sound = is_sound(header)?;
    let look = |role| {
        let place = header.lane(role)?;
        Ok::<_, Corruption>(match is_sound {
            true => look(&header.0, &place)?,
            false => after_power_cut(recover::backlog(&header.0, &place)?),
        })
    };
    Ok([look(Role::Writer)?, look(Role::Reader)?])
}

/// Whether the lanes are as processes left them. After a power cut they may not be, until the next start has made them sound;
/// until then, what waits is what that start will find. If nobody knows which boot this is, they count as not sound: what that
/// start would find is there in either case.
fn is_sound<W: Words>(header: &SegmentHeader<W>) -> Result<bool, Corruption> {
    let is_left = || BootId::current().map_or(true, |boot| header.is_of_another_boot(boot));
    Ok(!header.durability()?.is_sealed() || !is_left())
}

/// Whether the writer, and whether the reader, has stored a checkpoint that it has not released.
pub(in crate::channel) fn checkpoints<W: Words>(header: &SegmentHeader<W>) -> Result<[bool; 2], Corruption> {
    let look = |role| Ok::<_, Corruption>(is_kept(&header.0, &header.lane(role)?));
    Ok([look(Role::Writer)?, look(Role::Reader)?])
}

/// Whose checkpoint keeps the segment; the writer's if both do.
pub(in crate::channel) fn checkpoint<W: Words>(header: &SegmentHeader<W>) -> Option<Role> {
    let kept = checkpoints(header).unwrap_or_default();
    [Role::Writer, Role::Reader].into_iter().find(|&role| kept[role as usize])
}

/// Whether nothing at all is waiting in the two lanes, and no checkpoint stands there. Only then may the segment be removed
/// without force.
pub(in crate::channel) fn is_empty<W: Words>(header: &SegmentHeader<W>, at: &SegmentRef) -> Result<bool, Error> {
    if sabotaged(Mutant::CountDecides) {
        return backlog(header, at).map(|backlog| backlog.messages == 0);
    }
    let nothing_waits = || -> Result<bool, Corruption> {
        let is_empty = both(header, ring::is_empty, |backlog| backlog.is_empty())?;
        Ok(is_empty == [true; 2] && checkpoints(header)? == [false; 2])
    };
    nothing_waits().map_err(|what| Error::Corrupt { at: at.clone(), what })
}

/// What is waiting in both lanes together, for people to read. A lane that is too busy to count is left out.
pub(in crate::channel) fn backlog<W: Words>(header: &SegmentHeader<W>, at: &SegmentRef) -> Result<Backlog, Error> {
    let [messages, replies] = lanes(header).map_err(|what| Error::Corrupt { at: at.clone(), what })?;
    Ok(messages.unwrap_or_default().and(replies.unwrap_or_default()))
}

/// A role, from what it says about itself and whether its process is there.
pub(in crate::channel) fn role<W: Words>(
    header: &SegmentHeader<W>,
    role: Role,
    is_there: bool,
) -> Result<Peer, Corruption> {
    let state = header.state(role)?;
    let process = match state {
        State::Absent => Presence::Absent,
        State::Quit => Presence::Quit,
        State::Present if is_there => Presence::Here,
        State::Present => Presence::Gone,
    };
    Ok(header.peer_record(role).seen(process, header.stand_in(role, state)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{MAX_CAPACITY, MIN_CAPACITY, WORD, segment_bytes, word};
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering::Relaxed;

    #[test]
    fn a_capacity_that_is_not_the_segments_is_an_error_and_no_place_to_look_at() {
        let words = segment_bytes(MIN_CAPACITY) / WORD;
        let header = SegmentHeader((0..words).map(|_| AtomicU64::new(0)).collect::<Vec<_>>());
        for said in [0, 8, 2 * MIN_CAPACITY, MAX_CAPACITY, 1 << 63, u64::MAX - 8, u64::MAX] {
            header.0[word::CAPACITY].store(said, Relaxed);
            let found = lanes(&header);
            assert!(matches!(found, Err(Corruption::Header { value, .. }) if value == said), "{said:#x}: {found:?}");
        }
        header.0[word::CAPACITY].store(MIN_CAPACITY, Relaxed);
        assert_eq!(lanes(&header).map(|lanes| lanes.map(|lane| lane.map(|lane| lane.bytes))), Ok([Some(0); 2]));
    }
}
