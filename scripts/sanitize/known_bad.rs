//! Two faults that the sanitizers must find: a sanitizer that finds nothing in the library may also be one that does not
//! run. `known_bad race` or `known_bad overflow`; ends well where it is not found out.
//!
//! No part of the library or of a program, so the rule of where `unsafe` may stand does not reach here.

static mut SHARED: u64 = 0;

fn race() {
    // SAFETY: none. Two threads write it at once, which is the fault.
    let other = std::thread::spawn(|| unsafe { SHARED += 1 });
    // SAFETY: none, as above.
    unsafe { SHARED += 1 };
    other.join().unwrap();
}

fn overflow() {
    let words = vec![0_u64; std::hint::black_box(4)];
    // SAFETY: none. There are four, which is the fault.
    let past = unsafe { std::ptr::read_volatile(words.as_ptr().add(4)) };
    println!("{past}");
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("race") => race(),
        Some("overflow") => overflow(),
        _ => panic!("race or overflow?"),
    }
}
