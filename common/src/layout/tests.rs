//! Nothing in a segment overlaps, and every size has one meaning.

use super::*;

#[test]
fn lanes_and_header_do_not_overlap_and_fill_the_segment() {
    for capacity in [MIN_CAPACITY, DEFAULT_CAPACITY, MAX_CAPACITY] {
        let messages = LanePlace::in_segment(Lane::Messages, capacity);
        let replies = LanePlace::in_segment(Lane::Replies, capacity);
        assert_eq!(messages.data * WORD, HEADER_BYTES);
        assert_eq!(messages.words_needed(), replies.data);
        assert_eq!(replies.words_needed() * WORD, segment_bytes(capacity));
        assert_eq!(capacity_of(segment_bytes(capacity)), Some(capacity));
    }
}

#[test]
fn a_size_that_no_segment_has_gives_no_capacity() {
    for bytes in [0, 4096, HEADER_BYTES + 1, segment_bytes(MIN_CAPACITY) + 8, segment_bytes(3 << 16)] {
        assert_eq!(capacity_of(bytes), None, "{bytes}");
    }
}
