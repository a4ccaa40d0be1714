//! Two sides that go by one name are told apart by their roles.
use super::*;

fn names(play: &Play) -> Vec<String> {
    let lines = play.model.last_lines(20);
    lines.iter().map(|line| line["HH:MM ".len()..].split("  ").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn two_of_one_name_are_told_apart_by_their_roles_from_the_first_message_on() {
    for (side, mine, theirs) in
        [(Role::Writer, "alice (writer)", "alice (reader)"), (Role::Reader, "bob (reader)", "bob (writer)")]
    {
        let mut play = Play::new(side, 60, 12);
        let me = mine.split(' ').next().unwrap();
        play.keys("i");
        play.send(at(1), "alone");
        assert_eq!(names(&play), [me], "nobody else has the name so far");
        play.here(me);
        assert_eq!(names(&play), [mine]);
        play.arrived(me, at(2), "hello");
        play.send(at(3), "hi");
        assert_eq!(names(&play), [mine, theirs, mine]);
        let screen = play.screen();
        assert!(screen.contains(&format!("{mine}  hi")) && screen.contains(&format!("{theirs}  hello")), "{screen}");
    }
}

#[test]
fn other_names_stay_as_they_are() {
    let mut play = Play::new(Role::Writer, 60, 12);
    play.here("bob");
    play.send(at(1), "hello");
    for from in ["bob", "Alice", "alic", "alice (writer)"] {
        play.arrived(from, at(2), "hi");
    }
    assert_eq!(names(&play), ["alice", "bob", "Alice", "alic", "alice (writer)"]);
}

#[test]
fn what_a_namesake_of_an_earlier_run_left_is_told_apart_too() {
    let mut play = Play::new(Role::Reader, 60, 12);
    play.event(Event::Presence { who: "carol".into(), now: Presence::Quit, at: None });
    play.arrived("bob", at(1), "from an earlier bob");
    play.arrived("carol", at(2), "from carol");
    play.keys("i");
    play.send(at(3), "hi");
    assert_eq!(names(&play), ["bob (writer)", "carol", "bob (reader)"]);
}

#[test]
fn taking_the_other_sides_name_tells_both_apart_and_giving_it_up_ends_that() {
    let mut play = Play::new(Role::Writer, 60, 12);
    play.here("bob");
    play.arrived("bob", at(1), "hi");
    play.model.rename("bob");
    play.send(at(3), "me too");
    assert_eq!(names(&play), ["bob (reader)", "bob (writer)"]);
    play.model.rename("carol");
    play.send(at(5), "no more");
    play.arrived("bob", at(6), "fine");
    assert_eq!(names(&play), ["bob (reader)", "bob (writer)", "carol", "bob"]);
    // What stands there is not cut for it.
    let mut play = Play::new(Role::Writer, 80, 12);
    play.here("mallory");
    play.model.rename("mallory");
    play.send(at(3), "me too");
    play.model.rename("carol");
    assert!(play.screen().contains("mallory (writer)"), "{}", play.screen());
}

#[test]
fn where_names_are_cut_the_roles_stay() {
    for width in [80, 60, 46, 40, 30, 20] {
        let long = "Maximiliane 你好你好";
        let mut play = Play::new(Role::Reader, width, 20);
        play.model.me = long.into();
        play.here(long);
        play.arrived(long, at(1), "x");
        play.keys("i");
        play.send(at(2), "y");
        let screen = play.screen();
        let text: String = screen.chars().filter(|c| !"│\n ".contains(*c)).collect();
        assert!(text.contains("(writer)") && text.contains("(reader)"), "{screen}");
    }
}
