//! SIGKILL at random: a pool, its commands and its writers are killed and started again. Each message is done at least once, no
//! more are done twice than the bound says, and no command is left running.
//!
//! `cargo test -p shmchat-tests --test exec kill_loop::` runs 10 seconds; `SECONDS=300` as long as it is told. `SEED=N` draws the
//! same again.
//!
//! A wait by the clock stands for one thing: how long a victim lives. That is the stimulus; nothing is concluded from it.

use super::lines_of;
use super::stopping::marked;
use shmchat_tests::{LIMIT, Place, Process};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How many messages a writer sends.
const BATCH: u64 = 40;

/// How far the pool takes ahead.
const AHEAD: usize = 12;

/// Numbers that look random.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// A command that notes the message in a file when it is done. Some die at the first attempt, some take their time, some leave
/// a process behind.
fn line(done: &str) -> String {
    format!(
        "read -r x; case $x in *7) [ $SHMCHAT_ATTEMPT -gt 1 ] || kill -KILL $$;; *3) sleep 0.02;; *9) sleep 1000 >&- & esac; echo $x >> '{done}'"
    )
}

/// A pool in one of its two shapes.
fn pool(place: &Place, mark: &str, done: &str, as_worker: bool) -> Process {
    let run =
        place.reader().env("SHMCHAT_TEST", mark).args(&format!("--stay --jobs 3 --ahead {AHEAD} --backoff 0.001"));
    match as_worker {
        false => run.arg("--shell").arg(line(done)).start(),
        true => run.arg("--worker").arg(format!("while read -r x; do echo $x >> '{done}'; echo ok; done")).start(),
    }
}

#[test]
fn killed_at_any_instant_every_message_is_done_and_few_twice() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number("SEED").unwrap_or(u64::from(std::process::id()));
    let end = Instant::now() + Duration::from_secs(number("SECONDS").unwrap_or(10));
    println!("SEED={seed}");
    let mut draw = Draw(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let place = Place::new();
    let (mark, done) = (place.dir().display().to_string(), place.dir().join("done").display().to_string());
    let (mut next, mut kills, mut accepted) = (0, 0, Vec::new());
    let mut reader = pool(&place, &mark, &done, false);
    while Instant::now() < end {
        let lines: String = (next..next + BATCH).map(|number| format!("{number}\n")).collect();
        let writer = place.writer().input(lines).start();
        if draw.below(4) == 0 {
            std::thread::sleep(Duration::from_micros(draw.below(3_000)));
            writer.kill();
        } else {
            writer.wait().assert_well();
            accepted.extend(next..next + BATCH);
        }
        next += BATCH;
        std::thread::sleep(Duration::from_millis(draw.below(60)));
        if draw.below(2) == 0 {
            reader.kill();
            kills += 1;
            let as_worker = draw.below(3) == 0;
            reader = pool(&place, &mark, &done, as_worker);
        }
    }
    reader.kill();
    kills += 1;
    // The last one does what is left, and ends.
    let mut last = place.reader().env("SHMCHAT_TEST", &mark).args("--jobs 3 --backoff 0.001 --timeout 2 --shell");
    last = last.arg(line(&done));
    let ended = last.finish();
    assert!(matches!(ended.code, Some(0 | 3)), "{}", ended.stderr);

    let mut times: BTreeMap<u64, usize> = BTreeMap::new();
    for line in lines_of(done.as_ref()) {
        *times.entry(line.parse().expect("a whole number")).or_default() += 1;
    }
    let lost: Vec<_> = accepted.iter().filter(|number| !times.contains_key(number)).collect();
    assert_eq!(lost, [&0; 0], "of {next} messages, after {kills} kills");
    let again: usize = times.values().map(|times| times - 1).sum();
    println!("{} messages, {kills} kills of the reader, {again} done again", times.len());
    assert!(again <= kills * AHEAD, "{again} done again after {kills} kills");
    let limit = Instant::now() + LIMIT;
    while marked(&mark) > 0 {
        assert!(Instant::now() < limit, "{} processes are left", marked(&mark));
        std::thread::yield_now();
    }
}
