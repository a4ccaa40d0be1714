//! Messages as an iterator, each with bytes of its own.

use super::own::Endpoint;
use crate::channel::codec::envelope::OwnedMessage;
use crate::channel::error::{Error, RecvError};

/// The messages of an endpoint as they come; made by [`Endpoint::iter`].
#[derive(Debug)]
pub struct Iter<'a> {
    endpoint: &'a mut Endpoint,
    failed: bool,
}

impl Iterator for Iter<'_> {
    type Item = Result<OwnedMessage, Error>;

    /// [`recv`](Endpoint::recv), and nothing more after an error.
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
    /// The messages as they come, each in memory of its own; sleeps while there is none. It ends when the other side has
    /// quit and all is received, and after an error. Started again it goes on, with the next life of the other side.
    ///
    /// A message is acknowledged when the next one is asked for: who is killed while it works on one has not had it.
    /// Who leaves the loop early acknowledges the last one with the next receiving call, by
    /// [`acknowledge`](crate::Receiver::acknowledge), or by quitting. Each message is copied once more than by
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

    /// [`Endpoint::iter`].
    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment;
    use crate::{Channel, Role};

    fn channel(folder: &tempfile::TempDir) -> Channel {
        Channel::named("lobby".parse().unwrap()).dir(folder.path())
    }

    #[test]
    fn after_an_error_there_is_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut reader = channel(&folder).attach(Role::Reader).unwrap();
        segment::remove(reader.segment().shmid).unwrap();
        let mut messages = reader.iter();
        assert!(matches!(messages.next(), Some(Err(Error::Removed { .. }))));
        assert!(messages.next().is_none());
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
