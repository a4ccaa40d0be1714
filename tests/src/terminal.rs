//! A `writer` or `reader` on a pseudo-terminal whose screen is parsed.

use crate::life::Life;
use crate::spawning;
use crate::watched::{Watch, Watched};
use nix::sys::signal::Signal;
use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

const COLUMNS: u16 = 80;
const ROWS: u16 = 24;

/// A process on a pseudo-terminal. Dropping it kills it.
pub struct Terminal {
    name: &'static str,
    life: Life,
    master: Box<dyn MasterPty + Send>,
    /// Taken with the first key: dropping it types Ctrl-D.
    keys: Option<Box<dyn Write + Send>>,
    screen: Arc<Watched<Screen>>,
    reading: JoinHandle<()>,
    modes_before: [u32; 4],
}

/// What the process has drawn.
struct Screen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    /// The test wants to give the terminal up.
    giving_up: bool,
    ended: bool,
}

impl Watch for Screen {
    fn is_over(&self) -> bool {
        self.ended
    }

    fn dump(&self) -> String {
        let screen = self.parser.screen();
        let alternate = if screen.alternate_screen() { "alternate" } else { "ordinary" };
        let rows: Vec<String> = screen.rows(0, COLUMNS).map(|row| format!("|{row}")).collect();
        format!("{alternate} screen, {} bytes drawn\n{}", self.raw.len(), rows.join("\n"))
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn cells(number: u16) -> NonZero<u16> {
    NonZero::new(number).expect("a terminal has cells")
}

impl Terminal {
    /// Starts `words`, a path and arguments; it goes by `name`.
    pub(crate) fn start(name: &'static str, words: &[OsString], env: &[(OsString, OsString)]) -> Self {
        let mut command = CommandBuilder::new(&words[0]);
        command.args(&words[1..]);
        env.iter().for_each(|(name, value)| command.env(name, value));
        command.env("TERM", "xterm-256color");
        env.iter().for_each(|(name, value)| command.env(name, value));
        command.cwd("/");
        let (child, master, modes_before) = {
            let _alone = spawning();
            let pty = native_pty_system().openpty(size(COLUMNS, ROWS)).expect("a pseudo-terminal");
            let before = modes(&*pty.master);
            let child = pty.slave.spawn_command(command).unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
            // The slave is dropped here: the process's own are the only ones, and reading ends with it.
            (child, pty.master, before)
        };
        let life = Life::of(child.process_id().expect("a process has an id"));
        let screen = Arc::new(Watched::new(Screen {
            parser: vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0),
            raw: Vec::new(),
            giving_up: false,
            ended: false,
        }));
        let told = Arc::clone(&screen);
        let mut output = master.try_clone_reader().expect("the terminal's output");
        let reading = thread::spawn(move || {
            let mut space = [0; 4096];
            // An error (EIO) is the end: nobody has the slave open.
            while let Ok(bytes @ 1..) = output.read(&mut space) {
                let go_on = told.change(|screen| {
                    screen.raw.extend_from_slice(&space[..bytes]);
                    screen.parser.process(&space[..bytes]);
                    !screen.giving_up
                });
                if !go_on {
                    break;
                }
            }
            drop(output);
            told.change(|screen| screen.ended = true);
        });
        Terminal { name, life, master, keys: None, screen, reading, modes_before }
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.life.pid()
    }

    /// Types this. Enter is `\r`.
    pub fn press(&mut self, keys: &str) {
        let master = &self.master;
        let writer = self.keys.get_or_insert_with(|| master.take_writer().expect("the keyboard"));
        writer.write_all(keys.as_bytes()).and_then(|()| writer.flush()).expect("typing");
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        self.life.signal(signal);
    }

    /// Waits until this text stands on the screen.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.screen
            .wait_for(&format!("{text:?}"), |screen| screen.parser.screen().contents().contains(text).then_some(()));
    }

    /// Waits until the terminal has got these bytes, one after the other, whatever it made of them.
    #[track_caller]
    pub fn wait_for_bytes(&self, bytes: &[u8]) {
        let what = format!("the bytes {:?}", String::from_utf8_lossy(bytes));
        self.screen.wait_for(&what, |screen| screen.raw.windows(bytes.len()).any(|found| found == bytes).then_some(()));
    }

    /// Waits until this text does not stand on the screen.
    #[track_caller]
    pub fn wait_until_gone(&self, text: &str) {
        self.screen.wait_for(&format!("{text:?} to go"), |screen| {
            (!screen.parser.screen().contents().contains(text)).then_some(())
        });
    }

    /// Makes the terminal another size, and waits until the process has drawn on it.
    #[track_caller]
    pub fn resize(&self, columns: u16, rows: u16) {
        let before = self.screen.change(|screen| {
            screen.parser.set_size(cells(rows), cells(columns));
            screen.raw.len()
        });
        self.master.resize(size(columns, rows)).expect("resizing");
        self.screen.wait_for("a frame of the new size", |screen| (screen.raw.len() > before).then_some(()));
    }

    /// Waits for its end: the exit code, and what the terminal got from first to last.
    #[track_caller]
    pub fn wait(&self) -> Option<i32> {
        let code = self.life.wait(|| format!("{}\n{}", self.name, self.screen.look().dump())).ok();
        self.screen.wait_for("the end of the output", |screen| screen.ended.then_some(()));
        code
    }

    /// The text on the screen now.
    pub fn contents(&self) -> String {
        self.screen.look().parser.screen().contents()
    }

    /// The screen now: characters, colours, cursor.
    pub fn screen(&self) -> vt100::Screen {
        self.screen.look().parser.screen().clone()
    }

    /// All bytes that the terminal has got so far.
    pub fn raw(&self) -> Vec<u8> {
        self.screen.look().raw.clone()
    }

    /// Asserts that the terminal is as it was before: modes, ordinary screen, cursor, bracketed paste, mouse, wheel, title.
    #[track_caller]
    pub fn assert_restored(&self) {
        let modes = modes(&*self.master);
        assert_eq!(modes, self.modes_before, "the terminal's modes");
        assert_eq!(modes[3] & (libc::ICANON | libc::ECHO), libc::ICANON | libc::ECHO, "lines and echo");
        let screen = self.screen.look();
        let (found, dump) = (screen.parser.screen(), screen.dump());
        assert!(!found.alternate_screen(), "{dump}");
        assert!(!found.hide_cursor(), "the cursor is hidden: {dump}");
        assert!(!found.bracketed_paste(), "bracketed paste is on: {dump}");
        assert_eq!(found.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "{dump}");
        // The title and the wheel are put away and taken back in pairs. vt100 knows neither.
        let times = |bytes: &[u8]| screen.raw.windows(bytes.len()).filter(|found| found == &bytes).count();
        let last = |bytes: &[u8]| screen.raw.windows(bytes.len()).rposition(|found| found == bytes);
        assert_eq!(times(b"\x1b[22;0t"), times(b"\x1b[23;0t"), "titles put away and taken back");
        assert!(last(b"\x1b]2;") <= last(b"\x1b[23;0t"), "a title was set after the old one was back");
        assert_eq!(times(b"\x1b[?1007s"), times(b"\x1b[?1007r"), "wheels put away and taken back");
        assert!(last(b"\x1b[?1007h").max(last(b"\x1b[?1007l")) <= last(b"\x1b[?1007r"), "the wheel");
    }

    /// Closes the terminal, as a window does that goes, and waits for the process's end: its exit code.
    ///
    /// # Panics
    /// If something was typed: `portable-pty` would end with a Ctrl-D, which is no lost terminal.
    #[track_caller]
    pub fn lose(self) -> Option<i32> {
        assert!(self.keys.is_none(), "nothing may have been typed");
        self.close()
    }

    /// The same with a draft in the line, in which that Ctrl-D quits nothing. It may get a new line.
    #[track_caller]
    pub fn lose_with_draft(mut self) -> Option<i32> {
        self.keys = None;
        self.close()
    }

    #[track_caller]
    fn close(self) -> Option<i32> {
        let Terminal { name, life, master, screen, reading, .. } = self;
        // The reading thread holds the terminal too. It sleeps in `read`: wake it by a byte from the other end.
        screen.change(|screen| screen.giving_up = true);
        let path = master.tty_name().expect("the terminal has a name");
        let slave = OpenOptions::new().write(true).custom_flags(libc::O_NOCTTY).open(path);
        slave.and_then(|mut slave| slave.write_all(b"\0")).expect("waking the reading thread");
        screen.wait_for("the reading thread to let go", |screen| screen.ended.then_some(()));
        reading.join().expect("the reading thread");
        drop(master);
        life.wait(|| format!("{name}, whose terminal is lost\n{}", screen.look().dump())).ok()
    }
}

/// Input, output, control and local modes of the terminal.
fn modes(master: &dyn MasterPty) -> [u32; 4] {
    let modes = master.get_termios().expect("the terminal's modes");
    [modes.input_flags.bits(), modes.output_flags.bits(), modes.control_flags.bits(), modes.local_flags.bits()]
}
