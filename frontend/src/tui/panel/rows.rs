//! The panel as rows of text in a few inks.
use std::collections::VecDeque;

use super::sample::{Panel, PanelSample};
use crate::text::visible_line;
use shmchat::inspect::{LaneSeen, Location, RecordSeen};
use shmchat::{Kind, inspect::Flags};

/// How a piece of a row is drawn. Its place and its brackets say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Ink {
    Plain,
    Dim,
    Bold,
    /// A record's header, as opposed to its payload.
    RecordHeader,
    /// The filled part of a gauge or a plot.
    Fill,
}

/// The pieces of a row, from left to right.
pub(super) type PanelRow = Vec<(Ink, String)>;

/// The most columns of a gauge.
const GAUGE: usize = 24;

/// Both lanes' names, and who writes and who reads them.
const LANES: [(&str, &str, &str); 2] = [("messages", "writer", "reader"), ("replies", "reader", "writer")];

/// All rows, for an area of this size.
pub(in crate::tui) fn rows(panel: &Panel, width: usize, height: usize) -> Vec<PanelRow> {
    let sample = &panel.last;
    let mut rows = segment(sample, width);
    for (lane, names) in sample.inspection.lanes.iter().zip(LANES) {
        rows.push(gauge(lane, names.0, sample.inspection.capacity, width));
    }
    for (lane, names) in sample.inspection.lanes.iter().zip(LANES) {
        rows.push(sleepers(lane, names));
    }
    rows.push(plot("messages/s", &panel.messages, width));
    rows.push(plot("rings/s", &panel.rings, width));

    // The lanes share the rest; what one does not need, the other gets.
    let [messages, replies] = [0, 1].map(|at| newest(&sample.inspection.lanes[at], LANES[at].0, width));
    let left = height.saturating_sub(rows.len());
    let half = left.div_ceil(2);
    let first = messages.len().min(half.max(left.saturating_sub(replies.len())));
    rows.extend(messages.into_iter().take(first));
    rows.extend(replies.into_iter().take(left - first));
    rows.truncate(height);
    rows
}

/// Puts facts side by side, in as many rows as they need.
fn segment(sample: &PanelSample, width: usize) -> Vec<PanelRow> {
    let at = &sample.inspection.at;
    let mut facts = vec![("memory", at.place.kind().to_string())];
    match &at.place {
        Location::SysV { key, shmid } => facts.extend([("key", key.to_string()), ("shmid", shmid.to_string())]),
        place => facts.push(("path", end_of(&visible_line(&place.to_string()), width.saturating_sub("path ".len())))),
    }
    match sample.inspection.stat {
        Some(stat) => {
            facts.push(("size", bytes(stat.bytes as u64)));
            facts.push(("mode", format!("{:04o}", stat.mode)));
            facts.push(("owner", sample.owner.clone()));
            if let Some(attached) = stat.attached {
                facts.push(("attached", attached.to_string()));
            }
            if stat.doomed {
                facts.push(("removed", "freed at the last detach".to_owned()));
            }
        }
        None => facts.push(("gone", "it was removed".to_owned())),
    }
    let mut rows: Vec<PanelRow> = Vec::new();
    let mut used = usize::MAX;
    for (name, value) in facts {
        let columns = name.len() + 1 + value.chars().count();
        if used.saturating_add(3 + columns) > width {
            rows.push(Vec::new());
            used = 0;
        } else if let Some(row) = rows.last_mut() {
            row.push((Ink::Plain, "   ".to_owned()));
            used += 3;
        }
        used += columns;
        if let Some(row) = rows.last_mut() {
            row.push((Ink::Dim, format!("{name} ")));
            row.push((Ink::Plain, value));
        }
    }
    rows
}

/// A path that fits in so many columns: its end says more than its beginning.
fn end_of(path: &str, columns: usize) -> String {
    let cut = path.chars().count().saturating_sub(columns);
    if cut == 0 { path.to_owned() } else { format!("…{}", path.chars().skip(cut + 1).collect::<String>()) }
}

/// `messages   ██████░░░░░░  25%  256.0 KiB of 1.0 MiB`
fn gauge(lane: &LaneSeen, name: &str, capacity: u64, width: usize) -> PanelRow {
    let name = (Ink::Bold, format!("{name:<11}"));
    let Some(filled) = lane.filled else {
        // Somebody has written nonsense there.
        return vec![name, (Ink::Plain, format!("impossible: tail {}, head {}", lane.tail, lane.head))];
    };
    let part = filled as f64 / capacity as f64;
    let numbers = format!("  {:>3.0}%  {} of {}", part * 100.0, bytes(filled), bytes(capacity));
    let columns = GAUGE.min(width.saturating_sub(11 + numbers.len()));
    // Anything that is waiting shows, if only as one cell.
    let full = ((part * columns as f64).round() as usize).max(usize::from(filled > 0)).min(columns);
    vec![name, (Ink::Fill, "█".repeat(full)), (Ink::Dim, "░".repeat(columns - full)), (Ink::Plain, numbers)]
}

/// Who is asleep on this lane. A producer that waits neither for room nor for an acknowledgement is not mentioned.
fn sleepers(lane: &LaneSeen, (name, writes, reads): (&str, &str, &str)) -> PanelRow {
    let consumer = if lane.consumer_parked { "sleeps until one arrives" } else { "is awake" };
    let producer = match (lane.producer_parked, lane.consumer_parked) {
        (false, _) => String::new(),
        (true, true) => format!(", the {writes} until some are taken"),
        (true, false) => format!(", the {writes} sleeps until some are taken"),
    };
    vec![(Ink::Dim, format!("{name:<11}")), (Ink::Plain, format!("the {reads} {consumer}{producer}"))]
}

/// `messages/s  ▁▁▂▅█▃  12 now, 340 at most`
fn plot(name: &str, history: &VecDeque<f64>, width: usize) -> PanelRow {
    const STEPS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let most = history.iter().copied().fold(0.0, f64::max);
    let now = history.back().copied().unwrap_or(0.0);
    let numbers = format!("  {now:.0} now, {most:.0} at most");
    let columns = width.saturating_sub(11 + numbers.len()).min(60);
    let shown = history.iter().skip(history.len().saturating_sub(columns));
    let step = |rate: &f64| {
        let step = if most > 0.0 { (rate / most * 7.0).ceil() as usize } else { 0 };
        STEPS[step.min(STEPS.len() - 1)]
    };
    vec![(Ink::Dim, format!("{name:<11}")), (Ink::Fill, shown.map(step).collect()), (Ink::Plain, numbers)]
}

/// The newest records of a lane in hexadecimal, newest first.
fn newest(lane: &LaneSeen, name: &str, width: usize) -> Vec<PanelRow> {
    let mut rows = vec![vec![(Ink::Bold, format!("newest {name}")), (Ink::Dim, "  [header] payload".to_owned())]];
    if lane.newest.is_empty() {
        rows.push(vec![(Ink::Dim, "  none".to_owned())]);
    }
    for record in &lane.newest {
        rows.extend(hex(record, width));
    }
    rows
}

fn hex(record: &RecordSeen, width: usize) -> Vec<PanelRow> {
    let stamped = record.header.flags.has(Flags::STAMPED);
    let (stamp, payload) = record.bytes.split_at(if stamped { record.bytes.len().min(8) } else { 0 });
    let mut first = vec![
        (Ink::Dim, format!("{:>10} ", record.position)),
        (Ink::RecordHeader, format!("[{}]", digits(&record.word.to_ne_bytes()))),
        (Ink::Plain, format!(" {}", kind(record))),
    ];
    if stamped {
        first.push((Ink::Dim, format!(", clock {}", digits(stamp))));
    }
    let mut rows = vec![first];
    // Three columns for a byte as digits, one for it as a letter, and the margin.
    let in_a_row = if width >= 11 + 16 * 4 + 2 { 16 } else { 8 };
    for chunk in payload.chunks(in_a_row) {
        let ascii = |&byte: &u8| if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' };
        rows.push(vec![
            (Ink::Plain, format!("{:11}{:<columns$}  ", "", digits(chunk), columns = 3 * in_a_row - 1)),
            (Ink::Dim, chunk.iter().map(ascii).collect()),
        ]);
    }
    rows
}

fn digits(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(" ")
}

fn kind(record: &RecordSeen) -> String {
    let header = &record.header;
    let name = match header.kind {
        Kind::Padding => "padding",
        Kind::Bytes => "bytes",
        Kind::Text => "text",
        Kind::Lines => "lines",
        Kind::Name => "name",
        Kind::Action => "action",
        Kind::File => "file",
    };
    let mut said = match header.pack() {
        Some(pack) => format!("{} messages of {} bytes", pack.count(), pack.message_bytes),
        None => format!(
            "{name}, {} bytes",
            header.payload_bytes().saturating_sub(if header.flags.has(Flags::STAMPED) { 8 } else { 0 })
        ),
    };
    for (flag, words) in
        [(Flags::CONTINUES, ", continues"), (Flags::MORE, ", more follows"), (Flags::UNTERMINATED, ", no line end")]
    {
        if header.flags.has(flag) {
            said.push_str(words);
        }
    }
    said
}

/// A number of bytes for people.
fn bytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..0x10_0000 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        0x10_0000..0x4000_0000 => format!("{:.1} MiB", bytes as f64 / 1048576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1073741824.0),
    }
}
