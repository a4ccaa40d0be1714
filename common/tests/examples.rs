//! The examples, as two processes.
#![cfg(not(loom))]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn example(name: &str, runtime: &Path) -> Command {
    let tests = std::env::current_exe().unwrap();
    // target/<profile>/deps/<test>
    let path: PathBuf = tests.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(path.is_file(), "{} is missing: run `cargo build -p shmchat --examples`", path.display());
    let mut command = Command::new(path);
    command.env("XDG_RUNTIME_DIR", runtime).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn ask_and_answer_work_whoever_starts_first_and_leave_nothing() {
    for answer_first in [true, false] {
        let runtime = tempfile::tempdir().unwrap();
        let start = |name: &str, arguments: &[&str]| example(name, runtime.path()).args(arguments).spawn().unwrap();
        let ask = || start("ask", &["", "how long is this?"]);
        let answer = || start("answer", &[]);
        let (ask, answer) = if answer_first {
            let answer = answer();
            (ask(), answer)
        } else {
            let ask = ask();
            (ask, answer())
        };
        let ask = ask.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ask.stdout), "0 bytes\n17 bytes\n", "{ask:?}");
        let answer = answer.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&answer.stdout), ": 0 bytes\nhow long is this?: 17 bytes\n");
        assert_eq!((ask.stderr, answer.stderr), (Vec::new(), Vec::new()));
        assert!(ask.status.success() && answer.status.success());
        let folder = runtime.path().join("shmchat/questions");
        let left: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name == "to-reader" || name == "to-writer"), "{left:?}");
    }
}

#[test]
fn ticks_all_arrive_whoever_starts_first_and_leave_nothing() {
    for receive_first in [true, false] {
        let runtime = tempfile::tempdir().unwrap();
        let start = |arguments: &[&str]| example("ticks", runtime.path()).args(arguments).spawn().unwrap();
        // Several rounds of the lane.
        let send = || start(&["send", "300001"]);
        let receive = || start(&["receive"]);
        let (send, receive) = if receive_first {
            let receive = receive();
            (send(), receive)
        } else {
            let send = send();
            (send, receive())
        };
        let (send, receive) = (send.wait_with_output().unwrap(), receive.wait_with_output().unwrap());
        assert_eq!(String::from_utf8_lossy(&receive.stdout), "300001 ticks, the highest price 101.99\n", "{receive:?}");
        assert_eq!((send.stdout, send.stderr, receive.stderr), (Vec::new(), Vec::new(), Vec::new()));
        assert!(send.status.success() && receive.status.success());
        let folder = runtime.path().join("shmchat/ticks");
        let left: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name == "to-reader" || name == "to-writer"), "{left:?}");
    }
}
