//! The tour, played over a pseudo-terminal; and the original pair, against programs in C++.
#![forbid(unsafe_code)]

mod chapters;
mod ends;
mod original;
mod picture;
mod playing;
/// As the programs' pictures are drawn.
#[path = "../../../tests/src/bin/screenshot/svg.rs"]
mod svg;
