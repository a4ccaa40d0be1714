//! What a hostile peer can write into a segment, and what a stream can hold, tried by libFuzzer (`make fuzz`).
//!
//! | target | its input is | what must hold |
//! | --- | --- | --- |
//! | [`lane`] | a script of calls on one lane, and of a hostile peer's writes between them | each call ends with a result or "corrupt", in bounds |
//! | [`segment`] | the same on a whole channel: header, both lanes, attach, quit, clean-up | the same, and nothing is left behind |
//! | [`framing`] | a stream, and how it is read and carried | it comes out as it went in |
//! | [`visible`] | a text | nothing in it that a terminal obeys or hides |
//!
//! Each target is a function of bytes, without libFuzzer. So the committed corpus (`corpus/<target>/`) is also replayed
//! by `cargo test` on any machine (`tests/tests/hostile/corpus.rs`), and a crash, once its input is put there under a name
//! that says what it was, is a test for ever.
//!
//! # To add a target
//! A module here with a `run(&[u8])`, a line in [`TARGETS`], a file of three lines in `targets/`, its `[[bin]]`, and a
//! folder in `corpus/` with an input or two. A further framing is an arm of the `match` in [`framing`].

pub mod framing;
mod hostile;
pub mod lane;
mod script;
pub mod segment;
pub mod visible;

/// A target as a function of its input and of a folder that it may write to.
pub type Target = fn(&std::path::Path, &[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Target); 4] = [
    ("framing", |_, data| framing::run(data)),
    ("lane", |_, data| lane::run(data)),
    ("segment", |folder, data| segment::Stage::new(folder).run(data)),
    ("visible", |_, data| visible::run(data)),
];
