//! The folder on a real file system.

use super::*;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

fn folder() -> (tempfile::TempDir, Folder) {
    let base = tempfile::tempdir().unwrap();
    let folder = Folder::open_or_create(base.path(), "lobby", Access::Owner).unwrap();
    (base, folder)
}

#[test]
fn the_folder_and_what_lies_in_it_are_for_us_alone() {
    let (_base, folder) = folder();
    folder.open_file("key").unwrap();
    folder.make_fifo("to-reader").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.path()), 0o700);
    assert_eq!(mode(&folder.path().join("key")), 0o600);
    assert_eq!(mode(&folder.path().join("to-reader")), 0o600);
}

#[test]
fn links_are_not_followed() {
    let (base, folder) = folder();
    let target = base.path().join("target");
    fs::write(&target, "").unwrap();
    symlink(&target, folder.path().join("key")).unwrap();
    assert!(matches!(folder.open_file("key"), Err(Error::WrongKind { found: "a symbolic link", .. })));
    symlink(folder.path(), base.path().join("other")).unwrap();
    let through_link = Folder::open_or_create(base.path(), "other", Access::Owner);
    assert!(matches!(through_link, Err(Error::WrongKind { found: "a symbolic link", .. })));
}

#[test]
fn what_is_open_to_others_is_refused() {
    let (base, folder) = folder();
    fs::write(folder.path().join("key"), "").unwrap();
    fs::set_permissions(folder.path().join("key"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(folder.open_file("key"), Err(Error::TooOpen { mode: 0o644, .. })));
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let again = Folder::open_or_create(base.path(), "lobby", Access::Owner).unwrap_err();
    assert!(again.to_string().contains("chmod 700"), "{again}");
}

#[test]
fn a_plain_file_is_no_bell_and_a_fifo_no_key() {
    let (_base, folder) = folder();
    folder.open_file("to-reader").unwrap();
    assert!(matches!(folder.make_fifo("to-reader"), Err(Error::WrongKind { found: "a plain file", .. })));
    assert!(matches!(folder.open_fifo("to-reader", FifoEnd::Own), Err(Error::WrongKind { .. })));
    assert!(!folder.remove_fifo("to-reader").unwrap());
    assert!(folder.place("to-reader").unwrap().is_some());
    folder.make_fifo("key").unwrap();
    assert!(matches!(folder.open_file("key"), Err(Error::WrongKind { found: "a FIFO", .. })));
}

#[test]
fn a_far_end_that_nobody_listens_at_is_no_error() {
    let (_base, folder) = folder();
    assert!(folder.open_fifo("to-reader", FifoEnd::Far).unwrap().is_none());
    folder.make_fifo("to-reader").unwrap();
    assert!(folder.open_fifo("to-reader", FifoEnd::Far).unwrap().is_none());
    let own = folder.open_fifo("to-reader", FifoEnd::Own).unwrap();
    assert!(own.is_some());
    assert!(folder.open_fifo("to-reader", FifoEnd::Far).unwrap().is_some());
}

#[test]
fn what_a_group_shares_is_open_to_it_and_to_no_more() {
    let group = nix::unistd::getegid().as_raw();
    let base = tempfile::tempdir().unwrap();
    let open = |access| Folder::open_or_create(base.path(), "lobby", access);
    let folder = open(Access::Group(group)).unwrap();
    folder.open_file("key").unwrap();
    folder.make_fifo("to-reader").unwrap();
    let rights =
        |path: &Path| (fs::metadata(path).unwrap().permissions().mode() & 0o7777, fs::metadata(path).unwrap().gid());
    assert_eq!(rights(folder.path()), (0o770, group));
    assert_eq!(rights(&folder.path().join("key")), (0o660, group));
    assert_eq!(rights(&folder.path().join("to-reader")), (0o660, group));
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");

    let error = open(Access::Owner).unwrap_err();
    assert!(matches!(error, Error::TooOpen { group: Some(found), .. } if found == group), "{error}");
    // Not created: to give a folder to another group takes root.
    let as_others = Folder::open_existing(base.path(), "lobby", Access::Group(group + 1));
    assert!(matches!(as_others, Err(Error::NotTheGroups { .. })), "{as_others:?}");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o775)).unwrap();
    assert!(matches!(open(Access::Group(group)), Err(Error::TooOpen { mode: 0o775, .. })));
    let private = Folder::open_or_create(base.path(), "private", Access::Owner).unwrap();
    let error = Folder::open_or_create(base.path(), "private", Access::Group(group)).unwrap_err();
    assert!(matches!(error, Error::NotTheGroups { mode: 0o700, .. }), "{error}");
    drop(private);
}
