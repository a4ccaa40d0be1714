//! Any order of starting: writer, reader, both bridges and the server, fifty times.

use crate::harness::machine::Two;
use crate::harness::proxy::Proxy;
use crate::harness::server::Server;
use shmchat_tests::{Noise, Process, assert_same_bytes, numbered_lines};

const TIMES: usize = 50;

/// What starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Server,
    LeftBridge,
    RightBridge,
    Writer,
    Reader,
}

#[test]
fn started_in_any_order_all_arrives_and_the_reader_ends() {
    let seed = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(u64::from(std::process::id()));
    println!("orders: SEED={seed}");
    let mut noise = Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for time in 1..=TIMES {
        let mut order = [Part::Server, Part::LeftBridge, Part::RightBridge, Part::Writer, Part::Reader];
        // Fisher and Yates's shuffle.
        for last in (1..order.len()).rev() {
            order.swap(last, noise.number() as usize % (last + 1));
        }
        // From one line to many times what fits a lane. A writer that says nothing before anybody is there leaves nothing, and a
        // reader that comes then waits for the next one, as on one machine.
        let lines = numbered_lines([1, 500, 20_000][noise.number() as usize % 3]);
        println!("{time}: {order:?}, {} bytes", lines.len());
        start_in(order, &lines);
    }
}

fn start_in(order: [Part; 5], lines: &[u8]) {
    let proxy = Proxy::new(None);
    let mut two = Two::with(Server::stopped(&["-js"], ""));
    let (mut bridges, mut writer, mut reader): (Vec<Process>, _, _) = (Vec::new(), None, None);
    for part in order {
        match part {
            Part::Server => {
                two.server.start_again();
                proxy.pass_on(Some(two.server.port()));
            }
            Part::LeftBridge => bridges.push(two.left.bridge("reader", &proxy.url()).start()),
            Part::RightBridge => bridges.push(two.right.bridge("writer", &proxy.url()).start()),
            Part::Writer => writer = Some(two.left.writer().args("--capacity 64KiB").input(lines).start()),
            Part::Reader => reader = Some(two.right.reader().start()),
        }
    }
    let (writer, reader) = (writer.expect("started").wait(), reader.expect("started").wait());
    assert_eq!((writer.code, reader.code), (Some(0), Some(0)), "{order:?}: {}{}", writer.stderr, reader.stderr);
    assert_same_bytes(&reader.stdout, lines, &format!("{order:?}"));
}
