//! Links, as the terminal is told about them (OSC 8).

use shmchat_tests::{Place, Terminal};

const URL: &str =
    "https://example.org/a/path/that/is/longer/than/a/row/of/eighty/columns/and/so/it/is/wrapped/twice?x=1#end";

/// The links that the terminal was told about: all up to `OSC 8 ; parameters ; target ST`, in which the parameters are for.
fn targets(screen: &Terminal) -> Vec<(String, String)> {
    let raw = screen.raw();
    let text = String::from_utf8_lossy(&raw);
    let told = text.split("\x1b]8;").skip(1).filter_map(|rest| rest.split_once("\x1b\\")?.0.split_once(';'));
    told.filter(|(_, target)| !target.is_empty()).map(|(id, target)| (id.to_owned(), target.to_owned())).collect()
}

#[test]
fn a_wrapped_link_is_one_link_with_its_whole_target() {
    let place = Place::new();
    let (mut writer, reader) = place.screens_writer_first();
    writer.press(&format!("see {URL}, 你好\r"));
    for screen in [&reader, &writer] {
        screen.wait_for("x=1#end");
        screen.wait_for_bytes(b"\x1b]8;;\x1b\\");
        let found = targets(screen);
        assert!(found.len() >= 2, "one for each row: {found:?}");
        assert!(found.iter().all(|link| link == &found[0]), "{found:?}");
        let (id, target) = &found[0];
        assert!(id.starts_with("id=") && target == URL, "{found:?}");
    }
    // What is drawn later belongs to no link.
    let raw = reader.raw();
    let last = raw.windows(4).rposition(|bytes| bytes == b"\x1b]8;").expect("a link");
    assert!(raw[last..].starts_with(b"\x1b]8;;\x1b\\"), "the last one is closed");
}

#[test]
fn a_hostile_writer_makes_no_link_to_anything_but_what_is_seen() {
    let place = Place::new();
    let forged = "\x1b]8;;https://evil.example\x1b\\https://bank.example\x1b]8;;\x1b\\";
    let lines = [
        forged,
        "https://bank.example\u{202e}evil",
        "https://bank.example@evil.example/",
        "https://ok.example/\x07rest",
        "https://fine.example/",
    ];
    place.writer().args("--name https://name.example").input(lines.join("\n") + "\n").finish();
    let reader = place.reader().args("--stay").in_terminal();
    reader.wait_for("fine.example");
    reader.wait_for_bytes(b"\x1b]8;;\x1b\\");
    let found: Vec<_> = targets(&reader).into_iter().map(|(_, target)| target).collect();
    assert!(!found.is_empty() && found.iter().all(|target| target == "https://fine.example/"), "{found:?}");
}

#[test]
fn terminals_that_may_print_them_and_people_who_want_none_get_no_links() {
    for (args, variable, value) in
        [("", "TERM", "linux"), ("", "VTE_VERSION", "4803"), ("--color never", "UNUSED", "1")]
    {
        let place = Place::new();
        place.writer().args("--name w").input(format!("{URL}\n")).finish();
        let reader = place.reader().args("--stay --name r").args(args).env(variable, value).in_terminal();
        reader.wait_for("x=1#end");
        assert!(!String::from_utf8_lossy(&reader.raw()).contains("\x1b]8;"), "{args} {variable}={value}");
    }
}
