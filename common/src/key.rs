//! The channel's key: what `ftok(3)` makes of the key file.
//!
//! A System V segment is found by a 32-bit key. `ftok` derives one from a file that both sides can name, so that nobody
//! has to agree on a number. 32 bits cannot hold a device and an inode, so keys collide (two files 65,536 inodes apart
//! have the same one), and creating the key file again gives another key. So the file holds a random id, and the
//! segment's header holds it too. The id decides whose segment it is; the key only finds candidates.

use crate::fault::{Point, point};
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;

/// A System V key, written as `ipcs -m` shows it.
///
/// ```
/// use shmchat::inspect::Key;
///
/// assert_eq!(Key(0x6e03_12ab).to_string(), "0x6e0312ab");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub i32);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Key {
    /// The project id that `ftok` made it with. 0 for a key that no channel's file makes, such as `IPC_PRIVATE`.
    pub(crate) fn project_id(self) -> u8 {
        self.0.to_be_bytes()[0]
    }
}

/// The project ids that a channel tries, in this order: the first is 110, the others are used if that key belongs to
/// somebody else. They go up to the last one, so that a handful of orphans with the same 16 bits of inode cannot use
/// them up; a free key costs one `shmget` of 0.1 to 0.3 µs.
pub const PROJECT_IDS: std::ops::RangeInclusive<u8> = 110..=255;

/// The key of a file with inode `inode` on device `device`, as the C library's `ftok` computes it
/// (<https://man7.org/linux/man-pages/man3/ftok.3.html>; glibc's `sysvipc/ftok.c`): 8 bits of the project id, 8 of
/// the device, 16 of the inode.
pub fn ftok(device: u64, inode: u64, project_id: u8) -> Key {
    let bits = u32::from(project_id) << 24 | ((device & 0xff) as u32) << 16 | (inode & 0xffff) as u32;
    Key(bits as i32)
}

/// A channel's random 128-bit id.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChannelId(pub [u64; 2]);

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.0[0], self.0[1])
    }
}

impl fmt::Debug for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ChannelId {
    fn random() -> io::Result<Self> {
        Ok(ChannelId([getrandom::u64()?, getrandom::u64()?]))
    }

    fn parse(text: &str) -> Option<Self> {
        ChannelId::from_hex(text.strip_suffix('\n')?)
    }

    /// The id that is written like this, in 32 digits.
    pub fn from_hex(hex: &str) -> Option<Self> {
        let digits = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        let half = |range| u64::from_str_radix(&hex[range], 16).ok();
        if digits { Some(ChannelId([half(0..16)?, half(16..32)?])) } else { None }
    }
}

/// What a channel's key file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The id in the file.
    pub id: ChannelId,
    /// The file's device.
    pub device: u64,
    /// The file's inode.
    pub inode: u64,
}

impl Identity {
    /// The key for a project id.
    pub fn key(&self, project_id: u8) -> Key {
        ftok(self.device, self.inode, project_id)
    }

    /// Whether `key` is one of this file's, with any project id.
    pub fn makes(&self, key: Key) -> bool {
        (self.key(0).0 ^ key.0) & 0x00ff_ffff == 0
    }

    /// Reads the identity from an open key file, without changing it. `None` if the file is empty or half written,
    /// which is what a killed first start leaves.
    ///
    /// # Errors
    /// `InvalidData` if the file holds anything else: then it is not ours.
    pub fn read(file: &mut File) -> io::Result<Option<Self>> {
        let mut text = String::new();
        file.rewind()?;
        // An id is 33 bytes; one more shows that it is something else.
        file.take(34).read_to_string(&mut text)?;
        let unfinished = text.len() < 33 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match ChannelId::parse(&text) {
            Some(id) => Identity::of(id, file).map(Some),
            None if unfinished => Ok(None),
            None => Err(io::Error::new(io::ErrorKind::InvalidData, "it holds no channel id")),
        }
    }

    /// The same, but fills in an id if there is none. So the caller must hold the channel's `lock`.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn read_or_fill(file: &mut File) -> io::Result<Self> {
        match Identity::read(file)? {
            Some(identity) => Ok(identity),
            None => Identity::draw(file),
        }
    }

    /// Fills in a new id, which no segment has yet. The caller must hold the channel's `lock`, and have checked that there is none.
    pub fn draw(file: &mut File) -> io::Result<Self> {
        let id = ChannelId::random()?;
        fill(id, file)?;
        Identity::of(id, file)
    }

    /// Writes the id back into the open key file, which somebody has emptied. The caller must hold the channel's
    /// `lock`, and have checked that it is empty.
    pub fn restore(&self, file: &mut File) -> io::Result<()> {
        fill(self.id, file)
    }

    fn of(id: ChannelId, file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Identity { id, device: metadata.dev(), inode: metadata.ino() })
    }
}

fn fill(id: ChannelId, file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    point(Point::KeyFileMade);
    file.rewind()?;
    file.write_all(format!("{id}\n").as_bytes())?;
    point(Point::KeyFileFilled);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity_of(content: &str) -> (io::Result<Identity>, File) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content.as_bytes()).unwrap();
        (Identity::read_or_fill(&mut file), file)
    }

    #[test]
    fn an_id_is_written_once_and_read_back() {
        let (first, mut file) = identity_of("");
        assert_eq!(Identity::read_or_fill(&mut file).unwrap(), first.unwrap());
    }

    #[test]
    fn reading_alone_fills_nothing_in() {
        let mut file = tempfile::tempfile().unwrap();
        for half in ["", "0123456789abcdef"] {
            file.set_len(0).unwrap();
            file.rewind().unwrap();
            file.write_all(half.as_bytes()).unwrap();
            assert_eq!(Identity::read(&mut file).unwrap(), None);
            assert_eq!(file.metadata().unwrap().len(), half.len() as u64);
        }
        let identity = Identity::read_or_fill(&mut file).unwrap();
        assert_eq!(Identity::read(&mut file).unwrap(), Some(identity));
    }

    #[test]
    fn every_project_id_makes_a_key_of_the_file_and_no_other_inode_does() {
        let identity = Identity { id: ChannelId([1, 2]), device: 0x1234, inode: 0xffff_ffff };
        assert!((0..=255).all(|id| identity.makes(identity.key(id))));
        assert!((0..=255).all(|id| !identity.makes(ftok(0x1234, 0xffff_fffe, id))));
        assert!(!identity.makes(ftok(0x1235, 0xffff_ffff, 110)));
    }

    #[test]
    fn a_half_written_id_is_replaced() {
        let (identity, mut file) = identity_of("0123456789abcdef");
        assert_ne!(identity.unwrap().id.0[0], 0x0123_4567_89ab_cdef);
        assert!(Identity::read_or_fill(&mut file).is_ok());
    }

    #[test]
    fn a_file_with_something_else_in_it_is_left_alone() {
        for content in ["hello\n", "0123456789abcdef0123456789abcdefg\n", "+123456789abcdef0123456789abcdef\n"] {
            let (identity, mut file) = identity_of(content);
            assert_eq!(identity.unwrap_err().kind(), io::ErrorKind::InvalidData);
            let mut after = String::new();
            file.rewind().unwrap();
            file.read_to_string(&mut after).unwrap();
            assert_eq!(after, content);
        }
    }
}
