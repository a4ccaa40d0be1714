//! Who said it, in pipes: `from` is right for each message that waits, and carried on by a pipe of JSON.

use serde_json::Value;
use shmchat_tests::Place;

/// The `from` and the text of each object.
fn said(json: &[u8]) -> Vec<(String, String)> {
    let lines = std::str::from_utf8(json).expect("JSON is UTF-8").lines();
    let objects = lines.map(|line| serde_json::from_str::<Value>(line).expect("an object"));
    let word = |object: &Value, key: &str| object[key].as_str().unwrap_or_default().to_owned();
    objects.map(|object| (word(&object, "from"), word(&object, "text"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|&(from, text)| (from.to_owned(), text.to_owned())).collect()
}

#[test]
fn what_several_writers_left_waiting_has_each_ones_name() {
    let place = Place::new();
    place.writer().args("--name bob").input(b"a\nb\n").finish().assert_well();
    place.writer().args("--name carol").input(b"c\n").finish().assert_well();
    // Two readers: the second begins in the middle of what bob said.
    let first = place.reader().args("--framing json --count 1").finish();
    let second = place.reader().args("--framing json").finish();
    let both = [first.stdout, second.stdout].concat();
    assert_eq!(said(&both), pairs(&[("bob", "a"), ("bob", "b"), ("carol", "c")]));
    place.assert_nothing_left();
}

#[test]
fn a_pipe_of_json_carries_each_name_on() {
    let place = Place::new();
    let input = "{\"from\":\"ada\",\"text\":\"1\"}\n{\"from\":\"你好\",\"text\":\"2\"}\n{\"text\":\"3\"}\n\
                 {\"from\":\"ada\",\"text\":\"4\",\"kind\":\"bytes\"}\n{\"text\":\"5\",\"kind\":\"bytes\"}\n";
    place.writer().args("--framing json --name me").input(input.as_bytes()).finish().assert_well();
    let once = place.reader().args("--framing json").finish();
    let expected = [("ada", "1"), ("你好", "2"), ("me", "3"), ("ada", "4"), ("me", "5")];
    assert_eq!(said(&once.stdout), pairs(&expected));
    place.writer().args("--framing json --name other").input(once.stdout).finish().assert_well();
    let twice = place.reader().args("--framing json").finish();
    assert_eq!(said(&twice.stdout), pairs(&expected));
    place.assert_nothing_left();
}

#[test]
fn a_name_in_json_may_be_anything_and_is_cut_to_64_bytes() {
    let place = Place::new();
    let input =
        format!("{{\"from\":\"{}\",\"text\":\"1\"}}\n{{\"from\":\"\\u001b[2J\",\"text\":\"2\"}}\n", "é".repeat(50));
    place.writer().args("--framing json").input(input.as_bytes()).finish().assert_well();
    let reader = place.reader().args("--framing json").finish();
    assert!(!reader.stdout.contains(&0x1b), "what a terminal would obey is escaped");
    assert_eq!(said(&reader.stdout), pairs(&[(&"é".repeat(32), "1"), ("\x1b[2J", "2")]));
    place.assert_nothing_left();
}
