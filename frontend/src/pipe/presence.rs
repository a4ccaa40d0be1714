//! Reports who is on the other side, on standard error.

use super::error::Error;
use crate::text::process;
use log::{info, warn};
use shmchat::{Endpoint, Presence};

/// The error after a timeout: `what` if the other side is here, otherwise `and_nobody_here`.
pub(super) fn timed_out(endpoint: &Endpoint, what: &'static str, and_nobody_here: &'static str) -> Error {
    let what = if endpoint.peer().presence == Presence::Here { what } else { and_nobody_here };
    Error::Timeout { channel: endpoint.segment().channel.clone(), what }
}

/// Reports on standard error that the other side came, quit or died.
pub(crate) fn report_presence(endpoint: &Endpoint, known: &mut Presence) {
    let now = endpoint.peer();
    if now.presence == std::mem::replace(known, now.presence) {
        return;
    }
    let (peer, channel) = (endpoint.role().other(), &endpoint.segment().channel);
    match now.presence {
        Presence::Here => info!("channel {channel}: the {peer} \"{}\" is here ({})", now.name, process(now)),
        Presence::Quit => info!("channel {channel}: the {peer} has quit"),
        Presence::Gone => {
            warn!(
                "channel {channel}: the {peer} ({}) disconnected unexpectedly; waiting for it to come back",
                process(now)
            );
        }
        Presence::Absent => {}
    }
}
