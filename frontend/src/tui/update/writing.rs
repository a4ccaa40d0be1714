//! Into the input line: letters, pastes, readline's keys; and out of it with Enter.
use super::{command, recalling};
use crate::commands::{self, Line};
use crate::tui::event::Effect;
use crate::tui::input::{DRAFT_MAX, LineEditor};
use crate::tui::keymap::Action;
use crate::tui::layout;
use crate::tui::model::{Mode, Model};

/// We ask before sending a paste of more lines than this: it may be the wrong clipboard.
const LINES_UNASKED: usize = 20;

/// The line you are typing into.
fn line(model: &mut Model) -> &mut LineEditor {
    if model.mode == Mode::Searching { &mut model.search.line } else { &mut model.input }
}

/// A paste is text, never keys. If no input line is open, it is ignored: opening one would let the clipboard of another window
/// decide what the next Enter sends. Nor is it ever a command: a pasted path that begins with a slash gets a second one, and so
/// is sent as it is.
pub(super) fn paste(model: &mut Model, text: &str) {
    match model.mode {
        Mode::Writing => {
            if model.input.cursor() == 0 {
                insert(model, &commands::escaped(without_controls_in_front(text)));
            } else {
                insert(model, text);
            }
            let lines = model.input.text().trim_end_matches('\n').split('\n').count();
            if lines > LINES_UNASKED {
                model.asked = Some(lines);
            }
        }
        // A search is one line.
        Mode::Searching => insert(model, text.split(['\n', '\r']).next().unwrap_or_default()),
        Mode::Recalling => recalling::insert(model, text.split(['\n', '\r']).next().unwrap_or_default()),
        Mode::Reading | Mode::Choosing => {}
    }
}

/// What the line would leave out must not hide a slash.
fn without_controls_in_front(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_control() && !"\n\r\t".contains(c))
}

/// Types a letter. If no line is open, it had nothing else to do, and opens the input line with itself in it, behind the letter
/// that led here. A blank opens nothing: it may be meant for a pager.
pub(super) fn type_letter(model: &mut Model, led_here: Option<char>, letter: char) {
    if matches!(model.mode, Mode::Reading | Mode::Choosing) {
        if letter.is_whitespace() && led_here.is_none() {
            return;
        }
        model.mode = Mode::Writing;
        led_here.into_iter().for_each(|letter| insert(model, letter.encode_utf8(&mut [0; 4])));
    }
    insert(model, letter.encode_utf8(&mut [0; 4]));
}

fn insert(model: &mut Model, text: &str) {
    let fits = line(model).insert(text);
    tell_left_out(model, fits);
}

fn tell_left_out(model: &mut Model, fits: bool) {
    if !fits {
        model.add_notice(&format!("a message holds at most {} KiB; the rest was left out", DRAFT_MAX / 1024));
    }
}

/// The draft comes back from the editor.
pub(super) fn edited(model: &mut Model, draft: Result<String, String>) {
    match draft {
        Ok(draft) => {
            let fits = model.input.replace(&draft);
            tell_left_out(model, fits);
        }
        Err(why) => model.status = Some(why),
    }
}

pub(super) fn perform(model: &mut Model, action: Action) -> Option<Effect> {
    let width = layout::input_text(usize::from(model.size.0)).1;
    if action == Action::Tab && command::complete(model) {
        return None;
    }
    let line = line(model);
    match action {
        Action::Send => return send(model, None),
        Action::SendText(text) => return send(model, Some(text)),
        Action::SendPaste => {
            model.asked = None;
            return send(model, None);
        }
        Action::EditPaste => model.asked = None,
        Action::Leave => model.mode = Mode::Reading,
        Action::Editor => return Some(Effect::Edit(model.input.text().to_owned())),
        Action::Older => {
            if !line.up(width)
                && let Some(text) = model.history.older(model.input.text())
            {
                model.input.start_with(text);
            }
        }
        Action::Newer => {
            if !line.down(width)
                && let Some(text) = model.history.newer(model.input.text())
            {
                model.input.start_with(text);
            }
        }
        Action::NewLine => insert(model, "\n"),
        Action::Tab => insert(model, "\t"),
        Action::Yank => {
            let fits = line.yank();
            tell_left_out(model, fits);
        }
        Action::Undo => line.undo(),
        Action::Transpose => line.transpose(),
        Action::Backspace => line.backspace(),
        Action::DeleteOrSay if line.cursor() == line.text().len() => {
            model.status = Some("nothing to delete: Ctrl-D quits on an empty line only, Ctrl-C always".to_owned());
        }
        Action::Delete | Action::DeleteOrSay => line.delete(),
        Action::KillToLineStart => line.kill_to_line_start(),
        Action::KillToLineEnd => line.kill_to_line_end(),
        Action::KillBackToSpace => line.kill_back_to_space(),
        Action::KillWordLeft => line.kill_word_left(),
        Action::KillWordRight => line.kill_word_right(),
        Action::Left => line.left(),
        Action::Right => line.right(),
        Action::WordLeft => line.word_left(),
        Action::WordRight => line.word_right(),
        Action::LineStart => line.line_start(),
        Action::LineEnd => line.line_end(),
        _ => {}
    }
    None
}

fn keep_in_history(model: &mut Model) {
    let draft = model.input.take();
    model.history.add(&draft);
}

/// Sends the draft, or the text given `instead`. The table of keys says that an `x` alone quits and that `\x` sends the letter.
///
/// New lines at the end are left out: a paste usually has one, which nobody means to send. A draft of new lines only stays.
fn send(model: &mut Model, instead: Option<&str>) -> Option<Effect> {
    if model.input.text().trim_end_matches('\n').is_empty() {
        return None;
    }
    let text = match instead {
        Some(text) => text.to_owned(),
        None => match commands::parse(model.input.text().trim_end_matches('\n')) {
            Ok(Line::Message(text)) => text.to_owned(),
            Ok(Line::Command(row, argument)) => {
                let argument = argument.to_owned();
                if let Some(why) = command::objection(row.command, &argument) {
                    model.status = Some(why);
                    return None;
                }
                keep_in_history(model);
                return command::run(model, row.command, &argument);
            }
            // The draft stays.
            Err(why) => {
                model.status = Some(why.to_string());
                return None;
            }
        },
    };
    keep_in_history(model);
    let id = model.add_mine(&text);
    Some(Effect::Send { id, text })
}
