//! What an event does to the model, and what it asks the loop to do.
mod command;
mod files;
mod reading;
mod recalling;
mod scrolling;
mod writing;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::event::{Effect, Event};
use super::keymap::{self, Action, Chord};
use super::model::{Mode, Model, Overlay};
use super::panel::Panel;
use super::transcript::Scroll;
use scrolling::scroll;

/// The rows that one notch of the mouse wheel scrolls.
const WHEEL_ROWS: usize = 3;

/// Applies an event. Nothing that arrives can make it fail.
pub fn update(model: &mut Model, event: Event) -> Vec<Effect> {
    // Whoever presses a key looks at the screen.
    let looked_at = matches!(event, Event::Key(_)) && model.scroll.is_none();
    let effects = apply(model, event);
    if looked_at || model.is_watched() {
        model.unseen = 0;
    }
    effects
}

fn apply(model: &mut Model, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(key) => return on_key(model, key).into_iter().collect(),
        Event::Paste(text) => writing::paste(model, &text),
        Event::Wheel { up } => scroll(model, |_| if up { Scroll::Up(WHEEL_ROWS) } else { Scroll::Down(WHEEL_ROWS) }),
        Event::Focus(focus) => model.mark_focus(focus),
        Event::Resize(width, height) => model.size = (width, height),
        Event::Edited(draft) => writing::edited(model, draft),
        Event::Arrived { from, at, text, shortened } => {
            model.add_theirs(&from, at, &text, shortened);
            return model.alert().map(Effect::Alert).into_iter().collect();
        }
        Event::Acted { from, at, text, shortened } => {
            let effects = update(model, Event::Arrived { from, at, text, shortened });
            model.note_action();
            return effects;
        }
        Event::Sent { id, at, seq } => model.mark_sent(id, at, seq),
        Event::Acknowledged { below } => model.peer.note_acknowledged(below),
        Event::Backlog(backlog) => model.peer.set_backlog(backlog),
        Event::Presence { who, now, at } => model.mark_presence(&who, now, at),
        Event::Typing(typing) => model.peer.set_typing(typing),
        Event::Notice(text) => model.add_notice(&text),
        Event::File(note) => return files::tell(model, note).map(Effect::Alert).into_iter().collect(),
        Event::Sampled(sample) => match &mut model.panel {
            _ if model.overlay != Overlay::Panel => {}
            Some(panel) => panel.add(*sample),
            None => model.panel = Some(Panel::new(*sample)),
        },
    }
    Vec::new()
}

fn on_key(model: &mut Model, key: KeyEvent) -> Option<Effect> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    model.mark_seen();
    model.status = None;
    let led_here = model.led_here.take();
    let behind_ctrl_x = std::mem::take(&mut model.ctrl_x);
    let chord = Chord::of(key, behind_ctrl_x);
    if model.mode == Mode::Writing && (chord.modifiers, chord.code) == (KeyModifiers::CONTROL, KeyCode::Char('x')) {
        model.ctrl_x = !behind_ctrl_x;
        return None;
    }
    let mut action = keymap::action_of(model, chord);
    if action.is_none() && model.asked.take().is_some() {
        // If you go on typing, you edit.
        action = keymap::action_of(model, chord);
    }
    if action.is_none() && model.mode == Mode::Recalling && chord.letter().is_none() {
        // Any key of the line edits what was found.
        model.mode = Mode::Writing;
        action = keymap::action_of(model, chord);
        model.mode = Mode::Recalling;
        if action.is_some() {
            recalling::take(model);
        }
    }
    if std::mem::take(&mut model.leaving) && action.is_none() {
        return None;
    }
    let effect = match (action, chord.letter()) {
        (Some(action), Some(letter)) if reading::does_nothing(model, action) => {
            writing::type_letter(model, None, letter);
            None
        }
        (Some(action), letter) => {
            let effect = perform(model, action);
            model.led_here = letter.filter(|_| action == Action::Choose && model.mode == Mode::Choosing);
            effect
        }
        (None, Some(letter)) if model.mode == Mode::Recalling => {
            recalling::insert(model, letter.encode_utf8(&mut [0; 4]));
            None
        }
        (None, Some(letter)) => {
            writing::type_letter(model, led_here, letter);
            None
        }
        (None, None) => None,
    };
    if !model.panel_is_open() {
        // The next opening starts over: nothing is known about the time in between.
        model.panel = None;
    }
    effect
}

fn perform(model: &mut Model, action: Action) -> Option<Effect> {
    match action {
        Action::Quit => return Some(Effect::Quit),
        Action::QuitOrAsk if model.drafts().is_empty() => return Some(Effect::Quit),
        Action::QuitOrAsk => model.leaving = true,
        // It is done already: the question is closed by any key.
        Action::Stay => {}
        Action::QuitLine => {
            _ = model.input.take();
            return Some(Effect::Quit);
        }
        Action::Suspend => return Some(Effect::Suspend),
        Action::Redraw => return Some(Effect::Redraw),
        Action::Help => {
            model.overlay = if let Overlay::Help(_) = model.overlay { Overlay::None } else { Overlay::Help(0) };
        }
        Action::Panel => {
            model.overlay = if model.overlay == Overlay::Panel { Overlay::None } else { Overlay::Panel };
        }
        Action::PageUp => scroll(model, Scroll::Up),
        Action::PageDown => scroll(model, Scroll::Down),

        Action::Write
        | Action::RowUp
        | Action::RowDown
        | Action::Top
        | Action::End
        | Action::Search
        | Action::NextHit
        | Action::LastHit
        | Action::Choose
        | Action::Find
        | Action::Abandon
        | Action::ChooseOlder
        | Action::ChooseNewer
        | Action::Copy
        | Action::Bare
        | Action::Wheel => return reading::perform(model, action),
        Action::Recall | Action::RecallOlder | Action::RecallShorter | Action::RecallTake | Action::RecallDrop => {
            recalling::perform(model, action);
        }
        Action::Leave if model.overlay != Overlay::None => model.overlay = Overlay::None,
        Action::Leave if model.mode == Mode::Reading => return reading::perform(model, action),
        _ => return writing::perform(model, action),
    }
    None
}
