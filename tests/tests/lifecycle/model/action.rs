//! What may happen to a channel, drawn at random, and told so that a person can do the same.

use proptest::prelude::*;
use shmchat::internals::fault::Point;
use shmchat::{Presence, Role};
use std::fmt;

/// Bytes of each lane: the fewest there can be, so that lanes get full and go round.
pub(crate) const CAPACITY: usize = 64 << 10;

/// One thing that happens, to one of two channels in the same folder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) channel: usize,
    pub(crate) action: Action,
    /// Whoever does it dies at this point, when that is passed so often; it may not come so far.
    pub(crate) death: Option<(Point, u32)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    /// A role starts. It receives long messages whole, or each part as it comes.
    Start(Role, Parts),
    /// Calls itself something else.
    Rename(Role),
    /// Sends; who is not there starts first.
    Send(Role, Form),
    /// Writes a message and does not show it yet.
    Put(Role, Form),
    /// Takes so many messages, or fewer where there are not as many, in this way; who is not there starts first.
    Take(Role, u8, Way),
    /// Acknowledges what was taken.
    Acknowledge(Role),
    /// Goes to sleep until a message comes; the next thing that it does wakes it.
    Sleep(Role),
    /// Shows this of somebody elsewhere.
    StandIn(Role, Presence),
    Quit(Role),
    /// Leaves without a quit.
    Withdraw(Role),
    Kill(Role),
    Status,
    Clean {
        force: bool,
    },
    /// Nobody being there, somebody removes the channel's folder.
    RemoveFolder,
}

/// How a receiver takes what comes in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    AsTheyCome,
    PutTogether,
}

/// How a receiver looks at what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Copied,
    /// Several with one call, which are acknowledged together.
    Batch,
    InPlace,
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// One message, in one piece, of so many bytes.
    Whole(usize),
    /// So many messages of one size together.
    Pack(usize, usize),
    /// A block of so many lines of one size.
    Lines(usize, usize),
    /// The next part of a message in parts, or of a stream: its first one where none has been begun.
    Part(usize),
    /// The last part.
    End(usize),
}

/// The points that each action may come to.
fn points(action: Action) -> &'static [Point] {
    use Point::*;
    match action {
        Action::Start(..) => &[
            FolderMade,
            FolderReady,
            RoleLocked,
            RoleTaken,
            ChannelLocked,
            KeyFileMade,
            KeyFileFilled,
            SegmentCreated,
            HeaderBegun,
            HeaderHalfMade,
            HeaderNamed,
            HeaderMade,
            StaleStateReset,
            FirstBellMade,
            BellsMade,
            BellOpened,
            PeerRecordStored,
            StandInReset,
            PresentStored,
            ChannelUnlocked,
            FarBellOpened,
            Attached,
        ],
        Action::Send(..) | Action::Put(..) => {
            &[PayloadStored, MessageHalfStored, TailStored, FlagClaimed, FarBellOpened, Rung]
        }
        Action::Take(..) | Action::Acknowledge(..) => {
            &[RecordCopied, BeforeAcknowledge, NameBegun, NameKept, HeadStored, MarkStored, FlagClaimed, Rung]
        }
        Action::Sleep(..) => &[NothingFound, FlagRaised, FallingAsleep, FarBellOpened],
        Action::StandIn(..) => &[TailStored, StandInStored, FlagClaimed, FarBellOpened, Rung],
        Action::Quit(..) | Action::Withdraw(..) => &[
            TailStored,
            BeforeAcknowledge,
            NameBegun,
            NameKept,
            HeadStored,
            Quitting,
            QuitLocked,
            QuitStored,
            QuitRung,
            SegmentRemoved,
            FirstBellRemoved,
            BellsRemoved,
            RoleReleased,
        ],
        Action::Clean { .. } => {
            &[RoleLocked, CleanLocked, CleanSegmentRemoved, CleanFirstBellRemoved, CleanBellsRemoved]
        }
        Action::Rename(_) | Action::Kill(_) | Action::Status | Action::RemoveFolder => &[],
    }
}

fn size() -> impl Strategy<Value = usize> {
    // Just under half the lane is the most that goes in whole.
    let whole = CAPACITY / 2 - CAPACITY / 64 - 64;
    prop_oneof![4 => 1..40_usize, 1 => Just(0), 2 => 0..5_000_usize, 2 => 10_000..=whole]
}

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![
        3 => size().prop_map(Form::Whole),
        1 => (2..20_usize, 1..100_usize).prop_map(|(count, size)| Form::Pack(count, size)),
        2 => (1..20_usize, 0..100_usize).prop_map(|(count, size)| Form::Lines(count, size)),
        4 => size().prop_map(Form::Part),
        1 => size().prop_map(Form::End),
    ]
}

fn role() -> impl Strategy<Value = Role> {
    // Most is said by the writer.
    prop_oneof![3 => Just(Role::Writer), 2 => Just(Role::Reader)]
}

fn action() -> impl Strategy<Value = Action> {
    let parts = prop_oneof![Just(Parts::AsTheyCome), Just(Parts::PutTogether)];
    let way = prop_oneof![Just(Way::Copied), Just(Way::Batch), Just(Way::InPlace)];
    let shown = prop::sample::select(vec![Presence::Absent, Presence::Here, Presence::Quit, Presence::Gone]);
    let receiver = prop_oneof![2 => Just(Role::Writer), 3 => Just(Role::Reader)];
    prop_oneof![
        4 => (role(), parts).prop_map(|(role, parts)| Action::Start(role, parts)),
        9 => (role(), form()).prop_map(|(role, form)| Action::Send(role, form)),
        2 => (role(), form()).prop_map(|(role, form)| Action::Put(role, form)),
        7 => (receiver, 1..8_u8, way).prop_map(|(role, count, way)| Action::Take(role, count, way)),
        1 => role().prop_map(Action::Rename),
        2 => role().prop_map(Action::Acknowledge),
        2 => role().prop_map(Action::Sleep),
        2 => (role(), shown).prop_map(|(role, shows)| Action::StandIn(role, shows)),
        3 => role().prop_map(Action::Quit),
        1 => role().prop_map(Action::Withdraw),
        4 => role().prop_map(Action::Kill),
        1 => Just(Action::Status),
        1 => any::<bool>().prop_map(|force| Action::Clean { force }),
        1 => Just(Action::RemoveFolder),
    ]
}

/// One step, most often of the first channel.
fn step() -> impl Strategy<Value = Step> {
    let channel = prop_oneof![5 => Just(0_usize), 1 => Just(1)];
    (channel, action(), prop::option::weighted(0.12, (any::<prop::sample::Index>(), 1..3_u32))).prop_map(
        |(channel, action, death)| {
            let points = points(action);
            let death = death.filter(|_| !points.is_empty()).map(|(which, pass)| (*which.get(points), pass));
            Step { channel, action, death }
        },
    )
}

/// Up to so many steps.
pub(crate) fn script() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..40)
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Form::Whole(size) => write!(f, "a message of {size} bytes"),
            Form::Pack(count, size) => write!(f, "{count} messages of {size} bytes"),
            Form::Lines(count, size) => write!(f, "a block of {count} lines of {size} bytes"),
            Form::Part(size) => write!(f, "{size} bytes of a message, and not its end"),
            Form::End(size) => write!(f, "the last {size} bytes of a message"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", ["one", "two"][self.channel])?;
        match self.action {
            Action::Start(role, parts) => write!(f, "a {role} starts ({parts:?})")?,
            Action::Rename(role) => write!(f, "the {role} changes its name")?,
            Action::Send(role, form) => write!(f, "the {role} sends {form}")?,
            Action::Put(role, form) => write!(f, "the {role} writes {form}, without showing it")?,
            Action::Take(role, count, way) => write!(f, "the {role} takes up to {count} messages ({way:?})")?,
            Action::Acknowledge(role) => write!(f, "the {role} acknowledges what it took")?,
            Action::Sleep(role) => write!(f, "the {role} goes to sleep")?,
            Action::StandIn(role, shows) => write!(f, "the {role} shows {shows:?} of somebody elsewhere")?,
            Action::Quit(role) => write!(f, "the {role} quits")?,
            Action::Withdraw(role) => write!(f, "the {role} withdraws")?,
            Action::Kill(role) => write!(f, "the {role} is killed")?,
            Action::Status => write!(f, "somebody looks at the status")?,
            Action::Clean { force } => write!(f, "somebody cleans up{}", if force { ", by force" } else { "" })?,
            Action::RemoveFolder => write!(f, "the channel's folder is removed")?,
        }
        match self.death {
            Some((point, pass)) => write!(f, ", and dies at {}:{pass}", point.name()),
            None => Ok(()),
        }
    }
}
