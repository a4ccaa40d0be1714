//! What a bridge costs beside the client that it is built on: the same messages, through the same server, in turns.
//!
//! ```text
//! bare     publisher ══ nats-server ══ consumer
//! bridge   writer ── segment ── bridge ══ nats-server ══ bridge ── segment ── reader
//! ```
//! Each box is a process; the two ends are this program again.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `outcome` | how a part of the bench ends |
//! | `cue` | what the ends and the bench say to each other |
//! | `load` | what is sent, and that it arrives |
//! | `near` | the ends on segments |
//! | `bare` | the ends on the client alone |
//! | `parts` | the server, the bridges, and the ends as processes |
//! | `idle` | what two bridges need that have nothing to do |
//! | `report` | medians, and which targets are met |

#![forbid(unsafe_code)]

mod bare;
mod cue;
mod idle;
mod load;
mod near;
mod outcome;
mod parts;
mod report;

use clap::{Args, Parser};
use load::{Figure, Load};
use outcome::Result;
use parts::{End, Pair, Parts};
use report::{Report, Way};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// The lengths of messages, and how many bytes of them make a run at most: what the server stores goes to a disk.
const SIZES: [usize; 3] = [64, 1 << 10, 64 << 10];
const MOST_BYTES: u64 = 1 << 30;

/// A line as people type them.
const LINE: usize = 64;

#[derive(Parser)]
#[command(about = "What a bridge costs beside the client that it is built on", args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    end: Option<End>,
    #[command(flatten)]
    bench: Bench,
}

#[derive(Args)]
struct Bench {
    /// Rounds; the figures are their medians
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Milliseconds that each run sends for
    #[arg(long, default_value_t = 2000)]
    time: u64,
    /// Lines that are typed in a run
    #[arg(long, default_value_t = 300)]
    lines: u64,
    /// Seconds to watch the idle bridges for; 0 for not at all
    #[arg(long, default_value_t = 30)]
    idle: u64,
    /// Only messages of these lengths; 0 for the typed lines
    #[arg(long, value_delimiter = ',')]
    only: Vec<usize>,
    /// Where the bridge's program is
    #[arg(long, default_value = "target/bridge/release/shmchat-bridge")]
    bridge: PathBuf,
    /// Where the server's program is
    #[arg(long, default_value = "target/nats/nats-server")]
    server: PathBuf,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match options.end {
        Some(end) => end.run(),
        None => run(&options.bench),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shmchat-bridge-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(bench: &Bench) -> Result<()> {
    let parts = Parts::start(&bench.server, &bench.bridge)?;
    let mut report = Report::default();
    let wanted = |size: usize| bench.only.is_empty() || bench.only.contains(&size);
    for round in 1..=bench.rounds {
        for size in SIZES.into_iter().filter(|&size| wanted(size)) {
            let load = Load::Stream { size, time: Duration::from_millis(bench.time), most: MOST_BYTES / size as u64 };
            for way in turns(round) {
                report.add(way, size, measure(&parts, way, load)?);
            }
        }
        if wanted(0) {
            for way in turns(round) {
                report.add(way, 0, measure(&parts, way, Load::Typed { size: LINE, lines: bench.lines })?);
            }
        }
        eprintln!("round {round} of {}", bench.rounds);
    }
    if bench.idle > 0 {
        report.idle = Some(idle::measure(&parts, Duration::from_secs(bench.idle))?);
    }
    println!("{}", report.markdown(bench.rounds));
    Ok(())
}

/// Who is first changes from round to round.
fn turns(round: u32) -> [Way; 2] {
    if round % 2 == 1 { [Way::Bare, Way::Bridge] } else { [Way::Bridge, Way::Bare] }
}

fn measure(parts: &Parts, way: Way, load: Load) -> Result<Figure> {
    match way {
        Way::Bare => Pair::bare(parts, load)?.measure(),
        Way::Bridge => {
            let bridges = parts.bridges()?;
            Pair::on(&bridges, load)?.measure()
        }
    }
}
