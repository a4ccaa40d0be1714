//! What commands print: whole, and in which order.

use super::{pool, send, sorted, text};
use shmchat_tests::Place;

/// The first message ends after the second.
fn second_first(place: &Place) -> String {
    let dir = place.dir().display();
    format!("read -r x; [ $x != 1 ] || until [ -e '{dir}/2' ]; do sleep 0.01; done; touch '{dir}/'$x; echo $x")
}

#[test]
fn outputs_come_in_the_order_of_ending_or_of_messages() {
    let place = Place::new();
    // `read` takes a last line without its line feed, too.
    let ended = pool(&place, "1\n2\n", "--jobs 2 --shell", &second_first(&place));
    assert_eq!(text(&ended.stdout), "2\n1\n", "{}", ended.stderr);
    let place = Place::new();
    let ended = pool(&place, "1\n2\n", "--jobs 2 --keep-order --shell", &second_first(&place));
    assert_eq!(text(&ended.stdout), "1\n2\n", "{}", ended.stderr);
}

#[test]
fn outputs_are_whole_however_long_they_are() {
    let place = Place::new();
    // Longer than a pipe holds; longer than is kept; and beyond that in order.
    for (length, order) in [(200_000, ""), (3_000_000, ""), (3_000_000, "--keep-order")] {
        let line = format!("read -r x; head -c {length} /dev/zero | tr '\\0' $x");
        let ended = pool(&place, "a\nb\nc\nd\ne\n", &format!("--jobs 4 {order} --shell"), &line);
        ended.assert_well();
        let mut runs: Vec<(u8, usize)> = Vec::new();
        for &byte in &ended.stdout {
            match runs.last_mut() {
                Some((last, count)) if *last == byte => *count += 1,
                _ => runs.push((byte, 1)),
            }
        }
        if order.is_empty() {
            runs.sort();
        }
        assert_eq!(runs, [b'a', b'b', b'c', b'd', b'e'].map(|byte| (byte, length)));
    }
}

#[test]
fn lines_are_mixed_only_if_asked_for() {
    let place = Place::new();
    let dir = place.dir().display();
    // Each waits in its middle until the other has begun.
    let line = format!(
        "read -r x; echo $x begins; touch '{dir}/'$x; until [ -e '{dir}/1' -a -e '{dir}/2' ]; do sleep 0.01; done; echo $x ends"
    );
    let ended = pool(&place, "1\n2\n", "--jobs 2 --shell", &line);
    let lines: Vec<_> = text(&ended.stdout).lines().collect();
    assert!(
        lines == ["1 begins", "1 ends", "2 begins", "2 ends"] || lines == ["2 begins", "2 ends", "1 begins", "1 ends"],
        "{lines:?}"
    );
    let ended = pool(&place, "1\n2\n", "--jobs 2 --line-buffer --shell", &line);
    assert_eq!(sorted(&ended), ["1 begins", "1 ends", "2 begins", "2 ends"]);
}

#[test]
fn whoever_closes_the_output_ends_the_pool_quietly_and_the_rest_stays() {
    let place = Place::new();
    send(&place, "", (0..1000).map(|number| format!("{number}\n")).collect::<String>());
    let mut taken = 0;
    let run = place.reader().args("--exec echo {}").output_to(move |piece| {
        taken += piece.len();
        taken < 20
    });
    run.finish().assert_well();
    assert!(super::waiting(&place).ends_with("998\n999\n"));
}
