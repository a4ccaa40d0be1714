//! Failing system calls: each call that `writer` and `reader` make (in a pipe, as a pool, and to look and to clean up) is made to fail by strace, with each error that it can give.
//!
//! A kind of memory other than System V, and a pool, have the calls that no scene before has, and those about the memory or
//! the commands: the rest would do the same again.
//!
//! Whatever fails, the program ends by itself with a documented code; what it accepted is read; nothing stays that should
//! not. What the user sees is the table `docs/failing-calls.md`, which this test checks, or writes with `UPDATE=1`.
//!
//! ```text
//! scenes (a writer alone, a reader that waits, …) ─► played once under strace: the calls ─► cases: call, ordinal, error
//!       └─► each case played with that call failing ─► the scene's own checks ─► rows ─► the table
//! ```
//!
//! Cases are attributed by the log of their own run, in which strace marks the call that it made to fail: that a call has another
//! ordinal this time only means that another case covers it.

mod call;
mod pools;
mod readers;
mod scene;
mod stage;
mod strace;
mod table;
mod target;
mod writers;

use call::{Call, Site};
use nix::errno::Errno;
use scene::{SCENES, Scene, Which};
use shmchat_tests::{alone, caught, output};
use stage::Stage;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use strace::Injection;
use table::Row;

/// Cases played at once: each is a handful of short processes that mostly wait for one another.
const THREADS: usize = 4;

/// How often each scene is played to see its calls: not all come each time.
const REHEARSALS: usize = 3;

/// How often a case is played until the call that is to fail comes.
const ATTEMPTS: usize = 8;

/// After so many failures the rest is left out.
const ENOUGH: usize = 20;

/// Errors that go on once they have begun: a table or a disk that is full stays full for a while.
const LASTING: [Errno; 5] = [Errno::EMFILE, Errno::ENFILE, Errno::ENOMEM, Errno::ENOSPC, Errno::EACCES];

/// The committed table.
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/failing-calls.md");

/// What stands above the table.
const PREFACE: &str = include_str!("preface.md");

/// A call that is to fail: what for, name, ordinal, error, whether it goes on.
type Wanted = (Site, String, usize, i32, bool);

/// One call of one scene that is to fail.
struct Case {
    scene: Scene,
    /// What the call is for, by which it is found again.
    site: Site,
    injection: Injection,
}

/// What came of a case.
enum Came {
    /// The call was made to fail, and this is what was seen.
    Row(Row),
    /// A call of the C library's failed, and nothing came of it.
    Library,
    /// It went on failing, and all was well in the end.
    Lasting,
    /// The program did not make the call this time, or made it before main.
    Missed,
    /// Something was not as it must be.
    Failed(String),
}

#[test]
#[ignore = "takes minutes, and strace: run by `make inject`"]
fn a_system_call_that_fails_is_a_clear_error_or_a_retry_nothing_accepted_is_lost_and_nothing_is_left_behind() {
    let strace = output(Command::new("strace").arg("-V"));
    assert!(strace.is_ok(), "strace is missing; install it (`make inject` does, or: apt-get install strace)");
    let start = Instant::now();
    let mut failures = Vec::new();
    let cases = cases(&mut failures);
    let came = play_all(&cases);

    let (mut rows, mut counts) = (BTreeSet::new(), [0; 4]);
    for came in came {
        counts[match came {
            Came::Row(row) => {
                rows.insert(row);
                0
            }
            Came::Library => 1,
            Came::Lasting => 2,
            Came::Missed => 3,
            Came::Failed(why) => {
                failures.push(why);
                continue;
            }
        }] += 1;
    }
    let [ours, library, lasting, missed] = counts;
    println!(
        "inject: {} cases in {:.0} s: {ours} with a call of ours, {library} with one of the C library's, {lasting} that lasted, {missed} that missed",
        cases.len(),
        start.elapsed().as_secs_f32()
    );
    if failures.is_empty() {
        failures.extend(compare(&rows));
    }
    for failure in &failures {
        eprintln!("inject: {failure}");
    }
    assert!(failures.is_empty(), "{} of the cases failed", failures.len());
}

/// Plays each scene some times with nothing failing, and makes the cases of the calls seen.
fn cases(failures: &mut Vec<String>) -> Vec<Case> {
    let (mut cases, mut known) = (Vec::new(), BTreeSet::new());
    for scene in SCENES {
        let mut wanted = BTreeSet::new();
        for _ in 0..REHEARSALS {
            let stage = Stage::new(scene.memory, None);
            match caught(|| (scene.play)(&stage)) {
                Ok(seen) => wanted.extend(wanted_of(&stage, seen.calls, failures)),
                Err(why) => failures.push(format!("{}: {why}", scene.name)),
            }
        }
        let places = wanted.iter().map(|(site, ..)| site.clone()).collect::<BTreeSet<_>>();
        if let Which::New(things) = scene.which {
            let about = |site: &Site| matches!(site, Site::Ours(_, of) if things.contains(&of.as_str()));
            wanted.retain(|(site, ..)| about(site) || !known.contains(site));
            wanted = thinned(wanted);
        }
        known.extend(places);
        if !is_asked_for(&scene) {
            continue;
        }
        cases.extend(wanted.into_iter().map(|(site, name, ordinal, errno, on)| Case {
            scene,
            site,
            injection: Injection { name, errno: Errno::from_raw(errno), ordinal, on },
        }));
    }
    cases
}

/// Of what several rehearsals want no more than of one, and of errors that go on only those that begin first: these take long.
fn thinned(wanted: BTreeSet<Wanted>) -> BTreeSet<Wanted> {
    let mut ordinals: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (site, name, ordinal, errno, on) in wanted {
        ordinals.entry((site, name, errno, on)).or_default().push(ordinal);
    }
    let few = |((site, name, errno, on), ordinals): (_, Vec<usize>)| {
        let few = if on { vec![ordinals[0]] } else { chosen(&ordinals, false).into_iter().copied().collect() };
        few.into_iter().map(move |ordinal| (Site::clone(&site), String::clone(&name), ordinal, errno, on))
    };
    ordinals.into_iter().flat_map(few).collect()
}

/// Which of the calls seen are to fail, with which errors.
fn wanted_of(stage: &Stage, calls: Vec<Call>, failures: &mut Vec<String>) -> Vec<Wanted> {
    let mut sites: BTreeMap<(String, Site), Vec<Call>> = BTreeMap::new();
    for call in calls.into_iter().filter(|call| call.in_main) {
        let site = call.site(stage.dir());
        match site {
            Site::LeftOut => continue,
            Site::Library | Site::Ours(..) => {}
            Site::Unknown => {
                failures.push(format!("a call that this test does not know: {call:?}"));
                continue;
            }
        }
        sites.entry((call.name.clone(), site)).or_default().push(call);
    }
    let mut wanted = Vec::new();
    for ((name, site), calls) in sites {
        let library = site == Site::Library;
        for call in chosen(&calls, library) {
            for &errno in call.errors(stage.dir()) {
                wanted.push((site.clone(), name.clone(), call.ordinal, errno as i32, false));
                if lasts(call, errno) && !library {
                    wanted.push((site.clone(), name.clone(), call.ordinal, errno as i32, true));
                }
            }
        }
    }
    wanted
}

/// Whether this goes on once it has begun. What the allocator needs to go on with is of the same name as the mapping of a file.
fn lasts(call: &Call, errno: Errno) -> bool {
    (LASTING.contains(&errno) && !["mmap", "access"].contains(&call.name.as_str()))
        || (errno == Errno::EAGAIN && call.name.starts_with("clone"))
}

/// Part of the name, program or memory of those scenes that are to be played; nothing for all.
fn asked_for() -> String {
    std::env::var("SCENE").unwrap_or_default()
}

fn is_asked_for(scene: &Scene) -> bool {
    let asked = asked_for();
    [scene.name, scene.program, scene.memory].iter().any(|text| text.contains(&asked))
}

/// Of calls of one kind at one place the first three, the middle one and the last two; all of them are the same to the
/// program, but for where in its life they come.
fn chosen<T>(calls: &[T], all: bool) -> Vec<&T> {
    let count = calls.len();
    let wanted = |index: &usize| all || *index < 3 || *index == count / 2 || *index + 2 >= count;
    (0..count).filter(wanted).map(|index| &calls[index]).collect()
}

fn play_all(cases: &[Case]) -> Vec<Came> {
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    let came = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                alone();
                while failed.load(Ordering::Relaxed) < ENOUGH
                    && let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let result = play(case);
                    if matches!(result, Came::Failed(_)) {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                    came.lock().expect("nobody panics with it").push(result);
                }
            });
        }
    });
    came.into_inner().expect("nobody panics with it")
}

/// Plays a case until the call fails that was meant. How often a program sleeps, and so which of its calls of one name that
/// is, differs from run to run: each attempt that misses says where to look next.
fn play(case: &Case) -> Came {
    let mut injection = case.injection.clone();
    for _ in 0..ATTEMPTS {
        match attempt(case.scene, &case.site, &injection) {
            Ok(came) => return came,
            Err(ordinal) => injection.ordinal = ordinal,
        }
    }
    Came::Missed
}

/// What came of a case, or the ordinal that the call is more likely to have.
fn attempt(scene: Scene, wanted: &Site, injection: &Injection) -> Result<Came, usize> {
    let stage = Stage::new(scene.memory, Some(injection.clone()));
    let Injection { name, errno, ordinal, on } = injection;
    let lasting = if *on { ", and all after it" } else { "" };
    let failed =
        |why: &str| Came::Failed(format!("{}: {errno:?} from {name} number {ordinal}{lasting}: {why}", scene.name));
    let seen = match caught(|| (scene.play)(&stage)) {
        Ok(seen) => seen,
        Err(why) => return Ok(failed(&why)),
    };
    let Some(call) = seen.calls.iter().find(|call| call.injected && call.in_main) else {
        let same = |call: &&Call| call.in_main && call.name == *name && call.site(stage.dir()) == *wanted;
        let nearest = seen.calls.iter().filter(same).min_by_key(|call| call.ordinal.abs_diff(*ordinal));
        return Err(nearest.map_or(*ordinal, |call| call.ordinal));
    };
    // Another call than was meant, which cannot fail like this: that one comes later.
    if !call.errors(stage.dir()).contains(errno) {
        return Err(ordinal + 1);
    }
    Ok(match call.site(stage.dir()) {
        Site::Ours(..)
            if seen.code != 0 && *errno != Errno::ENOSYS && !seen.line.is_empty() && !seen.line.contains("; ") =>
        {
            failed(&format!("no way out is named: {}", seen.line))
        }
        Site::Ours(..) if *on => Came::Lasting,
        Site::Ours(call, of) => Came::Row(Row {
            call: call.to_owned(),
            of,
            errors: format!("{errno:?}"),
            code: seen.code.to_string(),
            sees: if seen.code == 0 { seen.note.to_owned() } else { table::shorten(&seen.line, stage.dir(), *errno) },
            programs: scene.program.to_owned(),
        }),
        Site::Library if seen.code == 0 => Came::Library,
        site => failed(&format!("{site:?} led to: {}", seen.line)),
    })
}

/// What a row is about, without what came of it.
fn case_of(row: &Row) -> [&str; 4] {
    [&row.call, &row.of, &row.errors, &row.programs]
}

/// Compares what was seen with the committed table, or writes that where `UPDATE` is set.
fn compare(seen: &BTreeSet<Row>) -> Option<String> {
    let committed = std::fs::read_to_string(DOCUMENT).unwrap_or_default();
    let known = table::parse(&committed);
    let in_part = !asked_for().is_empty();
    if std::env::var_os("UPDATE").is_some_and(|value| !value.is_empty()) {
        let kept = known.iter().filter(|_| in_part);
        let seen = &seen.iter().chain(kept).cloned().collect();
        let left_out = call::LEFT_OUT.iter().map(|(why, names)| format!("- {why}: `{}`\n", names.join("`, `")));
        let left_out = left_out.collect::<String>();
        let table = table::render(seen);
        let text = format!(
            "{PREFACE}\n{table}\nLeft out are calls\n{left_out}\nThose that the C library and the log make for the user's name \
             and the local time differ from machine to machine:\nthey are made to fail too, and nothing may come of it.\n"
        );
        return std::fs::write(DOCUMENT, text).err().map(|error| format!("cannot write {DOCUMENT}: {error}"));
    }
    let told = |row: &Row| known.iter().any(|other| case_of(other) == case_of(row));
    // One that does no harm may be of a call that comes seldom.
    let new = seen.difference(&known).filter(|row| row.code != "0" || told(row));
    // A pool's calls come in another order each time: the one that fails may be the same call on other things.
    let of_a_pool = |row: &Row| ["reader --exec", "reader --worker"].contains(&row.programs.as_str());
    let is_same =
        |row: &Row, other: &Row| (&row.call, &row.errors, &row.sees) == (&other.call, &other.errors, &other.sees);
    let new = new.filter(|row| !of_a_pool(row) || !known.iter().any(|other| of_a_pool(other) && is_same(row, other)));
    let new = new.map(|row| format!("\nseen, and not in the table: {row:?}"));
    let place = |row: &Row| (row.call.clone(), row.of.clone(), row.programs.clone());
    let places = seen.iter().map(place).collect::<BTreeSet<_>>();
    let comes_seldom = |row: &Row| row.code == "0" || of_a_pool(row);
    let gone = known.iter().filter(|row| !in_part && !comes_seldom(row) && !places.contains(&place(row)));
    let gone = gone.map(|row| format!("\nin the table, and the call was not seen at all: {row:?}"));
    let said = new.chain(gone).collect::<String>();
    println!("inject: {} of the {} rows of the table seen", known.intersection(seen).count(), known.len());
    (!said.is_empty()).then(|| {
        format!("docs/failing-calls.md does not say what was seen; if that is meant: make inject UPDATE=1{said}")
    })
}
