//! Text from the other side on everything that a person looks at.

use crate::Place;
use crate::in_memory;
use shmchat::ChannelName;
use shmchat::internals::fault::Mutant;
use shmchat::{Channel, Endpoint, Role};
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;

/// What a terminal obeys, or what hides: C0 and C1 controls, bidirectional and invisible characters.
pub const DANGEROUS: [char; 16] = [
    '\0', '\x07', '\x08', '\r', '\x0e', '\x1b', '\x7f', '\u{85}', '\u{9b}', '\u{9d}', '\u{200b}', '\u{200f}',
    '\u{202e}', '\u{2028}', '\u{2066}', '\u{feff}',
];

/// Where text may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// The reader's screen, and its report on the ordinary one.
    ReadersScreen,
    /// The writer's.
    WritersScreen,
    /// Standard output that is a terminal, without the screen; log lines between.
    Plain,
    /// Log lines on standard error.
    Log,
    /// A log file.
    LogFile,
    /// The line that says what went wrong.
    ErrorLine,
}

impl Surface {
    /// All of them.
    pub const ALL: [Surface; 6] = [
        Surface::ReadersScreen,
        Surface::WritersScreen,
        Surface::Plain,
        Surface::Log,
        Surface::LogFile,
        Surface::ErrorLine,
    ];
}

/// A message with all that is dangerous in it, and bytes that are no UTF-8. No line feed.
pub fn hostile_text() -> Vec<u8> {
    let mut text = b"\x1b[31mred\x1b]0;title\x07".to_vec();
    for (number, dangerous) in DANGEROUS.iter().enumerate() {
        text.extend(format!("{dangerous}#{number}#").bytes());
    }
    text.extend(b"\xff\xc3(\xe2\x82");
    text
}

/// A display name, which has room for some of it.
fn hostile_name() -> String {
    "\x1b[31mn\0\x07\u{9b}\u{202e}\r\n".into()
}

/// The other side: a program of its own that means harm, so it need not be one of ours.
fn hostile_peer(place: &Place, role: Role) -> Endpoint {
    let channel = in_memory(Channel::named(ChannelName::default()).dir(place.dir()).display_name(hostile_name()));
    channel.attach(role).expect("the role is free")
}

/// Asserts that nothing stands in there that a terminal obeys, but what a screen of ours sends itself if `is_screen`.
#[track_caller]
pub fn assert_tame(shown: &[u8], is_screen: bool) {
    let text = std::str::from_utf8(shown).unwrap_or_else(|error| panic!("not UTF-8: {error}"));
    assert!(!text.contains("\x1b[31m"), "the red of the other side");
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let tame = match c {
            '\n' | '\t' => true,
            // The terminal's line discipline puts it there.
            '\r' => rest.starts_with('\n'),
            '\x1b' if is_screen => is_sequence(rest),
            _ => !c.is_control() && !DANGEROUS.contains(&c),
        };
        let from = (0..=at.saturating_sub(30)).rev().find(|&from| text.is_char_boundary(from)).unwrap_or(0);
        assert!(tame, "{c:?} at byte {at}, after {:?}", &text[from..at]);
    }
}

/// Whether an escape goes on as those do that our screen sends: the title and its terminator, a control sequence, or one
/// more character.
fn is_sequence(rest: &str) -> bool {
    if let Some(rest) = rest.strip_prefix("]2;shmchat · lobby") {
        return rest.trim_start_matches(|c: char| c.is_ascii_digit() || " ()".contains(c)).starts_with("\x1b\\");
    }
    match rest.strip_prefix('[') {
        Some(rest) => rest
            .trim_start_matches(|c: char| c.is_ascii_digit() || ";?<=>".contains(c))
            .starts_with(|c: char| c.is_ascii_alphabetic()),
        None => rest.starts_with(['7', '8', '=', '>', '\\']),
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// What the beginning of the hostile text, and of the name, is shown as.
const MARKED_TEXT: &str = "␛[31mred␛]0;title␇";
const MARKED_NAME: &str = "␛[31mn␀␇";

/// Lets the other side say all that is dangerous, and looks at each byte that comes to be seen.
pub fn no_text_reaches_a_terminal_raw(surface: Surface, sabotage: Option<Mutant>) {
    let place = Place::with(sabotage);
    match surface {
        Surface::ReadersScreen => {
            let reader = place.reader().args("--color never").in_terminal();
            reader.wait_for("waiting for a writer");
            let mut writer = hostile_peer(&place, Role::Writer);
            reader.wait_for("here");
            writer.send(&hostile_text()).expect("room");
            writer.send("END").expect("room");
            reader.wait_for_bytes(b"END");
            writer.quit().expect("quitting");
            assert_eq!(reader.wait(), Some(0));
            assert_screen(&reader.raw());
        }
        Surface::WritersScreen => {
            let mut writer = place.writer().args("--color never").in_terminal();
            writer.wait_for("waiting for a reader");
            let mut reader = hostile_peer(&place, Role::Reader);
            writer.wait_for("here");
            reader.send(&hostile_text()).expect("room");
            reader.send("END").expect("room");
            writer.wait_for_bytes(b"END");
            writer.press("x\r");
            assert_eq!(writer.wait(), Some(0));
            assert_screen(&writer.raw());
        }
        Surface::Plain => {
            let reader = place.reader().args("--plain -v").in_terminal();
            reader.wait_for_bytes(b"attached");
            let mut writer = hostile_peer(&place, Role::Writer);
            reader.wait_for_bytes(b"is here");
            writer.send(&hostile_text()).expect("room");
            writer.quit().expect("quitting");
            assert_eq!(reader.wait(), Some(0));
            let raw = reader.raw();
            assert_tame(&raw, false);
            assert!(contains(&raw, MARKED_TEXT) && contains(&raw, MARKED_NAME));
        }
        Surface::Log | Surface::LogFile => {
            let log = place.dir().join("log");
            let reader = place.reader().args("-vv");
            let reader = if surface == Surface::LogFile { reader.arg("--log-to").arg(&log) } else { reader }.start();
            let mut writer = hostile_peer(&place, Role::Writer);
            writer.send(&hostile_text()).expect("room");
            // By then it has been seen.
            reader.stdout.wait_for("#0#");
            reader.wait_asleep();
            writer.quit().expect("quitting");
            let ended = reader.wait();
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
            assert_eq!(
                ended.stdout,
                [&hostile_text(), b"\n".as_slice()].concat(),
                "in a pipe the bytes pass unchanged"
            );
            let logged = fs::read(&log).unwrap_or(ended.stderr.into_bytes());
            assert_tame(&logged, false);
            assert!(contains(&logged, MARKED_NAME), "{}", String::from_utf8_lossy(&logged));
        }
        Surface::ErrorLine => {
            let name = OsString::from_vec(b"\x1b[31mred\x1b]0;title\x07\xc2\x9b2J\xe2\x80\xae\r\n\xff".into());
            let base = place.dir().join(name);
            fs::create_dir_all(base.join("lobby")).expect("a folder");
            fs::set_permissions(base.join("lobby"), Permissions::from_mode(0o755)).expect("chmod");
            let elsewhere = place.at(&base);
            for run in [elsewhere("writer"), elsewhere("reader")] {
                let terminal = run.args("--plain").in_terminal();
                assert_eq!(terminal.wait(), Some(1));
                assert_tame(&terminal.raw(), false);
                assert!(contains(&terminal.raw(), MARKED_TEXT));
            }
            for run in [elsewhere("writer"), elsewhere("reader")] {
                let ended = run.finish();
                assert_tame(ended.stderr.as_bytes(), false);
                ended.assert_one_line(1, &["open to others", MARKED_TEXT]);
            }
        }
    }
}

/// Asserts that a screen and its report show the marks, and nothing else of what is dangerous.
#[track_caller]
fn assert_screen(raw: &[u8]) {
    assert_tame(raw, true);
    assert!(contains(raw, MARKED_NAME), "the name in the title");
    let left = b"\x1b[?1049l";
    let report = raw.windows(left.len()).rposition(|window| window == left).expect("the screen is left");
    assert!(contains(&raw[..report], MARKED_TEXT), "on the screen");
    assert!(contains(&raw[report..], MARKED_TEXT), "in the report");
}

/// The same for what a reader prints on a terminal in a framing of its own: JSON escapes it, all else marks it.
pub fn no_framing_reaches_a_terminal_raw(framing: &str, sabotage: Option<Mutant>) {
    let place = Place::with(sabotage);
    let channel =
        in_memory(Channel::named(ChannelName::default()).dir(place.dir())).display_name("\x1b[31m\u{202e}\u{7f}");
    let mut writer = channel.attach(Role::Writer).expect("the role is free");
    for message in [&hostile_text()[..], "and text: \u{202e}\u{9b}31m\x1b[31m\x7f".as_bytes()] {
        writer.send(message).expect("there is room");
    }
    writer.quit().expect("quitting");
    let reader = place.reader().args("--plain --framing").arg(framing).in_terminal();
    assert_eq!(reader.wait(), Some(0));
    assert_tame(&reader.raw(), false);
    let words = match framing {
        "json" => "\\u202E\\u009B31m\\u001b[31m\\u007F",
        _ => "⟨U+202E⟩⟨U+009B⟩31m␛[31m␡␀",
    };
    assert!(reader.contents().replace(['\r', '\n'], "").contains(words), "{}", reader.contents());
}
