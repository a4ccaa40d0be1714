//! What a test build can be told to do wrong: to die at a named point, or to leave out one of the few lines that the
//! promises rest on.
//!
//! A safety test that cannot fail proves nothing, and no kill from outside hits a chosen instruction. So every step
//! that another process could find half done has a [`Point`], and every line without which a promise breaks asks
//! [`sabotaged`] for its [`Mutant`] where it stands. What the tests try is then the code that ships.
//!
//! | build | a point | a mutant |
//! | --- | --- | --- |
//! | any other | nothing | never |
//! | with the feature `faults`, as `tests/` builds it | aborts if `SHMCHAT_CRASH_AT` names it: `tail-stored`, or `tail-stored:3` for the third time it is reached; or ends the one call that `die_at` makes | in force if `SHMCHAT_SABOTAGE` names it |
//! | `--cfg loom` | nothing | in force inside of `sabotage` |
//!
//! Without the feature both are constants and leave no trace in the program.

/// Makes an enum whose values have a name each, for the command line of a test.
macro_rules! named {
    ($(#[$about:meta])* $enum:ident { $($(#[$doc:meta])* $value:ident = $name:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $enum { $($(#[$doc])* $value,)* }

        impl $enum {
            /// All of them, in order.
            pub const ALL: &[$enum] = &[$($enum::$value,)*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $($enum::$value => $name,)* }
            }

            /// The one of this name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    };
}

named! {
    /// One-line sabotages; each must make a test fail.
    Mutant {
        /// The producer publishes `tail` before the payload is there.
        TailBeforePayload = "tail-before-payload",
        /// The consumer gives room back before it has copied the payload out.
        HeadBeforeCopy = "head-before-copy",
        /// The ringer does not fence between its store and its look at the sleeper's flag.
        NoFenceBeforeRing = "no-fence-before-ring",
        /// The sleeper does not fence between its flag and its second look.
        NoFenceBeforeSleep = "no-fence-before-sleep",
        /// The sleeper raises its flag and sleeps without a second look.
        NoSecondLook = "no-second-look",
        /// Who empties a lane does not ring the producer that waits for that.
        NoRingWhenEmpty = "no-ring-when-empty",
        /// The other side's index is believed without a check.
        TrustSharedIndex = "trust-shared-index",
        /// A record's header is believed without a check.
        TrustRecordHeader = "trust-record-header",
        /// A message is acknowledged as it is handed over, not when its receiver comes back for more.
        AcknowledgeEarly = "acknowledge-early",
        /// Symbolic links are followed.
        FollowLinks = "follow-links",
        /// Owner and rights of what was opened are not looked at.
        TrustRights = "trust-rights",
        /// A lock that is held is not looked at again: a dying process counts as alive.
        SkipLockRetry = "skip-lock-retry",
        /// Nobody looks before a sleep whether the segment has been removed.
        IgnoreRemoval = "ignore-removal",
        /// Whether a lane is empty is decided by how many messages begin in it: the rest of one counts for nothing.
        CountDecides = "count-decides",
        /// Who quits removes the segment also beside a living peer.
        QuitIgnoresTheLiving = "quit-ignores-the-living",
        /// A clean-up removes a segment without a look at what waits there.
        CleanIgnoresWhatWaits = "clean-ignores-what-waits",
        /// A start leaves a state that an earlier run left and that means nothing any more.
        StaleStateStays = "stale-state-stays",
        /// Nobody looks what has happened in the folder.
        IgnoreFolder = "ignore-folder",
        /// Text from the other side goes to the terminal as it is.
        RawText = "raw-text",
    }
}

named! {
    /// The points at which a process can be made to die. What others then find is told in the `# Crash behaviour` of
    /// `channel`.
    Point {
        /// Attach: a folder is there, its rights not set yet.
        FolderMade = "folder-made",
        /// Attach: the folder is there.
        FolderReady = "folder-ready",
        /// Attach: the role's lock is ours, and does not say so yet.
        RoleLocked = "role-locked",
        /// Attach: the role's lock says whose it is.
        RoleTaken = "role-taken",
        /// Attach: the channel's lock is ours.
        ChannelLocked = "channel-locked",
        /// Attach: the key file is there, empty.
        KeyFileMade = "key-file-made",
        /// Attach: the key file holds its id.
        KeyFileFilled = "key-file-filled",
        /// Attach: the segment is there, all zero.
        SegmentCreated = "segment-created",
        /// Attach: the header holds the first word of the channel's id.
        HeaderBegun = "header-begun",
        /// Attach: the header holds the channel's id, and no magic yet.
        HeaderHalfMade = "header-half-made",
        /// Attach: the header says where the channel's folder lies, and has no magic yet.
        HeaderNamed = "header-named",
        /// Attach: the header is whole.
        HeaderMade = "header-made",
        /// Attach: what the other side's last life left is tidied.
        StaleStateReset = "stale-state-reset",
        /// Attach: the first bell is made.
        FirstBellMade = "first-bell-made",
        /// Attach: both bells are made.
        BellsMade = "bells-made",
        /// Attach: our own bell is open.
        BellOpened = "bell-opened",
        /// Attach: who we are is written, and a new life counted, but `state` is still the last life's.
        PeerRecordStored = "peer-record-stored",
        /// Attach: `state = present`.
        PresentStored = "present-stored",
        /// Attach: the channel's lock is given back, and the other side not rung yet.
        ChannelUnlocked = "channel-unlocked",
        /// Attach, or later where the other side comes after us: its bell is open to us.
        FarBellOpened = "far-bell-opened",
        /// Attach: done.
        Attached = "attached",

        /// Send: the record is written, behind `tail`.
        PayloadStored = "payload-stored",
        /// Send: some records of a longer message are written, behind `tail`.
        MessageHalfStored = "message-half-stored",
        /// Send: `tail` is stored.
        TailStored = "tail-stored",
        /// Ring: the sleeper's flag is taken down, and its bell not rung yet.
        FlagClaimed = "flag-claimed",
        /// Ring: done.
        Rung = "rung",

        /// Receive: the record is copied out.
        RecordCopied = "record-copied",
        /// Receive: the receiver has come back for more, and nothing is acknowledged yet.
        BeforeAcknowledge = "before-acknowledge",
        /// Receive: `head` is stored.
        HeadStored = "head-stored",
        /// Receive: the mark inside of a block is stored.
        MarkStored = "mark-stored",

        /// Sleep: the flag is up, before the second look.
        FlagRaised = "flag-raised",
        /// Sleep: about to enter the kernel.
        FallingAsleep = "falling-asleep",
        /// Sleep: woken, and the bell not emptied yet.
        Woken = "woken",
        /// Sleep: the bell is emptied, and the flag still up.
        BellEmptied = "bell-emptied",
        /// Sleep: the flag is down, before the look at the ring.
        FlagLowered = "flag-lowered",

        /// Quit: all is acknowledged.
        Quitting = "quitting",
        /// Quit: the channel's lock is ours, and `state = quit` not stored yet.
        QuitLocked = "quit-locked",
        /// Quit: `state = quit`.
        QuitStored = "quit-stored",
        /// Quit: the other side is rung.
        QuitRung = "quit-rung",
        /// Quit: the segment is removed.
        SegmentRemoved = "segment-removed",
        /// Quit: the first bell is removed.
        FirstBellRemoved = "first-bell-removed",
        /// Quit: both bells are removed.
        BellsRemoved = "bells-removed",
        /// Quit: the role's lock is given back.
        RoleReleased = "role-released",

        /// Clean-up: all locks are ours.
        CleanLocked = "clean-locked",
        /// Clean-up: the segment is removed.
        CleanSegmentRemoved = "clean-segment-removed",
        /// Clean-up: the first bell is removed.
        CleanFirstBellRemoved = "clean-first-bell-removed",
        /// Clean-up: the bells are removed.
        CleanBellsRemoved = "clean-bells-removed",
    }
}

#[cfg(not(any(loom, feature = "faults")))]
mod asked {
    use super::{Mutant, Point};

    /// Whether this mutant is in force: never in this build.
    #[inline(always)]
    pub const fn sabotaged(_: Mutant) -> bool {
        false
    }

    /// A point at which a test build can be made to die; nothing in this build.
    #[inline(always)]
    pub const fn point(_: Point) {}
}

#[cfg(all(feature = "faults", not(loom)))]
mod asked {
    use super::{Mutant, Point};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Asked {
        mutant: Option<Mutant>,
        point: Option<Point>,
        /// How often the point is still passed before it kills.
        passes: AtomicU32,
    }

    /// What the environment asks for. A name that is none would make a test pass that tests nothing.
    fn asked() -> &'static Asked {
        static ASKED: OnceLock<Asked> = OnceLock::new();
        ASKED.get_or_init(|| {
            let mutant = std::env::var("SHMCHAT_SABOTAGE").ok();
            let mutant = mutant.map(|name| Mutant::named(&name).unwrap_or_else(|| panic!("no mutant {name}")));
            let (mut point, mut times) = (None, 1);
            if let Ok(text) = std::env::var("SHMCHAT_CRASH_AT") {
                let (name, count) = text.split_once(':').unwrap_or((&text, "1"));
                point = Some(Point::named(name).unwrap_or_else(|| panic!("no point {name}")));
                times = count.parse().unwrap_or_else(|_| panic!("no number {count}"));
            }
            Asked { mutant, point, passes: AtomicU32::new(times) }
        })
    }

    /// Whether the environment asks for this mutant, or this thread has by [`leave_out`](super::leave_out).
    pub fn sabotaged(mutant: Mutant) -> bool {
        asked().mutant == Some(mutant) || super::death::is_left_out(mutant)
    }

    /// Aborts if the environment asks for it here, or ends the call that [`die_at`](super::die_at) has made.
    pub fn point(point: Point) {
        let asked = asked();
        if asked.point == Some(point) && asked.passes.fetch_sub(1, Ordering::Relaxed) == 1 {
            std::process::abort();
        }
        super::death::pass(point);
    }
}

#[cfg(loom)]
mod asked {
    use super::{Mutant, Point};
    use std::cell::Cell;

    // loom runs all threads of a model on one thread of the system, so a thread-local is the model's own.
    thread_local! { static MUTANT: Cell<Option<Mutant>> = const { Cell::new(None) } }

    /// Whether the running loom model asked for this mutant.
    pub fn sabotaged(mutant: Mutant) -> bool {
        MUTANT.get() == Some(mutant)
    }

    /// Runs `model` with this mutant in force.
    pub fn sabotage<T>(mutant: Mutant, model: impl FnOnce() -> T) -> T {
        MUTANT.set(Some(mutant));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(model));
        MUTANT.set(None);
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Nothing: in a model a process dies by its thread's end.
    pub const fn point(_: Point) {}
}

pub use asked::*;

#[cfg(all(feature = "faults", not(loom)))]
mod death;
#[cfg(all(feature = "faults", not(loom)))]
pub use death::{Died, die_at, leave_out};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_things_alone() {
        for (index, point) in Point::ALL.iter().enumerate() {
            assert_eq!(Point::ALL.iter().position(|other| other.name() == point.name()), Some(index));
        }
        for mutant in Mutant::ALL {
            assert_eq!(Mutant::named(mutant.name()), Some(*mutant));
        }
    }
}
