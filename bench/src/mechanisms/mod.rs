//! All that is measured: a file for each.

mod bytes;
mod ends;
mod fifo;
mod iceoryx2;
mod ipc_channel;
mod items;
mod mapped_file;
mod memory;
mod one_slot;
mod pipe;
mod posix_queue;
mod posix_semaphores;
mod ringfire;
mod rtrb;
mod shmchat;
mod shmem_ipc;
mod sizes;
mod sockets;
mod sysv_queue;
#[cfg(feature = "tachyon")]
mod tachyon;
mod unix_seqpacket;
mod unix_stream;

use crate::measure::{self, Amount, Cpus, Flow, RoundTrips};
use crate::mechanism::{Kind, Manner, Mechanism, Reason, Setup};

/// A mechanism by its functions, so that different ones stand in one list.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) manner: Manner,
    pub(crate) one_way: fn(Cpus, &Setup<'_>, Amount) -> Result<Flow, Reason>,
    pub(crate) ping_pong: fn(Cpus, &Setup<'_>, u64) -> Result<RoundTrips, Reason>,
}

const fn entry<M: Mechanism>() -> Entry {
    Entry {
        name: M::NAME,
        kind: M::KIND,
        manner: M::MANNER,
        one_way: measure::one_way::<M>,
        ping_pong: measure::ping_pong::<M>,
    }
}

#[cfg(feature = "tachyon")]
const TACHYON: [Entry; 3] = [
    entry::<tachyon::Tachyon<tachyon::Spinning>>(),
    entry::<tachyon::Tachyon<tachyon::Sleeping>>(),
    entry::<tachyon::Tachyon<tachyon::Batches>>(),
];

#[cfg(not(feature = "tachyon"))]
const TACHYON: [Entry; 3] = [
    absent_tachyon("tachyon-ipc, spinning", Manner::InPlace),
    absent_tachyon("tachyon-ipc, sleeping", Manner::InPlace),
    absent_tachyon("tachyon-ipc, batches", Manner::Batches),
];

/// Stands in the tables for the peer that not everybody can build.
#[cfg(not(feature = "tachyon"))]
const fn absent_tachyon(name: &'static str, manner: Manner) -> Entry {
    const WHY: &str = "the bench was built without it; `apt-get install clang-19`, then `make bench`";
    Entry {
        name,
        kind: Kind::Peer,
        manner,
        one_way: |_, _, _| Err(Reason::absent(WHY)),
        ping_pong: |_, _, _| Err(Reason::absent(WHY)),
    }
}

/// One whose messages' size is part of its type.
macro_rules! sized {
    ($mechanism:ident $(, $($argument:tt)+)?) => {
        Entry {
            name: <$mechanism<$($($argument)+,)? 8>>::NAME,
            kind: <$mechanism<$($($argument)+,)? 8>>::KIND,
            manner: <$mechanism<$($($argument)+,)? 8>>::MANNER,
            one_way: |cpus, setup, amount| match setup.payload {
                8 => measure::one_way::<$mechanism<$($($argument)+,)? 8>>(cpus, setup, amount),
                64 => measure::one_way::<$mechanism<$($($argument)+,)? 64>>(cpus, setup, amount),
                1024 => measure::one_way::<$mechanism<$($($argument)+,)? 1024>>(cpus, setup, amount),
                65536 => measure::one_way::<$mechanism<$($($argument)+,)? 65536>>(cpus, setup, amount),
                1048576 => measure::one_way::<$mechanism<$($($argument)+,)? 1048576>>(cpus, setup, amount),
                other => Err(Reason(format!("it was not built for messages of {other} bytes"))),
            },
            ping_pong: |cpus, setup, time| match setup.payload {
                8 => measure::ping_pong::<$mechanism<$($($argument)+,)? 8>>(cpus, setup, time),
                48 => measure::ping_pong::<$mechanism<$($($argument)+,)? 48>>(cpus, setup, time),
                64 => measure::ping_pong::<$mechanism<$($($argument)+,)? 64>>(cpus, setup, time),
                1024 => measure::ping_pong::<$mechanism<$($($argument)+,)? 1024>>(cpus, setup, time),
                65536 => measure::ping_pong::<$mechanism<$($($argument)+,)? 65536>>(cpus, setup, time),
                1048576 => measure::ping_pong::<$mechanism<$($($argument)+,)? 1048576>>(cpus, setup, time),
                other => Err(Reason(format!("it was not built for messages of {other} bytes"))),
            },
        }
    };
}

use fifo::Fifo;
use items::Items;
use mapped_file::MappedFile;
use pipe::Pipe;
use ringfire::Ringfire;
use rtrb::Rtrb;
use shmchat::Shmchat;
use shmem_ipc::ShmemIpc;
use unix_stream::UnixSockets;

/// In the order of the tables.
pub(crate) const ALL: &[Entry] = &[
    sized!(Shmchat, shmchat::Single<shmchat::SysV>),
    sized!(Shmchat, shmchat::Batches),
    sized!(Shmchat, shmchat::Spinning),
    sized!(Shmchat, shmchat::InPlace),
    sized!(Shmchat, shmchat::Single<shmchat::Posix>),
    sized!(Shmchat, shmchat::Single<shmchat::File>),
    sized!(Items),
    sized!(Pipe, false),
    sized!(Pipe, true),
    sized!(Fifo, false),
    sized!(Fifo, true),
    sized!(UnixSockets, false),
    sized!(UnixSockets, true),
    entry::<unix_seqpacket::UnixSeqpacket>(),
    entry::<posix_queue::PosixQueues>(),
    entry::<sysv_queue::SysvQueues>(),
    entry::<posix_semaphores::PosixSemaphores>(),
    sized!(MappedFile),
    entry::<one_slot::OneSlot>(),
    sized!(ShmemIpc, false),
    sized!(ShmemIpc, true),
    sized!(Ringfire, ringfire::Spinning),
    sized!(Ringfire, ringfire::Sleeping),
    sized!(Ringfire, ringfire::Batches),
    TACHYON[0],
    TACHYON[1],
    TACHYON[2],
    entry::<iceoryx2::Iceoryx2<false>>(),
    entry::<iceoryx2::Iceoryx2<true>>(),
    entry::<ipc_channel::IpcChannel>(),
    sized!(Rtrb, false),
    sized!(Rtrb, true),
];
