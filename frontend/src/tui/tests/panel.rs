//! The panel of F2.
use std::time::Duration;

use insta::assert_snapshot;

use super::*;
use crate::tui::panel::PanelSample;
use shmchat::inspect::Key;
use shmchat::inspect::{Inspection, Rings, SegmentRef};
use shmchat::inspect::{LaneSeen, RecordSeen};
use shmchat::inspect::{Location, SegmentId, Stat};
use shmchat::{
    Kind,
    inspect::{Flags, RecordHeader},
};

const CAPACITY: u64 = 1 << 20;

fn record(position: u64, kind: Kind, flags: Flags, stamp: Option<u64>, payload: &[u8]) -> RecordSeen {
    let flags = flags.with(Flags::STAMPED, stamp.is_some());
    let bytes: Vec<u8> = stamp.iter().flat_map(|stamp| stamp.to_ne_bytes()).chain(payload.iter().copied()).collect();
    let header = RecordHeader { length: bytes.len() as u32, kind, flags };
    RecordSeen { position, word: header.encode(position), header, bytes }
}

fn sample(messages: LaneSeen, replies: LaneSeen) -> PanelSample {
    let place = Location::SysV { key: Key(0x6e00_04d2), shmid: SegmentId(65_538) };
    let at = SegmentRef { channel: "lobby".parse().unwrap(), place };
    let bytes = shmchat::inspect::segment_bytes(CAPACITY);
    let (uid, group, attached) = (1000, 1000, Some(2));
    let stat = Stat { bytes, uid, creator: uid, group, mode: 0o600, attached, doomed: false };
    let rings = Rings::default();
    let inspection = Inspection { at, stat: Some(stat), capacity: CAPACITY, lanes: [messages, replies], rings };
    PanelSample { inspection, owner: "alice (1000)".into(), messages: 0, since_last: None }
}

/// A sample of a lane in which this stands, whatever it is.
pub(super) fn sampled(tail: u64, head: u64, bytes: &[u8]) -> Event {
    let newest = vec![record(tail & !7, Kind::Text, Flags::MORE, None, bytes)];
    let filled = (tail.wrapping_sub(head) <= CAPACITY).then(|| tail.wrapping_sub(head));
    let lane = LaneSeen { tail, head, filled, consumer_parked: true, producer_parked: true, newest };
    Event::Sampled(Box::new(sample(lane.clone(), lane)))
}

fn busy() -> PanelSample {
    let newest = vec![
        record(4_160, Kind::Text, Flags::NONE, Some(0x18b2_c3d4_e5f6_0718), "你好 and \x1b[2J".as_bytes()),
        record(4_128, Kind::Lines, Flags::NONE, None, b"one\ntwo\nthree\n"),
        record(64, Kind::Bytes, Flags::CONTINUES.with(Flags::MORE, true), None, &[0xee; 32]),
    ];
    let messages =
        LaneSeen { tail: 4_200, head: 64, filled: Some(4_136), consumer_parked: true, producer_parked: false, newest };
    let replies = LaneSeen { filled: Some(0), ..LaneSeen::default() };
    sample(messages, replies)
}

fn play(width: u16, height: u16) -> Play {
    let mut play = Play::new(Role::Writer, width, height);
    play.here("bob");
    play.keys("still writing");
    play.key(KeyCode::F(2));
    play
}

#[test]
fn the_panel() {
    let mut play = play(90, 28);
    assert!(play.screen().contains("looking…"));
    for step in 0..40_u64 {
        let mut sample = busy();
        sample.since_last = Some(Duration::from_millis(250));
        sample.messages = step * step;
        sample.inspection.rings = Rings { given: step / 2, heard: step / 3 };
        play.event(Event::Sampled(Box::new(sample)));
    }
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                                                               bob ● here │
    │ memory sysv   key 0x6e0004d2   shmid 65538   size 2.0 MiB   mode 0600                    │
    │ owner alice (1000)   attached 2                                                          │
    │ messages   █░░░░░░░░░░░░░░░░░░░░░░░    0%  4.0 KiB of 1.0 MiB                            │
    │ replies    ░░░░░░░░░░░░░░░░░░░░░░░░    0%  0 B of 1.0 MiB                                │
    │ messages   the reader sleeps until one arrives                                           │
    │ replies    the writer is awake                                                           │
    │ messages/s ▂▂▂▂▂▂▃▃▃▃▃▄▄▄▄▄▄▅▅▅▅▅▆▆▆▆▆▆▇▇▇▇▇██████  308 now, 308 at most                 │
    │ rings/s    ▁▅▅▅▁█▁▅▅▅▁█▁▅▅▅▁█▁▅▅▅▁█▁▅▅▅▁█▁▅▅▅▁█▁▅▅  4 now, 8 at most                     │
    │ newest messages  [header] payload                                                        │
    │       4160 [17 00 00 00 03 08 af 60] text, 15 bytes, clock 18 07 f6 e5 d4 c3 b2 18       │
    │            e4 bd a0 e5 a5 bd 20 61 6e 64 20 1b 5b 32 4a     ...... and .[2J              │
    │       4128 [0e 00 00 00 04 00 d1 e7] lines, 14 bytes                                     │
    │            6f 6e 65 0a 74 77 6f 0a 74 68 72 65 65 0a        one.two.three.               │
    │         64 [20 00 00 00 02 03 bb f1] bytes, 32 bytes, continues, more follows            │
    │            ee ee ee ee ee ee ee ee ee ee ee ee ee ee ee ee  ................             │
    │            ee ee ee ee ee ee ee ee ee ee ee ee ee ee ee ee  ................             │
    │ newest replies  [header] payload                                                         │
    │   none                                                                                   │
    │                                                                                          │
    │                                                                                          │
    │                                                                                          │
    │                                                                                          │
    │                                                                                          │
    │                                                                                          │
    │ ──────────────────────────────────────────────────────────────────────────────────────── │
    │ > still writing                                                                          │
    │ Enter send  Alt-Enter new line  x⏎ quit  F1 help  F2 segment  Esc leave the line         │
    cursor 16,26
    "#);
    // You can keep writing beside it.
    assert_eq!(play.key(KeyCode::Enter).len(), 1);
    play.key(KeyCode::F(2));
    assert!(play.screen().contains("still writing") && !play.model.panel_is_open());
    assert!(play.model.panel.is_none(), "what it showed is forgotten");
}

#[test]
fn the_panel_on_a_narrow_screen() {
    let mut play = play(44, 20);
    play.event(Event::Sampled(Box::new(busy())));
    assert_snapshot!(play.screen(), @r#"
    │ shmchat · lobby                 bob ● here │
    │ memory sysv   key 0x6e0004d2   shmid 65538 │
    │ size 2.0 MiB   mode 0600                   │
    │ owner alice (1000)   attached 2            │
    │ messages   █░░░░    0%  4.0 KiB of 1.0 MiB │
    │ replies    ░░░░░░░░░    0%  0 B of 1.0 MiB │
    │ messages   the reader sleeps until one arr │
    │ replies    the writer is awake             │
    │ messages/s   0 now, 0 at most              │
    │ rings/s      0 now, 0 at most              │
    │ newest messages  [header] payload          │
    │       4160 [17 00 00 00 03 08 af 60] text, │
    │            e4 bd a0 e5 a5 bd 20 61  ...... │
    │            6e 64 20 1b 5b 32 4a     nd .[2 │
    │       4128 [0e 00 00 00 04 00 d1 e7] lines │
    │ newest replies  [header] payload           │
    │   none                                     │
    │ ────────────────────────────────────────── │
    │ > still writing                            │
    │ Enter send  x⏎ quit  F1 help               │
    cursor 16,18
    "#);
}

#[test]
fn what_cannot_be_is_said_and_a_segment_that_is_gone_too() {
    let mut play = play(80, 12);
    let Event::Sampled(mut sample) = sampled(8, 16, b"") else { unreachable!() };
    sample.inspection.stat = None;
    play.event(Event::Sampled(sample));
    let screen = play.screen();
    assert!(screen.contains("impossible: tail 8, head 16"), "{screen}");
    assert!(screen.contains("gone it was removed"), "{screen}");
}

#[test]
fn a_look_that_comes_late_opens_nothing() {
    let mut play = play(80, 12);
    play.key(KeyCode::Esc);
    play.event(sampled(8, 8, b""));
    assert!(play.model.panel.is_none());
}
