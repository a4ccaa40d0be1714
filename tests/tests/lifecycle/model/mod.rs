//! The whole life of channels, drawn at random and held against an oracle.
//!
//! Scenes that are thought of by hand are not enough: 160,000 kills with short lines did not see that the rest of a stream is
//! lost where a writer quits beside a dead reader. Here steps are drawn (either role starts, sends anything in any way,
//! takes and acknowledges some of it, sleeps, shows somebody elsewhere, quits, withdraws, is killed, at any named point too;
//! somebody looks, cleans up, removes the folder; another channel does the same) and the real library on real segments must do what the oracle says. A
//! failure is shrunk to a script of a few lines.
//!
//! | file | what it is |
//! | --- | --- |
//! | `action` | what may happen, how it is drawn, and how it is told |
//! | `oracle` | what must be true after it |
//! | `scene` | a channel of the library: who comes and goes, and what becomes of it |
//! | `exchange` | what its two sides say to each other |
//! | `standing` | who stands for somebody elsewhere |
//! | `stage` | two channels, and the steps that are taken with them |
//!
//! `PROPTEST_CASES=100000 cargo test -p shmchat-tests --test lifecycle model::` draws more.

mod action;
mod exchange;
mod oracle;
mod scene;
mod stage;
mod standing;

use action::{Step, script};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use shmchat::internals::fault::{Mutant, leave_out};
use shmchat_tests::{Again, again, alone, by_itself, quietly};
use stage::Stage;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Scripts that are drawn unless `PROPTEST_CASES` says otherwise.
const SCRIPTS: u32 = 4_000;

/// One-line sabotages in quit, clean-up and attach, each of which the scripts must find.
const FOUND: [Mutant; 11] = [
    Mutant::CountDecides,
    Mutant::QuitIgnoresTheLiving,
    Mutant::CleanIgnoresWhatWaits,
    Mutant::StaleStateStays,
    Mutant::AcknowledgeEarly,
    Mutant::HeadBeforeCopy,
    Mutant::ForgetName,
    Mutant::HeadBeforeName,
    Mutant::NameOnce,
    Mutant::ShownQuitIsNone,
    Mutant::WithdrawQuits,
];

/// Plays a script; what went wrong, if something did.
fn play(script: &[Step]) -> Result<(), String> {
    let mut stage = Stage::new();
    let played = catch_unwind(AssertUnwindSafe(|| {
        script.iter().for_each(|step| stage.step(step));
        stage.finish();
    }));
    played.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        text.unwrap_or("a panic without words").to_owned()
    })
}

/// In a process of its own: one that another test is just starting would hold this one's locks and descriptors open for an
/// instant.
#[test]
fn whatever_happens_to_a_channel_the_oracle_knows_what_is_there() {
    by_itself(|| {
        alone();
        // A life that ends in this process has let go of its locks by then: who finds one held need not look again.
        leave_out(Mutant::SkipLockRetry);
        let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(SCRIPTS);
        let config = Config { cases, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
        // Shrinking plays hundreds of scripts that fail.
        let mut runner = TestRunner::new(config);
        let found = quietly(|| runner.run(&script(), |script| play(&script).map_err(TestCaseError::fail)));
        match found {
            Ok(()) => {}
            Err(TestError::Fail(why, script)) => {
                let told: Vec<_> = script.iter().map(|step| format!("  {step}\n")).collect();
                panic!("{why}, after\n{}  and then a last pair\n{script:?}", told.concat());
            }
            Err(error) => panic!("{error}"),
        }
    });
}

/// Each in a process of its own, which is told by its environment what to leave out.
#[test]
fn each_sabotage_of_a_channels_life_is_found() {
    for mutant in FOUND {
        let test = "model::whatever_happens_to_a_channel_the_oracle_knows_what_is_there";
        // Few scripts may miss it, whoever asks for few.
        let cases = SCRIPTS.to_string();
        let Again { passed, said } = again(test, &[("SHMCHAT_SABOTAGE", mutant.name()), ("PROPTEST_CASES", &cases)]);
        assert!(!passed && said.contains("and then a last pair"), "{} goes unnoticed: {said}", mutant.name());
    }
}
