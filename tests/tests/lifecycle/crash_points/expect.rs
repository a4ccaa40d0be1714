//! What must be found after a death at each point: the rules that the table in `shmchat::channel`'s `# Crash behaviour`
//! states.

use super::ledger::Fate;
use shmchat::MemoryKind;
use shmchat::Presence;
use shmchat::internals::fault::Point;
use shmchat_tests::memory;

/// What of what had been handed over the victim has acknowledged, if it died in a call that acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acknowledged {
    Nothing,
    /// One at least.
    Some,
    All,
}

/// How much that is.
pub(crate) fn acknowledged(point: Point) -> Acknowledged {
    match point {
        Point::BeforeAcknowledge | Point::NameBegun | Point::NameKept => Acknowledged::Nothing,
        // Of several that were handed over at once, the lines of a block have a mark of their own.
        Point::HeadStored => Acknowledged::Some,
        _ => Acknowledged::All,
    }
}

/// What becomes of a message whose sender died here. All of what one call publishes shares one fate.
pub(crate) fn fate(point: Point, order: &str) -> Fate {
    match point {
        // Its parts are published one by one.
        _ if order == "send-long" => Fate::Doubtful,
        Point::TailStored | Point::FlagClaimed | Point::Rung => Fate::Accepted,
        _ => Fate::Refused,
    }
}

/// Whether `point` comes before `other` in a process's life.
fn before(point: Point, other: Point) -> bool {
    let place = |point| Point::ALL.iter().position(|&each| each == point);
    place(point) < place(other)
}

/// What is to be said of a victim that died here, doing `order`: one of these.
pub(crate) fn presence(point: Point, order: &str) -> &'static [Presence] {
    let woken = [Point::Woken, Point::BellEmptied, Point::FlagLowered].contains(&point);
    match point {
        _ if order == "attach" && before(point, Point::PresentStored) => &[Presence::Absent],
        // Either for the room that was given back before the quit, or for the quit.
        Point::Rung if order == "quit" => &[Presence::Gone, Presence::Quit],
        // The look at the other side before the last one out removes everything.
        _ if order == "quit" && woken => &[Presence::Quit],
        Point::QuitStored | Point::QuitRung | Point::RoleReleased => &[Presence::Quit],
        Point::SegmentRemoved | Point::FirstBellRemoved | Point::BellsRemoved => &[Presence::Absent],
        _ => &[Presence::Gone],
    }
}

/// Whether a living peer has been rung by a victim that died here: whoever has not is not woken.
pub(crate) fn has_rung(point: Point, order: &str) -> bool {
    order != "attach" || [Point::Rung, Point::Attached].contains(&point)
}

/// Why a victim cannot die here while its peer lives, in the words of the table.
pub(crate) fn impossible_with_a_peer(point: Point) -> Option<&'static str> {
    use Point::*;
    match point {
        FolderMade | KeyFileMade | KeyFileFilled | MemoryNamed | SegmentCreated | HeaderBegun | HeaderHalfMade
        | HeaderNamed | HeaderMade => Some("nobody: it would have made this itself"),
        MemoryAdopted => Some("nobody: it would have to be somebody of another boot, or of another folder"),
        point if is_of_recovery(point) => Some("nobody: it would have made this sound itself"),
        StaleStateReset => Some("nobody: its state would not be stale"),
        SegmentRemoved | FirstBellRemoved | BellsRemoved => Some("nobody: only the last one out removes"),
        point if is_of_clean(point) => Some("nobody: a clean-up needs both roles"),
        _ => None,
    }
}

/// Why a victim cannot die here alone, in the words of the table.
pub(crate) fn impossible_alone(point: Point) -> Option<&'static str> {
    match point {
        Point::FarBellOpened => Some("not alone: nobody's bell would be open"),
        _ => None,
    }
}

/// Whether only `Channel::clean` or `Channel::forget` comes here.
pub(crate) fn is_of_clean(point: Point) -> bool {
    !before(point, Point::CleanLocked)
}

/// Whether nobody comes here with the kind of memory that this run is about, or only who takes over a memory.
pub(crate) fn is_of_other_memory(point: Point) -> bool {
    point == Point::MemoryAdopted || (point == Point::MemoryNamed && memory() == MemoryKind::SysV)
}

/// Whether only a sender that stores checkpoints comes here.
pub(crate) fn is_of_a_checkpoint(point: Point) -> bool {
    [Point::CheckpointBegun, Point::CheckpointStored].contains(&point)
}

/// Whether only who agrees on a type of items comes here.
pub(crate) fn is_of_an_item_type(point: Point) -> bool {
    [Point::ItemTypeBegun, Point::ItemTypeStored].contains(&point)
}

/// Whether only a start in another boot comes here.
fn is_of_recovery(point: Point) -> bool {
    [Point::RecoveryBegun, Point::LaneCleared, Point::LaneRecovered, Point::Recovered].contains(&point)
}

/// Whether only those come here whose memory outlives the boot.
pub(crate) fn is_of_a_disk(point: Point) -> bool {
    let others = [Point::SealBroken, Point::SealsGone, Point::Sealed, Point::Persisted, Point::HeadPersisted];
    is_of_recovery(point) || others.contains(&point)
}

/// Whether a sender comes here, or one that waits for room.
pub(crate) fn is_of_sending(point: Point) -> bool {
    !before(point, Point::PayloadStored) && before(point, Point::Quitting) && !is_of_receiving(point)
}

fn is_of_receiving(point: Point) -> bool {
    !before(point, Point::RecordCopied) && before(point, Point::NothingFound)
}
