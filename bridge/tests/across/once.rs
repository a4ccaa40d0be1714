//! Nothing lost and nothing twice, one cause at a time: each test breaks one connection or kills one bridge at the worst instant,
//! which a proxy holds open. Beside each stands the mutant that it is for, a line of the bridge that is left out. Several lines
//! stand between a message and its double, so some of them only unit tests miss: those of `outbound::window`, `inbound::place`
//! and `server::publish`.

use crate::harness::client::Client;
use crate::harness::machine::{MESSAGES, Two};
use crate::harness::proxy::{Proxy, Way};
use crate::harness::until;
use nix::sys::signal::Signal;
use shmchat_tests::{Process, assert_same_bytes, numbered_lines};

/// Several publications, and less than a lane.
const MANY: usize = 20_000;

/// A line of the first of them. The last one waits for an acknowledgement.
const EARLY: &str = "\nline 500 ";

/// The last line.
const LATE: &str = "\nline 19999 ";

/// Both ends in pipes, and bridges that are started by each test.
struct Scene {
    reader: Process,
    writer: Process,
    client: Client,
    two: Two,
}

impl Scene {
    fn new() -> Self {
        let two = Two::new();
        let client = Client::new(&two.server.url());
        let reader = two.right.reader().start();
        let writer = two.left.writer().held_input().start();
        Scene { reader, writer, client, two }
    }

    fn proxy(&self) -> Proxy {
        Proxy::new(Some(self.two.server.port()))
    }

    fn left(&self, proxy: &Proxy) -> Process {
        self.two.left.bridge("reader", &proxy.url()).start()
    }

    /// One in which both bridges carry, what goes this way between the left one and the server is held back, and the writer has
    /// many lines to say.
    fn held(way: Way) -> (Self, Proxy, [Process; 2], Vec<u8>) {
        let scene = Scene::new();
        let proxy = scene.proxy();
        let right = scene.two.right_bridge().start();
        let left = scene.left(&proxy);
        scene.warm_up();
        proxy.hold(way, true);
        let lines = numbered_lines(MANY);
        scene.writer.send(lines.clone());
        (scene, proxy, [left, right], lines)
    }

    /// A line that arrives: from here on both bridges are connected and have found their streams.
    fn warm_up(&self) {
        self.writer.send("first\n");
        self.reader.stdout.wait_for("first\n");
        self.wait_left_empty();
    }

    /// Waits until the left lane has nothing more in it: all of it is acknowledged.
    fn wait_left_empty(&self) {
        until(
            "an empty lane",
            || (self.two.left.waiting()[0] == 0).then_some(()),
            || format!("{:?}", self.two.left.waiting()),
        );
    }

    /// Ends the writer, and asserts that the reader has printed the first line, these and no others.
    #[track_caller]
    fn assert_printed(mut self, lines: &[u8]) {
        self.writer.send("last\n");
        self.writer.end_input();
        let writer = self.writer.wait();
        let ended = self.reader.wait();
        assert_eq!((writer.code, ended.code), (Some(0), Some(0)), "{}{}", writer.stderr, ended.stderr);
        assert_same_bytes(&ended.stdout, &[b"first\n", lines, b"last\n"].concat(), "what the reader printed");
    }
}

/// Mutant: the publisher sends again from the first unacknowledged one without a look at what is stored.
#[test]
fn what_was_stored_but_never_acknowledged_is_not_sent_again() {
    let scene = Scene::new();
    let proxy = scene.proxy();
    let _bridges = [scene.left(&proxy), scene.two.right_bridge().start()];
    scene.warm_up();
    proxy.hold(Way::Down, true);
    let lines = numbered_lines(MANY);
    scene.writer.send(lines.clone());
    // The reader has some of it, and the left bridge does not know.
    scene.reader.stdout.wait_for(EARLY);
    proxy.cut();
    proxy.hold(Way::Down, false);
    scene.assert_printed(&lines);
}

/// Mutant: a new bridge begins at the lane's head without a look at what is stored.
#[test]
fn a_bridge_killed_before_it_hears_that_all_is_stored_does_not_send_it_again() {
    let (scene, _proxy, [left, _right], lines) = Scene::held(Way::Down);
    scene.reader.stdout.wait_for(EARLY);
    // Nor is it told once it is dead.
    left.kill();
    let _left = scene.two.left_bridge().start();
    scene.assert_printed(&lines);
}

/// Mutant: the expected last sequence is left out of what is published.
#[test]
fn what_a_dead_bridge_had_sent_and_arrives_after_its_successor_is_refused() {
    let (scene, proxy, [left, _right], lines) = Scene::held(Way::Up);
    // What it has sent stands in the proxy.
    until("something held back", || proxy.has_held_back("Shmchat-Range").then_some(()), String::new);
    left.kill();
    let _left = scene.two.left_bridge().start();
    scene.reader.stdout.wait_for(LATE);
    proxy.hold(Way::Up, false);
    until("the end of the dead one's connection", || proxy.is_unused().then_some(()), String::new);
    scene.assert_printed(&lines);
}

/// Mutant: the head moves when a message is sent, not when it is stored.
#[test]
fn what_is_not_stored_stays_in_the_lane() {
    let (scene, proxy, [left, _right], lines) = Scene::held(Way::Up);
    until("something held back", || proxy.has_held_back("Shmchat-Range").then_some(()), String::new);
    left.kill();
    // What it had sent never arrives.
    proxy.pass_on(None);
    proxy.cut();
    proxy.hold(Way::Up, false);
    let _left = scene.two.left_bridge().start();
    scene.assert_printed(&lines);
}

/// Mutant: the receiver begins where the stream begins, and not at its checkpoint.
#[test]
fn what_the_right_bridge_has_put_into_its_lane_it_does_not_put_there_again() {
    let scene = Scene::new();
    let _left = scene.two.left_bridge().start();
    let right = scene.two.right_bridge().start();
    scene.warm_up();
    let lines = numbered_lines(MANY);
    scene.writer.send(lines.clone());
    scene.reader.stdout.wait_for(LATE);
    right.kill();
    // At least the last one is still in the stream.
    assert!(scene.client.stored(MESSAGES) > 0);
    let _right = scene.two.right_bridge().start();
    scene.assert_printed(&lines);
}

/// The same, if the reader has not taken them and the bridge's place is all that tells.
#[test]
fn what_waits_for_a_reader_is_not_put_into_the_lane_again() {
    let mut scene = Scene::new();
    let _left = scene.two.left_bridge().start();
    let right = scene.two.right_bridge().start();
    scene.warm_up();
    // It is taken, so that no signal cuts a line off.
    until("an empty lane", || (scene.two.right.waiting()[0] == 0).then_some(()), String::new);
    scene.reader.signal(Signal::SIGKILL);
    until("the reader's end", || (!scene.reader.is_alive()).then_some(()), String::new);
    let lines = numbered_lines(200);
    scene.writer.send(lines.clone());
    until(
        "all of it on the right",
        || (scene.two.right.waiting()[0] == 200).then_some(()),
        || format!("{:?}", scene.two.right.waiting()),
    );
    right.kill();
    let _right = scene.two.right_bridge().start();
    scene.writer.send("last\n");
    scene.writer.end_input();
    assert_eq!(scene.writer.wait().code, Some(0));
    let ended = scene.two.right.reader().finish();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_same_bytes(&ended.stdout, &[&lines, &b"last\n"[..]].concat(), "what the next reader printed");
}

/// Mutant: the purge takes one too many. The stream's last message is the publisher's memory.
#[test]
fn the_last_message_stays_in_the_stream_for_a_publisher_that_has_to_know() {
    let (scene, _proxy, [left, _right], lines) = Scene::held(Way::Down);
    scene.reader.stdout.wait_for(EARLY);
    // What was taken goes, but for the last.
    scene
        .client
        .wait_for("a purge", MESSAGES, |state| state.messages == 1 && state.first_sequence == state.last_sequence);
    left.kill();
    let _left = scene.two.left_bridge().start();
    scene.assert_printed(&lines);
}

/// Mutant: a bridge that starts waits for a message before it lets the server forget anything. If the stream is full of what
/// its predecessor has taken, none can come.
#[test]
fn what_a_killed_bridge_has_taken_is_forgotten_by_its_successor() {
    let scene = Scene::new();
    let _left = scene.two.left_bridge().start();
    let right = scene.two.right_bridge().start();
    scene.warm_up();
    let lines = numbered_lines(MANY);
    scene.writer.send(lines.clone());
    scene.reader.stdout.wait_for(LATE);
    // Before it has been quiet for long enough to tidy up.
    right.kill();
    let _right = scene.two.right_bridge().start();
    scene.client.wait_for("only the last publication", MESSAGES, |state| state.messages <= 1);
    scene.assert_printed(&lines);
}
