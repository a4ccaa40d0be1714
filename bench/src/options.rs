//! The arguments.

use crate::figures::Section;
use clap::Parser;
use std::path::PathBuf;

/// Payloads of the tables, in bytes.
pub(crate) const PAYLOADS: [u64; 6] = [8, TRIPS_ONLY, 64, 1024, 64 << 10, 1 << 20];

/// The longest message of ours that is to go from core to core in one cache line, together with what tells of it. It is
/// sent there and back only, and by ours only.
pub(crate) const TRIPS_ONLY: u64 = 48;

/// Payloads of a round trip in a quick run: a longer one is a copy, which throughput shows too.
const QUICK_TRIPS: u64 = 1024;

/// Measure ways to pass messages between two processes: this one, and those one would pick instead.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
Examples:
  shmchat-bench                                 everything, some 20 minutes
  shmchat-bench --quick                         everything, but shorter runs
  shmchat-bench messages --only pipe --payload 64,1024
  shmchat-bench growth capacity --out /tmp/here"
)]
pub(crate) struct Options {
    /// What to run [default: all]
    #[arg(value_enum)]
    pub(crate) sections: Vec<Section>,

    /// Shorter runs, and less of what takes long
    #[arg(long)]
    pub(crate) quick: bool,

    /// Only mechanisms, limits and programs whose name contains this; may be given more than once
    #[arg(long, value_name = "SUBSTRING")]
    pub(crate) only: Vec<String>,

    /// Bytes of a message: multiples of 8, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = payload, default_values_t = PAYLOADS)]
    pub(crate) payload: Vec<u64>,

    /// How often each run is repeated, interleaved with all others
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,

    /// Where the figures, the report and the plots go
    #[arg(long, value_name = "DIR", default_value = "bench/results")]
    pub(crate) out: PathBuf,

    /// Where the optimised writer and reader lie; `make build` makes them
    #[arg(long, value_name = "DIR", default_value = "target/release")]
    pub(crate) programs: PathBuf,
}

impl Options {
    /// The sections to run, each once, in the bench's order: later ones look at what earlier ones found. Those that stand
    /// together are interleaved, since they are compared with each other.
    pub(crate) fn parts(&self) -> Vec<Vec<Section>> {
        use Section::{Capacity, Growth, Limits, Messages, Programs};
        let is_wanted = |section: &Section| self.sections.is_empty() || self.sections.contains(section);
        let all = [vec![Messages, Limits], vec![Programs], vec![Growth], vec![Capacity]];
        let wanted = all.into_iter().map(|part| part.into_iter().filter(is_wanted).collect());
        wanted.filter(|part: &Vec<_>| !part.is_empty()).collect()
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }

    /// Whether there and back is measured with this payload.
    pub(crate) fn wants_trips(&self, payload: u64) -> bool {
        !self.quick || payload <= QUICK_TRIPS
    }

    /// What was typed to get this run, as short as it can be said.
    pub(crate) fn command(&self) -> String {
        let Options { sections, quick, only, payload, rounds, .. } = self;
        let is_whole = sections.is_empty() && only.is_empty() && *payload == PAYLOADS && *rounds == 5;
        match (is_whole, quick) {
            (true, false) => "make bench".into(),
            (true, true) => "make bench-quick".into(),
            _ => ["shmchat-bench".into()].into_iter().chain(std::env::args().skip(1)).collect::<Vec<_>>().join(" "),
        }
    }

    /// About how long one run is to take, in nanoseconds.
    pub(crate) fn run_time(&self) -> u64 {
        if self.quick { 150_000_000 } else { 600_000_000 }
    }
}

fn payload(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(bytes) if bytes > 0 && bytes % 8 == 0 => Ok(bytes),
        _ => Err("wanted is a number of bytes, a multiple of 8".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Options {
        Options::parse_from([&["shmchat-bench"], arguments].concat())
    }

    #[test]
    fn sections_run_once_and_in_order_whatever_was_typed() {
        let typed = options(&["capacity", "messages", "capacity"]);
        assert_eq!(typed.parts(), [[Section::Messages], [Section::Capacity]]);
        assert_eq!(options(&[]).parts().concat().len(), 5);
    }

    #[test]
    fn names_are_chosen_by_any_of_their_parts() {
        assert!(options(&[]).wants("pipe"));
        let some = options(&["--only", "pipe", "--only", "rtrb"]);
        assert!(some.wants("pipe") && some.wants("rtrb, two threads") && !some.wants("shmchat"));
    }

    #[test]
    fn a_payload_is_a_multiple_of_8() {
        assert_eq!(options(&["--payload", "64,1024"]).payload, [64, 1024]);
        for wrong in ["0", "12", "x"] {
            assert!(Options::try_parse_from(["shmchat-bench", "--payload", wrong]).is_err(), "{wrong}");
        }
    }
}
