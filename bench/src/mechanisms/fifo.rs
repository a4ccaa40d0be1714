//! A named FIFO in each direction. <https://man7.org/linux/man-pages/man7/fifo.7.html>

use super::bytes::StreamPort;
use crate::mechanism::{Kind, Manner, Mechanism, Reason, Setup, Side};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::fs::File;
use std::path::PathBuf;

pub(crate) struct Fifo<const BATCHES: bool, const N: usize> {
    /// First to second, second to first. They go with the run's folder.
    paths: [PathBuf; 2],
}

impl<const BATCHES: bool, const N: usize> Mechanism for Fifo<BATCHES, N> {
    const NAME: &'static str = if BATCHES { "named FIFO, batches" } else { "named FIFO" };
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = if BATCHES { Manner::TypedBatches } else { Manner::Single };
    type Port = StreamPort<BATCHES, N>;

    fn prepare(setup: &Setup<'_>) -> Result<Self, Reason> {
        let paths = ["there", "back"].map(|name| setup.folder.join(name));
        for path in &paths {
            mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR)?;
        }
        Ok(Fifo { paths })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        // Each open waits for the other side's, so both sides take the FIFOs in the same order.
        let [there, back] = &self.paths;
        let (sink, source) = match side {
            Side::First => {
                let sink = File::options().write(true).open(there)?;
                (sink, File::open(back)?)
            }
            Side::Second => {
                let source = File::open(there)?;
                (File::options().write(true).open(back)?, source)
            }
        };
        Ok(StreamPort::over_pipes(sink, source))
    }
}
