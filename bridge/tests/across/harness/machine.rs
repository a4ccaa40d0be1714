//! Two machines, which on this one are two channel folders, and so two segments.

use super::server::Server;
use super::target;
use shmchat::ChannelName;
use shmchat_tests::{Place, Process, Run};

/// A machine of its own.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    pub(crate) place: Place,
}

impl Machine {
    /// A `writer` here.
    pub(crate) fn writer(&self) -> Run {
        self.place.writer().from_folder(&target("release"))
    }

    /// A `reader` here.
    pub(crate) fn reader(&self) -> Run {
        self.place.reader().from_folder(&target("release"))
    }

    /// A bridge here, in this role, whose server is at `url`.
    pub(crate) fn bridge(&self, role: &str, url: &str) -> Run {
        let run = Run::new("shmchat-bridge", self.place.dir()).env("NATS_URL", "nats://127.0.0.1:1");
        run.args("lobby --role").arg(role).arg("--server").arg(url)
    }

    /// How many messages wait here: for the reader, and for the writer.
    pub(crate) fn waiting(&self) -> [u64; 2] {
        let channel = shmchat::Channel::named(ChannelName::default()).dir(self.place.dir());
        let status = channel.status().ok().flatten();
        status.map_or([0; 2], |status| status.lanes.map(|lane| lane.map_or(0, |lane| lane.messages)))
    }
}

/// Two machines and a server between them. The writer sits on the left one, the reader on the right one.
#[derive(Debug)]
pub(crate) struct Two {
    pub(crate) left: Machine,
    pub(crate) right: Machine,
    pub(crate) server: Server,
}

impl Two {
    /// With a server that has JetStream.
    pub(crate) fn new() -> Self {
        Two::with(Server::start())
    }

    /// With this server.
    pub(crate) fn with(server: Server) -> Self {
        Two { left: Machine::default(), right: Machine::default(), server }
    }

    /// The bridge on the writer's machine, which is to be started.
    pub(crate) fn left_bridge(&self) -> Run {
        self.left.bridge("reader", &self.server.url())
    }

    /// The bridge on the reader's machine.
    pub(crate) fn right_bridge(&self) -> Run {
        self.right.bridge("writer", &self.server.url())
    }

    /// Both bridges, started.
    pub(crate) fn bridges(&self) -> [Process; 2] {
        [self.left_bridge().start(), self.right_bridge().start()]
    }
}

/// The stream that carries what the writer says.
pub(crate) const MESSAGES: &str = "shmchat-lobby-messages";
/// Its subject.
pub(crate) const MESSAGES_SUBJECT: &str = "shmchat.lobby.messages";
