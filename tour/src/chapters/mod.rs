//! All words of the tour: a file for each chapter.
//!
//! `docs/learn` is made of these (`make learn`), so that the pages say what the tour says.

mod c1_slot;
mod c2_key;
mod c3_ring;
mod c4_order;
mod c5_wake;
mod c6_alive;
mod c7_crash;
mod c8_trust;
mod c9_cost;
mod programs;

use crate::story::Chapter;

/// In order.
pub(crate) const CHAPTERS: [&Chapter; 9] = [
    &c1_slot::CHAPTER,
    &c2_key::CHAPTER,
    &c3_ring::CHAPTER,
    &c4_order::CHAPTER,
    &c5_wake::CHAPTER,
    &c6_alive::CHAPTER,
    &c7_crash::CHAPTER,
    &c8_trust::CHAPTER,
    &c9_cost::CHAPTER,
];

#[cfg(test)]
mod tests {
    use super::CHAPTERS;
    use crate::story::Cast;
    use shmchat::internals::fault::{Mutant, Point};

    /// The steps between two calls of the library, which `side` names.
    const CALLS: [&str; 6] = ["attach", "message", "look", "shown", "sleep", "quit"];

    #[test]
    fn every_step_and_every_line_left_out_is_one_that_the_library_has() {
        for goal in CHAPTERS.iter().flat_map(|chapter| chapter.goals) {
            let Cast::Library { mutants } = goal.play.cast else { continue };
            for mutant in mutants.into_iter().flatten() {
                assert!(Mutant::named(mutant).is_some(), "{}: {mutant}", goal.name);
            }
            for step in goal.play.code.iter().copied().flatten().flat_map(|line| line.at) {
                // `before>step` names two.
                let is_known = |step: &str| CALLS.contains(&step) || Point::named(step).is_some();
                assert!(step.split('>').all(is_known), "{}: {step}", goal.name);
            }
        }
    }
}
