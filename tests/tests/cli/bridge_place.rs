//! What a bridge has stored in a channel, so that it sends nothing twice: it is shown, and not removed by the way.

use shmchat::Role;
use shmchat_tests::numbered::channel;
use shmchat_tests::status::{lobby, report};
use shmchat_tests::{Place, noun};

/// A channel in which nothing waits, and in which a bridge in this role has its place.
fn with_a_bridges_place(role: Role) -> Place {
    let place = Place::new();
    let mut bridge = channel(place.dir()).attach(role).expect("attach");
    bridge.sender().flush_at(&[7; 6]).expect("flush");
    bridge.quit().expect("quit");
    place
}

#[test]
fn a_bridges_place_is_shown() {
    for (role, name) in [(Role::Writer, "writer"), (Role::Reader, "reader")] {
        let place = with_a_bridges_place(role);
        let status = lobby(&place);
        assert_eq!(status["kept_for"], serde_json::json!([name]));
        assert_eq!((&status["messages"]["empty"], &status["replies"]["empty"]), (&true.into(), &true.into()));
        let text = report(&place);
        assert!(text.contains(&format!("bridge    its place is kept here, role {name}")), "{text}");
    }
}

#[test]
fn a_channel_without_a_bridge_keeps_no_place() {
    let place = Place::new();
    place.writer().arg("-q").input("hello\n").finish().assert_well();
    assert_eq!(lobby(&place)["kept_for"], serde_json::json!([]));
    assert!(!report(&place).contains("bridge"));
}

#[test]
fn a_clean_up_leaves_a_bridges_place_and_says_how_to_go_on() {
    for command in ["--clean", "--forget"] {
        let place = with_a_bridges_place(Role::Writer);
        let dir = place.dir().display().to_string();
        let start = format!("take it up with: shmchat-bridge --role writer lobby --dir {dir}; or remove it with:");
        let words = ["a bridge's place is kept there", &start, "reader --clean --force lobby --dir"];
        place.reader().args("-q lobby").arg(command).finish().assert_one_line(1, &words);
        let ended = place.reader().args("-q lobby --force").arg(command).finish();
        ended.assert_well();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert!(said.contains(&format!("removed the {} with a bridge's place", noun())), "{said}");
        place.assert_nothing_left();
    }
}
