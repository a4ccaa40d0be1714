//! What surrounds the transcript: the title, the rule above the input, the hints.
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::painter::{BOLD, DIM, PLAIN, Painter, clipped, first_fitting};
use crate::tui::keymap;
use crate::tui::layout;
use crate::tui::model::Mode;
use crate::tui::wrap;
use shmchat::Presence;

/// In the title, names and channels are cut to this many columns.
const TITLE_NAME_MAX: usize = 24;

impl Painter<'_> {
    pub(super) fn title(&mut self, area: Rect) {
        let model = self.model;
        let (sign, word, style) = match model.peer.presence() {
            Presence::Absent => ("○", "waiting", DIM),
            Presence::Here if model.peer.is_typing() => ("●", "typing…", self.colored(PLAIN, Color::Green)),
            Presence::Here => ("●", "here", self.colored(PLAIN, Color::Green)),
            Presence::Quit => ("○", "quit", DIM),
            Presence::Gone => ("○", "gone", self.colored(BOLD, Color::Red)),
        };
        let short = format!("{sign} {word}");
        let who = match (model.peer.presence(), clipped(model.peer.name(), TITLE_NAME_MAX)) {
            (Presence::Absent, _) => format!("{short} for a {}", model.side.other()),
            (_, who) if who.is_empty() => short.clone(),
            (_, who) => format!("{who} {short}"),
        };
        let backlog = model.peer.backlog();
        let whole = match (backlog.is_empty(), backlog.messages) {
            (true, _) => who.clone(),
            // The rest of a message being received counts as one that is not acknowledged.
            (false, messages) => format!("{who}   {} waiting", messages.max(1)),
        };

        // Shorter and shorter, until it fits with two columns between the sides.
        let channel = clipped(&model.channel, TITLE_NAME_MAX);
        let choices = [
            (format!("shmchat · {channel}"), &whole),
            (channel.to_string(), &whole),
            (channel.to_string(), &who),
            (String::new(), &who),
            (String::new(), &short),
            (String::new(), &sign.to_owned()),
        ];
        let (x, width) = self.inside();
        let fits = |left: &str, right: &str| {
            let between = if left.is_empty() { 0 } else { 2 };
            wrap::measure(left) + between + wrap::measure(right) <= width
        };
        let Some((left, right)) = choices.iter().find(|(left, right)| fits(left, right)) else {
            return;
        };
        let right_x = x + width - wrap::measure(right);
        let sign_x = right_x + wrap::measure(right.split(sign).next().unwrap_or_default());
        for row in area.rows() {
            self.put(x, row.y, left, width, BOLD);
            self.put(right_x, row.y, right, width, PLAIN);
            self.put(sign_x, row.y, sign, 1, style);
        }
    }

    /// The rule above the input, with notes and questions, and how much is below the screen.
    pub(super) fn foot(&mut self, area: Rect, below: usize) {
        let model = self.model;
        let (x, width) = self.inside();
        let said = match (model.asked, &model.status) {
            _ if model.leaving => "draft not sent: x again quits, any other key goes back ".to_owned(),
            (Some(lines), _) => format!("send {lines} lines as one message? Enter yes, Esc edit "),
            (None, Some(status)) => format!("{} ", wrap::one_line(status)),
            (None, None) if model.mode == Mode::Recalling => match (model.recall.query.text(), model.recall.missed) {
                ("", _) => "search what you sent ".to_owned(),
                (query, false) => format!("sent before: {} ", wrap::one_line(query)),
                (query, true) => format!("not sent before: {} ", wrap::one_line(query)),
            },
            (None, None) => layout::command_hint(model).map_or(String::new(), |hint| format!("{hint} ")),
        };
        let said = clipped(&said, width);
        let left = wrap::measure(&said);
        let label = match below {
            0 => String::new(),
            _ => first_fitting([format!(" {below} more below ↓"), format!(" {below} ↓")], width - left),
        };
        let line = width - left - wrap::measure(&label);
        for row in area.rows() {
            self.put(x, row.y, &said, left, BOLD);
            self.put(x + left, row.y, &"─".repeat(line), line, DIM);
            self.put(x + left + line, row.y, &label, width - left - line, BOLD);
        }
    }

    /// The keys of the mode, the most important first, as many as fit.
    pub(super) fn hints(&mut self, area: Rect) {
        let (x, width) = self.inside();
        let line = keymap::hints(self.model, width);
        for row in area.rows() {
            self.put(x, row.y, &line, width, DIM);
        }
    }
}
