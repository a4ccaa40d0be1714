//! What shared memory, and this way of using it, costs beside what one would pick instead.

mod measure;
mod mechanism;
mod mechanisms;
mod pattern;

use mechanism::{Reason, Setup};

fn main() -> Result<(), Reason> {
    let cpus = measure::Cpus::choose()?;
    let mut args = std::env::args().skip(1);
    let only = args.next().unwrap_or_default();
    let payloads: Vec<usize> = args.next().map_or(vec![8, 64, 1024, 65536, 1 << 20], |list| {
        list.split(',').map(|one| one.parse().expect("bytes")).collect()
    });
    for payload in payloads {
        for entry in mechanisms::ALL.iter().filter(|entry| entry.name.contains(&only)) {
            let mut flows = Vec::new();
            let mut trips = Vec::new();
            for _ in 0..5 {
                let folder = tempfile::tempdir()?;
                let setup = Setup { payload, folder: folder.path(), capacity: None };
                flows.push((entry.one_way)(cpus, &setup, measure::Amount::Time(150_000_000)));
                let folder = tempfile::tempdir()?;
                let setup = Setup { payload, folder: folder.path(), capacity: None };
                trips.push((entry.ping_pong)(cpus, &setup, 50_000_000));
            }
            print!("{payload:>8} {:20}", entry.name);
            let mut rates: Vec<f64> = vec![];
            let mut cpu: Vec<f64> = vec![];
            for flow in &flows {
                match flow {
                    Ok(flow) => {
                        rates.push(flow.messages_per_second() / 1e6);
                        cpu.push(flow.processor_per_message());
                    }
                    Err(reason) => print!(" {reason}"),
                }
            }
            rates.sort_by(f64::total_cmp);
            cpu.sort_by(f64::total_cmp);
            if rates.len() == 5 {
                print!(" {:>8.3} M/s ({:.3}..{:.3}) cpu {:.1} ns", rates[2], rates[0], rates[4], cpu[2]);
            }
            for trip in &trips { if let Err(reason) = trip { print!("{reason}"); } }
            let mut p50: Vec<u64> = trips.iter().flatten().map(|trips| trips.p50).collect();
            p50.sort();
            println!("   ping-pong {p50:?}");
        }
    }
    Ok(())
}
