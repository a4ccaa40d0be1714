//! What the transcript says about a transfer.
use crate::text::visible_line;

/// Names of people are cut to this many characters.
const PERSON_MAX: usize = 64;

/// A transfer, as seen from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// We offered the file.
    Ours(u64),
    /// The other side did.
    Theirs(u64),
}

/// How far it has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is a new offer.
    Offered,
    /// Bytes are moving: the line takes the place of the one before.
    Going,
    /// The file arrived, or did not. The offer may still stand, and then begins anew.
    Ended,
}

/// A line for the transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Whose line it is.
    pub transfer: Transfer,
    /// How far it has got.
    pub step: Step,
    /// Who offers the file, if it is the other side.
    pub from: String,
    /// What to say. It holds nothing that a terminal would obey.
    pub text: String,
}

/// How much of the whole that is, in percent: 100 only where it is all.
pub(super) fn percent(part: u64, whole: u64) -> u8 {
    let part = u128::from(part.min(whole)) * 100;
    part.checked_div(whole.into()).map_or(100, |percent| percent as u8)
}

/// Somebody's name in a line.
pub(super) fn person(name: &str) -> String {
    let cut: String = name.chars().take(PERSON_MAX).collect();
    if cut.is_empty() { "the other side".to_owned() } else { visible_line(&cut) }
}
