//! `--framing nul`, `-0` and `--framing json`, beside lines and raw: what goes in comes out, whatever it is.
//!
//! | what | where |
//! | --- | --- |
//! | bytes, order and times survive any trip | `any_messages_pass_…`, `a_stream_that_…`, `a_bridge_…` |
//! | what somebody does (`/me`) has their name before it | `what_somebody_does_…` |
//! | a bad line of JSON is named, and nothing of it is sent | `a_line_that_is_no_message_…`, `lines_that_are_no_messages_…` |
//! | what a terminal would obey does not reach it | `a_terminal_…` |
//! | output is flushed before each sleep; a closed one ends quietly and loses nothing | `each_message_…`, `a_standard_output_…` |
//!
//! Long streams and large messages are in `framings_long`.

use shmchat_tests::{Place, Process, assert_same_bytes, checks, numbered_lines};
use std::io::pipe;

const ALL: [&str; 4] = ["line", "nul", "json", "raw"];

/// Sends `input` to nobody yet, and gives what a reader then prints.
fn carried(place: &Place, writer: &str, input: &[u8], reader: &str) -> Vec<u8> {
    // A lane that takes all of it.
    let lane = "--capacity 4MiB --framing";
    place.writer().args(lane).args(writer).input(input).finish().assert_well();
    let reader = place.reader().args("--framing").arg(reader).finish();
    reader.assert_well();
    place.assert_nothing_left();
    reader.stdout
}

const INPUTS: [&[u8]; 9] = [
    b"one\0two\0\0four\0",
    b"no end",
    b"a\nb\0\n\0\n",
    b"\0",
    b"\0\0\0",
    b"not \xff\xfe UTF-8 \xc3\0\x80\0",
    b"x\0x",
    "wide 你好 and 👩‍🚀\0".as_bytes(),
    b"{\"text\":\"this is no JSON here\"}\0",
];

#[test]
fn any_messages_pass_unchanged_up_to_each_nul() {
    let place = Place::new();
    let long = [vec![b'a'; 200_000], b"\0".to_vec(), vec![0xff; 70_000], b"\0end".to_vec()].concat();
    for input in INPUTS.into_iter().chain([long.as_slice()]) {
        assert_same_bytes(&carried(&place, "nul", input, "nul"), input, "as NUL");
    }
    assert_eq!(place.writer().args("-0").finish().assert_well().code, Some(0));
    place.assert_nothing_left();
}

#[test]
fn any_messages_pass_unchanged_through_json_and_once_more() {
    let place = Place::new();
    let long = [vec![b'a'; 200_000], b"\0".to_vec(), vec![0xff; 70_000], b"\0end".to_vec()].concat();
    for input in INPUTS.into_iter().chain([long.as_slice()]) {
        for framing in ["nul", "line", "raw"] {
            let once = carried(&place, framing, input, "json");
            assert!(once.is_ascii() || input.contains(&0xe4), "what is not text is base64");
            let twice = carried(&place, "json", &once, "json");
            assert_same_bytes(
                &carried(&place, "json", &twice, framing),
                input,
                &format!("{framing} through JSON twice"),
            );
        }
    }
}

#[test]
fn a_stream_that_is_cut_into_lines_elsewhere_has_them_in_every_framing() {
    let place = Place::new();
    let lines = b"one\n\nthree, and no end";
    assert_eq!(carried(&place, "line", lines, "nul"), b"one\0\0three, and no end");
    assert_eq!(carried(&place, "nul", b"one\0\0three, and no end", "line"), lines);
    assert_eq!(carried(&place, "nul", b"one\0\0three, and no end", "raw"), lines);
    let json = String::from_utf8(carried(&place, "line", lines, "json")).expect("JSON");
    let texts: Vec<_> = json.lines().map(|line| line.split("\"text\":").nth(1).expect("a text")).collect();
    assert_eq!(texts, ["\"one\"}", "\"\"}", "\"three, and no end\",\"unterminated\":true}"]);
}

#[test]
fn an_object_says_who_and_when_and_in_which_order() {
    let place = Place::new();
    place.writer().args("--name alice").input("one\ntwo\n").finish().assert_well();
    let first = place.reader().args("--framing json --count 1").finish();
    first.assert_well();
    let second = place.reader().args("--framing json").finish();
    second.assert_well();
    let [first, second] = [first.stdout, second.stdout].map(|line| String::from_utf8(line).expect("JSON"));
    for (line, text) in [(&first, "one"), (&second, "two")] {
        assert!(
            line.starts_with("{\"seq\":")
                && line.ends_with("Z\",\"from\":\"alice\",\"text\":\"TEXT\"}\n".replace("TEXT", text).as_str()),
            "{line}"
        );
        assert!(line.contains(",\"ts\":\"20"), "{line}");
    }
    let seq = |line: &str| line[7..].split(',').next().and_then(|seq| seq.parse::<u64>().ok()).expect("a number");
    assert!(seq(&first) < seq(&second), "{first}{second}");
}

#[test]
fn a_bridge_keeps_times_and_order() {
    let (here, there) = (Place::new(), Place::new());
    here.writer().input(numbered_lines(5_000)).finish().assert_well();
    let (from, to) = pipe().expect("a pipe");
    let bridge = there.writer().args("--framing json").input_of(from).start();
    let _reading = here.reader().args("--framing json --stay").output_of(to).start();
    let reader = there.reader().args("--framing json --count 5000").finish();
    reader.assert_well();
    drop(bridge);
    let ts =
        |line: &str| line.split("\"ts\":").nth(1).and_then(|rest| rest.split(',').next()).expect("a time").to_owned();
    let text = String::from_utf8(reader.stdout).expect("JSON");
    let times: Vec<_> = text.lines().map(ts).collect();
    assert!(times.is_sorted(), "time runs on");
    // A time of its own, whenever that is read.
    there.writer().args("--framing json").input("{\"ts\":\"1999-12-31T23:59:59.5Z\",\"text\":\"old\"}").finish();
    let old = there.reader().args("--framing json").finish();
    assert!(String::from_utf8_lossy(&old.stdout).contains("\"ts\":\"1999-12-31T23:59:59.500000000Z\""), "{old:?}");
}

#[test]
fn a_line_that_is_no_message_ends_the_writer_and_what_came_before_it_is_sent() {
    let place = Place::new();
    let input = "{\"text\":\"one\"}\n{\"text\":\"two\"}\n{\"text\":three}\n{\"text\":\"four\"}\n";
    let writer = place.writer().args("--framing json").input(input).finish();
    writer.assert_one_line(
        1,
        &["standard input, line 3, column 10: expected", "31 bytes were read and not sent", "--on-error skip"],
    );
    assert_eq!(place.reader().finish().assert_well().stdout, b"one\ntwo\n");
    for line in
        ["[]", "{}", "{\"text\":\"a\",\"base64\":\"YQ==\"}", "{\"base64\":\"*\"}", "{\"text\":\"a\",\"ts\":0}", "{"]
    {
        let writer = place.writer().args("--framing json --on-error fail").input(line).finish();
        writer.assert_one_line(1, &["standard input, line 1, column"]);
        place.assert_nothing_left();
    }
}

#[test]
fn lines_that_are_no_messages_are_skipped_where_that_is_asked_for() {
    let place = Place::new();
    let input = "nonsense\n{\"text\":\"one\"}\n\n{\"text\":2}\n{\"text\":\"three\"}\n{\"text\":\"cut";
    let writer = place.writer().args("--framing json --on-error skip").input(input).finish();
    assert_eq!(writer.code, Some(0), "{}", writer.stderr);
    for words in
        ["line 1, column 1: ", "line 4, column 9: ", "line 6, column 12: ", "3 lines of standard input skipped"]
    {
        assert!(writer.stderr.contains(words), "{words} in {}", writer.stderr);
    }
    assert_eq!(writer.stderr.lines().count(), 4, "{}", writer.stderr);
    assert_eq!(place.reader().finish().assert_well().stdout, b"one\nthree\n");
}

#[test]
fn a_terminal_gets_nothing_that_it_obeys() {
    for framing in ["json", "nul"] {
        checks::no_framing_reaches_a_terminal_raw(framing, None);
    }
}

/// A message in this framing.
fn framed(framing: &str, text: &str) -> String {
    match framing {
        "line" => format!("{text}\n"),
        "nul" => format!("{text}\0"),
        "json" => format!("{{\"text\":\"{text}\"}}\n"),
        _ => text.to_owned(),
    }
}

#[test]
fn each_message_comes_out_before_the_next_goes_in() {
    for framing in ALL {
        let place = Place::new();
        let reader = place.reader().args("--framing").arg(framing).start();
        let mut writer = place.writer().args("--framing").arg(framing).held_input().start();
        for number in 0..50 {
            let text = format!("message {number};");
            writer.send(framed(framing, &text));
            reader.stdout.wait_for(&text);
        }
        writer.end_input();
        writer.wait().assert_well();
        reader.wait().assert_well();
        place.assert_nothing_left();
    }
}

/// A process that holds the end of a pipe, as a shell starts it.
fn piped(place: &Place, framing: &str) -> (Process, std::io::PipeReader) {
    let (from, to) = pipe().expect("a pipe");
    (place.reader().args("-v --framing").arg(framing).output_of(to).start(), from)
}

#[test]
fn a_standard_output_that_is_closed_ends_the_reader_quietly_and_loses_nothing() {
    for framing in ALL {
        let place = Place::new();
        let lines = numbered_lines(5_000);
        // While it sleeps.
        let (reader, from) = piped(&place, framing);
        reader.wait_attached();
        drop(from);
        assert_eq!(reader.wait().code, Some(0));
        // And when it has something to write.
        place.writer().input(lines.clone()).finish().assert_well();
        let (from, to) = pipe().expect("a pipe");
        drop(from);
        place.reader().args("--framing").arg(framing).output_of(to).finish().assert_well();
        let reader = place.reader().finish();
        reader.assert_well();
        assert_same_bytes(&reader.stdout, &lines, framing);
        place.assert_nothing_left();
    }
}

#[test]
fn short_and_long_for_the_same_do_not_go_together() {
    let place = Place::new();
    for run in [place.writer(), place.reader()] {
        run.args("-0 --framing json").finish().assert_one_line(2, &["-0", "--framing"]);
    }
    place.writer().args("--on-error skip").finish().assert_one_line(2, &["--on-error", "--framing json"]);
    place.reader().args("--on-error skip").finish().assert_one_line(2, &["--on-error"]);
    assert_eq!(std::fs::read_dir(place.dir()).expect("the folder").count(), 0, "nothing was made");
}

#[test]
fn on_a_terminal_a_line_that_is_just_x_quits_also_among_objects() {
    let place = Place::new();
    let mut writer = place.writer().args("--plain -v --framing json").in_terminal();
    writer.wait_for("attached as writer");
    writer.press("{\"text\":\"hello\"}\rx\r");
    assert_eq!(writer.wait(), Some(0));
    assert_eq!(place.reader().finish().stdout, b"hello\n");
}

#[test]
fn what_somebody_does_is_a_line_with_their_name_and_in_json_a_kind() {
    let place = Place::new();
    let objects = "{\"text\":\"waves\\nand goes\",\"kind\":\"action\"}\n{\"text\":\"hi\"}\n";
    for (framing, printed) in [
        ("line", "* alice waves\nand goes\nhi\n"),
        ("nul", "* alice waves\nand goes\0hi\0"),
        ("raw", "* alice waves\nand goes\nhi\n"),
    ] {
        let carried = carried(&place, "json --name alice", objects.as_bytes(), framing);
        assert_same_bytes(&carried, printed.as_bytes(), framing);
    }
    let json = String::from_utf8(carried(&place, "json", objects.as_bytes(), "json")).expect("UTF-8");
    assert!(json.contains(r#""text":"waves\nand goes","kind":"action""#), "{json}");
    place.writer().args("--framing json --name alice").input(objects).finish().assert_well();
    let terminal = place.reader().args("--plain --count 2").in_terminal();
    assert_eq!(terminal.wait(), Some(0));
    assert!(terminal.contents().contains("* alice waves\nand goes\nhi"), "{}", terminal.contents());
}
