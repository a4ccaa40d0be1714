//! What the terminal is told about links is what is on the screen.
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// The links on the screen: what is told, and the pieces of it that one sees.
fn links(play: &Play) -> BTreeMap<(u64, usize), (String, Vec<String>)> {
    let (pieces, buffer) = play.links();
    let mut links: BTreeMap<_, (String, Vec<String>)> = BTreeMap::new();
    for piece in pieces {
        let seen = piece.columns.map(|x| buffer[(x, piece.y)].symbol()).collect();
        let (target, pieces) = links.entry(piece.id).or_insert((piece.target.clone(), Vec::new()));
        assert_eq!(*target, piece.target);
        pieces.push(seen);
    }
    links
}

#[test]
fn a_link_over_several_rows_is_one_link_with_the_whole_target() {
    let url = "https://example.org/a/long/path/that/takes/more/than/a/row?and=this";
    let mut play = Play::new(Role::Reader, 40, 12);
    play.arrived("alice", at(1), &format!("你好 {url}, and again {url}"));
    for bare in [false, true] {
        play.model.bare = bare;
        let found = links(&play);
        assert_eq!(found.len(), 2, "{found:?}");
        for (target, pieces) in found.values() {
            assert_eq!(target, url);
            assert!(pieces.len() > 1, "{pieces:?}");
            assert_eq!(pieces.concat(), url);
        }
    }
}

#[test]
fn what_is_scrolled_off_the_screen_is_still_in_the_target() {
    let url = format!("https://example.org/{}", "0123456789".repeat(40));
    let mut play = Play::new(Role::Reader, 40, 8);
    play.arrived("alice", at(1), &url);
    let found = links(&play);
    let (target, pieces) = &found[&(0, 0)];
    assert_eq!(*target, url);
    assert!(pieces.concat().len() < url.len() && url.ends_with(&pieces.concat()), "{pieces:?}");
}

#[test]
fn names_and_notices_have_no_links_and_neither_has_the_help() {
    let mut play = Play::new(Role::Reader, 60, 8);
    play.arrived("https://evil.example", at(1), "hi");
    play.event(Event::Notice("https://evil.example".into()));
    assert!(links(&play).is_empty());
    play.arrived("alice", at(1), "https://example.org");
    assert_eq!(links(&play).len(), 1);
    play.key(KeyCode::F(1));
    assert!(links(&play).is_empty());
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        r"(https?://|[a-z]{1,3}\.example|[/(),.@ ]|你|👩‍🚀|\n|\t|e\u{301}|\u{202e}|\x1b\]8;;|\x07|'|\u{600}|a){0,40}",
        "https://[a-z/]{1,80}[ -~]{0,20}",
        any::<String>(),
    ]
}

proptest! {
    /// Whatever a peer sends: the target is what one sees, from the first character to the last.
    #[test]
    fn no_text_makes_a_link_to_anything_but_what_is_seen(
        texts in prop::collection::vec(text(), 1..5),
        name in "[a-z/:]{0,12}",
        (width, height) in (1u16..90, 1u16..30),
        up in 0usize..4,
        bare in any::<bool>(),
    ) {
        let mut play = Play::new(Role::Reader, width, height);
        texts.iter().for_each(|text| play.arrived(&name, at(1), text));
        (0..up).for_each(|_| drop(play.key(KeyCode::Up)));
        play.model.bare = bare;
        for ((entry, _), (target, pieces)) in links(&play) {
            let seen = pieces.concat();
            prop_assert!(target.bytes().all(|byte| byte.is_ascii_graphic()), "{target:?}");
            prop_assert!(target.starts_with("http"), "{target:?}");
            prop_assert!(target.contains(&seen) && !seen.is_empty(), "{seen:?} of {target:?}");
            // A part can be missing only above or below the screen.
            let whole = entry > 0 && entry + 1 < texts.len() as u64 && height > 28;
            prop_assert!(!whole || play.model.scroll.is_some() || seen == target || width < 12, "{seen:?} of {target:?}");
        }
    }
}
