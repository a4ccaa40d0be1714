//! A channel's name: safe as the name of a folder, whoever chose it.

use std::fmt;
use std::str::FromStr;

/// The longest name, in bytes.
const MAX_NAME: usize = 64;

/// The name of a channel: 1 to 64 ASCII letters, digits, `.`, `_` and `-`, not starting with a dot. The default is `lobby`.
///
/// It is also the name of the channel's folder, so no name can lead out of the directory that channels lie in.
///
/// ```
/// use shmchat::{ChannelName, error::InvalidName};
///
/// let name: ChannelName = "build-7".parse()?;
/// assert_eq!(name.as_str(), "build-7");
/// assert_eq!(ChannelName::default().to_string(), "lobby");
/// assert_eq!("../etc".parse::<ChannelName>(), Err(InvalidName));
/// # Ok::<(), InvalidName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelName(String);

/// A text is not a valid [`ChannelName`]. The message says what a name looks like.
///
/// ```
/// use shmchat::{ChannelName, error::InvalidName};
///
/// let error: InvalidName = "a b".parse::<ChannelName>().unwrap_err();
/// assert!(error.to_string().contains("1 to 64"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a channel name of 1 to 64 letters, digits, '.', '_' or '-', not starting with a dot")]
pub struct InvalidName;

impl ChannelName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ChannelName {
    fn default() -> Self {
        ChannelName("lobby".into())
    }
}

impl FromStr for ChannelName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let valid = (1..=MAX_NAME).contains(&text.len()) && !text.starts_with('.') && text.bytes().all(allowed);
        if valid { Ok(ChannelName(text.into())) } else { Err(InvalidName) }
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_lead_elsewhere_are_refused() {
        let long = "a".repeat(65);
        for text in ["", ".", "..", ".hidden", "a/b", "/", "a b", "a\n", "ä", "a\0", &long] {
            assert_eq!(text.parse::<ChannelName>(), Err(InvalidName), "{text:?}");
        }
    }

    #[test]
    fn ordinary_names_are_taken() {
        let longest = "a".repeat(64);
        for text in ["lobby", "a", "A.b_c-9", "-", "a..b", &longest] {
            assert_eq!(text.parse::<ChannelName>().unwrap().as_str(), text);
        }
    }
}
