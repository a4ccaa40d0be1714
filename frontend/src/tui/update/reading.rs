//! Outside the input line: scrolling, searching, copying.
use super::scrolling::{place, scroll};
use crate::commands;
use crate::tui::event::Effect;
use crate::tui::keymap::Action;
use crate::tui::model::{EntryKind, Mode, Model, Overlay};
use crate::tui::search::{Found, Hit, Query, Towards};
use crate::tui::transcript::{self, Scroll};

pub(super) fn perform(model: &mut Model, action: Action) -> Option<Effect> {
    match action {
        Action::Write => model.mode = Mode::Writing,
        Action::RowUp => scroll(model, |_| Scroll::Up(1)),
        Action::RowDown => scroll(model, |_| Scroll::Down(1)),
        Action::Top => scroll(model, |_| Scroll::Top),
        Action::End => scroll(model, |_| Scroll::End),
        Action::Bare => {
            model.bare = !model.bare;
            model.overlay = Overlay::None;
        }
        Action::Wheel => {
            model.wheel = !model.wheel;
            let what = if model.wheel {
                "the wheel scrolls; hold Shift to select"
            } else {
                "the wheel scrolls only outside the input line, if the terminal allows it"
            };
            model.status = Some(what.to_owned());
            return Some(Effect::Wheel(model.wheel));
        }
        Action::Search => {
            model.mode = Mode::Searching;
            model.overlay = Overlay::None;
        }
        Action::Find => find(model),
        Action::NextHit => to_hit(model, Towards::Older),
        Action::LastHit => to_hit(model, Towards::Newer),
        Action::Choose => choose(model),
        Action::ChooseOlder => choose_next(model, Towards::Older),
        Action::ChooseNewer => choose_next(model, Towards::Newer),
        Action::Copy => return copy(model),
        Action::Abandon => {
            _ = model.search.line.take();
            model.mode = Mode::Reading;
        }
        // One thing at a time, the latest first.
        Action::Leave if model.bare => model.bare = false,
        Action::Leave => {
            model.search.query = Query::default();
            model.search.hit = None;
        }
        _ => {}
    }
    None
}

/// Whether a key of this place would change nothing now: there is nothing to go to, nothing to copy, or nothing beyond the screen.
/// While there is more than a screen, `j` at its end is still a scroll, and no letter.
pub(super) fn does_nothing(model: &Model, action: Action) -> bool {
    if model.mode != Mode::Reading {
        return false;
    }
    match action {
        Action::NextHit | Action::LastHit => model.search.query.is_empty(),
        Action::Choose => choosable(model).is_err(),
        Action::RowUp | Action::RowDown | Action::Top | Action::End => match model.overlay {
            Overlay::None => {
                let (height, columns) = place(model);
                transcript::is_shown_whole(model, &columns, height)
            }
            Overlay::Help(_) => false,
            Overlay::Panel => true,
        },
        _ => false,
    }
}

/// Searches for what was typed or, if nothing was, for the last query.
fn find(model: &mut Model) {
    model.mode = Mode::Reading;
    let text = model.search.line.take();
    if !text.is_empty() {
        model.search.query = Query::new(&text);
    }
    model.search.hit = None;
    to_hit(model, Towards::Older);
    // An offer says `/get`. Whoever types that here finds the offer's own line, and must not take it for an answer.
    if commands::is_name(model.search.query.text())
        && let Some(said) = &mut model.status
    {
        said.push_str(" (the command: press i first)");
    }
}

/// Goes to the next match in this direction, or wraps around to the other end.
fn to_hit(model: &mut Model, way: Towards) {
    let query = &model.search.query;
    if query.is_empty() {
        model.status = Some("nothing to search for yet: press /".to_owned());
        return;
    }
    let (height, columns) = place(model);
    // From the last match on. A new search begins at the end of what is on the screen.
    let from = model.search.hit.unwrap_or_else(|| {
        let (index, at) = transcript::shown(model, model.scroll, &columns, height).end().unwrap_or_default();
        Hit { entry: model.number_of(index), at }
    });
    let texts = model.entries.iter().enumerate().map(|(index, entry)| (model.number_of(index), entry.text.as_str()));
    let Some(Found { hit, place, total, wrapped }) = query.step(texts, from, way) else {
        model.status = Some(format!("not found: {}", query.text()));
        return;
    };
    let turned = match (wrapped, way) {
        (false, _) => "",
        (true, Towards::Older) => ", wrapped to the newest",
        (true, Towards::Newer) => ", wrapped to the oldest",
    };
    // Counted from the newest, in the order of the search.
    model.status = Some(format!("{place} of {total}: {}{turned}", query.text()));
    model.search.hit = Some(hit);
    if let Some(index) = model.index_of(hit.entry) {
        transcript::reveal(model, &columns, height, index, hit.at);
    }
}

fn choose(model: &mut Model) {
    match choosable(model) {
        Ok(index) => {
            model.chosen = model.number_of(index);
            model.mode = Mode::Choosing;
            model.overlay = Overlay::None;
        }
        Err(why) => model.status = Some(why.to_owned()),
    }
}

/// What to begin with: the last match if it is on the screen, otherwise the lowest message there.
fn choosable(model: &Model) -> Result<usize, &'static str> {
    let (height, columns) = place(model);
    let shown = transcript::shown(model, model.scroll, &columns, height);
    let (Some(first), Some(last)) = (shown.blocks.front(), shown.blocks.back()) else {
        return Err("there is nothing to copy yet");
    };
    let on_screen = first.index..=last.index;
    let hit = model.search.hit.and_then(|hit| model.index_of(hit.entry)).filter(|hit| on_screen.contains(hit));
    let lowest = on_screen.rev().find(|&index| is_message(model, index));
    hit.or(lowest).ok_or("there is nothing to copy here")
}

fn is_message(model: &Model, index: usize) -> bool {
    !matches!(model.entries[index].kind, EntryKind::Notice)
}

fn choose_next(model: &mut Model, way: Towards) {
    // If the chosen message was just dropped, the oldest remaining one takes its place.
    let now = model.index_of(model.chosen).unwrap_or(0);
    let next = match way {
        Towards::Older => (0..now).rev().find(|&index| is_message(model, index)),
        Towards::Newer => (now + 1..model.entries.len()).find(|&index| is_message(model, index)),
    };
    if let Some(index) = next {
        model.chosen = model.number_of(index);
        let (height, columns) = place(model);
        transcript::reveal(model, &columns, height, index, 0);
    }
}

/// Copies the text as it is shown: what another program would obey when you paste it has been replaced by a mark.
fn copy(model: &mut Model) -> Option<Effect> {
    model.mode = Mode::Reading;
    let Some(index) = model.index_of(model.chosen) else {
        model.status = Some("this message is no longer kept".to_owned());
        return None;
    };
    model.status = Some("copied, if the terminal allows it (OSC 52)".to_owned());
    Some(Effect::Copy(model.entries[index].text.clone()))
}
