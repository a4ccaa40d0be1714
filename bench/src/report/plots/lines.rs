//! Lines over two logarithmic scales, each named beside one of its ends.

use super::style::{
    GRID, Letters, Log, PALE, Picture, Place, around, axis_number, colour, is_ours, letters, spread_out,
};
use crate::figures::Spread;
use crate::mechanism::{Kind, Reason};
use plotters::style::text_anchor::HPos;
use std::path::Path;

/// A picture of lines.
pub(super) struct Lines {
    pub(super) title: &'static str,
    pub(super) x: &'static str,
    pub(super) y: &'static str,
    /// What stands below a value of x.
    pub(super) x_name: fn(u64) -> String,
    /// The names stand where the lines begin: where they end they would lie on each other, or not all come so far.
    pub(super) names_at_start: bool,
    pub(super) series: Vec<Series>,
}

/// One line.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) kind: Option<Kind>,
    /// In the order of x.
    pub(super) points: Vec<(u64, Spread)>,
}

const WIDTH: i32 = 900;
const HEIGHT: i32 = 580;
const TOP: i32 = 50;
const BOTTOM: i32 = HEIGHT - 62;

/// Room for the names at one side, and for the scale's numbers at the other.
const NAMES: i32 = 225;
const NUMBERS: i32 = 80;

/// From one name to the next, at least.
const APART: i32 = 17;

/// From a line's end to its name.
const LEADER: i32 = 24;

impl Lines {
    pub(super) fn draw(&self, path: &Path) -> Result<(), Reason> {
        let all = || self.series.iter().flat_map(|series| &series.points);
        let mut xs: Vec<_> = all().map(|(x, _)| *x).collect();
        xs.sort_unstable();
        xs.dedup();
        let [first, .., last] = xs[..] else { return Ok(()) };
        let (left, right) = if self.names_at_start { (NAMES, WIDTH - NUMBERS) } else { (NUMBERS, WIDTH - NAMES) };
        let x = Log { values: (first as f64, last as f64), pixels: (left, right) };
        let values = around(all().flat_map(|(_, spread)| [spread.min, spread.max]));
        let y = Log { values, pixels: (BOTTOM, TOP) };

        let picture = Picture::new(path, (WIDTH, HEIGHT))?;
        picture.words(self.title, (WIDTH / 2, 22), HPos::Center, letters(19))?;
        for &at in &xs {
            let pixel = x.at(at as f64);
            picture.line(&[(pixel, TOP), (pixel, BOTTOM)], GRID, 1)?;
            picture.words(&(self.x_name)(at), (pixel, BOTTOM + 16), HPos::Center, letters(13))?;
        }
        let (numbers, anchor) = if self.names_at_start { (right + 8, HPos::Left) } else { (left - 8, HPos::Right) };
        for value in y.marks() {
            let pixel = y.at(value);
            picture.line(&[(left, pixel), (right, pixel)], GRID, 1)?;
            picture.words(&axis_number(value), (numbers, pixel), anchor, letters(13))?;
        }
        picture.words(self.x, ((left + right) / 2, BOTTOM + 42), HPos::Center, letters(14))?;
        let upright = Letters { upright: true, ..letters(14) };
        let beside = if self.names_at_start { WIDTH - 14 } else { 16 };
        picture.words(self.y, (beside, (TOP + BOTTOM) / 2), HPos::Center, upright)?;

        // Ours last, so that they lie above the others.
        let mut order: Vec<_> = self.series.iter().enumerate().collect();
        order.sort_by_key(|(_, series)| is_ours(series.kind));
        for (index, series) in order {
            self.draw_line(&picture, index, series, x, y)?;
        }
        self.draw_names(&picture, x, y)?;
        picture.finish()
    }

    fn draw_line(&self, picture: &Picture<'_>, index: usize, series: &Series, x: Log, y: Log) -> Result<(), Reason> {
        let colour = self.colour(index);
        let place = |value: u64, height: f64| -> Place { (x.at(value as f64), y.at(height)) };
        let middle: Vec<_> = series.points.iter().map(|(at, spread)| place(*at, spread.median)).collect();
        match series.kind {
            // Yardsticks are no competitors.
            Some(Kind::ByHand | Kind::InProcess) => {
                for pair in middle.windows(2) {
                    picture.dashes(pair[0], pair[1], colour)?;
                }
            }
            kind => picture.line(&middle, colour, if is_ours(kind) { 3 } else { 1 })?,
        }
        for (at, spread) in &series.points {
            picture.line(&[place(*at, spread.min), place(*at, spread.max)], colour, 1)?;
            picture.dot(place(*at, spread.median), if is_ours(series.kind) { 4 } else { 3 }, colour)?;
        }
        Ok(())
    }

    fn draw_names(&self, picture: &Picture<'_>, x: Log, y: Log) -> Result<(), Reason> {
        let ends: Vec<Place> = self
            .series
            .iter()
            .filter_map(|series| if self.names_at_start { series.points.first() } else { series.points.last() })
            .map(|(at, spread)| (x.at(*at as f64), y.at(spread.median)))
            .collect();
        let wanted: Vec<_> = ends.iter().map(|(_, height)| *height).collect();
        let (edge, sign, anchor) =
            if self.names_at_start { (x.pixels.0, -1, HPos::Right) } else { (x.pixels.1, 1, HPos::Left) };
        for (index, height) in spread_out(&wanted, APART, BOTTOM).into_iter().enumerate() {
            let bold = is_ours(self.series[index].kind);
            let near = edge + sign * LEADER;
            picture.line(&[(ends[index].0 + sign * 5, ends[index].1), (near, height)], PALE, 1)?;
            let letters = Letters { colour: self.colour(index), bold, ..letters(13) };
            picture.words(&self.series[index].name, (near + sign * 4, height), anchor, letters)?;
        }
        Ok(())
    }

    /// The colour of a line: the next of its kind.
    fn colour(&self, index: usize) -> plotters::style::RGBColor {
        let kind = self.series[index].kind;
        colour(kind, self.series[..index].iter().filter(|series| series.kind == kind).count())
    }
}
