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
