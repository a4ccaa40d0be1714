//! Three nats-servers that keep the same streams.

use super::client::Client;
use super::server::Server;
use super::until;
use std::net::TcpListener;

/// A cluster of three on the loopback.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) servers: [Server; 3],
}

impl Cluster {
    /// Starts one, and waits until it can keep a stream.
    pub(crate) fn start() -> Self {
        // Held at once, so that they differ.
        let ports = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let ports = ports.map(|listener| listener.local_addr().expect("an address").port());
        let routes = ports.map(|port| format!("nats://127.0.0.1:{port}")).join(", ");
        let servers = [0, 1, 2].map(|index| {
            let config = format!(
                "server_name: s{index}\n\
                 jetstream: enabled\n\
                 cluster {{ name: three, listen: \"127.0.0.1:{}\", routes: [{routes}] }}\n",
                ports[index]
            );
            Server::with(&[], &config)
        });
        let cluster = Cluster { servers };
        let has_leader = || Client::try_new(&cluster.urls()[0])?.has_leader().then_some(());
        until("a leader of the cluster", has_leader, String::new);
        cluster
    }

    /// Where they are to be found.
    pub(crate) fn urls(&self) -> [String; 3] {
        self.servers.each_ref().map(Server::url)
    }

    /// The index of the server that leads the stream of this name.
    pub(crate) fn leader_of(&self, stream: &str, asked: usize) -> usize {
        let client = Client::new(&self.urls()[asked]);
        let leader = until("the stream's leader", || client.info(stream)?.cluster?.leader, String::new);
        leader.strip_prefix('s').and_then(|index| index.parse().ok()).expect("one of ours")
    }
}
