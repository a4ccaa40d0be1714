//! The plan under random durations, failures and orders of ending, with an oracle that knows only what was asked of it.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const SECOND: Duration = Duration::from_secs(1);

fn limits(ahead: usize, retries: u32) -> Limits {
    Limits { ahead, retries, backoff: SECOND }
}

/// A message's attempts, each with how long it takes in milliseconds and whether it succeeds.
type Fate = Vec<(u64, bool)>;

/// What happened to the messages: which attempts began, in which order they ended, and which were released.
#[derive(Default)]
struct Story {
    attempts: Vec<u32>,
    ended: Vec<usize>,
    given_up: BTreeSet<usize>,
    released: Vec<usize>,
}

/// Runs a plan over these messages with `jobs` hands, in time that only passes when somebody waits. Checks at every step
/// what must always be true.
fn run(fates: &[Fate], jobs: usize, limits: Limits) -> Story {
    let mut plan = Plan::new(limits);
    let mut story = Story { attempts: vec![0; fates.len()], ..Story::default() };
    let mut now = Instant::now();
    let mut next = 0;
    let mut hands: Vec<(Instant, u64)> = Vec::new();
    let mut finished = BTreeSet::new();
    while story.released.len() < fates.len() {
        while next < fates.len() && plan.has_room() {
            assert_eq!(plan.take(next), next as u64, "numbers follow each other");
            next += 1;
        }
        while hands.len() < jobs
            && let Some(number) = plan.start(now)
        {
            let waits = |other: &usize| story.attempts[*other] == 0 && *other < next;
            assert!(
                story.attempts[number as usize] > 0 || !(0..number as usize).any(|other| waits(&other)),
                "oldest first"
            );
            let attempt = &mut story.attempts[number as usize];
            let (takes, _) = fates[number as usize][*attempt as usize % fates[number as usize].len()];
            *attempt += 1;
            hands.push((now + Duration::from_millis(takes), number));
        }
        assert_eq!(plan.running(), hands.len());
        assert!(next - story.released.len() <= limits.ahead, "never more than so far ahead");
        // Nobody is idle beside work that could start.
        assert!(hands.len() == jobs || plan.start(now).is_none());
        let end = hands.iter().map(|(end, _)| *end).min();
        // Where no hand is free, it is no use waiting for a pause to end.
        let due = plan.due().filter(|_| hands.len() < jobs);
        now = [end, due].into_iter().flatten().min().expect("something goes on").max(now);
        if let Some(at) = hands.iter().position(|(end, _)| *end <= now) {
            let (_, number) = hands.swap_remove(at);
            let fate = &fates[number as usize];
            let (_, succeeds) = fate[(story.attempts[number as usize] as usize - 1) % fate.len()];
            let is_done = succeeds || plan.failed(number, now, 0.5) == Verdict::GiveUp;
            if is_done {
                plan.done(number);
                story.ended.push(number as usize);
                finished.insert(number as usize);
                if !succeeds {
                    story.given_up.insert(number as usize);
                }
            }
        }
        while let Some(message) = plan.release() {
            assert!((0..=message).all(|before| finished.contains(&before)), "never past an unfinished one");
            story.released.push(message);
        }
    }
    assert!(plan.is_empty() && plan.waiting() == 0);
    story
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    prop::collection::vec(prop::collection::vec((0..5_000_u64, prop::bool::weighted(0.7)), 1..4), 0..60)
}

proptest! {
    #[test]
    fn nothing_is_lost_and_the_head_never_passes_an_unfinished_message(
        fates in fates(), jobs in 1..9_usize, more in 0..40_usize, retries in 0..5_u32,
    ) {
        let story = run(&fates, jobs, limits(jobs + more, retries));
        prop_assert_eq!(story.released, (0..fates.len()).collect::<Vec<_>>());
        for (message, fate) in fates.iter().enumerate() {
            let first_success = (0..=retries as usize).find(|attempt| fate[attempt % fate.len()].1);
            prop_assert_eq!(story.given_up.contains(&message), first_success.is_none());
            prop_assert_eq!(story.attempts[message] as usize, first_success.map_or(retries as usize, |at| at) + 1);
        }
    }

    #[test]
    fn pauses_double_and_stay_within_a_minute(retries in 1..40_u32, chance in 0.0..1.0_f64) {
        let mut plan = Plan::new(limits(1, retries));
        let number = plan.take(());
        let (mut now, mut last) = (Instant::now(), Duration::ZERO);
        for attempt in 1..=retries {
            prop_assert_eq!(plan.start(now), Some(number));
            let Verdict::Again(pause) = plan.failed(number, now, chance) else { panic!("attempt {attempt}") };
            let full = SECOND.saturating_mul(1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX)).min(LONGEST_PAUSE);
            prop_assert!(pause <= full && pause >= full.mul_f64(0.75) && pause >= last, "{:?}", pause);
            prop_assert_eq!(plan.start(now + pause - Duration::from_nanos(1)), None, "not before it is due");
            (now, last) = (now + pause, pause);
        }
        prop_assert_eq!(plan.start(now), Some(number));
        prop_assert_eq!(plan.failed(number, now, chance), Verdict::GiveUp);
    }
}

#[test]
fn a_message_that_was_put_back_is_the_next_and_has_lost_no_attempt() {
    let mut plan = Plan::new(limits(4, 0));
    assert_eq!([0, 1, 2].map(|task| plan.take(task)), [0, 1, 2]);
    let now = Instant::now();
    assert_eq!((plan.start(now), plan.start(now)), (Some(0), Some(1)));
    plan.put_back(0);
    assert_eq!((plan.waiting(), plan.running()), (2, 1));
    assert_eq!((plan.start(now), plan.attempts(0)), (Some(0), 1));
    plan.done(0);
    assert_eq!((plan.release(), plan.release()), (Some(0), None));
}

#[test]
fn a_slow_message_holds_up_the_head_and_not_the_others() {
    // The first takes as long as all the others together, with two hands.
    let mut fates = vec![vec![(9_500, true)]];
    fates.extend(vec![vec![(1_000, true)]; 9]);
    let story = run(&fates, 2, limits(10, 0));
    assert_eq!(story.ended.iter().position(|&message| message == 0), Some(9), "{:?}", story.ended);
    assert_eq!(story.released, (0..10).collect::<Vec<_>>());
}

#[test]
fn the_oldest_is_ready_again_as_soon_as_its_pause_is_over() {
    let mut plan = Plan::new(limits(2, 1));
    assert_eq!([0, 1].map(|task| plan.take(task)), [0, 1]);
    let now = Instant::now();
    assert_eq!(plan.start(now), Some(0));
    assert_eq!(plan.failed(0, now, 0.0), Verdict::Again(SECOND));
    assert!(!plan.oldest_is_ready(now), "the other one is");
    assert!(plan.oldest_is_ready(now + SECOND), "nobody has asked for one to start since");
}
