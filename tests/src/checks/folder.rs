//! A folder moved away under one who sleeps alone.

use crate::{Place, paste};
use shmchat::internals::fault::Mutant;
use std::fs;

/// A reader that waits alone says at once that its folder was moved, and how to move it back, which works when pasted.
pub fn a_moved_folder_is_noticed(sabotage: Option<Mutant>) {
    let place = Place::with(sabotage);
    // Who does not notice would wait for ever.
    let patience = if sabotage.is_some() { "--timeout 2" } else { "" };
    let reader = place.reader().args(patience).start();
    reader.wait_asleep();
    let away = place.dir().join("it's away");
    fs::rename(place.folder(), &away).expect("moving");
    let reader = reader.wait();
    reader.assert_one_line(5, &["lobby", "moved or replaced while in use", &away.display().to_string(), "start again"]);
    let (_, command) = reader.stderr.split_once("start again: ").expect("a command");
    let moved = paste(command);
    assert!(moved && place.folder().is_dir(), "{command}");
    let reader = place.reader().start();
    place.writer().input("afresh\n").finish().assert_well();
    assert_eq!(reader.wait().assert_well().stdout, b"afresh\n");
    place.assert_nothing_left();
}
