//! Whether this side can still be found and rung: its segment, the files in its folder, and the folder itself.
//!
//! What a process has open and attached lives on when it is removed or moved. But nobody else can find it any more, and
//! the next start makes another one. A process that slept on would sleep for ever, beside a living peer. Segment, key
//! and doorbell are checked before each sleep, because that is cheap. Everything is checked before the first sleep, and
//! before the next one after the folder's watch ([`doorbell::FolderWatch`](crate::doorbell::FolderWatch)) woke us; so
//! what is in the lane is received first.
//!
//! | what somebody did | what happens |
//! | --- | --- |
//! | emptied the key file | our id is written back, and everything goes on; if a start was faster with another id, as below |
//! | removed, replaced or overwrote the key file | [`Error::KeyGone`] |
//! | removed or replaced our lock file | [`Error::LockGone`] |
//! | removed or replaced our doorbell | [`Error::DoorbellGone`] |
//! | moved the folder, or a directory above it | [`Error::FolderGone`]: what is waiting can be received at its new place |
//! | removed the folder | one of the others, for the first of its files that went |
//!
//! A removed lock file is not created again. That would be possible under the channel's lock; but somebody who removes
//! the whole folder would find a new file in it, and fail. Until its owner has noticed and ended, no other start gets
//! the role: the owner's doorbell is open (`attach`).

use super::link::Link;
use crate::channel::error::{Corruption, Error};
use crate::channel::header::State;
use crate::channel::locate::files::KEY_FILE;
use crate::channel::locate::locks;
use crate::fault::{Mutant, sabotaged};
use crate::folder::FileId;
use crate::hint::errno_of;
use crate::key::Identity;
use crate::memory::Location;
use crate::presence;
use log::warn;
use nix::errno::Errno;
use std::fs::File;
use std::io;

impl Link {
    /// Checks that the next start finds this segment. A start that makes another one rings the old doorbell, so that
    /// its owner checks this too.
    pub(super) fn check_findable(&self) -> Result<(), Error> {
        match self.segment.place.stat() {
            Ok(stat) if stat.bytes < self.header.0.bytes() && !sabotaged(Mutant::BelieveCutFile) => {
                return Err(self.cut());
            }
            Ok(stat) if !stat.doomed => {}
            _ if sabotaged(Mutant::IgnoreRemoval) => {}
            Ok(_) | Err(Errno::EIDRM | Errno::EINVAL | Errno::ENOENT) => {
                return Err(Error::Removed { at: self.segment.clone() });
            }
            Err(errno) => return Err(self.system(self.segment.place.kind().looking(), errno)),
        }
        // The watch tells of the channel's folder only. Where a file lies apart from it, that path is absolute.
        if let Location::File(ring) = &self.segment.place
            && ring.folder().path() != self.folder.path()
            && !ring.folder().is_at(ring.folder().path())
        {
            let (path, now) = (ring.folder().path().to_path_buf(), ring.folder().whereabouts());
            return Err(Error::FolderGone { at: self.segment.clone(), path, now });
        }
        let Identity { device, inode, .. } = self.own.identity;
        if self.folder.place(KEY_FILE)? != Some(FileId { device, inode }) {
            return Err(self.key_gone());
        }
        // Somebody has overwritten it: everybody else now takes it for another program's.
        self.header.check_identity(&self.own.identity).map_err(|what| self.corrupt(what))
    }

    /// The same for the doorbell: if it has been removed or replaced, or if the header does not say that we are here,
    /// nobody rings us any more.
    pub(super) fn check_ringable(&self) -> Result<(), Error> {
        if self.folder.place(self.role.doorbell_file())? != Some(self.own.doorbell) {
            return Err(self.doorbell_gone(self.role));
        }
        match self.header.state(self.role).map_err(|what| self.corrupt(what))? {
            State::Present => Ok(()),
            state => Err(self.corrupt(Corruption::Header { field: "our own state", value: state as u64 })),
        }
    }

    /// Begins to watch the folder; false if that was done before, or is impossible.
    pub(super) fn begin_watch(&mut self) -> bool {
        let home = &self.home;
        self.doorbell.watch().is_some_and(|watch| watch.begin(home, KEY_FILE))
    }

    /// Checks everything, because somebody changed something in the folder.
    pub(super) fn check_folder(&mut self) -> Result<(), Error> {
        if sabotaged(Mutant::IgnoreFolder) {
            return Ok(());
        }
        // Before it is read, so that later writes to it are reported.
        if let Some(watch) = self.doorbell.watch() {
            watch.renew(&self.home, KEY_FILE);
        }
        self.check_findable()?;
        if self.key_is_empty()? {
            let _guard = locks::lock(&self.segment.channel, &self.folder)?;
            self.mend_key()?;
        }
        self.check_home()?;
        self.check_lock_file()?;
        self.check_ringable()
    }

    /// Checks that the folder is where others look for it.
    pub(super) fn check_home(&self) -> Result<(), Error> {
        if self.folder.is_at(&self.home) {
            return Ok(());
        }
        let now = self.folder.whereabouts();
        Err(Error::FolderGone { at: self.segment.clone(), path: self.home.clone(), now })
    }

    pub(super) fn check_lock_file(&self) -> Result<(), Error> {
        match self.folder.place(self.role.lock_file())? {
            Some(place) if place == self.own.lock => Ok(()),
            _ => {
                let path = self.folder.path().join(self.role.lock_file());
                Err(Error::LockGone { at: self.segment.clone(), role: self.role, path })
            }
        }
    }

    /// Whether the key file holds no id, or only the beginning of one.
    ///
    /// # Errors
    /// [`Error::KeyGone`] if it is gone or holds something else.
    fn key_is_empty(&self) -> Result<bool, Error> {
        match self.folder.open_to_read(KEY_FILE)? {
            Some(mut file) => self.read_key(&mut file),
            None => Err(self.key_gone()),
        }
    }

    fn read_key(&self, file: &mut File) -> Result<bool, Error> {
        match Identity::read(file) {
            Ok(None) => Ok(true),
            Ok(Some(identity)) if identity == self.own.identity => Ok(false),
            Ok(Some(_)) => Err(self.key_gone()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(self.key_gone()),
            Err(error) => Err(self.system("read the key file", errno_of(&error))),
        }
    }

    /// Writes our id back if the key file is empty. The caller holds the channel's `lock`, so a start has either filled
    /// it already or will find it filled.
    pub(super) fn mend_key(&self) -> Result<(), Error> {
        let Some(mut file) = self.folder.open_if_there(KEY_FILE)? else { return Err(self.key_gone()) };
        // One that was removed and created again may have the same inode; any other has another key.
        let Identity { device, inode, .. } = self.own.identity;
        let place = FileId::of(&file).map_err(|errno| self.system("look at the key file", errno))?;
        if place != (FileId { device, inode }) {
            return Err(self.key_gone());
        }
        if !self.read_key(&mut file)? {
            return Ok(());
        }
        let restored = self.own.identity.restore(&mut file);
        restored.map_err(|error| self.system("write the key file", errno_of(&error)))?;
        warn!("{}: its key file was emptied; the channel's id has been written back", self.segment);
        Ok(())
    }

    fn key_gone(&self) -> Error {
        Error::KeyGone { at: self.segment.clone(), path: self.folder.path().join(KEY_FILE) }
    }

    /// Whether a new life has our role, which is possible only if our lock file and our doorbell are gone. Then nothing
    /// of the role's in the header is ours.
    pub(super) fn is_replaced(&self) -> bool {
        self.header.epoch(self.role) != self.own.epoch && self.check_lock_file().is_err()
    }

    /// The lock that tells whether the other side is alive: the one that a living process holds, or else the file that
    /// the next one will lock.
    pub(super) fn current_peer_lock(&mut self) -> Result<&File, Error> {
        let name = self.role.other().lock_file();
        let looked = |error: io::Error| errno_of(&error);
        let place = self.folder.place(name)?;
        let known = FileId::of(&self.peer.lock).map_err(|errno| self.system("look at the other side's lock", errno))?;
        if place.is_some_and(|place| place != known)
            && presence::is_free(&self.peer.lock)
                .map_err(looked)
                .map_err(|errno| self.system("look at the other side's lock", errno))?
            && let Some(file) = self.folder.open_if_there(name)?
        {
            self.peer.lock = file;
        }
        Ok(&self.peer.lock)
    }
}
