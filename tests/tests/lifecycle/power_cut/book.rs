//! What was sent, and what a power cut may have left of it.

use super::pages::Limits;
use shmchat::internals::channel::Decoder;
use shmchat::internals::ring::Memory;

/// A message: its bytes begin with its number.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) bytes: Vec<u8>,
    pub(crate) from: String,
}

/// Who has sent and received what.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Every message that was ever written, by its number.
    pub(crate) made: Vec<Made>,
    /// Those that were accepted, in order.
    pub(crate) sent: Vec<usize>,
    /// Those that may come after them: being published, or by a sender that died doing so.
    pub(crate) doubtful: Vec<usize>,
    /// Those of senders that died, with how many were accepted then: they may come until another one is.
    pub(crate) left: Vec<(usize, Vec<usize>)>,
    /// Written, and neither shown nor taken back.
    pub(crate) pending: Vec<usize>,
}

/// The number, and a colon.
const NUMBER: usize = 8;

impl Book {
    /// A new message of about this length, as lines if it is to be several.
    pub(crate) fn make(&mut self, length: usize, from: &str) -> usize {
        let number = self.made.len();
        let mut bytes = format!("{number:07}:").into_bytes();
        bytes.extend((0..length.saturating_sub(NUMBER)).map(|at| b'a' + ((at * 7 + number) % 26) as u8));
        self.made.push(Made { bytes, from: from.to_owned() });
        number
    }

    /// Checks what was handed over, and gives its number.
    pub(crate) fn known(&self, bytes: &[u8], from: &str) -> Result<usize, String> {
        let number = bytes.get(..NUMBER - 1).and_then(|digits| str::from_utf8(digits).ok()?.parse::<usize>().ok());
        let made = number.and_then(|number| Some((number, self.made.get(number)?)));
        match made {
            Some((number, made)) if made.bytes == bytes && made.from == from => Ok(number),
            Some((number, made)) if made.bytes == bytes => {
                Err(format!("message {number} is from {:?} and said to be from {from:?}", made.from))
            }
            _ => Err(format!(
                "{} bytes of garbage: {:?}",
                bytes.len(),
                String::from_utf8_lossy(&bytes[..bytes.len().min(40)])
            )),
        }
    }

    /// Everything that is in a lane.
    pub(crate) fn drain<M: Memory>(&self, receiver: &mut Decoder<M>) -> Result<Vec<usize>, String> {
        let mut numbers = Vec::new();
        while let Some(envelope) = receiver.next_message().map_err(|corrupt| format!("corrupt: {corrupt}"))? {
            let message = receiver.message(envelope);
            numbers.push(self.known(message.bytes, message.from)?);
        }
        Ok(numbers)
    }

    /// Checks what a start after a power cut finds: what was sent, from a place on that may not be after the first message
    /// that is not acknowledged, in order and without a gap; and with `all`, up to the last that was accepted.
    pub(crate) fn check(&self, found: &[usize], limits: Limits, all: bool) -> Result<(), String> {
        let with = |sent: &[usize], more: &[usize]| fits(found, &[sent, more].concat(), limits, all);
        let is_left =
            |(sent, more): &(usize, Vec<usize>)| *sent == limits.accepted && with(&self.sent[..*sent], more).is_ok();
        let fits = with(&self.sent, &self.doubtful);
        if self.left.iter().any(is_left) { Ok(()) } else { fits }
    }

    /// A sender has died, and had perhaps not shown what it had sealed.
    pub(crate) fn leave(&mut self) {
        self.left.push((self.sent.len(), self.doubtful.clone()));
    }
}

/// Whether a power cut may leave this of these messages.
fn fits(found: &[usize], possible: &[usize], limits: Limits, all: bool) -> Result<(), String> {
    let Limits { accepted, taken } = limits;
    let Some(first) = found.first() else {
        let lost = accepted - taken;
        return if all && lost > 0 { Err(format!("all {lost} accepted messages are lost")) } else { Ok(()) };
    };
    let Some(start) = possible.iter().position(|number| number == first) else {
        return Err(format!("message {first} was never accepted"));
    };
    let end = start + found.len();
    if start > taken {
        return Err(format!("{} messages before number {first} are skipped", start - taken));
    }
    if possible.get(start..end) != Some(found) {
        return Err(format!("not what was sent: {found:?} of {:?}", &possible[start..]));
    }
    if all && end < accepted {
        return Err(format!("{} accepted messages are lost", accepted - end));
    }
    Ok(())
}
