//! The points and the mutants, and their names.

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
        /// The producer publishes `tail` without Release.
        RelaxedTail = "relaxed-tail",
        /// The producer writes over the copy beside the tail while its header still stands.
        OverwriteTailCopy = "overwrite-tail-copy",
        /// The consumer takes the copy beside the tail without a second look at it.
        TrustTailCopy = "trust-tail-copy",
        /// The producer leaves the copy of an earlier record beside the tail.
        StaleTailCopy = "stale-tail-copy",
        /// The consumer gives room back before it has copied the payload out.
        HeadBeforeCopy = "head-before-copy",
        /// The ringer does not fence between its store and its look at the sleeper's flag.
        NoFenceBeforeRing = "no-fence-before-ring",
        /// The sleeper does not fence between its flag and its second look.
        NoFenceBeforeSleep = "no-fence-before-sleep",
        /// The sleeper raises its flag and sleeps without a second look.
        NoSecondLook = "no-second-look",
        /// A consumer that empties a lane does not ring the producer that waits for that.
        NoRingWhenEmpty = "no-ring-when-empty",
        /// The other side's index is believed without a check.
        TrustSharedIndex = "trust-shared-index",
        /// A record's header is believed without a check.
        TrustRecordHeader = "trust-record-header",
        /// A message is acknowledged as it is handed over, not when its receiver comes back for more.
        AcknowledgeEarly = "acknowledge-early",
        /// Symbolic links are followed.
        FollowLinks = "follow-links",
        /// The owner and the permissions of what was opened are not checked.
        TrustRights = "trust-rights",
        /// A lock that is held is not looked at again: a dying process counts as alive.
        SkipLockRetry = "skip-lock-retry",
        /// Nobody looks whether a mapped file has been cut short.
        BelieveCutFile = "believe-cut-file",
        /// Nobody checks before a sleep whether the segment has been removed.
        IgnoreRemoval = "ignore-removal",
        /// The number of messages that begin in a lane decides whether it is empty: the rest of one is ignored.
        CountDecides = "count-decides",
        /// A process that quits removes the segment even beside a living peer.
        QuitIgnoresTheLiving = "quit-ignores-the-living",
        /// A clean-up removes a segment without checking what is waiting there.
        CleanIgnoresWhatWaits = "clean-ignores-what-waits",
        /// A start keeps a state from an earlier run that no longer means anything.
        StaleStateStays = "stale-state-stays",
        /// A lock is used although its file was removed while we waited for it.
        TrustOldLock = "trust-old-lock",
        /// Nobody checks what has happened in the folder.
        IgnoreFolder = "ignore-folder",
        /// Text from the other side goes to the terminal as it is.
        RawText = "raw-text",
        /// A receiver does not keep the name of whoever sent what its successor finds at the head.
        ForgetName = "forget-name",
        /// A receiver moves the head first and keeps the name after it.
        HeadBeforeName = "head-before-name",
        /// A receiver keeps a name where the one that holds at the head is.
        OneNameSlot = "one-name-slot",
        /// A sender publishes first and stores the checkpoint after that.
        CheckpointAfterTail = "checkpoint-after-tail",
        /// A sender stores a checkpoint where the one that holds is.
        OneCheckpointSlot = "one-checkpoint-slot",
        /// A sender leaves a checkpoint in force whose messages its predecessor did not publish.
        StaleCheckpoint = "stale-checkpoint",
        /// A checkpoint does not keep the segment.
        IgnoreCheckpoint = "ignore-checkpoint",
        /// A pool acknowledges a message when it takes it, before its command has run.
        AcknowledgeBeforeDone = "acknowledge-before-done",
        /// A pool moves the head past a message that is not done, when a later one is.
        HeadPastUnfinished = "head-past-unfinished",
        /// A sender writes its name only once for all lives.
        NameOnce = "name-once",
        /// A quit that is shown for somebody elsewhere is not one for the receiving calls.
        ShownQuitIsNone = "shown-quit-is-none",
        /// A process that withdraws quits.
        WithdrawQuits = "withdraw-quits",
        /// A type of items is used without a look at what the other side has agreed to.
        IgnoreItemType = "ignore-item-type",
        /// A type that was agreed is replaced although the other side is there.
        ReplaceItemType = "replace-item-type",
        /// A record takes as many bytes of items as fit, and not whole items.
        PartOfAnItem = "part-of-an-item",
        /// A receiver of items marks how far it has got by bytes, and not by whole items.
        MarkInsideItem = "mark-inside-item",
        /// A record whose length is no whole number of items is handed over as far as it goes.
        TakeAnyLength = "take-any-length",
        /// A memory that is a file gets its size, and no room is reserved for it.
        SparseMemory = "sparse-memory",
        /// A new memory that is a file can be attached by others before its creator has written its header.
        CreateUnheld = "create-unheld",
        /// A mapped file is taken over although another process uses it.
        AdoptInUse = "adopt-in-use",
        /// A clean-up removes a mapped file although a process with another key file uses it.
        CleanInUse = "clean-in-use",
        /// A start after a power cut takes any record whose header is sound.
        AnySeal = "any-seal",
        /// A seal says nothing of where its record is.
        SealAnywhere = "seal-anywhere",
        /// A seal says nothing of the padding before its record.
        AnyPadding = "any-padding",
        /// A start after a power cut takes no first record that stood behind padding.
        BehindPadding = "behind-padding",
        /// A start after a power cut believes the tail in the header.
        BelieveTail = "believe-tail",
        /// A start after a power cut leaves the records behind a lost one.
        KeepStaleRecords = "keep-stale-records",
        /// A producer leaves what its predecessor had sealed and not shown.
        LeaveSealed = "leave-sealed",
        /// A producer breaks the first of those seals first.
        BreakFromFront = "break-from-front",
        /// A producer breaks those seals, and does not bring that to the disk.
        BreakInMemory = "break-in-memory",
        /// A synced lane shows `head` before it is on the disk.
        HeadBeforeDisk = "head-before-disk",
        /// A synced lane shows records before they are on the disk.
        TailBeforeDisk = "tail-before-disk",
        /// A receiver leaves a durable head that its predecessor had not shown.
        OldDurableHead = "old-durable-head",
        /// The doorbell of a stand-in is closed when it does not show somebody who is here.
        RingOnlyWhoIsShown = "ring-only-who-is-shown",
    }
}

named! {
    /// The points at which a process can be made to die. The `# Crash behaviour` of `channel` says what others then find.
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
        /// Attach, with POSIX memory or a mapped file: it has its name, and no room yet.
        MemoryNamed = "memory-named",
        /// Attach: the segment is there, all zero.
        SegmentCreated = "segment-created",
        /// Attach: the header holds the first word of the channel's id.
        HeaderBegun = "header-begun",
        /// Attach: the header holds the channel's id, and no magic yet.
        HeaderHalfMade = "header-half-made",
        /// Attach: the header says where the channel's folder is, and has no magic yet.
        HeaderNamed = "header-named",
        /// Attach: the header is whole.
        HeaderMade = "header-made",
        /// Attach, with POSIX memory or a mapped file: one that was made for another key file is ours, and not open to others yet.
        MemoryAdopted = "memory-adopted",
        /// Attach in another boot: the header no longer says which boot it was, until all is sound.
        RecoveryBegun = "recovery-begun",
        /// Attach in another boot: what is behind the last whole record of a lane is cleared.
        LaneCleared = "lane-cleared",
        /// Attach in another boot: a lane is sound.
        LaneRecovered = "lane-recovered",
        /// Attach in another boot: both lanes are sound, and on the disk.
        Recovered = "recovered",
        /// Attach, with a mapped file: a seal is broken that our role's last life left when it died before `tail`.
        SealBroken = "seal-broken",
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
        /// Attach: what the last life showed of somebody elsewhere is replaced, but `state` is still the last life's.
        StandInReset = "stand-in-reset",
        /// Attach: `state = present`.
        PresentStored = "present-stored",
        /// Attach: the channel's lock is given back, and the other side not rung yet.
        ChannelUnlocked = "channel-unlocked",
        /// Attach, or later where the other side comes after us: its bell is open to us.
        FarBellOpened = "far-bell-opened",
        /// Attach: done.
        Attached = "attached",

        /// Agree on a type of items: it is being written, and not complete.
        ItemTypeBegun = "item-type-begun",
        /// Agree on a type of items: it is written.
        ItemTypeStored = "item-type-stored",

        /// Send: the record is written, behind `tail`.
        PayloadStored = "payload-stored",
        /// Send: some records of a longer message are written, behind `tail`.
        MessageHalfStored = "message-half-stored",
        /// Send: a checkpoint is being stored, and not complete.
        CheckpointBegun = "checkpoint-begun",
        /// Send: a checkpoint is stored, for the `tail` that is stored next.
        CheckpointStored = "checkpoint-stored",
        /// Send, the first time, with a mapped file: what an earlier life sealed and did not show is gone, on the disk too.
        SealsGone = "seals-gone",
        /// Send: what is published next is sealed, and `tail` not stored yet.
        Sealed = "sealed",
        /// Send: the same, and it is on the disk.
        Persisted = "persisted",
        /// Send: the record is copied beside `tail`, and `tail` not stored yet.
        TailCopied = "tail-copied",
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
        /// Receive: a name is being kept for the successor, and not complete.
        NameBegun = "name-begun",
        /// Receive: the name that will hold at `head` is kept, and `head` not moved yet.
        NameKept = "name-kept",
        /// Receive: the next `head` is on the disk, and `head` not moved yet.
        HeadPersisted = "head-persisted",
        /// Receive: `head` is stored.
        HeadStored = "head-stored",
        /// Receive: the mark inside of a block is stored.
        MarkStored = "mark-stored",

        /// Sleep: no look has found anything, and the flag is not up yet.
        NothingFound = "nothing-found",
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

        /// Stand in: what is shown is stored, and the other side not rung yet.
        StandInStored = "stand-in-stored",

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
        /// Forget: the key file is removed.
        ForgetKeyRemoved = "forget-key-removed",
        /// Forget: the roles' lock files are removed.
        ForgetRolesRemoved = "forget-roles-removed",
        /// Forget: the channel's lock file is removed too.
        ForgetLocksRemoved = "forget-locks-removed",
        /// Forget: the folder is removed.
        ForgetFolderRemoved = "forget-folder-removed",
    }
}

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
