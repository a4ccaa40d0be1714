//! Commands: what Enter does with a line that begins with a slash, and Tab with its name.
use super::reading;
use crate::commands::{self, Command, Completed};
use crate::text::check_name;
use crate::tui::event::Effect;
use crate::tui::keymap::Action;
use crate::tui::model::{Mode, Model, Overlay};

/// Why the argument will not do, if it will not: said before the line is emptied.
pub(super) fn objection(command: Command, argument: &str) -> Option<String> {
    match command {
        Command::Name => check_name(argument).err().map(|why| why.to_string()),
        _ => None,
    }
}

/// Does what a command says. Its line is empty by now, and in the history.
pub(super) fn run(model: &mut Model, command: Command, argument: &str) -> Option<Effect> {
    match command {
        Command::Help => model.overlay = Overlay::Help(0),
        Command::Search => {
            // From here on, as if it had been typed after a `/`.
            model.mode = Mode::Searching;
            model.overlay = Overlay::None;
            model.search.line.start_with(argument.to_owned());
            return reading::perform(model, Action::Find);
        }
        Command::Status => {
            to_the_end(model);
            return Some(Effect::Status);
        }
        Command::Save => {
            to_the_end(model);
            return Some(Effect::Save(argument.to_owned()));
        }
        Command::Send => {
            to_the_end(model);
            return Some(Effect::SendFile(argument.to_owned()));
        }
        Command::Get => {
            to_the_end(model);
            return Some(Effect::GetFile(argument.to_owned()));
        }
        Command::Skip => {
            to_the_end(model);
            return Some(Effect::SkipFile);
        }
        Command::Clear => model.clear(),
        Command::Name => {
            to_the_end(model);
            model.rename(argument);
            return Some(Effect::Rename(argument.to_owned()));
        }
        Command::Me => {
            let id = model.add_mine(argument);
            model.note_action();
            return Some(Effect::Act { id, text: argument.to_owned() });
        }
        Command::Quit => return Some(Effect::Quit),
    }
    None
}

/// The answer is a notice: it has to be seen.
fn to_the_end(model: &mut Model) {
    model.overlay = Overlay::None;
    model.scroll = None;
}

/// Completes the name of a command before the cursor. Returns false if there is none.
pub(super) fn complete(model: &mut Model) -> bool {
    match commands::complete(model.input.text(), model.input.cursor()) {
        None => return false,
        Some(Err(why)) => model.status = Some(why.to_string()),
        Some(Ok(Completed { replaced, with })) => model.input.replace_range(0..replaced, &with),
    }
    true
}
