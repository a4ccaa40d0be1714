//! Two files that `ftok` cannot tell apart: found on this machine, or made.

use super::scratch::{PROJECT_ID, Scratch};
use shmchat::internals::key::ftok;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Where to look: files that are there on any system. A few hundred on one file system are enough, if their inodes are
/// spread; if they are not, 65,536 of them are.
const PLACES: [&str; 4] = ["/usr/share", "/usr/lib", "/etc", "/usr/include"];

/// How many files are looked at. It takes a second at most.
const MOST: usize = 200_000;

/// The longest path that still fits on the screen.
const SHORT: usize = 30;

/// Two such files, whose key nobody has a segment at.
pub(super) fn find(scratch: &mut Scratch) -> io::Result<Option<[PathBuf; 2]>> {
    let mut looked = 0;
    let mut seen: HashMap<i32, (u64, PathBuf)> = HashMap::new();
    let mut folders: Vec<PathBuf> = PLACES.iter().rev().map(PathBuf::from).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(found) = path.symlink_metadata() else { continue };
            looked += 1;
            if looked > MOST {
                return made(scratch);
            }
            if found.is_dir() {
                folders.push(path);
                continue;
            }
            if !found.is_file() || path.as_os_str().len() > SHORT || path.to_str().is_none() {
                continue;
            }
            let key = ftok(found.dev(), found.ino(), PROJECT_ID as u8);
            match seen.get(&key.0) {
                // A second name of one file is no other file.
                Some((inode, other)) if *inode != found.ino() => {
                    let pair = [other.clone(), path];
                    if scratch.reserve(&pair[0])? {
                        return Ok(Some(pair));
                    }
                }
                _ => _ = seen.insert(key.0, (found.ino(), path)),
            }
        }
    }
    made(scratch)
}

/// A tmpfs counts its inodes up, so the file made 65,536 files later has the same key.
fn made(scratch: &mut Scratch) -> io::Result<Option<[PathBuf; 2]>> {
    let folder = scratch.numbered()?;
    let (first, second) = (folder.join("a"), folder.join("b"));
    let _ = fs::remove_file(&second);
    // Made again as long as somebody has a segment at its key.
    while {
        let _ = fs::remove_file(&first);
        File::create(&first)?;
        !scratch.reserve(&first)?
    } {}
    let wanted = inode(&first)?;
    let mut last = wanted;
    for _ in 0..=u16::MAX as usize + 1 {
        File::create(&second)?;
        let found = inode(&second)?;
        if found != wanted && found & 0xffff == wanted & 0xffff {
            return Ok(Some([first, second]));
        }
        fs::remove_file(&second)?;
        // This file system uses the same inode again.
        if found == last {
            return Ok(None);
        }
        last = found;
    }
    Ok(None)
}

fn inode(path: &Path) -> io::Result<u64> {
    path.metadata().map(|found| found.ino())
}
