//! The server, the bridges, and the ends as processes. Each ends with what holds it.

use crate::cue::CHANNEL;
use crate::load::{Figure, Load};
use crate::outcome::Result;
use crate::{bare, near};
use clap::Subcommand;
use serde_json::Value;
use shmchat::Channel;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};
use tempfile::TempDir;

/// For how long something may take that takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// An end, as this program starts itself. What it has to say stands on its standard output, and a line on its standard input
/// lets it go on.
#[derive(Clone, Debug, Subcommand)]
#[command(hide = true)]
pub(crate) enum End {
    /// Write to a segment.
    Write { folder: PathBuf, size: usize, count: u64, time: u64 },
    /// Read from a segment.
    Read { folder: PathBuf },
    /// Publish.
    Publish { server: String, size: usize, count: u64, time: u64 },
    /// Consume.
    Consume { server: String },
}

/// A time of 0 is for typed lines.
fn load(size: usize, count: u64, time: u64) -> Load {
    match time {
        0 => Load::Typed { size, lines: count },
        _ => Load::Stream { size, most: count, time: Duration::from_millis(time) },
    }
}

impl End {
    pub(crate) fn run(self) -> Result<()> {
        match self {
            End::Write { folder, size, count, time } => near::write(&folder, load(size, count, time)),
            End::Read { folder } => near::read(&folder),
            End::Publish { server, size, count, time } => bare::publish(&server, load(size, count, time)),
            End::Consume { server } => bare::consume(&server),
        }
    }
}

/// A process that is killed where it is not needed any more.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server, and where it and the channels lie.
pub(crate) struct Parts {
    folder: TempDir,
    server: String,
    bridge: PathBuf,
    _server: Process,
}

impl Parts {
    pub(crate) fn start(server: &Path, bridge: &Path) -> Result<Parts> {
        let folder = tempfile::Builder::new().prefix("shmchat-bridge-bench.").tempdir()?;
        let ports = folder.path().join("ports");
        fs::create_dir(&ports)?;
        let child = Command::new(server)
            .args(["-a", "127.0.0.1", "-p", "-1", "-js", "-sd"])
            .arg(folder.path().join("store"))
            .arg("--ports_file_dir")
            .arg(&ports)
            .stdin(Stdio::null())
            .stderr(File::create(folder.path().join("server.log"))?)
            .spawn();
        let child =
            Process(child.map_err(|error| format!("{}: {error}; get one with: scripts/nats.sh", server.display()))?);
        let ports = ports.join(format!("nats-server_{}.ports", child.0.id()));
        let ports: Value = soon("the server's port", || Ok(serde_json::from_slice(&fs::read(&ports)?)?))?;
        let server = ports["nats"][0].as_str().ok_or("the server has no port")?.to_owned();
        Ok(Parts { folder, server, bridge: bridge.to_owned(), _server: child })
    }

    /// Two bridges, with a folder of channels each.
    pub(crate) fn bridges(&self) -> Result<Bridges> {
        let folder = tempfile::Builder::new().prefix("round.").tempdir_in(&self.folder)?;
        // In the streams of another round it would be said that the writer has quit.
        let stream = folder.path().file_name().unwrap_or_default().to_string_lossy().replace('.', "-");
        let start = |folder: &TempDir, role: &str| -> Result<Process> {
            let child = Command::new(&self.bridge)
                .args([
                    CHANNEL,
                    "--role",
                    role,
                    "--server",
                    &self.server,
                    "--stream",
                    &stream,
                    "--subject",
                    &stream,
                    "--dir",
                ])
                .arg(folder.path().join(role))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::inherit())
                .spawn();
            Ok(Process(
                child.map_err(|error| format!("{}: {error}; build it with: make bridge", self.bridge.display()))?,
            ))
        };
        let mut bridges = Bridges { both: None, folder };
        bridges.both = Some([start(&bridges.folder, "reader")?, start(&bridges.folder, "writer")?]);
        Ok(bridges)
    }
}

/// Tries until it works.
fn soon<T>(what: &str, attempt: impl Fn() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    loop {
        match attempt() {
            Ok(found) => return Ok(found),
            Err(error) if begun.elapsed() > PATIENCE => return Err(format!("no {what}: {error}").into()),
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// What a bridge is on its machine.
const ROLES: [&str; 2] = ["reader", "writer"];

/// A pair of bridges.
pub(crate) struct Bridges {
    /// `None` once they have ended.
    both: Option<[Process; 2]>,
    folder: TempDir,
}

impl Bridges {
    pub(crate) fn pids(&self) -> [u32; 2] {
        self.both.as_ref().map_or([0; 2], |both| both.each_ref().map(|process| process.0.id()))
    }
}

impl Drop for Bridges {
    /// Bridges only withdraw, so that others may come back to their segments. Nobody will.
    fn drop(&mut self) {
        self.both = None;
        for role in ROLES {
            if let Ok(name) = CHANNEL.parse() {
                let _ = Channel::named(name).dir(self.folder.path().join(role)).clean(true);
            }
        }
    }
}

/// A sender and a receiver that are ready.
pub(crate) struct Pair {
    sender: Talking,
    receiver: Talking,
}

struct Talking {
    process: Process,
    says: BufReader<ChildStdout>,
}

impl Talking {
    fn start(arguments: &[&str]) -> Result<Talking> {
        let mut child =
            Command::new(env::current_exe()?).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let says = BufReader::new(child.stdout.take().ok_or("it has no output")?);
        Ok(Talking { process: Process(child), says })
    }

    fn hear(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.says.read_line(&mut line)? {
            0 => Err("an end has ended before its time".into()),
            _ => Ok(line),
        }
    }

    fn go(&mut self) -> Result<()> {
        Ok(self.process.0.stdin.as_mut().ok_or("it has no input")?.write_all(b"go\n")?)
    }

    fn finish(mut self) -> Result<()> {
        self.go()?;
        match self.process.0.wait()?.success() {
            true => Ok(()),
            false => Err("an end has failed".into()),
        }
    }
}

/// Size, count and time, as arguments.
fn arguments(load: Load) -> [String; 3] {
    match load {
        Load::Stream { size, time, most } => [size.to_string(), most.to_string(), time.as_millis().to_string()],
        Load::Typed { size, lines } => [size.to_string(), lines.to_string(), "0".into()],
    }
}

impl Pair {
    pub(crate) fn bare(parts: &Parts, load: Load) -> Result<Pair> {
        let [size, count, time] = &arguments(load);
        let mut sender = Talking::start(&["publish", &parts.server, size, count, time])?;
        // The stream is there when it says so.
        sender.hear()?;
        let mut receiver = Talking::start(&["consume", &parts.server])?;
        receiver.hear()?;
        Ok(Pair { sender, receiver })
    }

    pub(crate) fn on(bridges: &Bridges, load: Load) -> Result<Pair> {
        let [size, count, time] = &arguments(load);
        let folder = |role| bridges.folder.path().join(role).to_string_lossy().into_owned();
        let mut receiver = Talking::start(&["read", &folder("writer")])?;
        // The other bridge is this one's reader, and beside it is a writer.
        let mut sender = Talking::start(&["write", &folder("reader"), size, count, time])?;
        sender.hear()?;
        receiver.hear()?;
        Ok(Pair { sender, receiver })
    }

    pub(crate) fn measure(mut self) -> Result<Figure> {
        self.sender.go()?;
        let begun = self.sender.hear()?;
        let words = self.receiver.hear()?;
        self.sender.finish()?;
        self.receiver.finish()?;
        Figure::read(&begun, &words)
    }
}
