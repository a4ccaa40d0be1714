//! A screen as SVG: a window, and in it a text for each run of cells that look alike, at its cell's place.

use std::fmt::Write;
use vt100::{Cell, Color, Screen};

/// A cell, in the picture's units.
const WIDTH: f32 = 8.4;
const HEIGHT: f32 = 18.0;

/// Around the cells, and above them for the window's bar.
const MARGIN: f32 = 12.0;
const BAR: f32 = 26.0;

const FOREGROUND: &str = "#d8dee9";
const BACKGROUND: &str = "#1b1f27";

/// The sixteen colours of a terminal's palette.
const PALETTE: [&str; 16] = [
    "#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9", "#5c6370", "#e06c75",
    "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#ffffff",
];

/// How a cell looks.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    ink: &'static str,
    dim: bool,
    bold: bool,
    inverse: bool,
    underline: bool,
}

impl Look {
    fn of(cell: &Cell) -> Look {
        let ink = match cell.fgcolor() {
            Color::Idx(index) => PALETTE.get(usize::from(index)).copied().unwrap_or(FOREGROUND),
            _ => FOREGROUND,
        };
        Look { ink, dim: cell.dim(), bold: cell.bold(), inverse: cell.inverse(), underline: cell.underline() }
    }
}

/// The picture.
pub(crate) fn of(screen: &Screen, title: &str) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let width = f32::from(columns) * WIDTH + 2.0 * MARGIN;
    let height = f32::from(rows) * HEIGHT + 2.0 * MARGIN + BAR;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" width=\"{width:.0}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n",
        escaped(title)
    );
    for (index, colour) in ["#e06c75", "#e5c07b", "#98c379"].iter().enumerate() {
        let x = MARGIN + 6.0 + 18.0 * index as f32;
        let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{:.1}\" r=\"5.5\" fill=\"{colour}\"/>", BAR / 2.0 + 4.0);
    }
    for row in 0..rows {
        for (column, columns, look, text) in runs(screen, row, columns) {
            draw(&mut svg, (column, row), columns, look, &text);
        }
    }
    if !screen.hide_cursor() {
        let (row, column) = screen.cursor_position();
        let (x, y) = place(column, row);
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"{FOREGROUND}\" opacity=\"0.6\"/>"
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn place(column: u16, row: u16) -> (f32, f32) {
    (MARGIN + f32::from(column) * WIDTH, MARGIN + BAR + f32::from(row) * HEIGHT)
}

/// The runs of a row: where each begins, how many cells it takes, how it looks, what it says. Wide symbols stand alone,
/// for no font makes them exactly two cells wide.
fn runs(screen: &Screen, row: u16, columns: u16) -> Vec<(u16, u16, Look, String)> {
    let mut runs: Vec<(u16, u16, Look, String)> = Vec::new();
    let mut joins = false;
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else { continue };
        let (look, cells) = (Look::of(cell), if cell.is_wide() { 2 } else { 1 });
        let text = if cell.has_contents() { cell.contents() } else { " " };
        match runs.last_mut() {
            Some(run) if joins && cells == 1 && run.2 == look => {
                run.1 += 1;
                run.3.push_str(text);
            }
            _ => runs.push((column, cells, look, text.to_owned())),
        }
        joins = cells == 1;
    }
    runs
}

fn draw(svg: &mut String, (column, row): (u16, u16), columns: u16, look: Look, text: &str) {
    let (x, y) = place(column, row);
    let width = f32::from(columns) * WIDTH;
    if look.inverse {
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{HEIGHT}\" fill=\"{}\"/>",
            look.ink
        );
    }
    // Blanks at either end take no text.
    let start = text.chars().take_while(|&c| c == ' ').count();
    let said = text.trim_matches(' ');
    if said.is_empty() {
        return;
    }
    let after = text.chars().rev().take_while(|&c| c == ' ').count();
    let (x, width) = (x + start as f32 * WIDTH, width - (start + after) as f32 * WIDTH);
    let ink = if look.inverse { BACKGROUND } else { look.ink };
    let opacity = if look.dim { " opacity=\"0.6\"" } else { "" };
    let weight = if look.bold { " font-weight=\"bold\"" } else { "" };
    let line = if look.underline { " text-decoration=\"underline\"" } else { "" };
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" fill=\"{ink}\"{opacity}{weight}{line}>{}</text>",
        y + 13.5,
        escaped(said)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
