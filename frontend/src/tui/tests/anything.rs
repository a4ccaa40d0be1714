//! Whatever arrives, on whatever screen: nothing panics, and nothing is drawn that a terminal obeys.
use proptest::prelude::*;

use ratatui::style::Color;

use super::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ]{0,60}",
        "x",
        r"(你好|👩‍🚀|é|\n|\t|\r| |a){0,30}",
        "[\u{0}-\u{a0}\u{202a}-\u{202e}\u{301}\u{200d}\u{fe0f}\u{1f3f4}\u{e0061}]{0,20}",
        any::<String>(),
    ]
}

fn time() -> impl Strategy<Value = NaiveDateTime> {
    prop_oneof![
        (19u32..23, 0u32..24, 0u32..60).prop_map(|(d, hour, minute)| day(d).and_hms_opt(hour, minute, 0).unwrap()),
        Just(NaiveDateTime::MIN),
        Just(NaiveDateTime::MAX),
    ]
}

fn key() -> impl Strategy<Value = KeyEvent> {
    let code = prop_oneof![
        any::<char>().prop_map(KeyCode::Char),
        "[a-zN/?]".prop_map(|c| KeyCode::Char(c.chars().next().unwrap())),
        prop::sample::select(vec![
            KeyCode::Enter,
            KeyCode::Esc,
            KeyCode::Tab,
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::Left,
            KeyCode::Right,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::PageUp,
            KeyCode::PageDown,
            KeyCode::Backspace,
            KeyCode::Delete,
            KeyCode::F(1),
            KeyCode::F(2),
            KeyCode::Null,
        ]),
    ];
    (code, any::<u8>()).prop_map(|(code, bits)| {
        // Mostly none.
        let bits = if bits % 2 == 0 { 0 } else { bits >> 1 };
        KeyEvent::new(code, KeyModifiers::from_bits_truncate(bits))
    })
}

fn size() -> impl Strategy<Value = (u16, u16)> {
    prop_oneof![(1u16..12, 1u16..12), (1u16..200, 1u16..60), (1u16..=500, 1u16..4)]
}

fn event() -> impl Strategy<Value = Event> {
    let presence = prop::sample::select(vec![Presence::Absent, Presence::Here, Presence::Quit, Presence::Gone]);
    prop_oneof![
        8 => key().prop_map(Event::Key),
        2 => text().prop_map(Event::Paste),
        2 => size().prop_map(|(width, height)| Event::Resize(width, height)),
        4 => (text(), prop::option::of(time()), text(), prop_oneof![Just(0), any::<u64>()])
            .prop_map(|(from, at, text, shortened)| Event::Arrived { from, at, text, shortened }),
        1 => (text(), prop::option::of(time()), text())
            .prop_map(|(from, at, text)| Event::Acted { from, at, text, shortened: 0 }),
        2 => (0u64..8, time(), any::<u64>()).prop_map(|(id, at, seq)| Event::Sent { id, at, seq }),
        1 => any::<u64>().prop_map(|below| Event::Acknowledged { below }),
        1 => any::<u64>().prop_map(|messages| Event::Backlog(Backlog { messages, occupied: messages, ..Backlog::default() })),
        1 => (text(), presence, prop::option::of(time())).prop_map(|(who, now, at)| Event::Presence { who, now, at }),
        1 => text().prop_map(Event::Notice),
        1 => any::<bool>().prop_map(|up| Event::Wheel { up }),
        1 => any::<bool>().prop_map(Event::Focus),
        1 => (any::<u64>(), any::<u64>(), prop::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(tail, head, bytes)| panel::sampled(tail, head, &bytes)),
        1 => prop_oneof![text().prop_map(Ok), text().prop_map(Err)].prop_map(Event::Edited),
    ]
}

fn check(play: &Play) -> Result<(), TestCaseError> {
    let terminal = play.terminal();
    for cell in terminal.backend().buffer().content() {
        let symbol = cell.symbol();
        prop_assert_eq!(&crate::text::visible(symbol), symbol);
        prop_assert!(!symbol.contains(char::is_control), "{:?}", symbol);
    }
    if let Some(Position { x, y }) = play.cursor() {
        prop_assert!(x < play.model.size.0 && y < play.model.size.1);
    }
    for line in play.model.last_lines(50) {
        prop_assert!(!line.contains('\x1b'));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn any_events_on_any_screen_draw_cells_that_are_safe(
        writer in any::<bool>(),
        (width, height) in size(),
        events in prop::collection::vec(event(), 0..60),
    ) {
        let side = if writer { Role::Writer } else { Role::Reader };
        let mut play = Play::new(side, width, height);
        check(&play)?;
        for event in events {
            play.event(event);
            check(&play)?;
        }
    }

    #[test]
    fn what_is_scrolled_to_stays_in_its_place_whatever_arrives(
        (width, height) in (20u16..100, 8u16..40),
        before in prop::collection::vec(text(), 1..60),
        up in 1usize..80,
        after in prop::collection::vec(text(), 1..10),
    ) {
        let mut play = Play::new(Role::Reader, width, height);
        before.iter().for_each(|text| play.arrived("alice", at(1), text));
        (0..up).for_each(|_| drop(play.key(KeyCode::Up)));
        let scrolled = play.model.scroll.is_some();
        let transcript = |play: &Play| {
            let rows = rows(play.terminal().backend().buffer());
            rows[1..rows.len() - 2].to_vec()
        };
        let seen = transcript(&play);
        after.iter().for_each(|text| play.arrived("alice", at(1), text));
        if scrolled {
            prop_assert_eq!(transcript(&play), seen);
        }
        // And the end is found again.
        play.key(KeyCode::End);
        prop_assert!(play.model.scroll.is_none());
    }

    #[test]
    fn without_colour_no_cell_has_one(events in prop::collection::vec(event(), 0..30)) {
        let mut play = Play::new(Role::Writer, 60, 20);
        play.model.color = false;
        events.into_iter().for_each(|event| drop(play.event(event)));
        for cell in play.terminal().backend().buffer().content() {
            prop_assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
        }
    }
}
