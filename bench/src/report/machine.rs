//! Where and when it was measured.

use super::load::Load;
use std::fmt;
use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

/// What a figure means nothing without.
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    kernel: String,
    date: String,
    command: String,
    load: Load,
}

impl Machine {
    /// This one, today, from now on; `command` is what was typed. What cannot be told is `unknown`.
    pub(crate) fn of(command: &str) -> Self {
        let unknown = || "unknown".to_owned();
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease");
        let date = Command::new("date").arg("+%Y-%m-%d").output();
        Machine {
            processor: model.map_or_else(unknown, |(_, model)| model.trim().to_owned()),
            cores: available_parallelism().map_or(0, usize::from),
            kernel: kernel.map_or_else(|_| unknown(), |release| release.trim().to_owned()),
            date: date.map_or_else(|_| unknown(), |date| String::from_utf8_lossy(&date.stdout).trim().to_owned()),
            command: command.to_owned(),
            load: Load::from_now(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { processor, cores, kernel, date, command, load } = self;
        write!(f, "{processor}, {cores} cores, Linux {kernel}, {date}, by `{command}`; {load}")
    }
}
