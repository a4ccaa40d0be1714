//! A row for each mechanism, a dot at its figure, over a logarithmic scale: the cheapest at the top.

use super::style::{GRID, INK, Letters, Log, PALE, Picture, around, axis_number, colour, is_ours, letters};
use crate::figures::Spread;
use crate::mechanism::{Kind, Reason};
use crate::report::table::short;
use plotters::style::text_anchor::HPos;
use std::path::Path;

/// A picture of dots.
pub(super) struct Dots {
    pub(super) title: &'static str,
    pub(super) x: &'static str,
    /// What nobody can be better than, as lines from top to bottom.
    pub(super) limits: Vec<Limit>,
    pub(super) rows: Vec<Row>,
}

/// A limit by its name.
pub(super) struct Limit {
    pub(super) name: &'static str,
    pub(super) value: f64,
}

/// One mechanism.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) kind: Option<Kind>,
    pub(super) spread: Spread,
}

const WIDTH: i32 = 900;
const LEFT: i32 = 225;
const RIGHT: i32 = WIDTH - 90;
const LEGEND: i32 = 44;
const TOP: i32 = 94;
const ROW: i32 = 23;

/// A limit's name keeps its middle so far from the edges.
const EDGE: i32 = 110;

impl Dots {
    pub(super) fn draw(&self, path: &Path) -> Result<(), Reason> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let bottom = TOP + ROW * self.rows.len() as i32;
        let values = self.rows.iter().flat_map(|row| [row.spread.min, row.spread.max]);
        let values = around(values.chain(self.limits.iter().map(|limit| limit.value)));
        let x = Log { values, pixels: (LEFT, RIGHT) };

        let picture = Picture::new(path, (WIDTH, bottom + 54))?;
        picture.words(self.title, (WIDTH / 2, 22), HPos::Center, letters(19))?;
        let whose = [("this program", Kind::Ours), ("others", Kind::Peer), ("yardsticks", Kind::InProcess)];
        for ((words, kind), at) in whose.into_iter().zip([WIDTH / 4, WIDTH / 2, WIDTH * 3 / 4]) {
            let colour = colour(Some(kind), 0);
            picture.dot((at - 60, LEGEND), 4, colour)?;
            picture.words(words, (at - 50, LEGEND), HPos::Left, Letters { colour, ..letters(12) })?;
        }
        for value in x.marks() {
            let pixel = x.at(value);
            picture.line(&[(pixel, TOP), (pixel, bottom)], GRID, 1)?;
            picture.words(&axis_number(value), (pixel, bottom + 14), HPos::Center, letters(13))?;
        }
        picture.words(self.x, ((LEFT + RIGHT) / 2, bottom + 36), HPos::Center, letters(14))?;
        for limit in &self.limits {
            let pixel = x.at(limit.value);
            picture.dashes((pixel, TOP - 8), (pixel, bottom), INK)?;
            let words = format!("{}: {} {}", limit.name, short(limit.value), self.x);
            let within = pixel.clamp(EDGE, WIDTH - EDGE);
            picture.words(&words, (within, TOP - 18), HPos::Center, letters(13))?;
        }
        for (index, row) in self.rows.iter().enumerate() {
            let height = TOP + ROW * index as i32 + ROW / 2;
            let is_ours = is_ours(row.kind);
            let colour = colour(row.kind, 0);
            let (Spread { min, median, max }, middle) = (row.spread, x.at(row.spread.median));
            picture.line(&[(LEFT, height), (RIGHT, height)], GRID, 1)?;
            picture.line(&[(x.at(min), height), (x.at(max), height)], colour, 2)?;
            picture.dot((middle, height), if is_ours { 6 } else { 5 }, colour)?;
            let name = Letters { colour, bold: is_ours, ..letters(13) };
            picture.words(row.name, (LEFT - 10, height), HPos::Right, name)?;
            let figure = Letters { colour: PALE, ..letters(12) };
            picture.words(&short(median), (x.at(max) + 10, height), HPos::Left, figure)?;
        }
        picture.finish()
    }
}
