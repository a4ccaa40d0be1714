//! What docs/BRIDGE.md says can be pasted. It takes `make build` and `scripts/nats.sh`, as `make bridge-test` knows.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").to_owned()
}

/// The block of code that begins like this.
fn block(begin: &str) -> String {
    let text = fs::read_to_string(repository().join("docs/BRIDGE.md")).expect("the document");
    let blocks = text.split("\n```").collect::<Vec<_>>();
    let found = blocks.iter().filter_map(|block| block.split_once('\n')).find(|(_, block)| block.starts_with(begin));
    found.unwrap_or_else(|| panic!("no block that begins with {begin}")).1.to_owned()
}

/// A port that was free just now.
fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("its address").port()
}

/// The block run by bash, with a server's port of its own, in `folder`.
fn run(block: &str, port: u16, folder: &Path) -> Output {
    let (target, bridge) = (repository().join("target"), Path::new(env!("CARGO_BIN_EXE_shmchat-bridge")));
    let places = [target.join("release"), bridge.parent().expect("a folder").into(), target.join("nats")];
    for program in [places[0].join("writer"), places[2].join("nats-server")] {
        assert!(program.is_file(), "{} is missing: run `make bridge-test`", program.display());
    }
    let system = std::env::var("PATH").expect("PATH");
    let path = places.iter().map(|place| format!("{}:", place.display())).collect::<String>() + &system;
    let port = port.to_string();
    let mut command = Command::new("timeout");
    command.args(["-k", "5", "120", "bash", "-uo", "pipefail", "-c", &block.replace("4222", &port)]);
    command.env("PATH", path).env("NATS_URL", format!("nats://127.0.0.1:{port}")).env("TMPDIR", folder);
    command.env("XDG_CONFIG_HOME", folder).current_dir(folder).stdin(Stdio::null());
    command.output().expect("timeout and bash")
}

#[test]
fn the_ten_lines_to_try_it_do_what_is_said_and_leave_nothing() {
    let block = block("PATH=$PWD/target/release");
    let (_, block) = block.split_once('\n').expect("more than where the programs are");
    // Somebody else may have taken the port meanwhile.
    for attempt in 1.. {
        let folder = tempfile::tempdir().expect("a folder");
        let output = run(block, free_port(), folder.path());
        let place = fs::read_dir(folder.path()).expect("the folder").flatten().next().expect("mktemp made one").path();
        let log = fs::read_to_string(place.join("nats.log")).unwrap_or_default();
        if log.contains("address already in use") && attempt < 5 {
            continue;
        }
        let said = format!("{}{log}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1000\n", "{said}");
        for machine in ["a", "b"] {
            // The doorbells go with the segment.
            let doorbell = place.join(machine).join("logs/to-reader");
            assert!(!doorbell.exists(), "a segment is left: {said}");
        }
        return;
    }
}
