//! Shared memory as it is taught: a System V segment with room for one message, a FIFO on which the byte `a` says that it is
//! there, and another on which a byte says that it was read. Without that second one messages would be lost.

use super::memory::Memory;
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes of the slot.
const SLOT: usize = 1024;

pub(crate) struct OneSlot {
    /// The slots, first to second and second to first.
    memory: Arc<Memory>,
    /// The FIFOs go with the run's folder.
    folder: PathBuf,
}

pub(crate) struct OneSlotPort {
    memory: Arc<Memory>,
    sink: Slot,
    source: Slot,
}

/// One side's end of a slot.
struct Slot {
    offset: usize,
    /// Where this side says that it is done with the slot, and where the other side does.
    tell: File,
    hear: File,
    /// Its first message need not wait for an acknowledgement.
    fresh: bool,
}

impl Mechanism for OneSlot {
    const NAME: &'static str = "one slot, as taught";
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = Manner::InPlace;
    type Port = OneSlotPort;

    fn prepare(setup: &Setup<'_>) -> Result<Self, Reason> {
        if setup.payload > SLOT {
            return Err(Reason(format!("its one slot holds {SLOT} bytes")));
        }
        for name in ["there", "there-read", "back", "back-read"] {
            mkfifo(&setup.folder.join(name), Mode::S_IRUSR | Mode::S_IWUSR)?;
        }
        Ok(OneSlot { memory: Arc::new(Memory::attach(2 * SLOT)?), folder: setup.folder.into() })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        // Each open waits for the other side's, so both sides take the FIFOs in the same order.
        let read = |name| File::open(self.folder.join(name));
        let write = |name| File::options().write(true).open(self.folder.join(name));
        let (there, back) = match side {
            Side::First => {
                let there = (write("there")?, read("there-read")?);
                let hear = read("back")?;
                (there, (write("back-read")?, hear))
            }
            Side::Second => {
                let hear = read("there")?;
                let there = (write("there-read")?, hear);
                (there, (write("back")?, read("back-read")?))
            }
        };
        let slot = |(tell, hear), offset| Slot { offset, tell, hear, fresh: true };
        let (sink, source) = side.of([slot(there, 0), slot(back, SLOT)]);
        Ok(OneSlotPort { memory: Arc::clone(&self.memory), sink, source })
    }
}

impl Port for OneSlotPort {
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        if !std::mem::take(&mut self.sink.fresh) {
            self.sink.hear.read_exact(&mut [0])?;
        }
        // SAFETY: what was there has been read, and the other side waits to be told of the next.
        message.fill(0, unsafe { self.memory.bytes(self.sink.offset, message.length) });
        Ok(self.sink.tell.write_all(b"a")?)
    }

    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        self.source.hear.read_exact(&mut [0])?;
        // SAFETY: the other side has told of it, and waits until it was read.
        check.bytes(unsafe { self.memory.bytes(self.source.offset, check.length()) });
        Ok(self.source.tell.write_all(b"r")?)
    }
}
