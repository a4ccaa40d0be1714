//! How often the doorbells rang.

/// How often the doorbells have rung since this side attached: a system call each. See [`Inspection`](crate::inspect::Inspection).
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// for _ in 0..1000 {
///     writer.send("hello")?; // nobody sleeps, so nobody is woken
/// }
/// assert!(writer.inspect(0, 0).rings.given < 10);
/// # while reader.try_recv().is_ok() {}
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rings {
    /// How often this side rang the other.
    pub given: u64,
    /// How often the other side's ringing woke this one. Several rings that came together count once.
    pub heard: u64,
}
