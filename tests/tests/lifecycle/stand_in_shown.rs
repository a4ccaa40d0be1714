//! What the programs make of a process that stands for somebody elsewhere: they show that one, and know nothing of the process.

use serde_json::Value;
use shmchat::{Endpoint, Presence, Role};
use shmchat_tests::numbered::channel;
use shmchat_tests::status::{lobby, report};
use shmchat_tests::{Place, by_itself};

fn stand_in(place: &Place, role: Role, name: &str, shows: Presence) -> Endpoint {
    channel(place.dir()).display_name(name).stand_in(shows).attach(role).expect("attach")
}

#[test]
fn a_reader_in_a_pipe_ends_when_the_one_elsewhere_quits_and_not_when_the_stand_in_is_restarted() {
    by_itself(|| {
        let place = Place::new();
        let reader = place.reader().args("-v").start();
        reader.wait_attached();
        let mut ada = stand_in(&place, Role::Writer, "Ada", Presence::Absent);
        ada.stand_in(Presence::Here).expect("show");
        ada.send("one").expect("send");
        reader.stdout.wait_for("one\n");
        reader.stderr.wait_for(&format!("the writer \"Ada\" is here (through pid {})", std::process::id()));
        ada.withdraw().expect("withdraw");
        reader.stderr.wait_for("disconnected unexpectedly");

        let mut ada = stand_in(&place, Role::Writer, "Ada", Presence::Here);
        ada.send("two").expect("send");
        ada.stand_in(Presence::Quit).expect("show");
        let ended = reader.wait();
        assert_eq!((ended.code, ended.stdout.as_slice()), (Some(0), &b"one\ntwo\n"[..]));
        ada.handle_wakeup().expect("attend");
        assert_eq!(ada.peer().presence, Presence::Quit, "it has quit, not died");
    });
}

#[test]
fn a_quit_that_was_shown_ends_a_reader_in_a_pipe_also_where_the_stand_in_is_dead() {
    by_itself(|| {
        let place = Place::new();
        let mut ada = stand_in(&place, Role::Writer, "Ada", Presence::Here);
        ada.send("one").expect("send");
        ada.stand_in(Presence::Quit).expect("show");
        ada.die();
        let ended = place.reader().finish();
        ended.assert_well();
        assert_eq!(ended.stdout, b"one\n");
    });
}

#[test]
fn a_writers_screen_shows_the_reader_elsewhere_and_what_it_types_goes_to_the_stand_in() {
    by_itself(|| {
        let place = Place::new();
        let mut bob = stand_in(&place, Role::Reader, "bob", Presence::Absent);
        let mut writer = place.alice();
        writer.wait_for("waiting for a reader");
        writer.press("hello\r");
        assert_eq!(bob.recv().expect("a message").bytes, b"hello");
        bob.receiver().acknowledge().expect("acknowledge");
        bob.stand_in(Presence::Here).expect("show");
        writer.wait_for("bob ● here");
        writer.wait_for("bob is here");
        bob.stand_in(Presence::Quit).expect("show");
        writer.wait_for("bob ○ quit");
        writer.wait_for("bob quit; your messages will wait");
        bob.stand_in(Presence::Here).expect("show");
        writer.wait_for("bob is back");
        bob.stand_in(Presence::Gone).expect("show");
        writer.wait_for("bob ○ gone");
        writer.press("again\r");
        assert_eq!(bob.recv().expect("a message").bytes, b"again");
        bob.set_display_name("carol").expect("rename");
        bob.stand_in(Presence::Here).expect("show");
        writer.wait_for("carol ● here");
        writer.press("/quit\r");
        assert_eq!(writer.wait(), Some(0));
    });
}

#[test]
fn a_readers_screen_shows_the_writer_elsewhere_and_ends_when_that_one_quits() {
    by_itself(|| {
        let place = Place::new();
        let reader = place.bob();
        reader.wait_for("waiting for a writer");
        let mut ada = stand_in(&place, Role::Writer, "Ada", Presence::Absent);
        ada.stand_in(Presence::Here).expect("show");
        reader.wait_for("Ada ● here");
        ada.withdraw().expect("withdraw");
        reader.wait_for("Ada ○ gone");
        let mut ada = stand_in(&place, Role::Writer, "Ada", Presence::Here);
        reader.wait_for("Ada is back");
        ada.send("bye").expect("send");
        ada.stand_in(Presence::Quit).expect("show");
        assert_eq!(reader.wait(), Some(0));
        let screen = String::from_utf8_lossy(&reader.raw()).into_owned();
        assert!(screen.contains("bye"), "{screen}");
    });
}

#[test]
fn status_shows_whom_a_process_stands_for_and_which_process_that_is() {
    by_itself(|| {
        let place = Place::new();
        let mut ada = stand_in(&place, Role::Writer, "Ada", Presence::Absent);
        let pid: Value = std::process::id().into();
        let cases = [
            (Presence::Absent, "nobody", Value::Null),
            (Presence::Here, "here", "Ada".into()),
            (Presence::Quit, "quit", "Ada".into()),
            (Presence::Gone, "died", "Ada".into()),
        ];
        for (shows, word, name) in cases {
            ada.stand_in(shows).expect("show");
            let status = lobby(&place);
            let writer = &status["writer"];
            let found = [&writer["presence"], &writer["name"], &writer["pid"], &writer["stands_in"]];
            assert_eq!(found, [&word.into(), &name, &pid, &true.into()], "{status}");
            assert_eq!(writer["since"].is_null(), shows == Presence::Absent);
            assert_eq!(status["reader"]["stands_in"], false);
            let text = report(&place).split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(&format!("; pid {pid}, uid ")) && text.contains("stands in"), "{text}");
        }
        // Whom to end is not the one elsewhere.
        ada.stand_in(Presence::Gone).expect("show");
        place.reader().args("--clean lobby").finish().assert_one_line(4, &["in use", &format!("pid {pid}")]);
    });
}
