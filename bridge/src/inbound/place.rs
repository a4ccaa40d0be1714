//! How far the stream was taken, and what to do with each message of it.

use crate::wire::{Contents, Heading, Taken};
use bytes::Bytes;

/// A publication whose messages go into the lane.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its sequence number.
    pub sequence: u64,
    /// Its headers.
    pub heading: Heading,
    /// Its payload, which was checked.
    pub payload: Bytes,
}

/// What to do with a message of the stream.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It was taken before.
    Had,
    /// It is none of ours: why.
    Foreign(String),
    /// Its messages go into the lane.
    New {
        /// It.
        delivery: Delivery,
        /// How many bytes of the far lane are missing before it: they were removed from the stream before they came here.
        missing: u64,
    },
}

/// Where the messages of a publication come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The generation of the segment there.
    pub ring: u64,
    /// The position in the lane there up to which messages were taken.
    pub end: u64,
}

/// How far the stream was taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// Everything before this is in the lane.
    pub taken: Taken,
    /// Where that came from.
    pub source: Source,
}

impl Place {
    /// Where to go on in a stream, by what the lane's checkpoint says and what the last publication of this side said. What
    /// either says of another stream counts for nothing. A stream that has lost its end, as after a power cut, gives the numbers
    /// behind it a second time.
    pub fn resume(stream: u64, last: u64, checkpoint: Option<(Taken, Source)>, said: Option<Taken>) -> (Place, bool) {
        let here = checkpoint.filter(|(taken, _)| taken.stream == stream);
        let said = said.filter(|taken| taken.stream == stream).map(|taken| (taken, Source::default()));
        let nothing = (Taken { stream, sequence: 0, offset: Taken::ALL }, Source::default());
        let (taken, source) = [here, said].into_iter().flatten().max_by_key(|(taken, _)| *taken).unwrap_or(nothing);
        let is_cut = taken.sequence > last;
        let taken = if is_cut { Taken { stream, sequence: last, offset: Taken::ALL } } else { taken };
        (Place { taken, source }, is_cut)
    }

    /// Decides about a message.
    pub fn judge(&self, sequence: u64, headers: Option<&async_nats::HeaderMap>, payload: Bytes) -> Verdict {
        if sequence < self.taken.next_sequence() {
            return Verdict::Had;
        }
        let heading = match Heading::read(headers) {
            Ok(heading) => heading,
            Err(error) => return Verdict::Foreign(error.to_string()),
        };
        if let Err(error) = Contents::open(&payload) {
            return Verdict::Foreign(error.to_string());
        }
        let is_same = heading.ring == self.source.ring;
        let is_rest = self.is_rest(sequence, &heading);
        if is_same && !is_rest && !heading.range.is_empty() && heading.range.end <= self.source.end {
            return Verdict::Had;
        }
        let missing = if is_same && !is_rest { heading.range.start.saturating_sub(self.source.end) } else { 0 };
        Verdict::New { delivery: Delivery { sequence, heading, payload }, missing }
    }

    /// Whether this is the publication of which a part was taken. A stream that lost its end may have another one by that
    /// number.
    fn is_rest(&self, sequence: u64, heading: &Heading) -> bool {
        let is_it = self.source == Source { ring: heading.ring, end: heading.range.end };
        sequence == self.taken.sequence && (is_it || self.source == Source::default())
    }

    /// Where this delivery goes on.
    pub fn begin(&self, delivery: &Delivery) -> Taken {
        if self.is_rest(delivery.sequence, &delivery.heading) {
            return self.taken;
        }
        Taken { stream: self.taken.stream, sequence: delivery.sequence, offset: 0 }
    }

    /// A message is done with, also one that was skipped.
    pub fn finish(&mut self, sequence: u64, heading: Option<&Heading>) {
        self.taken = Taken { sequence, offset: Taken::ALL, ..self.taken };
        if let Some(heading) = heading {
            self.source = Source { ring: heading.ring, end: heading.range.end };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Life, Writer};
    use async_nats::HeaderMap;

    fn headers(ring: u64, range: std::ops::Range<u64>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        Heading { ring, range, bridge: 1, taken: None }.write(&mut headers);
        headers
    }

    fn payload() -> Bytes {
        Writer::new(&Life::default()).finish().into()
    }

    fn place(sequence: u64, offset: u64, end: u64) -> Place {
        Place { taken: Taken { stream: 1, sequence, offset }, source: Source { ring: 7, end } }
    }

    #[test]
    fn what_was_taken_is_not_taken_again() {
        let place = place(5, Taken::ALL, 100);
        assert!(matches!(place.judge(5, Some(&headers(7, 50..100)), payload()), Verdict::Had));
        assert!(matches!(place.judge(6, Some(&headers(7, 100..120)), payload()), Verdict::New { missing: 0, .. }));
    }

    #[test]
    fn positions_that_the_lane_has_are_not_taken_again_under_another_number() {
        assert!(matches!(place(5, Taken::ALL, 100).judge(6, Some(&headers(7, 50..100)), payload()), Verdict::Had));
        assert!(matches!(
            place(5, Taken::ALL, 100).judge(6, Some(&headers(8, 50..100)), payload()),
            Verdict::New { .. }
        ));
    }

    #[test]
    fn the_rest_of_a_publication_is_taken_from_where_it_stopped() {
        let place = place(5, 40, 100);
        let Verdict::New { delivery, missing: 0 } = place.judge(5, Some(&headers(7, 50..100)), payload()) else {
            panic!("it is not taken");
        };
        assert_eq!(place.begin(&delivery), Taken { stream: 1, sequence: 5, offset: 40 });
    }

    #[test]
    fn another_publication_by_the_number_of_one_that_was_begun_is_taken_from_its_start() {
        let place = place(5, 40, 100);
        let Verdict::New { delivery, .. } = place.judge(5, Some(&headers(8, 0..70)), payload()) else {
            panic!("it is not taken");
        };
        assert_eq!(place.begin(&delivery).offset, 0);
    }

    #[test]
    fn what_is_missing_in_between_is_counted() {
        assert!(matches!(
            place(5, Taken::ALL, 100).judge(9, Some(&headers(7, 140..150)), payload()),
            Verdict::New { missing: 40, .. }
        ));
    }

    #[test]
    fn a_foreign_message_is_skipped_and_says_why() {
        let place = place(5, Taken::ALL, 100);
        assert!(matches!(place.judge(6, None, payload()), Verdict::Foreign(_)));
        assert!(matches!(
            place.judge(6, Some(&headers(7, 100..120)), Bytes::from_static(b"\xff")),
            Verdict::Foreign(_)
        ));
    }

    #[test]
    fn it_goes_on_where_the_later_of_both_says_and_only_in_the_same_stream() {
        let taken = |stream, sequence| Taken { stream, sequence, offset: Taken::ALL };
        let source = Source { ring: 7, end: 9 };
        let resume = |here: Option<Taken>, said| {
            Place::resume(1, 100, here.map(|taken| (taken, source)), said).0.taken.next_sequence()
        };
        assert_eq!(resume(None, None), 1);
        assert_eq!(resume(Some(taken(1, 5)), Some(taken(1, 3))), 6);
        assert_eq!(resume(Some(taken(1, 3)), Some(taken(1, 5))), 6);
        assert_eq!(resume(Some(taken(2, 5)), None), 1);
        assert_eq!(resume(Some(Taken { offset: 8, ..taken(1, 5) }), Some(taken(1, 5))), 6);
    }

    #[test]
    fn a_stream_that_lost_its_end_is_taken_from_there() {
        let (place, is_cut) = Place::resume(1, 3, None, Some(Taken { stream: 1, sequence: 5, offset: Taken::ALL }));
        assert!(is_cut);
        assert_eq!(place.taken.next_sequence(), 4);
    }
}
