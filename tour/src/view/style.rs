//! The styles: there are no colours.

use ratatui::style::{Modifier, Style};

/// What is new, or to be noticed.
pub(super) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);

/// The step that comes next.
pub(super) const CURSOR: Style = Style::new().add_modifier(Modifier::REVERSED);
