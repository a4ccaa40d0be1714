//! Items of one type, in slices: for programs that move samples, ticks or frames.

use super::items::Item;
use super::own::Endpoint;
use super::receiver::{Found, Receiver};
use super::sender::Sender;
use crate::channel::error::{Error, RecvError, TryRecvError};
use std::marker::PhantomData;
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// An endpoint that sends and receives items of one type: [`Endpoint::typed`].
///
/// `T` is any type that is nothing but its bytes, as [zerocopy](https://docs.rs/zerocopy/0.8) knows it: numbers, arrays of them,
/// and a struct that derives `FromBytes`, `IntoBytes` and `Immutable`. Whatever bytes the other side writes, they are a valid
/// `T`, and nothing of this process leaks between its fields. Both sides must mean the
/// [same type](crate::error::ItemType).
///
/// Items go straight from your slice into the lane, and from the lane into your slice, as many in a record as there is room for.
/// So a slice costs little more than the copy of its bytes.
///
/// ```
/// use shmchat::{Channel, Role};
/// use zerocopy::{FromBytes, Immutable, IntoBytes};
///
/// #[derive(Clone, Copy, Debug, PartialEq, FromBytes, IntoBytes, Immutable)]
/// #[repr(C)]
/// struct Tick {
///     nanoseconds: u64,
///     price: f64,
/// }
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// let ticks = [Tick { nanoseconds: 1, price: 99.5 }, Tick { nanoseconds: 2, price: 99.25 }];
/// writer.typed()?.send_slice(&ticks)?;
///
/// let mut received = [Tick { nanoseconds: 0, price: 0.0 }; 1000];
/// let count = reader.typed()?.recv_slice(&mut received)?;
/// assert_eq!(received[..count], ticks);
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct Typed<'e, T> {
    endpoint: &'e mut Endpoint,
    of: PhantomData<fn(T) -> T>,
}

/// The sending side of an endpoint, for items of one type: [`Sender::typed`](crate::Sender::typed).
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// writer.sender().typed()?.send_slice(&[0.5_f32, 0.25])?;
/// let mut samples = [0.0_f32; 8];
/// assert_eq!(reader.receiver().typed()?.recv_slice(&mut samples)?, 2);
///
/// reader.sender().typed()?.send_slice(&[7_u64])?; // the replies are something else
/// # let mut reply = [0_u64];
/// # writer.receiver().typed()?.recv_slice(&mut reply)?;
/// # reader.receiver().acknowledge()?;
/// # writer.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct TypedSender<'e, T> {
    endpoint: &'e mut Endpoint,
    of: PhantomData<fn(T)>,
}

/// The receiving side of an endpoint, for items of one type: [`Receiver::typed`](crate::Receiver::typed). The example is at
/// [`TypedSender`].
#[derive(Debug)]
#[must_use]
pub struct TypedReceiver<'e, T> {
    endpoint: &'e mut Endpoint,
    of: PhantomData<fn() -> T>,
}

impl Endpoint {
    /// This endpoint for items of type `T`, in both directions. If they differ, ask [`sender`](Self::sender) and
    /// [`receiver`](Self::receiver).
    ///
    /// The first call of each side says in the channel what its type is, or compares with what the other has said. That holds
    /// for as long as the other side is there, or anything waits in the lane. Later calls cost nothing: call it for each
    /// slice, or keep what it gives.
    ///
    /// An item is at least one byte:
    ///
    /// ```compile_fail,E0080
    /// use shmchat::{Channel, Role};
    ///
    /// let mut writer = Channel::open("lobby", Role::Writer)?;
    /// writer.typed::<()>()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// - [`Error::OtherType`]: the other side means another type.
    /// - [`Error::ItemTooLong`]: an item is longer than a record, which is at most 64 KiB, and less than a quarter of the
    ///   [capacity](Self::capacity).
    #[inline]
    pub fn typed<T: IntoBytes + FromBytes + Immutable + 'static>(&mut self) -> Result<Typed<'_, T>, Error> {
        const { assert!(size_of::<T>() > 0, "an item of no bytes") };
        self.agree_to_send::<T>()?;
        self.agree_to_receive::<T>()?;
        Ok(Typed { endpoint: self, of: PhantomData })
    }
}

impl<'e> Sender<'e> {
    /// This side for items of type `T`, in this direction alone. The example is at [`TypedSender`].
    ///
    /// # Errors
    /// As for [`Endpoint::typed`](crate::Endpoint::typed).
    #[inline]
    pub fn typed<T: IntoBytes + FromBytes + Immutable + 'static>(self) -> Result<TypedSender<'e, T>, Error> {
        const { assert!(size_of::<T>() > 0, "an item of no bytes") };
        self.0.agree_to_send::<T>()?;
        Ok(TypedSender { endpoint: self.0, of: PhantomData })
    }
}

impl<'e> Receiver<'e> {
    /// This side for items of type `T`, in this direction alone. The example is at [`TypedSender`].
    ///
    /// # Errors
    /// As for [`Endpoint::typed`](crate::Endpoint::typed).
    #[inline]
    pub fn typed<T: IntoBytes + FromBytes + Immutable + 'static>(self) -> Result<TypedReceiver<'e, T>, Error> {
        const { assert!(size_of::<T>() > 0, "an item of no bytes") };
        self.0.agree_to_receive::<T>()?;
        Ok(TypedReceiver { endpoint: self.0, of: PhantomData })
    }
}

impl<T: IntoBytes + FromBytes + Immutable> TypedSender<'_, T> {
    /// Sends all items, in order. While there is no room, it waits. Once it returns, they are accepted.
    ///
    /// They travel in records of whole items, up to 64 KiB each, which the other side sees one by one. If this process dies in
    /// the middle, it gets those that were there, and never a part of an item. Whoever [receives](Endpoint::recv) messages
    /// gets the bytes of each record as one.
    ///
    /// # Errors
    /// An [`Error`] if the channel cannot be used any more.
    #[inline]
    pub fn send_slice(&mut self, items: &[T]) -> Result<(), Error> {
        self.endpoint.send_items(size_of::<T>(), items.as_bytes())
    }

    /// Sends as many of the items as there is room for. Gives how many that were: none if the lane is full.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let mut writer = channel.capacity(64 << 10)?.attach(Role::Writer)?;
    /// let items = vec![7_u32; 20_000]; // nobody reads
    /// let sent = writer.sender().typed()?.try_send_slice(&items)?;
    /// assert!(sent > 16_000 && sent < 16_384);
    /// # drop(writer);
    /// # Channel::named("lobby".parse()?).dir(folder.path()).clean(true)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// An [`Error`] if the channel cannot be used any more.
    #[inline]
    pub fn try_send_slice(&mut self, items: &[T]) -> Result<usize, Error> {
        Ok(self.endpoint.try_send_items(size_of::<T>(), items.as_bytes())? / size_of::<T>())
    }
}

impl<T: IntoBytes + FromBytes + Immutable> TypedReceiver<'_, T> {
    /// Receives items into the front of `items`: as many as are there and fit. Gives how many. While there is none, it sleeps.
    ///
    /// They are acknowledged like messages, by the next receiving call or by [`acknowledge`](Receiver::acknowledge): if this
    /// process is killed before, its successor gets them again, and nothing else. A slice that is shorter than what is there
    /// keeps its place; other receiving calls get what is left of that record as the rest of a message.
    ///
    /// # Errors
    /// [`RecvError::Quit`] if the other side has quit and everything is received, until its next life begins.
    /// [`Error::NoItems`] if a message comes next that is no items, which stays where it is.
    #[inline]
    pub fn recv_slice(&mut self, items: &mut [T]) -> Result<usize, RecvError> {
        if items.is_empty() {
            return Ok(0);
        }
        let bytes = items.as_mut_bytes();
        let received = self.endpoint.recv_items(|endpoint| endpoint.advance_items(Item::of::<T>(), bytes));
        Ok(received? / size_of::<T>())
    }

    /// Like [`recv_slice`](Self::recv_slice), if there are items now.
    ///
    /// ```
    /// use shmchat::{Channel, Role, TryRecvError};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// writer.typed()?.send_slice(&[1_u16, 2, 3])?;
    /// writer.quit()?;
    /// let (mut two, mut sum) = ([0_u16; 2], 0);
    /// loop {
    ///     match reader.typed()?.try_recv_slice(&mut two) {
    ///         Ok(count) => sum += two[..count].iter().sum::<u16>(),
    ///         Err(TryRecvError::Empty | TryRecvError::Quit) => break,
    ///         Err(error) => return Err(error.into()),
    ///     }
    /// }
    /// assert_eq!(sum, 6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if there are none; [`TryRecvError::Quit`] if none will come; [`Error::NoItems`] as there.
    #[inline]
    pub fn try_recv_slice(&mut self, items: &mut [T]) -> Result<usize, TryRecvError> {
        if items.is_empty() {
            return Ok(0);
        }
        let received = self.endpoint.advance_items(Item::of::<T>(), items.as_mut_bytes())?;
        Ok(received.ok()? / size_of::<T>())
    }

    /// Appends the items that are there to `items`. Gives how many. While there is none, it sleeps. It takes no more than a
    /// quarter of the lane at a time, so that the other side has room to go on meanwhile.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// writer.typed()?.send_slice(&[1_i64, 2])?;
    /// writer.typed()?.send_slice(&[3_i64])?;
    /// let mut all = vec![0_i64];
    /// assert_eq!(reader.typed()?.recv_into(&mut all)?, 3);
    /// assert_eq!(all, [0, 1, 2, 3]);
    /// # reader.receiver().acknowledge()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`recv_slice`](Self::recv_slice).
    #[inline]
    pub fn recv_into(&mut self, items: &mut Vec<T>) -> Result<usize, RecvError> {
        let received = self.endpoint.recv_items(|endpoint| append(endpoint, items));
        Ok(received? / size_of::<T>())
    }
}

/// Room for so many bytes is made at a time, which are still in the first-level cache when they are copied.
const CHUNK: usize = 16 << 10;

fn append<T: IntoBytes + FromBytes + Immutable>(
    endpoint: &mut Endpoint,
    items: &mut Vec<T>,
) -> Result<Found<usize>, Error> {
    let quit = endpoint.begin_items()?;
    let most = endpoint.capacity() as usize / 4;
    let mut taken = 0;
    while taken < most {
        let bytes = endpoint.items_ahead(Item::of::<T>(), taken == 0)?;
        if bytes == 0 {
            break;
        }
        let start = items.len();
        items.resize_with(start + bytes.min(CHUNK.max(size_of::<T>())) / size_of::<T>(), T::new_zeroed);
        taken += endpoint.take_items(size_of::<T>(), items[start..].as_mut_bytes());
    }
    endpoint.end_items(taken, quit)
}

impl<T: IntoBytes + FromBytes + Immutable> Typed<'_, T> {
    fn sender(&mut self) -> TypedSender<'_, T> {
        TypedSender { endpoint: self.endpoint, of: PhantomData }
    }

    fn receiver(&mut self) -> TypedReceiver<'_, T> {
        TypedReceiver { endpoint: self.endpoint, of: PhantomData }
    }

    /// See [`TypedSender::send_slice`].
    #[inline]
    pub fn send_slice(&mut self, items: &[T]) -> Result<(), Error> {
        self.sender().send_slice(items)
    }

    /// See [`TypedSender::try_send_slice`].
    #[inline]
    pub fn try_send_slice(&mut self, items: &[T]) -> Result<usize, Error> {
        self.sender().try_send_slice(items)
    }

    /// See [`TypedReceiver::recv_slice`].
    #[inline]
    pub fn recv_slice(&mut self, items: &mut [T]) -> Result<usize, RecvError> {
        self.receiver().recv_slice(items)
    }

    /// See [`TypedReceiver::try_recv_slice`].
    #[inline]
    pub fn try_recv_slice(&mut self, items: &mut [T]) -> Result<usize, TryRecvError> {
        self.receiver().try_recv_slice(items)
    }

    /// See [`TypedReceiver::recv_into`].
    #[inline]
    pub fn recv_into(&mut self, items: &mut Vec<T>) -> Result<usize, RecvError> {
        self.receiver().recv_into(items)
    }
}
