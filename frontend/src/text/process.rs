//! Which process the other side is.

use shmchat::Peer;

/// "pid 12"; "through pid 12" where that one only stands for somebody elsewhere.
pub fn process(peer: &Peer) -> String {
    let through = if peer.stands_in { "through " } else { "" };
    format!("{through}pid {}", peer.pid)
}
