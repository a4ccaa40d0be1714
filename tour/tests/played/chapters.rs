//! Each chapter is played to each of its goals, by keys, and what is seen is what the real processes did.

use crate::playing::Playing;

/// Keys, and what must be seen before the next ones are pressed.
type Script = &'static [(&'static str, &'static [&'static str])];

#[track_caller]
fn play(chapter: usize, script: Script) -> Playing {
    let mut playing = Playing::chapter(chapter);
    playing.sees(&["Press Enter to begin."]);
    follow(&mut playing, script);
    playing
}

#[track_caller]
fn follow(playing: &mut Playing, script: Script) {
    for (keys, seen) in script {
        playing.press(keys);
        playing.sees(seen);
    }
}

/// It ends by `q`, and leaves nothing.
#[track_caller]
fn ends(mut playing: Playing) {
    playing.press("q");
    assert_eq!(playing.wait(), Some(0), "{}", playing.screen());
    assert!(playing.is_restored());
    playing.leaves_nothing();
}

const MADE_IT: &str = "You made it happen, and you predicted it.";

#[test]
fn the_line_before_the_x_is_lost() {
    let playing = play(
        1,
        &[
            ("\r", &["▶ key = ftok"]),
            ("W", &["waits in open()"]),
            ("R", &["waits in read()"]),
            ("WWW", &["▶ unlink the FIFO", "\"ax\"", "The writer is through"]),
            ("2", &["You said: An x"]),
            ("R", &["shown: \"x\"", MADE_IT]),
            ("\r", &["goal 2 of 4 ✓···", "no segment"]),
        ],
    );
    ends(playing);
}

#[test]
fn the_one_slot_tears_lines_and_needs_an_order_and_nobody_may_be_killed() {
    let mut playing = play(
        1,
        &[
            ("\r", &["▶ key = ftok"]),
            ("WR", &["waits in read()"]),
            ("WWW", &["1 to 3"]),
            ("2R", &[MADE_IT]),
            ("\r", &["goal 2 of 4"]),
            ("WR", &["waits in read()"]),
            ("W", &["\"Bring a lantern for the cave\""]),
            ("w", &["▶   … from its 17th byte on", "by the river····", "1 to 3"]),
            // Whatever was predicted, it happens; and it is said which answer was right.
            ("1", &["You said: The first line"]),
            ("R", &["shown: \"Bring a lantern by the river\"", "You said 1; it was 3"]),
            ("\r", &["goal 3 of 4", "▶ key = ftok"]),
            ("R", &["No such file or", "gave up", "What will the"]),
            ("2", &["You said: Fail"]),
            ("W", &["exists already", "ipcrm -M 0x", MADE_IT]),
        ],
    );
    assert_eq!(playing.segments().len(), 1, "the reader's, which stays");
    follow(
        &mut playing,
        &[
            ("\r", &["goal 4 of 4", "no segment"]),
            ("WR", &["waits in read()"]),
            ("kw", &["killed", "Who removes its segment"]),
            ("3", &["You said: Nobody"]),
            ("sW", &["exists already", MADE_IT]),
            ("\r", &["2 of 9 · A key is not a name"]),
        ],
    );
    assert_eq!(playing.segments(), [""; 0]);
    ends(playing);
}

#[test]
fn a_reader_with_another_key_file_shows_what_was_not_meant_for_it() {
    let mut playing = play(2, &[("\r", &["writer's key: 0x54", "reader's key: 0x54"])]);
    let screen = playing.screen();
    let keys: Vec<_> = screen.lines().filter_map(|line| line.trim_start().split_once("'s key: ")).collect();
    let [(_, writers), (_, readers)] = keys[..] else { panic!("{screen}") };
    assert_eq!(writers.split_once(' ').unwrap().0, readers.split_once(' ').unwrap().0, "one key");
    assert_ne!(writers, readers, "two files");
    follow(
        &mut playing,
        &[
            ("W", &["waits in open()"]),
            ("R", &["What does it get?"]),
            ("2", &["You said: The writer's segment"]),
            ("R", &["waits in read()"]),
            ("W", &["next: \"x\""]),
            ("R", &["shown: \"between you and me\"", MADE_IT]),
        ],
    );
    ends(playing);
}

#[test]
fn a_ring_holds_two_messages_and_a_head_that_moves_too_early_loses_one() {
    let playing = play(
        3,
        &[
            ("\r", &["▶ copy the record behind the tail"]),
            ("W", &["tail: 24"]),
            ("W", &["tail: 48", "What will it show?"]),
            ("2R", &["\"first message\" \"second", MADE_IT]),
            ("\r", &["goal 2 of 2", "tail: 0"]),
            ("W", &["tail: 24"]),
            ("r", &["▶   yes, and the head moved", "head: 24", "1 to 3"]),
            ("2", &["You said: Not the message"]),
            ("kr", &["READER", ": killed"]),
            ("s", &["▶ is there a record before the tail?"]),
            ("R", &["▶ no: raise my flag", "shown: ", MADE_IT]),
        ],
    );
    assert!(!playing.screen().contains("shown: \""), "{}", playing.screen());
    ends(playing);
}

#[test]
fn the_order_of_two_stores_decides() {
    let playing = play(
        4,
        &[
            ("\r", &["▶ tail = tail + its length"]),
            ("w", &["tail: 24", "▶ copy the record in front of it", "1 to 3"]),
            ("3r", &["impossible header", MADE_IT]),
            ("\r", &["goal 2 of 3"]),
            ("w", &["tail: 0", "first me", "1 to 3"]),
            ("2r", &["▶ no: raise my flag", "tail: 0", MADE_IT]),
            ("\r", &["goal 3 of 3", "Can a reader still see"]),
            ("2", &["store #0  Relaxed", "You predicted it."]),
        ],
    );
    ends(playing);
}

#[test]
fn a_wake_up_is_lost_without_a_second_look_and_not_with_it() {
    let playing = play(
        5,
        &[
            ("\r", &["▶ is there a record before the tail?"]),
            ("r", &["▶ no: raise my flag"]),
            ("W", &["tail: 24", "1 to 3"]),
            ("2R", &["waits in sleep()", "reader's flag: up", "to-reader: empty", MADE_IT]),
            ("\r", &["goal 2 of 3"]),
            ("r", &["▶ no: raise my flag"]),
            ("W", &["tail: 24", "1 to 3"]),
            ("2R", &["shown: \"first message\"", "reader's flag: down", MADE_IT]),
            ("\r", &["goal 3 of 3", "Can both of them", "1 to 3"]),
            ("2", &["deadlock", "You predicted it."]),
        ],
    );
    ends(playing);
}

#[test]
fn a_zombie_answers_and_its_lock_is_free_and_a_death_rings() {
    let mut playing = play(6, &[("\r", &["writer's pid answers: yes", "writer's lock: held by", "1 to 3"])]);
    playing.press("3");
    playing.sees(&["You said: Its lock"]);
    follow(
        &mut playing,
        &[
            ("kw", &["writer's pid answers: yes", "writer's lock: free", MADE_IT]),
            ("\r", &["goal 2 of 2", "writer's lock: held by"]),
            ("R", &["waits in sleep()", "1 to 3"]),
            ("2", &["You said: The reader wakes"]),
            ("kw", &["▶ woken: empty the bell", MADE_IT]),
        ],
    );
    ends(playing);
}

#[test]
fn a_killed_writer_is_taken_up_wherever_it_was() {
    let playing = play(
        7,
        &[
            ("\r", &["▶ make the channel's folder"]),
            ("wwwwwwww", &["▶   write its header: the id,", "held by", "1 to 3"]),
            ("2", &["You said: Finish"]),
            ("kw", &[": killed"]),
            ("s", &["▶ make the channel's folder"]),
            ("W", &["▶ copy the record behind the tail", MADE_IT]),
            ("\r", &["goal 2 of 4"]),
            ("w", &["tail: 0", "1 to 3"]),
            ("1", &["You said: Once"]),
            ("kw", &[": killed"]),
            ("sW", &["tail: 24"]),
            ("R", &["shown: \"first message\"", MADE_IT]),
            ("\r", &["goal 3 of 4", "▶ copy the record"]),
            ("ww", &["tail: 24", "1 to 3"]),
            ("2", &["You said: Twice"]),
            ("kw", &[": killed"]),
            ("sW", &["tail: 56"]),
            ("R", &["\"first message\" \"first message\"", MADE_IT]),
            ("\r", &["goal 4 of 4", "▶ copy the record"]),
            ("W", &["tail: 24"]),
            ("rr", &["▶   give it back: move the head", "1 to 3"]),
            ("2", &["You said: The same message"]),
            ("kr", &[": killed"]),
            ("sR", &["\"first message\" \"first message\"", MADE_IT]),
        ],
    );
    ends(playing);
}

#[test]
fn a_reader_that_trusts_dies_and_the_real_one_refuses() {
    let playing = play(
        8,
        &[
            ("\r", &["c scribble"]),
            ("c", &["There is no record to scribble over"]),
            ("W", &["tail: 24"]),
            ("c", &["ff ff ff 3f", "1 to 3"]),
            ("2r", &["out of range", MADE_IT]),
            ("\r", &["goal 2 of 2", "tail: 0"]),
            ("W", &["tail: 24"]),
            ("c", &["ff ff ff 3f", "1 to 3"]),
            ("1r", &["impossible header", MADE_IT]),
        ],
    );
    ends(playing);
}

#[test]
fn the_costs_are_measured_and_the_tour_ends() {
    let mut playing = play(
        9,
        &[
            ("\r", &["Which of these costs most?"]),
            ("3", &["a system call", "a message of 8 bytes", "You predicted it."]),
            ("\r", &["That was the tour."]),
        ],
    );
    playing.press("x");
    assert_eq!(playing.wait(), Some(0));
    assert!(playing.is_restored());
    // Nobody else: both ends of what is measured are in the tour.
    playing.leaves_nothing_of(&["the tour", "its broom"]);
}
