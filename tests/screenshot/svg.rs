//! A terminal's screen as an SVG picture.

#![forbid(unsafe_code)]

use std::fmt::Write;
use vt100::{Cell, Color, Screen};

/// Pixels of a cell, of the margin, and of the bar with the title.
const CELL: (u32, u32) = (9, 20);
const MARGIN: u32 = 12;
const BAR: u32 = 30;

const FOREGROUND: &str = "#d8dee9";
const BACKGROUND: &str = "#1e222a";

/// The sixteen colours that a terminal's user chooses; here as many have them.
const SIXTEEN: [&str; 16] = [
    "#2e3440", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9", "#5c6370", "#ff7a85",
    "#b5e890", "#ffd88a", "#82c4ff", "#dd9af0", "#7fd8e2", "#ffffff",
];

/// What is drawn alike.
#[derive(Clone, PartialEq)]
struct Style {
    foreground: String,
    background: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

impl Style {
    fn of(cell: &Cell) -> Self {
        let (mut foreground, mut background) = (color(cell.fgcolor()), color(cell.bgcolor()));
        if cell.inverse() {
            let paper = background.take().unwrap_or_else(|| BACKGROUND.into());
            background = Some(foreground.replace(paper).unwrap_or_else(|| FOREGROUND.into()));
        }
        Style {
            foreground: foreground.unwrap_or_else(|| FOREGROUND.into()),
            background,
            bold: cell.bold(),
            dim: cell.dim(),
            italic: cell.italic(),
            underline: cell.underline(),
        }
    }

    fn attributes(&self) -> String {
        let mut text = format!(r#"fill="{}""#, self.foreground);
        for (on, attribute) in [
            (self.bold, r#" font-weight="bold""#),
            (self.dim, r#" opacity="0.6""#),
            (self.italic, r#" font-style="italic""#),
            (self.underline, r#" text-decoration="underline""#),
        ] {
            text.push_str(if on { attribute } else { "" });
        }
        text
    }
}

/// A colour; none for the terminal's own.
fn color(color: Color) -> Option<String> {
    match color {
        Color::Default => None,
        Color::Idx(index @ 0..16) => Some(SIXTEEN[usize::from(index)].into()),
        // The cube of 6 by 6 by 6 colours, and 24 greys behind it, as xterm has them.
        Color::Idx(index @ 16..232) => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            let index = index - 16;
            let [red, green, blue] = [index / 36, index / 6 % 6, index % 6].map(level);
            Some(format!("#{red:02x}{green:02x}{blue:02x}"))
        }
        Color::Idx(index) => Some(format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * (index - 232))),
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
    }
}

/// Text that stands side by side and looks alike.
struct Run {
    column: u32,
    columns: u32,
    text: String,
    style: Style,
}

/// A row's runs. A character that is not ASCII is a run of its own, since a font may not give it the width that the terminal does.
fn runs(screen: &Screen, row: u16, columns: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else { continue };
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let (style, width) = (Style::of(cell), if cell.is_wide() { 2 } else { 1 });
        match runs.last_mut() {
            Some(run) if run.style == style && text.is_ascii() && run.text.is_ascii() => {
                run.text.push_str(text);
                run.columns += width;
            }
            _ => runs.push(Run { column: column.into(), columns: width, text: text.into(), style }),
        }
    }
    runs
}

/// The picture, under this title.
pub(crate) fn draw(screen: &Screen, title: &str) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height) = (u32::from(columns) * CELL.0 + 2 * MARGIN, u32::from(rows) * CELL.1 + BAR + MARGIN);
    let mut out = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>
<text x="{middle}" y="20" fill="#8b93a1" text-anchor="middle" font-family="sans-serif" font-size="13">{title}</text>
<g font-family="'DejaVu Sans Mono','Noto Sans Mono',Menlo,Consolas,monospace" font-size="15" xml:space="preserve">
"##,
        middle = width / 2,
        title = escaped(title)
    );
    for row in 0..rows {
        let top = BAR + u32::from(row) * CELL.1;
        for Run { column, columns, text, style } in runs(screen, row, columns) {
            let (left, across) = (MARGIN + column * CELL.0, columns * CELL.0);
            if let Some(paper) = &style.background {
                let _ = writeln!(
                    out,
                    r#"<rect x="{left}" y="{top}" width="{across}" height="{}" fill="{paper}"/>"#,
                    CELL.1
                );
            }
            // Spaces at a run's ends would only be stretched.
            let trimmed = text.trim_start();
            let (left, text) = (left + (text.len() - trimmed.len()) as u32 * CELL.0, trimmed.trim_end());
            if text.is_empty() {
                continue;
            }
            let across = if text.is_ascii() { text.len() as u32 * CELL.0 } else { across };
            let (attributes, text) = (style.attributes(), escaped(text));
            let _ = writeln!(
                out,
                r#"<text x="{left}" y="{}" textLength="{across}" lengthAdjust="spacingAndGlyphs" {attributes}>{text}</text>"#,
                top + 15
            );
        }
    }
    if !screen.hide_cursor() {
        let (row, column) = screen.cursor_position();
        let (left, top) = (MARGIN + u32::from(column) * CELL.0, BAR + u32::from(row) * CELL.1);
        let _ = writeln!(
            out,
            r#"<rect x="{left}" y="{}" width="{}" height="{}" fill="{FOREGROUND}" opacity="0.7"/>"#,
            top + 1,
            CELL.0,
            CELL.1 - 2
        );
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
