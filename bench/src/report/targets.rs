//! What this program wants to reach, each as a ratio of medians of one run. Like is compared with like: a message in a call
//! with a message in a call, batches with batches, in place with in place, items of a type with items of a type.

use super::judge::{Bound, Pick, Rule, Verdict, Whose};
use crate::figures::{Figures, Measure, Section};
use crate::limits;
use crate::mechanism::{Kind, Manner};
use crate::programs;
use Manner::{Batches, InPlace, Single, TypedBatches};
use Measure::{Bandwidth, Median, Processor, Switches, Throughput};
use Whose::{Best, BestBut, Named, Uses};

/// Ours, by the names that the mechanisms bear.
const SINGLE: &str = "shmchat";
const BATCHES: &str = "shmchat, batches";
const SPINNING: &str = "shmchat, spinning";
const IN_PLACE: &str = "shmchat, in place";
const ITEMS: &str = "shmchat, items";

/// Those that a target names.
const RINGFIRE: &str = "ringfire";
const TACHYON: &str = "tachyon-ipc";
const MAPPED_FILE: &str = "mapped file, spinning";

/// A step for each message, copied or not: a peer that saves the copy is let in with those that do not.
const ONE_BY_ONE: &[Manner] = &[Single, InPlace];

const ANY: &[Manner] = &[Single, InPlace, Batches, TypedBatches];

/// One line of the verdict.
pub(crate) struct Target {
    /// What is compared.
    pub(crate) what: &'static str,
    /// What is wanted.
    pub(crate) wanted: &'static str,
    rule: Rule,
}

impl Target {
    /// Judges the target by what was found.
    pub(crate) fn judge(&self, figures: &Figures) -> Verdict {
        self.rule.judge(figures)
    }
}

/// Messages of `payload` bytes.
const fn messages(whose: Whose, payload: u64, measure: Measure) -> Pick {
    Pick { section: Section::Messages, whose, payload, measure }
}

const fn limit(name: &'static str, measure: Measure) -> Pick {
    Pick { section: Section::Limits, whose: Named(name), payload: 0, measure }
}

const fn program(name: &'static str, measure: Measure) -> Pick {
    Pick { section: Section::Programs, whose: Named(name), payload: 0, measure }
}

/// Throughput.
const fn faster(payload: u64, ours: Whose, factor: f64, other: Whose) -> Rule {
    Rule::Ratio {
        ours: messages(ours, payload, Throughput),
        other: messages(other, payload, Throughput),
        bound: Bound::AtLeast(factor),
    }
}

/// There and back, beside what the machine takes.
const fn trips(payload: u64, ours: &'static str, factor: f64, limit_name: &'static str) -> Rule {
    Rule::Ratio {
        ours: messages(Named(ours), payload, Median),
        other: limit(limit_name, Median),
        bound: Bound::AtMost(factor),
    }
}

/// A cost of a 64 B message, beside the least of the peers'.
const fn cheaper(ours: Whose, factor: f64, measure: Measure, manners: &'static [Manner]) -> Rule {
    Rule::Ratio {
        ours: messages(ours, 64, measure),
        other: messages(Best(Kind::Peer, manners), 64, measure),
        bound: Bound::AtMost(factor),
    }
}

const fn carries(ours: &'static str, factor: f64, other: &'static str) -> Rule {
    Rule::Ratio { ours: program(ours, Bandwidth), other: program(other, Bandwidth), bound: Bound::AtLeast(factor) }
}

const fn at_most(name: &'static str, measure: Measure, most: f64) -> Rule {
    Rule::Value { ours: program(name, measure), bound: Bound::AtMost(most) }
}

const fn target(what: &'static str, wanted: &'static str, rule: Rule) -> Target {
    Target { what, wanted, rule }
}

const KIB_64: u64 = 64 << 10;
const MIB: u64 = 1 << 20;

/// All of them.
pub(crate) const TARGETS: &[Target] = &[
    target("8 B, one `send` each", "≥ 1.0 × ringfire", faster(8, Named(SINGLE), 1.0, Uses(RINGFIRE, ONE_BY_ONE))),
    target(
        "8 B, one `send` each",
        "≥ 1.5 × the best other peer, one by one",
        faster(8, Named(SINGLE), 1.5, BestBut(RINGFIRE, Kind::Peer, ONE_BY_ONE)),
    ),
    target(
        "64 B, one `send` each",
        "≥ 1.5 × the best peer, one by one",
        faster(64, Named(SINGLE), 1.5, Best(Kind::Peer, ONE_BY_ONE)),
    ),
    target(
        "1 KiB, one by one",
        "≥ 1.2 × the best peer, one by one",
        faster(1024, Best(Kind::Ours, ONE_BY_ONE), 1.2, Best(Kind::Peer, ONE_BY_ONE)),
    ),
    target(
        "64 KiB, copied",
        "≥ 1.0 × the mapped file",
        faster(KIB_64, Best(Kind::Ours, &[Single]), 1.0, Named(MAPPED_FILE)),
    ),
    target("64 KiB, in place", "≥ 1.0 × the mapped file", faster(KIB_64, Named(IN_PLACE), 1.0, Named(MAPPED_FILE))),
    target("64 KiB, in place", "≥ 1.0 × tachyon-ipc", faster(KIB_64, Named(IN_PLACE), 1.0, Uses(TACHYON, &[InPlace]))),
    target(
        "1 MiB, copied",
        "≥ 1.0 × the mapped file",
        faster(MIB, Best(Kind::Ours, &[Single]), 1.0, Named(MAPPED_FILE)),
    ),
    target("1 MiB, in place", "≥ 1.0 × the mapped file", faster(MIB, Named(IN_PLACE), 1.0, Named(MAPPED_FILE))),
    target(
        "1 MiB, in place",
        "≥ 1.0 × the best peer, in place",
        faster(MIB, Named(IN_PLACE), 1.0, Best(Kind::Peer, &[InPlace])),
    ),
    target(
        "8 B, batches",
        "≥ 3 × the best peer, batches",
        faster(8, Named(BATCHES), 3.0, Best(Kind::Peer, &[Batches])),
    ),
    target(
        "64 B, batches",
        "≥ 3 × the best peer, batches",
        faster(64, Named(BATCHES), 3.0, Best(Kind::Peer, &[Batches])),
    ),
    target(
        "8 B, items of a type, batches",
        "≥ 1.5 × the best peer, typed batches",
        faster(8, Named(ITEMS), 1.5, Best(Kind::Peer, &[TypedBatches])),
    ),
    target(
        "64 B, items of a type, batches",
        "≥ 1.5 × the best peer, typed batches",
        faster(64, Named(ITEMS), 1.5, Best(Kind::Peer, &[TypedBatches])),
    ),
    target("64 B there and back, spinning", "≤ 0.9 × the best peer", cheaper(Named(SPINNING), 0.9, Median, ONE_BY_ONE)),
    target("8 B there and back, spinning", "≤ 1.3 × a bare cache line", trips(8, SPINNING, 1.3, limits::CACHE_LINE)),
    target("48 B there and back, spinning", "≤ 1.3 × a bare cache line", trips(48, SPINNING, 1.3, limits::CACHE_LINE)),
    target("8 B there and back, sleeping", "≤ 1.15 × a bare FIFO byte", trips(8, SINGLE, 1.15, limits::FIFO)),
    target("CPU a 64 B message, both sides", "≤ the best peer", cheaper(Best(Kind::Ours, ANY), 1.0, Processor, ANY)),
    target("cost a message as their number grows, one `send` each", "flat within noise", Rule::Flat { name: SINGLE }),
    target("cost a message as their number grows, batches", "flat within noise", Rule::Flat { name: BATCHES }),
    target(
        "`seq 1 20000000`, lines, to /dev/null",
        "≥ 1.5 × `cat | cat`",
        carries(programs::LINES, 1.5, programs::LINES_CAT),
    ),
    target(
        "`seq 1 20000000`, lines, into a pipe",
        "≥ 1.5 × `cat | cat`",
        carries(programs::LINES_TO_PIPE, 1.5, programs::LINES_CAT_TO_PIPE),
    ),
    target(
        "4 GiB (quick: 1 GiB), `--framing raw`, to /dev/null",
        "≥ 2 × `cat | cat`",
        carries(programs::RAW, 2.0, programs::RAW_CAT),
    ),
    target(
        "4 GiB (quick: 1 GiB), `--framing raw`, into a pipe",
        "≥ 2 × `cat | cat`",
        carries(programs::RAW_TO_PIPE, 2.0, programs::RAW_CAT_TO_PIPE),
    ),
    target(
        "4 GiB (quick: 1 GiB), `--framing raw`, to /dev/null",
        "≥ 0.6 × one memcpy of it",
        carries(programs::RAW, 0.6, programs::MEMCPY),
    ),
    target(
        "`reader --exec true`, commands a second",
        "≥ 1.0 × `xargs -P`",
        Rule::Ratio {
            ours: program(programs::COMMANDS, Throughput),
            other: program(programs::COMMANDS_XARGS, Throughput),
            bound: Bound::AtLeast(1.0),
        },
    ),
    target(
        "messages a second through one `--worker cat`",
        "≥ 0.5 million",
        Rule::Value { ours: program(programs::WORKER, Throughput), bound: Bound::AtLeast(0.5e6) },
    ),
    target("an idle pair, context switches", "none", at_most(programs::IDLE, Switches, 0.0)),
    target(
        "a cold `writer` of one line into a waiting `reader`, p50",
        "≤ 5 ms",
        at_most(programs::COLD_START, Median, 5e6),
    ),
    target(
        "a `writer` alone beside 1,000 segments, from start to end, p50",
        "≤ 5 ms",
        Rule::Value { ours: program(programs::CROWDED_START, Median), bound: Bound::AtMost(5e6) },
    ),
    target(
        "from Enter on one screen to the text on the other, p50",
        "≤ 10 ms",
        at_most(programs::TYPING, Median, 10e6),
    ),
];

#[cfg(test)]
#[path = "targets_tests.rs"]
mod tests;
