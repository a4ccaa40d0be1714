//! Messages as an iterator, each with its own bytes.

use super::own::Endpoint;
use crate::channel::codec::envelope::OwnedMessage;
use crate::channel::error::{Error, RecvError};

/// The messages of an endpoint as they come: [`Endpoint::iter`].
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// writer.sender().send_batch(["one", "two", "three"])?;
/// let first = reader.iter().next().expect("the writer has not quit")?;
/// assert_eq!(first.bytes, b"one");
/// assert_eq!(reader.iter().take(2).filter_map(Result::ok).count(), 2); // it goes on where it was
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it receives nothing until you iterate"]
#[derive(Debug)]
pub struct Iter<'a> {
    endpoint: &'a mut Endpoint,
    failed: bool,
}

impl Iterator for Iter<'_> {
    type Item = Result<OwnedMessage, Error>;

    /// Like [`recv`](Endpoint::recv). After an error there is nothing more.
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        match self.endpoint.recv() {
            Ok(message) => Some(Ok(message.into())),
            Err(RecvError::Quit) => None,
            Err(RecvError::Channel(error)) => {
                self.failed = true;
                Some(Err(error))
            }
        }
    }
}

impl Endpoint {
    /// The messages as they come, each in memory of its own. While there is none, it sleeps. It ends when the other side has
    /// quit and everything is received, and after an error. If you start it again, it goes on with the other side's next
    /// life.
    ///
    /// A message is acknowledged when you ask for the next one: if you are killed while you work on one, your successor gets
    /// it. If you leave the loop early, the last message is acknowledged by the next receiving call, by
    /// [`acknowledge`](crate::Receiver::acknowledge), or when you quit. Each message is copied once more than by
    /// [`recv`](Self::recv), whose messages borrow the endpoint.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let mut writer = channel.attach(Role::Writer)?;
    /// writer.sender().send_batch(["one", "two"])?;
    /// writer.quit()?;
    ///
    /// let mut reader = channel.attach(Role::Reader)?;
    /// let mut lengths = Vec::new();
    /// for message in &mut reader {
    ///     lengths.push(message?.bytes.len());
    /// }
    /// assert_eq!(lengths, [3, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter(&mut self) -> Iter<'_> {
        Iter { endpoint: self, failed: false }
    }
}

impl<'a> IntoIterator for &'a mut Endpoint {
    type Item = Result<OwnedMessage, Error>;
    type IntoIter = Iter<'a>;

    /// The same as [`Endpoint::iter`].
    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Channel, MemoryKind, Role};
    use nix::errno::Errno;

    fn channel(folder: &tempfile::TempDir) -> Channel {
        Channel::named("lobby".parse().unwrap()).dir(folder.path())
    }

    #[test]
    fn after_an_error_there_is_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut reader = channel(&folder).attach(Role::Reader).unwrap();
        reader.segment().place.remove().unwrap();
        let mut messages = reader.iter();
        assert!(matches!(messages.next(), Some(Err(Error::Removed { .. }))));
        assert!(messages.next().is_none());
    }

    #[test]
    fn whoever_only_receives_is_told_that_the_disk_refuses() {
        let folder = tempfile::tempdir().unwrap();
        let channel = channel(&folder).memory(MemoryKind::File).sync(true);
        let mut writer = channel.attach(Role::Writer).unwrap();
        writer.sender().send_batch(["one", "two"]).unwrap();
        let mut reader = channel.attach(Role::Reader).unwrap();
        assert_eq!(reader.iter().next().unwrap().unwrap().bytes, b"one");
        reader.link.disk.as_ref().unwrap().refuse();
        assert!(matches!(reader.iter().next(), Some(Err(Error::System { errno: Errno::EIO, .. }))));
        assert_eq!(writer.sender().backlog().unwrap().messages, 2);
    }

    #[test]
    fn a_message_is_acknowledged_when_the_next_is_asked_for_and_the_next_life_is_heard_too() {
        let folder = tempfile::tempdir().unwrap();
        let mut reader = channel(&folder).attach(Role::Reader).unwrap();
        for life in 0..2 {
            let mut writer = channel(&folder).attach(Role::Writer).unwrap();
            writer.sender().send_batch(["one", "two"]).unwrap();
            let mut messages = reader.iter();
            assert_eq!(messages.next().unwrap().unwrap().bytes, b"one", "life {life}");
            assert_eq!(writer.sender().backlog().unwrap().messages, 2);
            assert_eq!(messages.next().unwrap().unwrap().bytes, b"two");
            assert_eq!(writer.sender().backlog().unwrap().messages, 1);
            writer.quit().unwrap();
            assert!(messages.next().is_none());
        }
    }
}
