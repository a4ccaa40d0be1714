//! Against a server that loses, delays, repeats and forgets.

use super::*;
use proptest::prelude::*;

fn publication(range: std::ops::Range<u64>) -> Publication<u64> {
    let end = range.end;
    let heading = Heading { ring: 1, range, bridge: 1, taken: None };
    Publication { heading, payload: Bytes::from_static(b"12345678"), reached: Some(end), number: 0, again: 0 }
}

fn stored(end: u64) -> Option<Stored> {
    Some(Stored { ring: 1, end })
}

#[test]
fn each_publication_expects_the_one_before_it() {
    let mut window = Window::new(7, 1000);
    for at in 0..3 {
        window.push(publication(at..at + 1));
    }
    let expected: Vec<u64> =
        std::iter::from_fn(|| window.next_to_send().map(|(_, expected)| expected.sequence)).collect();
    assert_eq!(expected, [7, 8, 9]);
    assert_eq!(window.acknowledge(8).map(|first| first.heading.range), Some(0..1));
    assert!(window.acknowledge(8).is_none(), "an acknowledgement of something else");
    assert_eq!(window.acknowledge(9).map(|first| first.heading.range), Some(1..2));
}

#[test]
fn it_is_full_by_bytes_and_has_room_again_once_they_are_stored() {
    let mut window = Window::new(0, 16);
    window.push(publication(0..1));
    assert!(window.has_room());
    window.push(publication(1..2));
    assert!(!window.has_room());
    window.next_to_send();
    window.acknowledge(1).unwrap();
    assert!(window.has_room());
}

#[test]
fn after_a_failure_what_is_stored_is_done_and_the_rest_goes_again() {
    let mut window = Window::new(0, 1000);
    for at in 0..4 {
        window.push(publication(at..at + 1));
    }
    while window.next_to_send().is_some() {}
    let done = window.resume(stored(2), 2);
    assert_eq!(done.iter().map(|done| done.heading.range.end).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(
        window.next_to_send().map(|(first, expected)| (first.heading.range.clone(), expected.sequence)),
        Some((2..3, 2))
    );
}

#[test]
fn what_another_ring_stored_is_not_taken_for_ours() {
    let mut window = Window::new(0, 1000);
    window.push(publication(0..1));
    assert!(window.resume(Some(Stored { ring: 2, end: 100 }), 5).is_empty());
    assert_eq!(window.next_to_send().map(|(_, expected)| expected.sequence), Some(5));
}

#[test]
fn what_says_only_who_is_there_goes_again_under_another_id() {
    let mut window = Window::new(0, 1000);
    for range in [3..3, 3..4] {
        window.push(publication(range));
    }
    let mut ids = || std::iter::from_fn(|| window.next_to_send().map(|(next, _)| next.id())).collect::<Vec<_>>();
    let first = ids();
    // It is stored, and its acknowledgement is lost: a server that knows its id would store nothing.
    assert!(window.resume(stored(3), 1).is_empty());
    let mut ids = || std::iter::from_fn(|| window.next_to_send().map(|(next, _)| next.id())).collect::<Vec<_>>();
    let second = ids();
    assert_ne!(first[0], second[0]);
    assert_eq!(first[1], second[1]);
}

/// A server as it may be: it stores what expects its last message, and nothing else.
#[derive(Default)]
struct Server {
    stream: Vec<Publication<u64>>,
    /// Sent and not arrived yet, also from before a failure.
    travelling: Vec<(Publication<u64>, Expected)>,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Push,
    Send,
    /// One of those that travel arrives; if the flag is set, its acknowledgement is lost.
    Arrive(prop::sample::Index, bool),
    /// One of those that travel is lost.
    Lose(prop::sample::Index),
    /// Somebody else's message comes into the stream.
    Foreign,
    Fail,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => Just(Event::Push),
        4 => Just(Event::Send),
        6 => (any::<prop::sample::Index>(), prop::bool::weighted(0.2)).prop_map(|(which, lost)| Event::Arrive(which, lost)),
        1 => any::<prop::sample::Index>().prop_map(Event::Lose),
        1 => Just(Event::Foreign),
        1 => Just(Event::Fail),
    ]
}

impl Server {
    fn last_own(&self) -> Option<Stored> {
        let own = self.stream.iter().rev().find(|stored| stored.heading.ring == 1);
        own.map(|stored| Stored { ring: 1, end: stored.heading.range.end })
    }

    /// The sequence number that it got, or `None` if it was refused.
    fn arrive(&mut self, which: usize) -> Option<u64> {
        let (publication, expected) = self.travelling.remove(which);
        let last_id = self.stream.last().map(Publication::id);
        let is_next =
            expected.sequence == self.stream.len() as u64 && (expected.id.is_none() || expected.id == last_id);
        is_next.then(|| {
            self.stream.push(publication);
            self.stream.len() as u64
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_lost_late_or_repeated_the_stream_has_each_publication_once_and_in_order(
        events in prop::collection::vec(event(), 1..200),
    ) {
        let (mut window, mut server) = (Window::new(0, usize::MAX), Server::default());
        let (mut pushed, mut acknowledged) = (0, 0);
        for event in events {
            let mut failed = false;
            match event {
                Event::Push => {
                    window.push(publication(pushed..pushed + 1));
                    pushed += 1;
                }
                Event::Send => {
                    if let Some((publication, expected)) = window.next_to_send() {
                        server.travelling.push((publication.clone(), expected));
                    }
                }
                Event::Arrive(which, lost) if !server.travelling.is_empty() => {
                    let sequence = server.arrive(which.index(server.travelling.len()));
                    failed = lost;
                    match sequence {
                        Some(sequence) if !lost => match window.acknowledge(sequence) {
                            Some(first) => acknowledged = first.reached.unwrap(),
                            None => failed = true,
                        },
                        Some(_) => {}
                        None => failed = true,
                    }
                }
                Event::Lose(which) if !server.travelling.is_empty() => {
                    server.travelling.remove(which.index(server.travelling.len()));
                }
                Event::Foreign => {
                    let foreign = publication(0..1);
                    server.stream.push(Publication { heading: Heading { ring: 99, ..foreign.heading }, ..foreign });
                }
                Event::Fail => failed = true,
                Event::Arrive(..) | Event::Lose(_) => {}
            }
            if failed {
                for done in window.resume(server.last_own(), server.stream.len() as u64) {
                    acknowledged = done.reached.unwrap();
                }
            }
            let own = server.last_own().map_or(0, |stored| stored.end);
            prop_assert!(acknowledged <= own, "the lane gave back what is not stored");
        }
        // In the end all of it gets there.
        window.resume(server.last_own(), server.stream.len() as u64);
        server.travelling.clear();
        while let Some((publication, expected)) = window.next_to_send() {
            server.travelling.push((publication.clone(), expected));
        }
        while !server.travelling.is_empty() {
            prop_assert!(server.arrive(0).is_some());
        }
        let own: Vec<u64> =
            server.stream.iter().filter(|own| own.heading.ring == 1).map(|own| own.heading.range.start).collect();
        prop_assert_eq!(own, (0..pushed).collect::<Vec<_>>());
    }
}
