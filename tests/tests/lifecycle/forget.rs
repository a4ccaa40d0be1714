//! Forgetting a channel: nothing is left of it, and whoever starts meanwhile is not caught in what is removed.

use shmchat::admin::{AdminError, orphans};
use shmchat::internals::fault::{Mutant, leave_out};
use shmchat::{Channel, Endpoint, Error, Role, TryRecvError};
use shmchat_tests::numbered::channel;
use shmchat_tests::{LIMIT, Place, by_itself};
use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

#[test]
fn nothing_is_left_of_a_channel_that_nobody_uses() {
    let place = Place::new();
    let lobby = channel(place.dir());
    assert_eq!(lobby.forget(false).expect("forget"), None, "there was none");
    lobby.attach(Role::Writer).expect("attach").quit().expect("quit");
    let identity = place.identity();
    let forgotten = lobby.forget(false).expect("forget").expect("its folder was there");
    assert!(forgotten.folder && forgotten.segment.is_none());
    place.assert_forgotten(identity);
    assert!(lobby.status().expect("status").is_none());
}

#[test]
fn what_is_used_or_waits_stays() {
    let place = Place::new();
    let lobby = channel(place.dir());
    let mut writer = lobby.attach(Role::Writer).expect("attach");
    writer.send("wait for me").expect("send");
    for force in [false, true] {
        let forgotten = lobby.forget(force);
        assert!(matches!(forgotten, Err(AdminError::Channel(Error::RoleTaken { .. }))), "{forgotten:?}");
    }
    writer.quit().expect("quit");
    assert!(matches!(lobby.forget(false), Err(AdminError::MessagesWait { .. })));
    let mut reader = lobby.attach(Role::Reader).expect("attach");
    assert_eq!(reader.recv().expect("the message").bytes, b"wait for me");
    reader.receiver().take_ahead();
    reader.quit().expect("quit");
    let identity = place.identity();
    assert_eq!(lobby.forget(true).expect("forget").map(|it| it.waiting.messages), Some(1));
    place.assert_forgotten(identity);
}

#[test]
fn a_folder_in_which_something_else_lies_stays_with_its_key() {
    let place = Place::new();
    let lobby = channel(place.dir());
    lobby.attach(Role::Writer).expect("attach").quit().expect("quit");
    let (identity, other) = (place.identity(), place.folder().join("notes.txt"));
    fs::write(&other, "not the channel's").expect("a file");
    assert_eq!(lobby.forget(true).expect("forget"), None);
    assert!(place.identity() == identity && other.exists());
    fs::remove_file(&other).expect("remove it");
    assert!(lobby.forget(false).expect("forget").is_some_and(|it| it.folder));
}

/// A start that waits for the channel's lock, whose file is then removed and made again and locked by somebody else: what it
/// comes to.
fn start_at_a_removed_lock(sabotaged: Option<Mutant>) -> Result<(), Error> {
    let place = Place::new();
    let lobby = channel(place.dir());
    lobby.attach(Role::Writer).expect("attach").quit().expect("quit");
    let lock = place.folder().join("lock");
    let open = |path| {
        File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(path).expect("a lock file")
    };
    let old = open(&lock);
    old.try_lock().expect("nobody has it");
    thread::scope(|scope| {
        let start = scope.spawn(|| {
            sabotaged.into_iter().for_each(leave_out);
            lobby.attach(Role::Writer).map(Endpoint::die)
        });
        // Once it has opened the lock's file beside us, it waits for the lock.
        let limit = Instant::now() + LIMIT;
        let opened = || {
            let open = fs::read_dir("/proc/self/fd").expect("our descriptors").flatten();
            open.filter(|fd| fs::read_link(fd.path()).is_ok_and(|path| path == lock)).count()
        };
        while opened() < 2 {
            assert!(Instant::now() < limit, "it does not come to the lock");
            thread::yield_now();
        }
        fs::remove_file(&lock).expect("remove the lock");
        let new = open(&lock);
        new.try_lock().expect("nobody has it");
        drop(old);
        start.join().expect("no panic")
    })
}

#[test]
fn a_start_that_waited_for_a_removed_lock_starts_over() {
    by_itself(|| {
        let start = start_at_a_removed_lock(None);
        assert!(matches!(start, Err(Error::Busy { .. })), "somebody has the new lock: {start:?}");
        start_at_a_removed_lock(Some(Mutant::TrustOldLock)).expect("it trusts the old one");
    });
}

/// Writers and readers come and go beside one who forgets the channel again and again.
#[test]
fn many_starts_beside_one_who_forgets_lose_nothing_and_find_each_other() {
    const ROUNDS: usize = 300;
    by_itself(|| {
        let place = Place::new();
        let lobby = channel(place.dir());
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let forgets = scope.spawn(|| {
                let mut times = 0;
                while !done.load(Ordering::Relaxed) {
                    match lobby.forget(false) {
                        Ok(forgotten) => times += usize::from(forgotten.is_some_and(|it| it.folder)),
                        Err(AdminError::Channel(Error::RoleTaken { .. }) | AdminError::MessagesWait { .. }) => {}
                        Err(error) => panic!("forget: {error}"),
                    }
                }
                times
            });
            let writes = scope.spawn(|| {
                for number in 0..ROUNDS {
                    let mut writer = come(&lobby, Role::Writer);
                    writer.send(number.to_string().as_str()).expect("send");
                    writer.quit().expect("quit");
                }
            });
            let mut next = 0;
            while next < ROUNDS {
                let mut reader = come(&lobby, Role::Reader);
                loop {
                    match reader.try_recv() {
                        Ok(message) => {
                            assert_eq!(message.bytes, next.to_string().as_bytes(), "in order, and none twice");
                            next += 1;
                        }
                        Err(TryRecvError::Empty | TryRecvError::Quit) => break,
                        Err(error) => panic!("receive: {error}"),
                    }
                }
                reader.quit().expect("quit");
            }
            writes.join().expect("no panic");
            done.store(true, Ordering::Relaxed);
            assert!(forgets.join().expect("no panic") > 0, "it was forgotten now and then");
        });
        lobby.forget(false).expect("forget");
        assert!(orphans(Some(place.dir()), &[]).expect("a look").is_empty(), "no second segment");
        assert!(!place.folder().exists());
    });
}

/// Attaches, whoever has the role for a moment.
fn come(channel: &Channel, role: Role) -> Endpoint {
    let limit = Instant::now() + LIMIT;
    loop {
        match channel.attach(role) {
            Err(Error::RoleTaken { .. }) if Instant::now() < limit => {}
            attached => return attached.expect("attach"),
        }
    }
}
