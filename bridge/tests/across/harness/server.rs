//! A nats-server on the loopback.

use super::{LIMIT, target, until};
use shmchat_tests::{Process, Run};
use std::fs;
use std::path::Path;
use std::time::Instant;
use tempfile::TempDir;

/// A server with a store of its own. Killed, and its store removed, when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    /// Killed first.
    process: Option<Process>,
    folder: TempDir,
    args: Vec<String>,
    port: u16,
}

impl Server {
    /// Starts one with JetStream.
    pub(crate) fn start() -> Self {
        Server::with(&["-js"], "")
    }

    /// Starts one with these arguments, and with this in its config file.
    pub(crate) fn with(args: &[&str], config: &str) -> Self {
        let mut server = Server::stopped(args, config);
        server.start_again();
        server
    }

    /// One that does not run yet, on a port that the first start finds.
    pub(crate) fn stopped(args: &[&str], config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut args: Vec<String> = args.iter().map(ToString::to_string).collect();
        if !config.is_empty() {
            let file = folder.path().join("nats.conf");
            fs::write(&file, config).expect("a file");
            args.extend(["-c".to_owned(), file.to_string_lossy().into_owned()]);
        }
        Server { process: None, folder, args, port: 0 }
    }

    /// Kills it by SIGKILL, if it runs. What it had stored stays.
    pub(crate) fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Starts it on what it had stored, and on the port that it had.
    #[track_caller]
    pub(crate) fn start_again(&mut self) {
        assert!(self.process.is_none(), "it runs");
        let limit = Instant::now() + LIMIT;
        // Its port may be taken for an instant, by a client of another's.
        while !self.try_start() {
            assert!(Instant::now() < limit, "nats-server does not start");
        }
    }

    fn try_start(&mut self) -> bool {
        let program = target("nats");
        assert!(program.join("nats-server").is_file(), "nats-server is missing: run `scripts/nats.sh` first");
        let port = if self.port == 0 { "-1".to_owned() } else { self.port.to_string() };
        let run = Run::bare("nats-server").from_folder(&program).args("-a 127.0.0.1 -p").arg(port);
        let run = run.arg("-sd").arg(self.folder.path().join("store")).arg("--ports_file_dir").arg(self.folder.path());
        let process = self.args.iter().fold(run, Run::arg).start();
        let ports = self.folder.path().join(format!("nats-server_{}.ports", process.pid()));
        let found = until(
            "the port of a nats-server",
            || match port_in(&ports) {
                Some(port) => Some(Some(port)),
                None if !process.is_alive() => Some(None),
                None => None,
            },
            String::new,
        );
        let _ = fs::remove_file(ports);
        if let Some(port) = found {
            (self.port, self.process) = (port, Some(process));
        } else if self.port == 0 {
            panic!("nats-server ended: {}", process.wait().stderr);
        }
        found.is_some()
    }

    /// The port on which it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Where it is to be found.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }
}

/// The port that a server has written into this file, once it listens there.
fn port_in(file: &Path) -> Option<u16> {
    let ports: serde_json::Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    ports["nats"][0].as_str()?.rsplit(':').next()?.parse().ok()
}
