//! The connection, against a server that is played here: it says what it is told to, and nothing a real one would not say. So
//! the tests need no `nats-server`, and know when each connection comes and goes.

use async_nats::jetstream::Context;
use frontend::cli::Ending;
use shmchat::Role;
use shmchat_bridge::cli::{Arguments, Credentials, Login};
use shmchat_bridge::failure::Failure;
use shmchat_bridge::server::{Connection, Direction, ServerEvent, StreamHandle, StreamNames, connect, ensure};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What a server does with one connection.
#[derive(Clone, Copy)]
enum Plays {
    /// Takes the login, and closes the connection.
    Hangup,
    /// Takes the login, and answers each publication with this until the client closes the connection.
    Answers(&'static str),
    /// Refuses the login.
    Refuses,
    /// Takes the login, and is of an old version.
    IsOld,
}

/// Plays a server for as many connections as there are parts, one after the other.
fn play(parts: &'static [Plays]) -> (Login, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let login = login(listener.local_addr().expect("its address"));
    let server = thread::spawn(move || parts.iter().for_each(|part| serve(&listener, *part)));
    (login, server)
}

fn login(address: SocketAddr) -> Login {
    let servers = vec![format!("nats://{address}").parse().expect("a URL")];
    Login { servers, credentials: Credentials::None, ca: None, identity: None }
}

fn serve(listener: &TcpListener, part: Plays) {
    let (mut stream, _) = listener.accept().expect("a client");
    let version = if matches!(part, Plays::IsOld) { "2.8.4" } else { "2.9.0" };
    let info = format!("{{\"server_id\":\"X\",\"version\":\"{version}\",\"max_payload\":1048576,\"headers\":true}}");
    stream.write_all(format!("INFO {info}\r\n").as_bytes()).expect("a client that listens");
    let mut lines = BufReader::new(stream.try_clone().expect("a descriptor")).lines();
    while let Some(Ok(line)) = lines.next() {
        match (line.split(' ').next().unwrap_or_default(), part) {
            ("PING", Plays::Refuses) => return say(&mut stream, "-ERR 'Authorization Violation'"),
            ("PING", Plays::Hangup) => return say(&mut stream, "PONG"),
            ("PING", _) => say(&mut stream, "PONG"),
            ("PUB" | "HPUB", Plays::Answers(answer)) => say(&mut stream, answer),
            _ => {}
        }
    }
}

fn say(stream: &mut TcpStream, line: &str) {
    // The client may have gone, which ends the loop.
    let _ = stream.write_all(format!("{line}\r\n").as_bytes());
}

/// Waits until the server has played its part, beside the client, which has to close its connection.
async fn ended(server: JoinHandle<()>, expected: &str) {
    tokio::task::spawn_blocking(|| server.join()).await.expect("a thread").expect(expected);
}

/// A connection to a server that is played, for at most one attempt.
async fn connected(login: Login) -> Result<Connection, Failure> {
    connect(login, &"logs".parse().expect("a name"), Role::Reader, Some(Duration::ZERO)).await
}

/// What comes of asking for a stream.
async fn stream(connection: &Connection) -> Result<StreamHandle, Failure> {
    let line = ["shmchat-bridge", "logs", "--role", "reader"];
    let arguments = <Arguments as clap::Parser>::parse_from(line);
    let names = StreamNames::of(&arguments.channel, &arguments.stream);
    ensure(connection, &arguments.stream, &names, Direction::Messages).await
}

#[tokio::test]
async fn a_connection_that_is_lost_comes_back_and_each_is_told_once() {
    let (login, server) = play(&[Plays::Hangup, Plays::Hangup, Plays::Answers("")]);
    let mut connection = connected(login).await.expect("a connection");
    for round in 0..2 {
        assert_eq!(connection.events.recv().await, Some(ServerEvent::Connected), "{round}");
        assert_eq!(connection.events.recv().await, Some(ServerEvent::Disconnected), "{round}");
    }
    assert_eq!(connection.events.recv().await, Some(ServerEvent::Connected));
    drop(connection);
    ended(server, "three connections, and no fourth").await;
}

#[tokio::test]
async fn a_refused_login_ends_it_and_is_not_tried_again() {
    let (login, server) = play(&[Plays::Refuses]);
    // Time for many attempts, if it were tried again.
    let result = connect(login, &"logs".parse().expect("a name"), Role::Reader, Some(Duration::from_secs(5))).await;
    let failure = result.expect_err("a refusal");
    assert!(matches!(failure, Failure::Refused { .. }), "{failure}");
    assert_eq!(failure.code(), 1);
    assert!(failure.to_string().contains("--creds"), "{failure}");
    ended(server, "one connection").await;
}

#[tokio::test]
async fn an_old_server_is_named_with_the_version_that_is_needed() {
    let (login, server) = play(&[Plays::IsOld]);
    let failure = connected(login).await.expect_err("it is too old");
    let said = failure.to_string();
    assert!(said.contains("2.8.4") && said.contains("2.9"), "{said}");
    ended(server, "one connection").await;
}

#[tokio::test]
async fn a_server_that_comes_later_is_waited_for() {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr()).expect("a port");
    let waiting = async { connect(login(address), &"logs".parse().expect("a name"), Role::Writer, None).await };
    let mut waiting = std::pin::pin!(waiting);
    // Nobody is there for as long as this takes, which is more than one attempt.
    assert!(tokio::time::timeout(Duration::from_millis(200), waiting.as_mut()).await.is_err());
    let listener = TcpListener::bind(address).expect("the same port");
    let server = thread::spawn(move || serve(&listener, Plays::Answers("")));
    assert!(waiting.await.is_ok());
    ended(server, "one connection").await;
}

#[tokio::test]
async fn what_the_server_forbids_is_named_and_not_waited_for() {
    for (answer, what) in [
        (
            "-ERR 'Permissions Violation for Publish to \"$JS.API.STREAM.INFO.shmchat-logs-messages\"'",
            "publish to \"$JS.API.STREAM.INFO.shmchat-logs-messages\"",
        ),
        ("-ERR 'Permissions Violation for Subscription to \"_INBOX.x.*\"'", "subscribe to \"_INBOX.x.*\""),
    ] {
        let parts = Box::leak(Box::new([Plays::Answers(answer)]));
        let (login, server) = play(parts);
        let connection = connected(login).await.expect("a connection");
        let failure = stream(&connection).await.expect_err("it is forbidden");
        assert!(matches!(&failure, Failure::Denied { what: denied } if denied == what), "{failure}");
        assert_eq!(failure.code(), 1);
        drop(connection);
        ended(server, "one connection").await;
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_about_a_stream_is_a_timeout() {
    let (login, server) = play(&[Plays::Answers("PING")]);
    let mut connection = connected(login).await.expect("a connection");
    let mut impatient: Context = async_nats::jetstream::new(connection.client.clone());
    impatient.set_timeout(Duration::from_millis(100));
    connection.jetstream = impatient;
    let failure = stream(&connection).await.expect_err("no answer");
    assert!(matches!(failure, Failure::Silent { .. }), "{failure}");
    assert_eq!(failure.code(), 3);
    assert!(failure.to_string().contains("nats stream info shmchat-logs-messages"), "{failure}");
    drop(connection);
    ended(server, "one connection").await;
}
