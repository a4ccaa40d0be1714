//! A TCP proxy on the loopback that breaks connections in the ways that networks do.
//!
//! One thread accepts, and two carry the bytes of each connection, one for each way. All look at one state.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the bridge to the server: what it publishes and asks for.
    Up,
    /// From the server to the bridge: acknowledgements and messages.
    Down,
}

/// How often one that holds something back looks whether it may go on.
const LOOK: Duration = Duration::from_millis(10);

/// So many bytes are read before they may go on.
const MOST_HELD: usize = 4 << 20;

/// A slow connection passes on so many pieces a second.
const PIECES: u64 = 50;

/// Where clients connect in place of the server. Cuts what goes through it when dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The server's port; none: every connection is refused.
    target: Option<u16>,
    /// What is carried neither up nor down for now.
    held: [bool; 2],
    /// Bytes a second, each way; none: as fast as it goes.
    rate: Option<u64>,
    over: bool,
    connections: Vec<TcpStream>,
    /// What stands here and goes up once it may.
    waiting: Vec<u8>,
    /// Ways that bytes are carried now.
    carried: usize,
}

impl Shared {
    fn look(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.look());
    }

    /// Whether these bytes may go on.
    fn may_go(&self, way: Way, bytes: &[u8]) -> bool {
        let mut state = self.look();
        let held = state.held[way as usize] && !state.over;
        if way == Way::Up {
            state.waiting = if held { bytes.to_vec() } else { Vec::new() };
        }
        !held
    }
}

impl Proxy {
    /// One that passes on to this port, or refuses until it is told a port.
    pub(crate) fn new(target: Option<u16>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared(Mutex::new(State { target, ..State::default() })));
        let seen = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &seen));
        Proxy { port, shared }
    }

    /// Where clients are to connect.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Passes on to this port from now on, or refuses.
    pub(crate) fn pass_on(&self, target: Option<u16>) {
        self.shared.change(|state| state.target = target);
    }

    /// Cuts every connection. New ones are taken.
    pub(crate) fn cut(&self) {
        self.shared.change(|state| {
            for connection in state.connections.drain(..) {
                let _ = connection.shutdown(Shutdown::Both);
            }
        });
    }

    /// Holds back what goes this way, or lets it go on. What is held back arrives then, even if its sender was killed.
    pub(crate) fn hold(&self, way: Way, held: bool) {
        self.shared.change(|state| state.held[way as usize] = held);
    }

    /// Whether this text stands here and waits to go up.
    pub(crate) fn has_held_back(&self, text: &str) -> bool {
        self.shared.look().waiting.windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// Whether every connection has ended, and all that went through it has arrived.
    pub(crate) fn is_unused(&self) -> bool {
        self.shared.look().carried == 0
    }

    /// Carries so many bytes a second, or as many as it can.
    pub(crate) fn slow_down(&self, rate: Option<u64>) {
        self.shared.change(|state| state.rate = rate);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.change(|state| state.over = true);
        self.cut();
        // Wakes who accepts.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming().flatten() {
        let target = shared.look().target;
        if shared.look().over {
            return;
        }
        let Some(server) = target.and_then(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()) else {
            continue; // Dropped, which closes it.
        };
        for stream in [&client, &server] {
            let _ = stream.set_nodelay(true);
        }
        let (Ok(client_too), Ok(server_too)) = (client.try_clone(), server.try_clone()) else { continue };
        let (Ok(one), Ok(other)) = (client.try_clone(), server.try_clone()) else { continue };
        shared.change(|state| {
            state.connections.extend([one, other]);
            state.carried += 2;
        });
        for (way, from, to) in [(Way::Up, client, server), (Way::Down, server_too, client_too)] {
            let shared = Arc::clone(shared);
            thread::spawn(move || carry(way, from, to, &shared));
        }
    }
}

/// Carries bytes one way until either side has had enough.
fn carry(way: Way, mut from: TcpStream, mut to: TcpStream, shared: &Shared) {
    let (mut space, mut bytes, mut ended) = (vec![0; 1 << 16], Vec::new(), false);
    let _ = from.set_read_timeout(Some(LOOK));
    while !(ended && bytes.is_empty()) {
        let read = if ended || bytes.len() > MOST_HELD { pause() } else { from.read(&mut space) };
        match read {
            Ok(count) => {
                bytes.extend_from_slice(&space[..count]);
                ended |= count == 0;
            }
            Err(error) => ended |= !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
        if shared.may_go(way, &bytes) {
            if pass_on(&bytes, &mut to, shared).is_err() {
                break;
            }
            bytes.clear();
        }
    }
    // Not what the other way still carries: the last words of a killed client arrive.
    let _ = to.shutdown(if way == Way::Up { Shutdown::Write } else { Shutdown::Both });
    let _ = from.shutdown(Shutdown::Read);
    shared.change(|state| state.carried -= 1);
}

fn pause() -> io::Result<usize> {
    thread::sleep(LOOK);
    Err(ErrorKind::WouldBlock.into())
}

/// Passes bytes on, as fast as it may at each moment.
fn pass_on(mut bytes: &[u8], to: &mut TcpStream, shared: &Shared) -> io::Result<()> {
    while !bytes.is_empty() {
        let rate = shared.look().rate;
        let most = rate.map_or(bytes.len(), |rate| (rate / PIECES).max(1) as usize);
        let (piece, rest) = bytes.split_at(most.min(bytes.len()));
        to.write_all(piece)?;
        bytes = rest;
        if rate.is_some() {
            thread::sleep(Duration::from_millis(1000 / PIECES));
        }
    }
    Ok(())
}
