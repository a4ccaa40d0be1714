//! iceoryx2: publish and subscribe without copies. <https://docs.rs/iceoryx2>
//!
//! A service for each direction, with one publisher and one subscriber. A message is written into the publisher's memory and
//! checked there. Nothing is lost: a publisher that finds the subscriber's buffer full waits.

use super::sizes::slots;
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use iceoryx2::config::Config;
use iceoryx2::node::{Node, NodeBuilder};
use iceoryx2::port::backpressure_strategy::BackpressureStrategy;
use iceoryx2::port::listener::Listener;
use iceoryx2::port::notifier::Notifier;
use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::{LogLevel, SignalHandlingMode, ipc, set_log_level};
use iceoryx2::service::port_factory::PortFactory as _;
use iceoryx2::service::port_factory::publish_subscribe::PortFactory;
use std::path::PathBuf;
use std::time::Duration;

/// Most messages that wait for a subscriber. Fewer or more, from 4 to 16,384, made no difference.
const WAITING: usize = 1024;

/// Messages that a publisher writes and a subscriber reads at the same time.
const IN_HAND: usize = 1;

/// The processes of a service.
const NODES: usize = 2;

/// Longest sleep. The listener takes a notification off its socket before it looks at the word that says whether one is under
/// way, so one that comes in between can be missed, and without an end to the sleep nothing would ring again.
const PATIENCE: Duration = Duration::from_millis(100);

/// Where shared memory of POSIX kind lies on Linux, under names that start with the run's own prefix.
const SHARED_MEMORY: &str = "/dev/shm";

type Service = PortFactory<ipc::Service, [u8], ()>;

pub(crate) struct Iceoryx2<const SLEEPING: bool> {
    folder: PathBuf,
    prefix: String,
    waiting: usize,
    payload: usize,
}

pub(crate) struct Iceoryx2Port<const SLEEPING: bool> {
    publisher: Publisher<ipc::Service, [u8], ()>,
    subscriber: Subscriber<ipc::Service, [u8], ()>,
    bells: Option<(Notifier<ipc::Service>, Listener<ipc::Service>)>,
    // Goes last, as in the crate's examples.
    _node: Node<ipc::Service>,
}

impl<const SLEEPING: bool> Iceoryx2<SLEEPING> {
    /// The settings that keep this run's services apart from all others.
    fn config(&self) -> Result<Config, Reason> {
        let mut config = Config::default();
        config.global.set_root_path(&self.folder.display().to_string().as_str().try_into().map_err(unfit)?);
        config.global.prefix = self.prefix.as_str().try_into().map_err(unfit)?;
        Ok(config)
    }

    fn service(&self, node: &Node<ipc::Service>, name: &str) -> Result<Service, Reason> {
        let service = node
            .service_builder(&name.try_into()?)
            .publish_subscribe::<[u8]>()
            .enable_safe_overflow(false)
            .history_size(0)
            .subscriber_max_buffer_size(self.waiting)
            .subscriber_max_borrowed_samples(IN_HAND)
            .max_publishers(1)
            .max_subscribers(1)
            .max_nodes(NODES)
            .open_or_create()?;
        Ok(service)
    }
}

fn unfit(error: impl std::fmt::Debug) -> Reason {
    Reason(format!("not a name for iceoryx2: {error:?}"))
}

impl<const SLEEPING: bool> Drop for Iceoryx2<SLEEPING> {
    /// Removes the memory that outlives the services by design, and what a side left that did not end by itself.
    fn drop(&mut self) {
        for entry in std::fs::read_dir(SHARED_MEMORY).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&self.prefix) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

impl<const SLEEPING: bool> Mechanism for Iceoryx2<SLEEPING> {
    const NAME: &'static str = if SLEEPING { "iceoryx2, sleeping" } else { "iceoryx2" };
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = Manner::InPlace;
    type Port = Iceoryx2Port<SLEEPING>;

    fn prepare(setup: &Setup<'_>) -> Result<Self, Reason> {
        let run = setup.folder.file_name().map(|name| name.display().to_string()).unwrap_or_default();
        Ok(Iceoryx2 {
            folder: setup.folder.into(),
            prefix: format!("shmchat-bench{run}_"),
            waiting: slots(setup.payload).min(WAITING),
            payload: setup.payload,
        })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        set_log_level(LogLevel::Fatal);
        let node = NodeBuilder::new()
            .config(&self.config()?)
            .signal_handling_mode(SignalHandlingMode::Disabled)
            .create::<ipc::Service>()?;
        let (send, receive) = side.of(["there", "back"]);
        let (send_on, receive_on) = (self.service(&node, send)?, self.service(&node, receive)?);
        let publisher = send_on
            .publisher_builder()
            .initial_max_slice_len(self.payload)
            .max_loaned_samples(IN_HAND)
            .backpressure_strategy(BackpressureStrategy::RetryUntilDelivered)
            .create()?;
        let subscriber = receive_on.subscriber_builder().buffer_size(self.waiting).create()?;
        let bells = if SLEEPING {
            let event = |name: &str| -> Result<_, Reason> {
                let event = node.service_builder(&name.try_into()?).event();
                Ok(event.max_notifiers(1).max_listeners(1).max_nodes(NODES).open_or_create()?)
            };
            let notifier = event(send)?.notifier_builder().create()?;
            Some((notifier, event(receive)?.listener_builder().create()?))
        } else {
            None
        };
        // What is published while nobody subscribes goes to nobody, and what finds the buffer full of a subscriber that has
        // not looked at it yet is dropped: so each side waits for the other, and looks.
        while send_on.dynamic_config().number_of_subscribers() == 0
            || receive_on.dynamic_config().number_of_publishers() == 0
        {
            std::thread::yield_now();
        }
        subscriber.has_samples()?;
        Ok(Iceoryx2Port { publisher, subscriber, bells, _node: node })
    }
}

impl<const SLEEPING: bool> Port for Iceoryx2Port<SLEEPING> {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        let mut sample = self.publisher.loan_slice_uninit(message.length)?;
        let space = sample.payload_mut();
        // SAFETY: these are the same bytes; those of a mapping always hold some value, and any value will do.
        message.fill(0, unsafe { std::slice::from_raw_parts_mut(space.as_mut_ptr().cast(), space.len()) });
        // SAFETY: all of it was just filled.
        unsafe { sample.assume_init() }.send()?;
        if let Some((notifier, _)) = &self.bells {
            notifier.notify()?;
        }
        Ok(())
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        let before = check.count();
        loop {
            while let Some(sample) = self.subscriber.receive()? {
                check.bytes(sample.payload());
            }
            if check.count() > before {
                return Ok(());
            }
            if let Some((_, listener)) = &self.bells {
                listener.timed_wait(|_| (), PATIENCE)?;
            }
        }
    }
}
