//! The arguments.

use crate::chapters::CHAPTERS;
use crate::original::watch::Alone;
use crate::original::{Failure, Files, reader, writer};
use crate::side::{self, Part, Plan};
use crate::{pages, run, stage};
use clap::{Args, Parser, Subcommand, ValueEnum};
use shmchat::Role;
use std::io::{BufRead, ErrorKind, stdin};
use std::path::PathBuf;
use std::process::exit;
use std::time::Duration;

/// The last chapter's number.
const LAST: i64 = CHAPTERS.len() as i64;

/// Learn how two processes share memory, by being their scheduler.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "Without a command the tour begins, on a terminal of at least 60 columns and 20 rows."
)]
struct Arguments {
    /// The chapter to begin with, from 1
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=LAST))]
    chapter: u8,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// One end of the teaching program that shmchat grew from, without a screen: lines in, lines out
    Original {
        /// Which end
        end: OriginalEnd,
        #[command(flatten)]
        files: FileArguments,
    },
    /// Write the chapters as pages
    #[command(hide = true)]
    Pages {
        /// The folder to write them to
        folder: PathBuf,
    },
    #[command(hide = true)]
    Side(SideArguments),
    #[command(hide = true)]
    Broom {
        #[arg(long)]
        dir: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OriginalEnd {
    /// Creates the segment and the FIFO, sends the lines of its input, and removes both; a line `x` ends it
    Writer,
    /// The listener: prints what is in the slot for each byte in the FIFO
    Reader,
}

#[derive(Debug, Args)]
struct FileArguments {
    /// The file that both ends make the key from
    #[arg(long, default_value = ".", value_name = "FILE")]
    path: PathBuf,
    /// The other half of the key
    #[arg(long, default_value_t = 110, value_name = "N")]
    project_id: i32,
    /// The FIFO
    #[arg(long, default_value = "./myfifo", value_name = "FILE")]
    fifo: PathBuf,
    /// The size of the segment, in bytes
    #[arg(long, default_value_t = 4096, value_name = "BYTES")]
    size: usize,
    /// How long to sleep after each message, in seconds
    #[arg(long, default_value = "0", value_name = "SECONDS", value_parser = seconds)]
    sleep: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected seconds, such as 1 or 0.5".to_owned())
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PartName {
    OriginalWriter,
    OriginalReader,
    Writer,
    Reader,
}

#[derive(Debug, Args)]
struct SideArguments {
    #[arg(long)]
    parent: i32,
    #[arg(long)]
    part: PartName,
    #[command(flatten)]
    files: FileArguments,
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    #[arg(long)]
    message: Vec<String>,
    #[arg(long)]
    stop: Vec<String>,
}

impl FileArguments {
    fn files(self) -> Files {
        let FileArguments { path, project_id, fifo, size, sleep } = self;
        Files { path, project_id, fifo, size, sleep }
    }
}

/// Does what the arguments say.
///
/// # Errors
/// What went wrong, in one line with the way out.
pub fn run() -> Result<(), String> {
    let arguments = Arguments::parse();
    match arguments.what {
        None => run::tour(usize::from(arguments.chapter)),
        Some(What::Original { end, files }) => original(end, &files.files()).map_err(|error| error.to_string()),
        Some(What::Pages { folder }) => pages::write(&folder).map_err(|error| format!("{}: {error}", folder.display())),
        Some(What::Broom { dir }) => {
            stage::broom::run(&dir);
            Ok(())
        }
        Some(What::Side(arguments)) => {
            let SideArguments { parent, part, files, dir, message, stop } = arguments;
            let files = files.files();
            let part = match part {
                PartName::OriginalWriter => Part::OriginalWriter(files),
                PartName::OriginalReader => Part::OriginalReader(files),
                PartName::Writer => Part::Library(Role::Writer, dir),
                PartName::Reader => Part::Library(Role::Reader, dir),
            };
            exit(side::run(&Plan { part, messages: message, stops: stop, parent }))
        }
    }
}

fn original(end: OriginalEnd, files: &Files) -> Result<(), Failure> {
    match end {
        OriginalEnd::Writer => writer::run(files, stdin().lock().split(b'\n'), &mut Alone),
        OriginalEnd::Reader => match reader::run(files, &mut Alone) {
            // Whoever took the lines has enough of them, as `head` does.
            Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            done => done,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::collections::BTreeSet;

    #[test]
    fn the_pages_name_every_option_and_no_other() {
        let program = Arguments::command();
        let original = program.find_subcommand("original").expect("a subcommand");
        let options = program.get_arguments().chain(original.get_arguments()).filter_map(|option| option.get_long());
        let options: BTreeSet<_> = options.filter(|option| !["help", "version"].contains(option)).collect();
        let text = pages::contents();
        let named = text.split(|c: char| c.is_whitespace() || c == '`').filter_map(|word| word.strip_prefix("--"));
        assert_eq!(named.collect::<BTreeSet<_>>(), options);
    }
}
