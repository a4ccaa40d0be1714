//! `rtrb` between two threads: what a ring can do that knows its messages' size, has no other process to distrust, and
//! never sleeps. <https://docs.rs/rtrb>

use super::slots;
use crate::mechanism::{Kind, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Mutex;

type Ends<const N: usize> = Mutex<Option<(Producer<[u8; N]>, Consumer<[u8; N]>)>>;

pub(crate) struct Rtrb<const N: usize> {
    sides: [Ends<N>; 2],
}

pub(crate) struct RtrbPort<const N: usize> {
    producer: Producer<[u8; N]>,
    consumer: Consumer<[u8; N]>,
}

impl<const N: usize> Mechanism for Rtrb<N> {
    const NAME: &'static str = "rtrb, two threads";
    const KIND: Kind = Kind::InProcess;
    type Port = RtrbPort<N>;

    fn prepare(_: &Setup<'_>) -> Result<Self, Reason> {
        let (there, arriving) = RingBuffer::new(slots(N));
        let (back, returning) = RingBuffer::new(slots(N));
        Ok(Rtrb { sides: [Mutex::new(Some((there, returning))), Mutex::new(Some((back, arriving)))] })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let mine = &self.sides[if side == Side::First { 0 } else { 1 }];
        let ends = mine.lock().ok().and_then(|mut ends| ends.take());
        let (producer, consumer) = ends.ok_or_else(|| Reason("opened twice".into()))?;
        Ok(RtrbPort { producer, consumer })
    }
}

impl<const N: usize> Port for RtrbPort<N> {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        let mut bytes = [0; N];
        message.fill(0, &mut bytes);
        while self.producer.is_full() {
            std::hint::spin_loop();
        }
        self.producer.push(bytes).map_err(|_| Reason("full".into()))
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        loop {
            if let Ok(bytes) = self.consumer.pop() {
                check.bytes(&bytes);
                return Ok(());
            }
            std::hint::spin_loop();
        }
    }
}
