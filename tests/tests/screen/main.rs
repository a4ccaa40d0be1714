//! The screens, on pseudo-terminals.

mod screen;
mod screen_alerts;
mod screen_burst;
mod screen_commands;
mod screen_drafts;
mod screen_editor;
mod screen_ends;
mod screen_files;
mod screen_keys;
mod screen_links;
mod screen_people;
mod screen_reading;
mod screen_terminals;
mod screen_transcript;
mod text;
