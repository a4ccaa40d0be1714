//! Either side dies after any step of publish and sleep, and a successor goes on: in every order of memory nothing that was
//! published is lost, nothing is torn, and nobody sleeps on.
//!
//! A process dies by running no further step; then the kernel hangs up its doorbell. Its successor does what attach does:
//! takes the lane up from the shared indices, lowers its own flags, and rings the other side.

use crate::parts::{Fifo, Memory, check, check_catches, memory, put, rest, take};
use loom::thread;
use shmchat::internals::doorbell::Parking;
use shmchat::internals::fault::Mutant;
use shmchat::internals::layout::LanePlace;
use shmchat::internals::ring::{Consumer, Producer};

/// Steps that are still done before death.
struct Life(usize);

impl Life {
    /// Whether the next step is still done.
    fn goes_on(&mut self) -> Option<()> {
        self.0 = self.0.checked_sub(1)?;
        Some(())
    }
}

/// Write, publish, take the sleeper's flag down, ring.
const PRODUCER_STEPS: usize = 4;

fn produce(memory: &Memory, place: LanePlace, doorbell: &Fifo, byte: u8, life: &mut Life) -> Option<()> {
    let mut producer = Producer::attach(memory.clone(), place).unwrap();
    let flag = Parking::new(memory.clone(), place.consumer_parked);
    life.goes_on()?;
    assert!(put(&mut producer, &[byte; 8]));
    life.goes_on()?;
    producer.publish();
    life.goes_on()?;
    let sleeps = flag.wake();
    life.goes_on()?;
    if sleeps {
        doorbell.ring();
    }
    Some(())
}

/// The producer dies after `steps`; the consumer sleeps whenever the lane is empty, and must learn of the death.
fn producer_dies(steps: usize, hangs_up: bool) {
    let place = LanePlace::alone(64).without_copies();
    let memory = memory(place);
    let doorbell = Fifo::new();
    let dying = {
        let (memory, doorbell) = (memory.clone(), doorbell.clone());
        thread::spawn(move || {
            let _ = produce(&memory, place, &doorbell, 1, &mut Life(steps));
            if hangs_up {
                doorbell.hang_up();
            }
        })
    };
    let mut consumer = Consumer::attach(memory.clone(), place).unwrap();
    let flag = Parking::new(memory.clone(), place.consumer_parked);
    let mut got = Vec::new();
    let mut dead = false;
    // Once it is known to be dead the lane is drained a last time: what it published is there.
    loop {
        match take(&mut consumer) {
            Some(message) => {
                got.push(message);
                consumer.release(consumer.position());
            }
            None if dead => break,
            None => dead = rest(&flag, &doorbell, || consumer.has_next().unwrap()),
        }
    }
    dying.join().unwrap();
    let published = steps >= 2;
    assert_eq!(got, vec![vec![1; 8]; usize::from(published)], "died after {steps} steps");

    // The next life sends the next message, over what the dead one left behind its tail.
    produce(&memory, place, &doorbell, 2, &mut Life(usize::MAX));
    assert_eq!(take(&mut consumer), Some(vec![2; 8]));
    assert_eq!(take(&mut consumer), None);
}

/// Take, show, release, take the sleeping producer's flag down, ring.
const RECEIVING_STEPS: usize = 5;

fn receive_one(memory: &Memory, place: LanePlace, far: &Fifo, life: &mut Life, shown: &mut Vec<u8>) -> Option<()> {
    let mut consumer = Consumer::attach(memory.clone(), place).unwrap();
    let producers = Parking::new(memory.clone(), place.producer_parked);
    life.goes_on()?;
    let message = take(&mut consumer).expect("the lane was full");
    assert_eq!(message, vec![message[0]; 8], "torn");
    life.goes_on()?;
    shown.push(message[0]);
    life.goes_on()?;
    consumer.release(consumer.position());
    life.goes_on()?;
    let sleeps = producers.wake();
    life.goes_on()?;
    if sleeps {
        far.ring();
    }
    Some(())
}

/// The lane is full and its producer sleeps for room; the consumer dies after `steps` of its first message, and a
/// successor comes.
fn receiver_dies(steps: usize) {
    let place = LanePlace::alone(64).without_copies();
    let memory = memory(place);
    let doorbell = Fifo::new();
    let mut producer = Producer::attach(memory.clone(), place).unwrap();
    for byte in 1..=4 {
        assert!(put(&mut producer, &[byte; 8]));
    }
    producer.publish();
    let lives = {
        let (memory, doorbell) = (memory.clone(), doorbell.clone());
        thread::spawn(move || {
            let mut first = Vec::new();
            let _ = receive_one(&memory, place, &doorbell, &mut Life(steps), &mut first);
            doorbell.hang_up();
            // What attach does: ring, so that the other side looks.
            doorbell.ring();
            let mut second = Vec::new();
            let _ = receive_one(&memory, place, &doorbell, &mut Life(usize::MAX), &mut second);
            (first, second)
        })
    };
    let flag = Parking::new(memory, place.producer_parked);
    while !put(&mut producer, &[5; 8]) {
        rest(&flag, &doorbell, || producer.has_room(16).unwrap());
    }
    let (first, second) = lives.join().unwrap();
    // What was released is never seen again, what was not always is.
    let acknowledged = steps >= 3;
    assert_eq!(second, [1 + u8::from(acknowledged)], "died after {steps} steps, shown before: {first:?}");
    assert!(!acknowledged || first == [1], "died after {steps} steps: acknowledged and never shown");
}

/// Flag up, second look; woken, doorbell emptied, flag down.
const SLEEPING_STEPS: usize = 5;

fn sleep_once(flag: &Parking<Memory>, doorbell: &Fifo, consumer: &mut Consumer<Memory>, life: &mut Life) -> Option<()> {
    life.goes_on()?;
    let asleep = flag.park_unless(|| {
        life.goes_on().ok_or(())?;
        Ok::<_, ()>(consumer.has_next().unwrap())
    });
    if asleep.ok()? {
        life.goes_on()?;
        doorbell.sleep();
        life.goes_on()?;
        doorbell.empty();
        life.goes_on()?;
        flag.unpark();
    }
    Some(())
}

/// The consumer of an empty lane dies after `steps` of going to sleep and waking, while the producer sends; its
/// successor gets the message, though the dead one's flag and the byte in the doorbell may have been spent on nobody.
fn sleeper_dies(steps: usize) {
    let place = LanePlace::alone(64).without_copies();
    let memory = memory(place);
    let doorbell = Fifo::new();
    let sending = {
        let (memory, doorbell) = (memory.clone(), doorbell.clone());
        thread::spawn(move || produce(&memory, place, &doorbell, 1, &mut Life(usize::MAX)).unwrap())
    };
    let flag = Parking::new(memory.clone(), place.consumer_parked);
    let mut consumer = Consumer::attach(memory.clone(), place).unwrap();
    let _ = sleep_once(&flag, &doorbell, &mut consumer, &mut Life(steps));

    // What attach does.
    let mut consumer = Consumer::attach(memory, place).unwrap();
    flag.unpark();
    let message = loop {
        match take(&mut consumer) {
            Some(message) => break message,
            None => _ = rest(&flag, &doorbell, || consumer.has_next().unwrap()),
        }
    };
    assert_eq!(message, [1; 8]);
    sending.join().unwrap();
}

#[test]
fn a_producer_that_dies_after_any_step_loses_nothing_that_it_published() {
    for steps in 0..=PRODUCER_STEPS {
        check(move || producer_dies(steps, true));
    }
}

#[test]
fn a_receiver_that_dies_after_any_step_loses_nothing_and_its_producer_goes_on() {
    for steps in 0..=RECEIVING_STEPS {
        check(move || receiver_dies(steps));
    }
}

#[test]
fn a_sleeper_that_dies_after_any_step_leaves_its_successor_able_to_sleep_and_wake() {
    for steps in 0..=SLEEPING_STEPS {
        check(move || sleeper_dies(steps));
    }
}

#[test]
fn a_death_that_hangs_up_no_bell_is_caught() {
    // After the third step the flag is down and nobody has rung.
    let slept_on = std::panic::catch_unwind(|| check(|| producer_dies(3, false)));
    assert!(slept_on.is_err(), "a sleeper that the dead one did not ring slept on unnoticed");
}

#[test]
fn a_head_before_the_copy_loses_a_message_with_its_receiver() {
    // It dies when the message is taken and not shown yet.
    check_catches(Mutant::HeadBeforeCopy, || receiver_dies(1));
}
