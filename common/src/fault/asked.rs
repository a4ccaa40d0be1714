//! In a test build: what the environment asks for.

use super::names::{Mutant, Point};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

struct Asked {
    mutant: Option<Mutant>,
    point: Option<Point>,
    /// How often the point may still be passed before it kills.
    passes: AtomicU32,
}

/// What the environment asks for. An unknown name is an error: it would make a test pass that tests nothing.
fn asked() -> &'static Asked {
    static ASKED: OnceLock<Asked> = OnceLock::new();
    ASKED.get_or_init(|| {
        let mutant = std::env::var("SHMCHAT_SABOTAGE").ok();
        let mutant = mutant.map(|name| Mutant::named(&name).unwrap_or_else(|| panic!("no mutant {name}")));
        let (mut point, mut times) = (None, 1);
        if let Ok(text) = std::env::var("SHMCHAT_CRASH_AT") {
            let (name, count) = text.split_once(':').unwrap_or((&text, "1"));
            point = Some(Point::named(name).unwrap_or_else(|| panic!("no point {name}")));
            times = count.parse().unwrap_or_else(|_| panic!("no number {count}"));
        }
        Asked { mutant, point, passes: AtomicU32::new(times) }
    })
}

/// Whether the environment asks for this mutant, or this thread has by [`leave_out`](super::death::leave_out).
pub fn sabotaged(mutant: Mutant) -> bool {
    asked().mutant == Some(mutant) || super::death::is_left_out(mutant)
}

/// Aborts if the environment asks for it here, or ends the call that [`die_at`](super::death::die_at) has made.
pub fn point(point: Point) {
    let asked = asked();
    if asked.point == Some(point) && asked.passes.fetch_sub(1, Ordering::Relaxed) == 1 {
        std::process::abort();
    }
    super::death::pass(point);
}
