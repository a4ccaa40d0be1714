//! Colours, strokes, letters, and where a value lies.

use crate::mechanism::{Kind, Reason};
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::path::Path;

pub(super) const INK: RGBColor = RGBColor(30, 30, 30);
pub(super) const PALE: RGBColor = RGBColor(130, 130, 130);
pub(super) const GRID: RGBColor = RGBColor(226, 226, 226);

/// Ours: blues and what lies beside them.
const OURS: [RGBColor; 5] =
    [RGBColor(0, 114, 206), RGBColor(8, 48, 107), RGBColor(90, 165, 230), RGBColor(0, 150, 150), RGBColor(84, 39, 143)];

/// The others': all but blue.
const OTHERS: [RGBColor; 12] = [
    RGBColor(217, 95, 2),
    RGBColor(60, 140, 70),
    RGBColor(231, 41, 138),
    RGBColor(150, 110, 0),
    RGBColor(214, 39, 40),
    RGBColor(110, 110, 110),
    RGBColor(102, 160, 20),
    RGBColor(166, 86, 40),
    RGBColor(188, 90, 160),
    RGBColor(240, 128, 80),
    RGBColor(130, 130, 30),
    RGBColor(120, 40, 60),
];

/// The colour of the `index`th of a kind.
pub(super) fn colour(kind: Option<Kind>, index: usize) -> RGBColor {
    match kind {
        Some(Kind::Ours | Kind::OursElsewhere) => OURS[index % OURS.len()],
        Some(Kind::Peer) => OTHERS[index % OTHERS.len()],
        Some(Kind::ByHand | Kind::InProcess) | None => INK,
    }
}

/// Whether it is drawn as ours: broader than the others, and above them.
pub(super) fn is_ours(kind: Option<Kind>) -> bool {
    matches!(kind, Some(Kind::Ours | Kind::OursElsewhere))
}

/// A picture that is being drawn.
pub(super) struct Picture<'a>(DrawingArea<SVGBackend<'a>, Shift>);

/// A place in it, in pixels from the left and from the top.
pub(super) type Place = (i32, i32);

impl<'a> Picture<'a> {
    /// An empty one.
    pub(super) fn new(path: &'a Path, size: (i32, i32)) -> Result<Self, Reason> {
        let area = SVGBackend::new(path, (size.0 as u32, size.1 as u32)).into_drawing_area();
        area.fill(&WHITE).map_err(said)?;
        Ok(Picture(area))
    }

    /// Writes the file.
    pub(super) fn finish(self) -> Result<(), Reason> {
        self.0.present().map_err(said)
    }

    pub(super) fn line(&self, places: &[Place], colour: RGBColor, width: u32) -> Result<(), Reason> {
        self.0.draw(&PathElement::new(places, colour.stroke_width(width))).map_err(said)
    }

    pub(super) fn dashes(&self, from: Place, to: Place, colour: RGBColor) -> Result<(), Reason> {
        let line = DashedPathElement::new([from, to], 6, 4, colour.stroke_width(1));
        self.0.draw(&line).map_err(said)
    }

    pub(super) fn dot(&self, at: Place, radius: i32, colour: RGBColor) -> Result<(), Reason> {
        self.0.draw(&Circle::new(at, radius, colour.filled())).map_err(said)
    }

    /// Words with their left end, right end or middle at a place.
    pub(super) fn words(&self, words: &str, at: Place, anchor: HPos, letters: Letters) -> Result<(), Reason> {
        let style = if letters.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::SansSerif, letters.size.into(), style);
        let font = if letters.upright { font.transform(FontTransform::Rotate270) } else { font };
        let style = TextStyle::from(font).color(&letters.colour).pos(Pos::new(anchor, VPos::Center));
        self.0.draw_text(words, &style, at).map_err(said)
    }
}

/// How words look.
#[derive(Clone, Copy)]
pub(super) struct Letters {
    pub(super) size: u32,
    pub(super) colour: RGBColor,
    pub(super) bold: bool,
    /// Read from below.
    pub(super) upright: bool,
}

/// Ink of that size.
pub(super) fn letters(size: u32) -> Letters {
    Letters { size, colour: INK, bold: false, upright: false }
}

/// plotters' errors in words.
fn said(error: impl std::fmt::Display) -> Reason {
    Reason(format!("the plot could not be drawn: {error}"))
}

/// A logarithmic scale: where a value lies between two pixels.
#[derive(Clone, Copy)]
pub(super) struct Log {
    pub(super) values: (f64, f64),
    pub(super) pixels: (i32, i32),
}

impl Log {
    pub(super) fn at(self, value: f64) -> i32 {
        let (low, high) = (self.values.0.ln(), self.values.1.ln());
        let share = (value.max(self.values.0).ln() - low) / (high - low);
        self.pixels.0 + (f64::from(self.pixels.1 - self.pixels.0) * share).round() as i32
    }

    /// The values to mark: 1, 10, 100, …; with 2 and 5 between where there are few of them.
    pub(super) fn marks(self) -> impl Iterator<Item = f64> {
        let (low, high) = (self.values.0.log10(), self.values.1.log10());
        let between: &[f64] = if high - low < FEW_DECADES { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let decades = low.floor() as i32..=high.ceil() as i32;
        let all = decades.flat_map(|exponent| between.iter().map(move |factor| factor * 10_f64.powi(exponent)));
        all.filter(move |mark| (self.values.0..=self.values.1).contains(mark))
    }
}

const FEW_DECADES: f64 = 2.5;

/// The least and the most of all values, with some room.
pub(super) fn around(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), one| (low.min(one), high.max(one)));
    (low / 1.25, high * 1.25)
}

/// A number on an axis: 1, 10, 100, 1 k.
pub(super) fn axis_number(value: f64) -> String {
    let units = [(1e9, " G"), (1e6, " M"), (1e3, " k")];
    let unit = units.into_iter().find(|(size, _)| value >= size * 0.999);
    let (size, name) = unit.unwrap_or((1.0, ""));
    format!("{}{name}", (value / size * 1000.0).round() / 1000.0)
}

/// Moves labels as little as needed apart: each place is at least `apart` below the one before, and none is below
/// `bottom` unless there are too many.
pub(super) fn spread_out(wanted: &[i32], apart: i32, bottom: i32) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&index| wanted[index]);
    let mut places = wanted.to_vec();
    // Down first, then up again from the bottom.
    for pair in order.windows(2) {
        places[pair[1]] = places[pair[1]].max(places[pair[0]] + apart);
    }
    let mut limit = bottom;
    for &index in order.iter().rev() {
        places[index] = places[index].min(limit);
        limit = places[index] - apart;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decade_is_as_long_as_another() {
        let scale = Log { values: (1.0, 100.0), pixels: (0, 200) };
        assert_eq!([1.0, 10.0, 100.0].map(|value| scale.at(value)), [0, 100, 200]);
        assert_eq!(scale.marks().collect::<Vec<_>>(), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
        let long = Log { values: (1.0, 1e3), ..scale };
        assert_eq!(long.marks().collect::<Vec<_>>(), [1.0, 10.0, 100.0, 1000.0]);
    }

    #[test]
    fn labels_do_not_lie_on_each_other_nor_below_the_bottom() {
        assert_eq!(spread_out(&[100, 10, 101], 16, 200), [100, 10, 116]);
        assert_eq!(spread_out(&[195, 199, 198], 16, 200), [168, 200, 184]);
    }

    #[test]
    fn numbers_on_an_axis_are_short() {
        assert_eq!([0.1, 1.0, 1e3, 1e7, 1e9].map(axis_number), ["0.1", "1", "1 k", "10 M", "1 G"]);
    }
}
