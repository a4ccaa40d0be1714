//! `$EDITOR` in place of the screen, on a real terminal; and the channel meanwhile.

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use shmchat_tests::{Place, Run, Terminal};
use std::fs::{self, File, OpenOptions};
use std::io::Write;

#[test]
fn the_editor_has_the_terminal_for_itself_and_gives_the_draft_back() {
    let place = Place::new();
    let script = place.dir().join("editor.sh");
    fs::write(&script, "printf 'was: '; cat \"$1\"; echo; read line; printf '%s\\nsecond\\n' \"$line\" > \"$1\"\n")
        .unwrap();
    let editor = format!("sh {}", script.display());
    let mut writer = place.writer().args("--name alice").env("VISUAL", editor).env("TMPDIR", place.dir()).in_terminal();
    writer.wait_for("waiting for a reader");
    let reader = place.reader().args("--name bob").in_terminal();
    reader.wait_for("● here");
    writer.press("a draft\x18\x05");
    writer.wait_for("was: a draft");
    writer.assert_restored();
    // What is typed now is the editor's, all of it.
    writer.press("typed in the editor\r");
    writer.wait_for("> typed in the editor");
    writer.press("!\r");
    reader.wait_for("alice  typed in the editor");
    reader.wait_for("second!");
    let left: Vec<_> = fs::read_dir(place.dir()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("draft")), "{left:?}");
    // And the keys are ours again.
    writer.press("x\r");
    assert_eq!(writer.wait(), Some(0));
    writer.assert_restored();
}

#[test]
fn an_editor_and_its_commands_hear_every_signal() {
    let place = Place::new();
    // An editor shows a resize; what it starts can be interrupted.
    let editor = "sh -c 'grep SigBlk: /proc/self/status; exec cat'";
    let mut writer = place.writer().env("VISUAL", editor).in_terminal();
    writer.wait_for("waiting for a reader");
    writer.press("a draft\x18\x05");
    writer.wait_for("SigBlk: 0000000000000000");
    writer.press("\x04");
    writer.wait_for("> a draft");
    writer.press("\x03");
    assert_eq!(writer.wait(), Some(0));
}

#[test]
fn an_editor_that_fails_leaves_the_draft_as_it_was() {
    let place = Place::new();
    for (editor, said) in
        [("false", "the draft is unchanged: false ended with exit status: 1"), ("", "no editor: set VISUAL or EDITOR")]
    {
        let mut writer = place.writer().env("VISUAL", editor).env("EDITOR", "").in_terminal();
        writer.wait_for("waiting for a reader");
        writer.press("a draft\x18\x05");
        writer.wait_for(said);
        writer.wait_for("> a draft");
        writer.press("\x03");
        assert_eq!(writer.wait(), Some(0));
    }
}

#[test]
fn a_signal_that_comes_while_the_editor_runs_ends_both() {
    let place = Place::new();
    let mut writer = place.writer().env("VISUAL", "sh -c 'echo editing; exec cat'").in_terminal();
    writer.wait_for("waiting for a reader");
    writer.press("a draft\x18\x05");
    writer.wait_for("editing");
    writer.signal(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(writer.wait(), Some(143));
    writer.assert_restored();
    writer.wait_for("not sent: a draft");
    place.assert_nothing_left();
}

/// An editor that works until it is told to end, and what tells it.
struct Editor {
    command: String,
    told: File,
}

impl Editor {
    /// It says "editing", and at its end leaves `a better draft`.
    fn in_(place: &Place) -> Self {
        let (script, fifo) = (place.dir().join("editor.sh"), place.dir().join("end-it"));
        mkfifo(&fifo, Mode::S_IRUSR | Mode::S_IWUSR).expect("a FIFO");
        let text = format!("echo editing; read end <{}; echo a better draft >\"$1\"\n", fifo.display());
        fs::write(&script, text).expect("a script");
        // For both, so that neither end waits for the other.
        let told = OpenOptions::new().read(true).write(true).open(fifo).expect("the FIFO");
        Editor { command: format!("sh {}", script.display()), told }
    }

    /// A screen with a draft that is being edited.
    #[track_caller]
    fn at_work(&self, run: Run, with: impl FnOnce(&mut Terminal)) -> Terminal {
        let mut screen = run.env("VISUAL", &self.command).in_terminal();
        screen.wait_for("waiting for a");
        with(&mut screen);
        screen.press("a draft\x18\x05");
        screen.wait_for("editing");
        screen
    }

    /// Its FIFO stays open, so that it finds what it is told even if it opens its end only now.
    fn end(&self) {
        (&self.told).write_all(b"\n").expect("telling it");
    }
}

/// Opens the reader's input line.
fn answer(reader: &mut Terminal) {
    reader.press("i");
}

/// What would show that the screen was touched: another frame, or the bell.
#[track_caller]
fn assert_still_editing(screen: &Terminal) {
    assert!(screen.contents().trim_end().ends_with("editing"), "{}", screen.contents());
    assert!(!screen.raw().contains(&7), "it rang");
    screen.assert_restored();
}

#[test]
fn more_than_a_lane_is_taken_while_the_editor_runs_and_is_on_the_screen_afterwards() {
    let place = Place::new();
    let editor = Editor::in_(&place);
    let transcript = place.dir().join("kept.txt");
    let run = place.reader().args("--stay --bell --capacity 64KiB --transcript").arg(&transcript);
    let mut reader = editor.at_work(run, answer);

    let lines: String = (0..9_000).map(|number| format!("line {number} of a great many\n")).collect();
    assert!(lines.len() > 2 * (64 << 10));
    // It ends only when all of it is taken.
    place.writer().args("--name alice --wait-delivered").input(lines).finish().assert_well();
    let kept = fs::read_to_string(&transcript).expect("a transcript");
    assert_eq!(kept.lines().filter(|line| line.contains("alice  line ")).count(), 9_000, "written before it is taken");
    assert_still_editing(&reader);

    editor.end();
    reader.wait_for("line 8999 of a great many");
    reader.wait_for("> a better draft");
    // The mark stands before the first that came meanwhile.
    reader.press("\x1b");
    reader.wait_until_gone("Enter send");
    reader.press("g");
    reader.wait_for("line 0 of a great many");
    reader.wait_for(" new ");
    reader.press("xx");
    assert_eq!(reader.wait(), Some(0));
    place.assert_nothing_left();
}

#[test]
fn the_other_sides_screen_sees_no_difference() {
    let place = Place::new();
    let editor = Editor::in_(&place);
    let reader = editor.at_work(place.reader().args("--name bob"), answer);
    let mut writer = place.writer().args("--name alice").in_terminal();
    writer.wait_for("bob ● here");
    writer.press("are you there?\r");
    writer.wait_for("✓✓");
    assert_still_editing(&reader);
    editor.end();
    reader.wait_for("alice  are you there?");
    reader.wait_for("> a better draft");
}

#[test]
fn what_found_no_room_goes_while_the_editor_runs() {
    let place = Place::new();
    let editor = Editor::in_(&place);
    let writer = editor.at_work(place.writer().args("--name alice --capacity 64KiB"), |writer| {
        // Each fills half the lane and more.
        for number in 0..6 {
            writer.press(&format!("\x1b[200~{number}{}\x1b[201~\r", "~".repeat(20_000)));
        }
        writer.press("the last\r");
        writer.wait_for("the last");
    });
    let reader = place.reader().args("--count 7").finish();
    assert_eq!(reader.stdout.len(), 6 * 20_002 + "the last\n".len(), "{}", reader.stderr);
    assert!(reader.stdout.ends_with(b"~\nthe last\n"));
    assert_still_editing(&writer);
    editor.end();
    writer.wait_for("✓✓");
    writer.wait_for("> a better draft");
}

#[test]
fn a_writers_quit_takes_neither_the_editor_away_nor_the_draft() {
    let place = Place::new();
    let editor = Editor::in_(&place);
    let mut reader = editor.at_work(place.reader(), answer);
    place.writer().args("--name alice --wait-delivered").input("the last\n").finish().assert_well();
    assert_still_editing(&reader);
    editor.end();
    // The draft keeps the screen.
    reader.wait_for("this screen stays for your draft");
    reader.wait_for("> a better draft");
    reader.press("\x03");
    assert_eq!(reader.wait(), Some(0));
    reader.assert_restored();
    reader.wait_for("alice  the last");
    reader.wait_for("not sent: a better draft");
    place.assert_nothing_left();
}

#[test]
fn a_readers_quit_is_told_when_the_editor_has_ended() {
    let place = Place::new();
    let editor = Editor::in_(&place);
    let mut writer = editor.at_work(place.writer(), |_| ());
    let mut reader = place.reader().args("--name bob").in_terminal();
    reader.wait_for("● here");
    reader.press("ihello\r");
    reader.wait_for("✓✓");
    reader.press("\x03");
    assert_eq!(reader.wait(), Some(0));
    assert_still_editing(&writer);
    editor.end();
    writer.wait_for("hello");
    writer.wait_for("· bob quit");
    writer.wait_for("> a better draft");
    writer.press("\x03");
    assert_eq!(writer.wait(), Some(0));
    place.assert_nothing_left();
}

#[test]
fn a_transcript_that_fails_takes_neither_the_editor_away_nor_the_draft_nor_the_message() {
    let place = Place::new();
    let editor = Editor::in_(&place);
    let reader = editor.at_work(place.reader().args("--transcript /dev/full"), answer);
    place.writer().args("-q").input("precious\n").finish().assert_well();
    assert_still_editing(&reader);
    editor.end();
    assert_eq!(reader.wait(), Some(1));
    reader.assert_restored();
    reader.wait_for("not sent: a better draft");
    reader.wait_for("/dev/full");
    assert_eq!(place.reader().finish().stdout, b"precious\n");
    place.assert_nothing_left();
}
