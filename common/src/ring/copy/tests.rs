use super::*;
use crate::sync::Ordering::Relaxed;

type Store = dyn Fn(&[AtomicU64], &[[u8; 8]]);
type Load = dyn Fn(&[AtomicU64], &mut [[u8; 8]]);

/// How words get to shared memory and back.
struct Way {
    name: String,
    store: Box<Store>,
    load: Box<Load>,
}

fn ways() -> Vec<Way> {
    let mut ways = vec![Way { name: "words".into(), store: Box::new(words::store), load: Box::new(words::load) }];
    ways.push(Way { name: "as it is chosen".into(), store: Box::new(long::store), load: Box::new(long::load) });
    #[cfg(all(target_arch = "x86_64", not(any(loom, miri, word_copies))))]
    ways.extend(vector::Way::all().into_iter().map(|way| Way {
        name: format!("{way:?}"),
        store: Box::new(move |words, whole| vector::store_by(way, words, whole)),
        load: Box::new(move |words, whole| vector::load_by(way, words, whole)),
    }));
    ways
}

/// Words on each side of what is copied, which nobody may touch.
const AROUND: usize = 40;
const UNTOUCHED: u64 = 0xeeee_eeee_eeee_eeee;

/// Counts of words: all short ones, and some around what is done in one step, or with other moves.
fn counts() -> impl Iterator<Item = usize> {
    (0..=300).chain([511, 512, 513, 1023, 1024, 1025, 1031, 1039, 2049, 8191, 8192, 8193])
}

/// Bytes that are all different from their neighbours, and from a second look at the same place.
fn pattern(index: usize) -> u8 {
    (index * 37 + index / 251) as u8
}

fn shared(count: usize) -> Vec<AtomicU64> {
    (0..count).map(|_| AtomicU64::new(UNTOUCHED)).collect()
}

fn bytes_of(words: &[AtomicU64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.load(Relaxed).to_ne_bytes()).collect()
}

fn is_untouched(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0xee)
}

/// Where the private side may begin, and where in its cache line the shared one: each of 64 places, and fewer for what is
/// long.
fn places(count: usize) -> impl Iterator<Item = (usize, usize)> {
    let step = if count <= 40 { 1 } else { 7 };
    (0..64).step_by(step).map(move |private| (private, private * 5 % 8))
}

#[test]
fn every_way_stores_what_it_is_given_and_touches_nothing_else() {
    for way in ways() {
        for count in counts() {
            for (private, shift) in places(count) {
                let given: Vec<u8> = (0..private + 8 * count).map(pattern).collect();
                let words = shared(count + 2 * AROUND);
                let target = &words[AROUND + shift..AROUND + shift + count];
                (way.store)(target, given[private..].as_chunks::<8>().0);
                let found = bytes_of(&words);
                let (start, end) = (8 * (AROUND + shift), 8 * (AROUND + shift + count));
                assert_eq!(found[start..end], given[private..], "{}, {count} words from {private}", way.name);
                assert!(is_untouched(&found[..start]), "{}, {count} words: wrote before them", way.name);
                assert!(is_untouched(&found[end..]), "{}, {count} words: wrote behind them", way.name);
            }
        }
    }
}

#[test]
fn every_way_loads_what_is_there_and_touches_nothing_else() {
    for way in ways() {
        for count in counts() {
            for (private, shift) in places(count) {
                let there: Vec<u8> = (0..8 * (count + 8)).map(pattern).collect();
                let words: Vec<_> =
                    there.as_chunks::<8>().0.iter().map(|word| AtomicU64::new(u64::from_ne_bytes(*word))).collect();
                let mut out = vec![0xee; 8 * (count + 2 * AROUND)];
                let start = 8 * AROUND + private;
                let target = &mut out[start..start + 8 * count];
                (way.load)(&words[shift..shift + count], target.as_chunks_mut::<8>().0);
                let end = start + 8 * count;
                let name = &way.name;
                assert_eq!(
                    out[start..end],
                    there[8 * shift..8 * (shift + count)],
                    "{name}, {count} words to {private}"
                );
                assert!(is_untouched(&out[..start]), "{name}, {count} words: wrote before them");
                assert!(is_untouched(&out[end..]), "{name}, {count} words: wrote behind them");
            }
        }
    }
}

#[test]
fn every_way_copies_only_as_much_as_both_sides_have() {
    for way in ways() {
        for count in [0, 1, 15, 16, 17, 100, 1100] {
            let words = shared(count + 30);
            (way.store)(&words[..count], &vec![[1; 8]; count + 30]);
            assert!(is_untouched(&bytes_of(&words[count..])), "{}, {count} words", way.name);
            let mut out = vec![[0xee; 8]; count + 30];
            (way.load)(&words[..count], &mut out);
            assert!(is_untouched(out[count..].as_flattened()), "{}, {count} words", way.name);
        }
    }
}

#[test]
fn any_length_comes_back_with_zeros_behind_it() {
    let bytes: Vec<u8> = (0..9000).map(pattern).collect();
    for length in (0..=300_usize).chain([1023, 1025, 4095, 8191, 8192, 8193, 8999]) {
        let words = shared(length.div_ceil(8));
        store(&words, &bytes[..length]);
        let mut out = Buffer::default();
        out.extend(1).fill(0xee);
        load(&words, length, &mut out);
        assert_eq!((out[0], &out[1..]), (0xee, &bytes[..length]));
        let mut padded = Buffer::default();
        load(&words, words.len() * 8, &mut padded);
        assert!(padded[length..].iter().all(|&byte| byte == 0), "{length}");
        let mut into = vec![0xee; length + 9];
        load_into(&words, &mut into[..length]);
        assert_eq!(into[..length], bytes[..length]);
        assert!(is_untouched(&into[length..]), "{length}");
    }
}
