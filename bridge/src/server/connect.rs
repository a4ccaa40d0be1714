//! The connection, and that it comes back.
//!
//! At the start, what a server refuses ends the bridge: a wrong password does not become right by trying. A server that is not
//! there is waited for, up to `--timeout`. Later, whatever happens is taken for passing, and the client tries for ever, with
//! ever longer pauses.

use super::events::{Ear, ServerEvent};
use super::patience::{Patience, delay};
use crate::cli::{Credentials, Login};
use crate::failure::Failure;
use crate::text::cause;
use async_nats::rustls;
use async_nats::{Client, ConnectError, ConnectErrorKind, ConnectOptions, jetstream};
use log::{info, warn};
use nix::unistd::gethostname;
use shmchat::{ChannelName, Role};
use std::error::Error;
use std::future::{Future, pending};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How often the server is asked whether it is still there if nothing else comes from it. Twice without an answer, and the
/// connection counts as gone.
const PING: Duration = Duration::from_secs(20);

/// How long one attempt to connect may take.
const ATTEMPT: Duration = Duration::from_secs(5);

/// After a reconnection follow its subscriptions. Without this pause, a server that takes a connection only to close it again
/// would be busy with nothing else.
const BEFORE_RETURN: Duration = Duration::from_millis(20);

/// A connection to a server. It comes back by itself.
#[derive(Debug)]
pub struct Connection {
    /// The client.
    pub client: Client,
    /// JetStream, over the same connection.
    pub jetstream: jetstream::Context,
    /// What happens to the connection. The first is [`ServerEvent::Connected`].
    pub events: mpsc::UnboundedReceiver<ServerEvent>,
    /// The servers, for people.
    pub servers: String,
    denied: watch::Receiver<Vec<String>>,
    limit: Option<Duration>,
}

/// Connects. `limit` is for all that waits for the server at the start.
///
/// # Errors
/// If the server refuses us, if no TLS comes about, or if no server answers in time.
pub async fn connect(
    login: Login,
    channel: &ChannelName,
    role: Role,
    limit: Option<Duration>,
) -> Result<Connection, Failure> {
    let servers = login.servers();
    let (sender, events) = mpsc::unbounded_channel();
    let ear = Arc::new(Ear::new(servers.clone(), sender));
    let denied = ear.denied();
    let options = options(&login, name(channel, role), ear)?;
    let client = first_connection(&options, &login, limit).await?;
    let server = client.server_info();
    info!("connected to nats-server {} at {servers}", server.version);
    if !client.is_server_compatible(2, 9, 0) {
        return Err(Failure::TooOld { servers, version: server.version });
    }
    let jetstream = jetstream::new(client.clone());
    Ok(Connection { client, jetstream, events, servers, denied, limit })
}

impl Connection {
    /// How long to wait for the server at the start.
    pub(super) fn limit(&self) -> Option<Duration> {
        self.limit
    }

    /// The answer, or [`Failure::Denied`] if the server forbids something whose text has one of `marks` in it. The server does
    /// not answer what it forbids, so that one would wait for a time-out that says nothing.
    ///
    /// # Errors
    /// If it is forbidden.
    pub async fn unless_denied<T>(&self, marks: &[&str], answer: impl Future<Output = T>) -> Result<T, Failure> {
        let mut denied = self.denied.clone();
        let is_ours = |what: &String| marks.iter().any(|mark| what.contains(mark));
        let forbidden = async {
            let found = match denied.wait_for(|denied| denied.iter().any(is_ours)).await {
                Ok(denied) => denied.iter().find(|what| is_ours(what)).cloned(),
                Err(_) => None,
            };
            match found {
                Some(what) => what,
                // Nobody is left who could tell.
                None => pending().await,
            }
        };
        tokio::select! {
            answer = answer => Ok(answer),
            what = forbidden => Err(Failure::Denied { what }),
        }
    }
}

/// The first connection, tried until it stands, the server refuses us, or time is up.
async fn first_connection(options: &ConnectOptions, login: &Login, limit: Option<Duration>) -> Result<Client, Failure> {
    let patience = Patience::new(limit);
    let mut why = "no answer".to_owned();
    for attempt in 1.. {
        patience.wait_before(attempt).await;
        match patience.attempt(options.clone().connect(&login.servers[..])).await {
            Some(Ok(client)) => return Ok(client),
            Some(Err(error)) => {
                why = cause(&error);
                if let Some(failure) = refusal(&error, login, &why) {
                    return Err(failure);
                }
            }
            None => {}
        }
        if let Some(limit) = patience.ended() {
            return Err(Failure::Unreachable { servers: login.servers(), limit, why });
        }
        if attempt == 1 {
            warn!("no NATS server at {} yet: {why}; trying again until there is one", login.servers());
        }
    }
    unreachable!("attempts are not counted that far")
}

/// What makes trying again pointless, if anything does.
fn refusal(error: &ConnectError, login: &Login, why: &str) -> Option<Failure> {
    let servers = login.servers();
    let tls = || Some(Failure::Tls { servers: login.servers(), why: why.to_owned() });
    match error.kind() {
        ConnectErrorKind::AuthorizationViolation => {
            let (whom, advice) = match &login.credentials {
                Credentials::None => (
                    "us without a login".to_owned(),
                    "add --creds FILE, --user NAME with --password-file FILE, or --token-file FILE (see --help)",
                ),
                Credentials::User(name, _) => {
                    (format!("the user {name}"), "check the name, and the password in --password-file or NATS_PASSWORD")
                }
                Credentials::Token(_) => ("the token".to_owned(), "check what is in --token-file or NATS_TOKEN"),
                Credentials::Nkey(_) => ("the NKey".to_owned(), "check what is in --nkey-file"),
                Credentials::Creds(_, path) => (
                    format!("the credentials in {}", path.display()),
                    "check that they belong to this server and still hold",
                ),
            };
            Some(Failure::Refused { servers, whom, advice })
        }
        ConnectErrorKind::Authentication => Some(Failure::Refused {
            servers,
            whom: "the NKey".to_owned(),
            advice: "its file has to hold a user's seed, which begins with SU",
        }),
        ConnectErrorKind::Tls => tls(),
        ConnectErrorKind::Io if is_about_tls(error) => tls(),
        _ => None,
    }
}

/// Whether the encryption is what failed, and not the network.
fn is_about_tls(error: &ConnectError) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if error.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        source = error.source();
    }
    false
}

/// How to connect.
fn options(login: &Login, name: String, ear: Arc<Ear>) -> Result<ConnectOptions, Failure> {
    let has_been = Arc::new(AtomicBool::new(false));
    let before = Arc::clone(&has_been);
    let options = ConnectOptions::new()
        .name(name)
        .ping_interval(PING)
        .connection_timeout(ATTEMPT)
        .max_reconnects(None)
        .reconnect_delay_callback(move |attempt| match before.load(Ordering::Relaxed) {
            true => delay(attempt).max(BEFORE_RETURN),
            false => delay(attempt),
        })
        .event_callback(move |event| {
            has_been.store(true, Ordering::Relaxed);
            ear.hear(event);
            std::future::ready(())
        });
    let options = match &login.credentials {
        Credentials::None => options,
        Credentials::User(name, password) => options.user_and_password(name.clone(), password.reveal().to_owned()),
        Credentials::Token(token) => options.token(token.reveal().to_owned()),
        Credentials::Nkey(seed) => options.nkey(seed.reveal().trim().to_owned()),
        Credentials::Creds(creds, path) => options.credentials(creds.reveal()).map_err(|_| Failure::Content {
            option: "--creds",
            path: path.clone(),
            what: "holds no credentials; nsc generate creds writes such a file".into(),
        })?,
    };
    let options = match &login.ca {
        Some(ca) => options.add_root_certificates(ca.clone()),
        None => options,
    };
    Ok(match &login.identity {
        Some((cert, key)) => options.add_client_certificate(cert.clone(), key.clone()),
        None => options,
    })
}

/// What the server's own lists call us.
fn name(channel: &ChannelName, role: Role) -> String {
    let host = gethostname().unwrap_or_default();
    format!("shmchat-bridge {channel} {role} {}:{}", host.to_string_lossy(), std::process::id())
}
