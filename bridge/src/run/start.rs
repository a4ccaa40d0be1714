//! The start: the server, the streams, the role, the channel; and then the loop.

use super::backoff::Backoff;
use super::carry::{Bridge, role_taken};
use super::far::Far;
use super::incoming::Incoming;
use super::interrupt::Interrupt;
use super::keyboard::Keyboard;
use super::outgoing::Outgoing;
use crate::cli::Arguments;
use crate::failure::Failure;
use crate::inbound::Place;
use crate::near::Near;
use crate::outbound::{Batcher, Limits, Stored};
use crate::server::here::{self, Answer, Introduction};
use crate::server::last::{self, End};
use crate::server::publish::HEADER_BYTES;
use crate::server::{self, Connection, Direction, ServerEvent, StreamHandle, StreamNames};
use async_nats::Subject;
use async_nats::jetstream::stream::Stream;
use frontend::cli::prepare;
use log::{debug, info, warn};
use nix::unistd::gethostname;
use shmchat::{Channel, Presence};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// From how many bytes on a publication is full. With half of it, messages of 64 KiB are a tenth slower (`make bridge-bench`).
const PACK: usize = 256 << 10;

/// How many publications a stream must have room for.
const PUBLICATIONS: usize = 8;

/// How many bytes of payload may be on their way.
const WINDOW: usize = 8 << 20;

/// The least that a publication has to have room for, headers and all.
const LEAST_PAYLOAD: usize = 1 << 10;

/// How long to wait for an acknowledgement before asking what became of the publication. A connection that breaks is noticed by
/// itself, so this is for a server that does not answer.
const ACKNOWLEDGEMENT: Duration = Duration::from_secs(30);

/// Runs a bridge.
///
/// # Errors
/// Whatever ends it, other than an `x` on its terminal.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    // Before anything is created: arguments that do not fit together end the run here.
    let channel = arguments.place.channel(arguments.channel.clone())?;
    prepare(&arguments.log)?;
    // Before the client starts a task.
    let interrupt = Rc::new(Interrupt::new()?);
    let mut bridge = tokio::select! {
        bridge = start(arguments, &channel, Rc::clone(&interrupt)) => bridge?,
        signal = interrupt.caught() => return Err(Failure::Signal(signal?)),
    };
    let result = bridge.carry().await;
    let left = bridge.near.withdraw();
    result.and(left.map_err(Failure::from))
}

async fn start(arguments: &Arguments, local: &Channel, interrupt: Rc<Interrupt>) -> Result<Bridge, Failure> {
    let Arguments { channel, role, .. } = arguments;
    let mut connection = server::connect(arguments.server.login()?, channel, *role, arguments.limit()).await?;
    let names = StreamNames::of(channel, &arguments.stream);
    let me = introduction(*role);
    let own_subject = Subject::from(names.here(*role));
    if let Answer::Here(other) = here::ask(&connection.client, own_subject.clone(), &me).await {
        return Err(role_taken(channel, *role, &other));
    }
    let ours = server::ensure(&connection, &arguments.stream, &names, Direction::published_by(*role)).await?;
    let theirs = server::ensure(&connection, &arguments.stream, &names, Direction::taken_by(*role)).await?;
    let limits = limits(&ours, arguments.linger)?;

    let (our_stream, our_end) = at_end(&connection, &ours, arguments.limit()).await?;
    let (their_stream, their_end) = at_end(&connection, &theirs, arguments.limit()).await?;
    let mut near = Near::attach(local, *role, their_end.last.as_ref().map(|last| &last.life))?;
    let batcher = batcher(&near, limits, me.id, &our_end);
    let said = our_end.last.as_ref().and_then(|last| last.heading.taken);
    let checkpoint = near.taken();
    let (place, is_cut) = Place::resume(their_end.stream, their_end.sequence, checkpoint, said);
    if is_cut {
        warn!("the stream {} has lost its end since it was last taken", theirs.name);
    }
    // If everything was taken before, its last publication still tells who is there.
    let life = their_end.last.filter(|last| last.sequence < place.taken.next_sequence()).map(|last| last.life);
    let life = life.unwrap_or_else(|| near.shown().clone());
    // A checkpoint that keeps the segment is one that nobody else knows of yet.
    let unsettled = checkpoint.is_some_and(|(taken, _)| Some(taken) > said);
    let incoming = Incoming::new(their_stream, &theirs, place, life, unsettled);
    let mut publishing = connection.jetstream.clone();
    publishing.set_timeout(ACKNOWLEDGEMENT);
    let mut outgoing = Outgoing::new(
        publishing,
        (ours.name.clone(), our_stream),
        ours.subject.clone().into(),
        me.id,
        batcher,
        &our_end,
    );
    outgoing.batcher.set_taken(incoming.taken());
    outgoing.batcher.set_life(first_life(&near, &our_end));

    let questions = connection.client.subscribe(own_subject.clone()).await;
    let questions = questions.map_err(|error| Failure::Denied { what: format!("listen on {own_subject}: {error}") })?;
    let far = Far::new(connection.client.clone(), Subject::from(names.here(role.other())), me.clone());
    // What happened before this is known.
    while let Ok(event) = connection.events.try_recv() {
        if let ServerEvent::PermissionDenied { what } = event {
            return Err(Failure::Denied { what });
        }
    }
    info!("carrying channel {channel} as its {role}");
    Ok(Bridge {
        channel: channel.clone(),
        role: *role,
        near,
        connection,
        names,
        options: arguments.stream.clone(),
        own_subject,
        questions,
        me,
        far,
        outgoing,
        incoming,
        interrupt,
        keyboard: Keyboard::of_terminal(),
        limit: arguments.limit(),
        moved: Instant::now(),
        ending: None,
    })
}

/// A stream, and where it ends; asked for until there is an answer.
async fn at_end(
    connection: &Connection,
    handle: &StreamHandle,
    limit: Option<Duration>,
) -> Result<(Stream<()>, End), Failure> {
    let (mut backoff, since) = (Backoff::default(), Instant::now());
    let look = async || {
        let stream = connection.jetstream.get_stream_no_info(&handle.name).await?;
        let end = last::end(&stream, &handle.name).await?;
        Ok::<_, async_nats::Error>((stream, end))
    };
    loop {
        // What is forbidden is not answered.
        let mark = format!(".{}\"", handle.name);
        let error = match connection.unless_denied(&[&mark], look()).await? {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        debug!("the stream {} does not tell its end: {error}", handle.name);
        if let Some(limit) = limit.filter(|&limit| since.elapsed() >= limit) {
            return Err(Failure::Silent { stream: handle.name.clone(), limit, why: error.to_string() });
        }
        sleep(backoff.next()).await;
    }
}

fn introduction(role: shmchat::Role) -> Introduction {
    let host = gethostname().unwrap_or_default().to_string_lossy().into_owned();
    // Without random numbers, time and process id will do: it is only to tell one process from another.
    let id = getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()));
    Introduction { id, host, pid: std::process::id(), role: role.to_string() }
}

fn limits(stream: &StreamHandle, linger: Duration) -> Result<Limits, Failure> {
    let refused = |wrong| Failure::Shape { stream: stream.name.clone(), wrong: vec![wrong] };
    if stream.max_payload < LEAST_PAYLOAD {
        let taken = stream.max_payload;
        return Err(refused(format!("it takes only {taken} bytes at a time, and a bridge needs {LEAST_PAYLOAD}")));
    }
    // The last publication stays in the stream, and the next ones must have room beside it.
    let room = stream.max_bytes.map_or(usize::MAX, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX) / PUBLICATIONS);
    if room < LEAST_PAYLOAD {
        return Err(refused(format!("it holds less than {} bytes", LEAST_PAYLOAD * PUBLICATIONS)));
    }
    let payload = stream.max_payload.min(room) - HEADER_BYTES;
    Ok(Limits { payload, pack: PACK.min(payload), window: WINDOW, linger })
}

fn batcher(near: &Near, limits: Limits, me: u64, end: &End) -> Batcher {
    let stored = end.last.as_ref().map(|last| Stored { ring: last.heading.ring, end: last.heading.range.end });
    let tail = near.tail();
    let ahead = stored.filter(|stored| stored.ring == near.ring() && stored.end > tail);
    if let Some(Stored { end, .. }) = ahead {
        // Nobody but a bridge of this channel can know its generation, and that stores only what was sent.
        warn!(
            "the stream claims to have everything up to position {end} of this channel, which ends at {tail}: not believed"
        );
    }
    Batcher::new(limits, near.ring(), me, stored.filter(|_| ahead.is_none()), end.sequence)
}

/// Who is at this end, at the start. A life that the far side still takes for living, and whose segment is gone, has quit: only
/// a quit removes it.
fn first_life(near: &Near, end: &End) -> crate::wire::Life {
    let now = near.life();
    match &end.last {
        Some(last)
            if now.presence == Presence::Absent
                && last.life.presence == Presence::Here
                && last.heading.ring != near.ring() =>
        {
            crate::wire::Life { presence: Presence::Quit, ..last.life.clone() }
        }
        _ => now,
    }
}
