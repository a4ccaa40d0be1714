//! Sends ticks of a price, and says what they came to: one program in two roles, which mean one type.
//!
//! ```sh
//! cargo run -p shmchat --example ticks -- receive &
//! cargo run -p shmchat --example ticks -- send 1000000
//! ```
//!
//! The receiver takes up to 4,096 ticks at a time and acknowledges them with its next call. If it is killed in between, its
//! successor gets those again, and no part of one.

use shmchat::{Channel, RecvError, Role};
use std::error::Error;
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes};

#[derive(Clone, Copy, FromBytes, Immutable, IntoBytes)]
#[repr(C)]
struct Tick {
    number: u64,
    price: f64,
}

/// How many ticks are sent, or received, by one call.
const SLICE: usize = 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["send", count] => send(count.parse()?),
        ["receive"] => receive(),
        _ => Err("expected: send COUNT, or: receive".into()),
    }
}

fn send(count: u64) -> Result<(), Box<dyn Error>> {
    let mut channel = Channel::open("ticks", Role::Writer)?;
    let mut ticks = channel.typed::<Tick>()?;
    let mut slice = Vec::with_capacity(SLICE);
    for number in 0..count {
        slice.push(Tick { number, price: 100.0 + (number % 200) as f64 / 100.0 });
        if slice.len() == SLICE || number + 1 == count {
            ticks.send_slice(&slice)?;
            slice.clear();
        }
    }
    Ok(())
}

fn receive() -> Result<(), Box<dyn Error>> {
    let mut channel = Channel::open("ticks", Role::Reader)?;
    let mut ticks = channel.typed::<Tick>()?;
    let mut slice = vec![Tick::new_zeroed(); SLICE];
    let (mut count, mut highest) = (0, f64::MIN);
    loop {
        let received = match ticks.recv_slice(&mut slice) {
            Err(RecvError::Quit) => break,
            received => &slice[..received?],
        };
        for tick in received {
            if tick.number != count {
                return Err(format!("tick {} where {count} was expected", tick.number).into());
            }
            count += 1;
            highest = highest.max(tick.price);
        }
    }
    println!("{count} ticks, the highest price {highest}");
    Ok(())
}
