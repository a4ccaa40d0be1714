//! What `/status` says: who is here, which memory this is, and what is waiting.
use crate::text::{counted, messages_waiting, process, visible_line};
use crate::tui::model::Model;
use crate::tui::time::{HourMinute, local_time};
use shmchat::{Endpoint, Presence, Role};

/// The names of the lanes as a writer and as a reader sends on them.
fn lane(sender: Role) -> &'static str {
    match sender {
        Role::Writer => "messages",
        Role::Reader => "replies",
    }
}

/// The lines of a notice.
pub(super) fn lines(endpoint: &Endpoint, model: &Model, queued: usize) -> String {
    let (role, peer, seen) = (endpoint.role(), endpoint.peer(), endpoint.inspect(0, 0));
    let attached = match seen.stat {
        None => ", gone".to_owned(),
        Some(stat) => stat.attached.map(|attached| format!(", {attached} attached")).unwrap_or_default(),
    };
    let since = peer.since.and_then(local_time).map(|at| format!(" since {}", HourMinute(Some(at))));
    let since = since.unwrap_or_default();
    let name = if peer.name.is_empty() { "somebody" } else { &peer.name };
    let them = match peer.presence {
        Presence::Absent => "nobody has come yet".to_owned(),
        Presence::Here => format!("{name}, here{since} ({})", process(peer)),
        Presence::Quit => format!("{name}, who has quit"),
        Presence::Gone => format!("{name}, who disconnected unexpectedly ({})", process(peer)),
    };
    let backlog = model.peer.backlog();
    let mut ours = match backlog.is_empty() {
        true => "nothing is waiting".to_owned(),
        false => format!("{} waiting, {}", messages_waiting(backlog.messages), counted(backlog.bytes, "byte")),
    };
    if queued > 0 {
        ours += &format!("; {} more waiting for room", counted(queued as u64, "message"));
    }
    // What arrives is shown at once, so only the rest of something long can be waiting for us.
    let theirs = match seen.lanes[usize::from(role == Role::Writer)].filled {
        Some(0) => "nothing is waiting".to_owned(),
        Some(bytes) => format!("{} of the lane waiting for you", counted(bytes, "byte")),
        None => "head and tail contradict each other".to_owned(),
    };
    let width = "messages".len();
    [
        (role_name(role), format!("{}, which is you (pid {})", model.me, std::process::id())),
        (role_name(role.other()), them),
        ("memory", format!("{} {}{attached}", seen.at.place.kind(), visible_line(&seen.at.place.to_string()))),
        (lane(role), ours),
        (lane(role.other()), theirs),
    ]
    .map(|(what, text)| format!("{what:width$}  {text}"))
    .join("\n")
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Writer => "writer",
        Role::Reader => "reader",
    }
}
