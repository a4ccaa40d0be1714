//! Each message wakes a receiver that is just falling asleep: the barriers of the kernel, which no model sees.

use crate::place::Place;
use shmchat::{RecvTimeoutError, Role};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How many are sent unless `SHMCHAT_WAKES` says otherwise. Few of them meet the receiver between its flag and its second look:
/// with `SHMCHAT_SABOTAGE=no-fence-before-sleep`, in a release build with the feature `faults`, it took 245,753.
const MESSAGES: u32 = 30_000;

#[test]
fn a_message_wakes_a_receiver_that_is_falling_asleep() {
    let place = Place::new();
    let received = AtomicU32::new(0);
    let messages = std::env::var("SHMCHAT_WAKES").map_or(MESSAGES, |count| count.parse().expect("a number"));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = place.open(Role::Writer);
            for number in 1..=messages {
                // At another moment of the receiver's way to its sleep each time.
                (0..number % 600).for_each(|_| std::hint::spin_loop());
                writer.send(&number.to_ne_bytes()).unwrap();
                // The next message would hide that this one did not wake anybody.
                while received.load(Ordering::Relaxed) != number {
                    std::hint::spin_loop();
                    if received.load(Ordering::Relaxed) == u32::MAX {
                        return;
                    }
                }
            }
        });
        let mut reader = place.open(Role::Reader);
        for number in 1..=messages {
            // Nothing else wakes it before that.
            match reader.recv_timeout(Duration::from_secs(20)) {
                Ok(message) => assert_eq!(message.bytes, number.to_ne_bytes()),
                Err(RecvTimeoutError::Timeout) => {
                    received.store(u32::MAX, Ordering::Relaxed);
                    panic!("nobody woke the receiver for message {number}");
                }
                Err(error) => panic!("{error}"),
            }
            received.store(number, Ordering::Relaxed);
        }
    });
}
