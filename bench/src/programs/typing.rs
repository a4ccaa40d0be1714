//! From Enter on `writer`'s screen to the text on `reader`'s, each on a pseudo-terminal of its own.
//!
//! The clock stops when the text stands on the parsed screen, so both programs' drawing counts, and the parsing too.

use super::channel::{Channel, Programs};
use super::start::median;
use crate::mechanism::Reason;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Messages of a run.
pub(super) const MESSAGES: usize = 100;

/// That long nothing is drawn before a program counts as hung.
const PATIENCE: Duration = Duration::from_secs(60);

const COLUMNS: u16 = 80;
const ROWS: u16 = 24;

/// A program on a pseudo-terminal.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    /// Held, so that the terminal stays.
    _master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    drawn: Receiver<Vec<u8>>,
    parser: vt100::Parser,
}

impl Terminal {
    fn start(command: &Command) -> Result<Self, Reason> {
        // One that is relative would be looked for in PATH.
        let mut builder = CommandBuilder::new(std::path::absolute(command.get_program())?);
        builder.args(command.get_args());
        builder.env("TERM", "xterm-256color");
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let no_terminal = |error: anyhow::Error| Reason(format!("no pseudo-terminal: {error}"));
        let pty = native_pty_system().openpty(size).map_err(no_terminal)?;
        let child = pty.slave.spawn_command(builder).map_err(no_terminal)?;
        let mut output = pty.master.try_clone_reader().map_err(no_terminal)?;
        let keys = pty.master.take_writer().map_err(no_terminal)?;
        let (tell, drawn) = channel();
        thread::spawn(move || {
            let mut space = [0; 4096];
            // An error is the end: the program has closed the terminal.
            while let Ok(count @ 1..) = output.read(&mut space) {
                if tell.send(space[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let cells = |count| NonZero::new(count).expect("a terminal has cells");
        let parser = vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0);
        Ok(Terminal { child, _master: pty.master, keys, drawn, parser })
    }

    fn press(&mut self, keys: &str) -> Result<(), Reason> {
        Ok(self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush())?)
    }

    /// Waits until this stands on the screen.
    fn wait_for(&mut self, text: &str) -> Result<(), Reason> {
        while !self.parser.screen().contents().contains(text) {
            let drawn = self.drawn.recv_timeout(PATIENCE).map_err(|_| Reason::hung(PATIENCE.as_secs()))?;
            self.parser.process(&drawn);
        }
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The median time from Enter to the text, in nanoseconds.
pub(super) fn enter_to_text(programs: &Programs) -> Result<f64, Reason> {
    let channel = Channel::new(programs)?;
    let mut reader = Terminal::start(channel.reader().args(["--name", "bob"]))?;
    reader.wait_for("waiting for a writer")?;
    let mut writer = Terminal::start(channel.writer().args(["--name", "alice"]))?;
    writer.wait_for("bob ● here")?;
    reader.wait_for("alice ● here")?;
    let mut times = Vec::new();
    for number in 0..MESSAGES {
        let text = format!("message {number:04}.");
        writer.press(&text)?;
        // All that was typed is drawn, and both are asleep again or about to be.
        writer.wait_for(&format!("> {text}"))?;
        let start = Instant::now();
        writer.press("\r")?;
        reader.wait_for(&text)?;
        times.push(start.elapsed().as_nanos() as f64);
        writer.wait_for("> type a message")?;
    }
    Ok(median(times))
}
