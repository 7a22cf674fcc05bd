use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::{
    ChartBuilder, Circle, DrawingArea, DrawingBackend, PathElement, Polygon, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, ShapeStyle, TextStyle};

use super::style::{FINE_GRID, FONT, GRID, GUIDE, INK, dashed, line_style};
use super::ticks::Ticks;

const MARGIN: f64 = 28.0;
const TITLE: f64 = 40.0;
const TEXT: f64 = 30.0;
const LEGEND_LINE: f64 = 44.0;
const SAMPLE: f64 = 84.0;
const GAP: f64 = 14.0;
const STROKE: f64 = 3.0;
const TICK: f64 = 8.0;
const MARK: f64 = 8.0;

/// An axis: what it shows, from where to where, and its marks.
#[derive(Clone)]
pub(super) struct Axis {
    pub(super) title: String,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Ticks,
    pub(super) label: fn(f64) -> String,
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value - self.low) / (self.high - self.low);
        (f64::from(from) + share * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            self.ticks.fine.clone()
        } else {
            self.ticks.bold.clone()
        }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

/// A line with its name. Each run is drawn by itself; between them is a gap.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) runs: Vec<Vec<(f64, f64)>>,
    /// Whether the area between the line and the horizontal axis is tinted.
    pub(super) filled: bool,
    /// Whether each point has a mark, which differs from line to line.
    pub(super) marked: bool,
    /// Error bars: where, from and to.
    pub(super) errors: Vec<(f64, f64, f64)>,
}

impl Line {
    /// A line and nothing else.
    pub(super) fn new(name: &str, runs: Vec<Vec<(f64, f64)>>) -> Line {
        Line {
            name: name.to_owned(),
            runs,
            filled: false,
            marked: false,
            errors: Vec::new(),
        }
    }
}

/// Room beside a chart, in pixels.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sides {
    /// For the labels and the title of the vertical axis.
    left: u32,
    /// For the half of the last label of the horizontal axis.
    right: u32,
}

impl Sides {
    /// What holds both.
    pub(super) fn or_wider(self, other: Sides) -> Sides {
        Sides {
            left: self.left.max(other.left),
            right: self.right.max(other.right),
        }
    }
}

/// One chart of a figure: axes, a legend above them, and lines within.
pub(super) struct Panel {
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) lines: Vec<Line>,
    /// Thin lines without a name to compare with, as a diagonal.
    pub(super) guides: Vec<[(f64, f64); 2]>,
}

fn text_style(size: f64, scale: f64) -> TextStyle<'static> {
    TextStyle::from((FONT, size * scale).into_font()).color(&INK)
}

fn message(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn width_of<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    text: &str,
    style: &TextStyle<'_>,
) -> Result<u32, String> {
    let (width, _) = area.estimate_text_size(text, style).map_err(message)?;
    Ok(width)
}

/// As much of `text` as `width` pixels hold; what is cut off leaves an ellipsis.
fn fitting<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    text: &str,
    style: &TextStyle<'_>,
    width: f64,
) -> Result<String, String> {
    let mut fitting = text.to_owned();
    let mut kept = text.to_owned();
    while f64::from(width_of(area, &fitting, style)?) > width && kept.pop().is_some() {
        fitting = format!("{}…", kept.trim_end());
    }
    Ok(fitting)
}

/// Draws a title in the middle of the top, and gives what is left below.
pub(super) fn titled<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    title: &str,
    scale: f64,
) -> Result<DrawingArea<DB, Shift>, String> {
    if title.is_empty() {
        return Ok(area.clone());
    }
    let style = text_style(TITLE, scale).pos(Pos::new(HPos::Center, VPos::Center));
    let height = (MARGIN + TITLE) * scale;
    let middle = area.dim_in_pixel().0 as i32 / 2;
    let (top, rest) = area.split_vertically(height as i32);
    let at = (
        middle,
        ((MARGIN + TITLE) / 2.0 * scale) as i32 + (6.0 * scale) as i32,
    );
    let title = fitting(
        area,
        title,
        &style,
        2.0 * (f64::from(middle) - MARGIN * scale),
    )?;
    top.draw(&Text::new(title, at, style)).map_err(message)?;
    Ok(rest)
}

impl Panel {
    /// Draws the only panel of a figure.
    pub(super) fn draw_alone<DB: DrawingBackend>(
        &self,
        title: &str,
        area: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<(), String> {
        let rest = titled(area, title, scale)?;
        self.draw(area, &rest, self.sides(area, scale)?, scale)
    }

    /// The room that the labels of this panel need.
    pub(super) fn sides<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<Sides, String> {
        let style = text_style(TEXT, scale);
        let widest = |axis: &Axis| -> Result<f64, String> {
            let mut widest = 0;
            for &tick in &axis.ticks.bold {
                widest = widest.max(width_of(area, &(axis.label)(tick), &style)?);
            }
            Ok(f64::from(widest))
        };
        Ok(Sides {
            left: (widest(&self.y)? + (TEXT + 3.0 * GAP + TICK) * scale) as u32,
            right: (widest(&self.x)? / 2.0 + GAP * scale).max(MARGIN * 1.5 * scale) as u32,
        })
    }

    /// Draws the panel into `area`, which lies within `root`.
    pub(super) fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        area: &DrawingArea<DB, Shift>,
        sides: Sides,
        scale: f64,
    ) -> Result<(), String> {
        let px = |length: f64| (length * scale).round() as i32;
        let area = self.legend(area, sides, scale)?;
        let mut chart = ChartBuilder::on(&area)
            .margin_right(sides.right)
            .margin_left(px(MARGIN / 2.0))
            .margin_bottom(px(MARGIN / 2.0))
            .margin_top(px(GAP))
            .x_label_area_size(px(92.0))
            .y_label_area_size(sides.left)
            .build_cartesian_2d(self.x.clone(), self.y.clone())
            .map_err(message)?;
        let thin = |color: plotters::style::RGBColor, width: f64| ShapeStyle {
            color: color.to_rgba(),
            filled: false,
            stroke_width: (width * scale).round().max(1.0) as u32,
        };
        chart
            .configure_mesh()
            .x_desc(self.x.title.clone())
            .y_desc(self.y.title.clone())
            .x_label_formatter(&|&x| (self.x.label)(x))
            .y_label_formatter(&|&y| (self.y.label)(y))
            .axis_desc_style(text_style(TEXT, scale))
            .label_style(text_style(TEXT, scale))
            .axis_style(thin(INK, 1.5))
            .bold_line_style(thin(GRID, 1.0))
            .light_line_style(thin(FINE_GRID, 1.0))
            .set_all_tick_mark_size(px(TICK))
            .draw()
            .map_err(message)?;
        let pixels = |points: &[(f64, f64)]| -> Vec<(i32, i32)> {
            points
                .iter()
                .map(|point| chart.backend_coord(point))
                .collect()
        };
        for guide in &self.guides {
            root.draw(&PathElement::new(pixels(guide), thin(GUIDE, 1.5)))
                .map_err(message)?;
        }
        for (index, line) in self
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.filled)
        {
            for run in &line.runs {
                let ends = [run.last(), run.first()];
                let floor = ends.into_iter().flatten().map(|&(x, _)| (x, self.y.low));
                let outline: Vec<(f64, f64)> = run.iter().copied().chain(floor).collect();
                let tint = line_style(index).0.mix(0.22).filled();
                root.draw(&Polygon::new(pixels(&outline), tint))
                    .map_err(message)?;
            }
        }
        for (index, line) in self.lines.iter().enumerate() {
            for run in &line.runs {
                stroke(root, &pixels(run), index, scale)?;
            }
            for &(x, low, high) in &line.errors {
                error_bar(root, &pixels(&[(x, low), (x, high)]), index, scale)?;
            }
            for run in line.runs.iter().filter(|_| line.marked) {
                for at in pixels(run) {
                    mark(root, at, index, scale)?;
                }
            }
        }
        Ok(())
    }

    /// Names the lines above the chart, in as many rows as they need, where no line can be hidden.
    fn legend<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        sides: Sides,
        scale: f64,
    ) -> Result<DrawingArea<DB, Shift>, String> {
        let style = text_style(TEXT, scale).pos(Pos::new(HPos::Left, VPos::Center));
        let left = f64::from(sides.left) + MARGIN * scale;
        let right = f64::from(area.dim_in_pixel().0) - MARGIN * scale;
        let sample = (SAMPLE + GAP) * scale;
        let (mut x, mut row) = (left, 0.0);
        let mut places = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            let name = fitting(area, &line.name, &style, right - left - sample)?;
            let width = f64::from(width_of(area, &name, &style)?) + sample;
            if x > left && x + width > right {
                (x, row) = (left, row + 1.0);
            }
            places.push((index, name, x, (row + 0.5) * LEGEND_LINE * scale));
            x += width + 2.0 * GAP * scale;
        }
        let height = if places.is_empty() {
            0.0
        } else {
            (row + 1.0) * LEGEND_LINE * scale
        };
        let (top, rest) = area.split_vertically(height as i32);
        let (_, base_y) = top.get_base_pixel();
        let root = top.use_screen_coord();
        for (index, name, x, y) in places {
            // The font's letters stand a little above the middle of their box.
            let at = ((x + sample) as i32, (y + 4.0 * scale) as i32);
            let screen_y = base_y + y as i32;
            top.draw(&Text::new(name, at, style.clone()))
                .map_err(message)?;
            stroke(
                &root,
                &[
                    (x as i32, screen_y),
                    ((x + SAMPLE * scale) as i32, screen_y),
                ],
                index,
                scale,
            )?;
            if self.lines.get(index).is_some_and(|line| line.marked) {
                mark(
                    &root,
                    ((x + SAMPLE / 2.0 * scale) as i32, screen_y),
                    index,
                    scale,
                )?;
            }
        }
        Ok(rest)
    }
}

/// Draws the mark of line `index`: the shapes differ where colors do not, in print.
fn mark<DB: DrawingBackend>(
    root: &DrawingArea<DB, Shift>,
    (x, y): (i32, i32),
    index: usize,
    scale: f64,
) -> Result<(), String> {
    let (color, _) = line_style(index);
    let at = |dx: f64, dy: f64| {
        let offset = |d: f64| (d * MARK * scale).round() as i32;
        (x + offset(dx), y + offset(dy))
    };
    let corners = match index % 5 {
        1 => vec![at(-0.9, -0.9), at(0.9, -0.9), at(0.9, 0.9), at(-0.9, 0.9)],
        2 => vec![at(0.0, -1.25), at(1.15, 0.9), at(-1.15, 0.9)],
        3 => vec![at(0.0, -1.3), at(1.3, 0.0), at(0.0, 1.3), at(-1.3, 0.0)],
        4 => vec![at(0.0, 1.25), at(1.15, -0.9), at(-1.15, -0.9)],
        _ => {
            let circle = Circle::new((x, y), (MARK * scale).round() as i32, color.filled());
            return root.draw(&circle).map_err(message);
        }
    };
    root.draw(&Polygon::new(corners, color.filled()))
        .map_err(message)
}

/// Draws an error bar between two pixels, with a stop at each end.
fn error_bar<DB: DrawingBackend>(
    root: &DrawingArea<DB, Shift>,
    ends: &[(i32, i32)],
    index: usize,
    scale: f64,
) -> Result<(), String> {
    let style = ShapeStyle {
        color: line_style(index).0.to_rgba(),
        filled: false,
        stroke_width: (2.0 * scale).round() as u32,
    };
    let half = (MARK * scale).round() as i32;
    let stops = ends
        .iter()
        .map(|&(x, y)| vec![(x - half, y), (x + half, y)]);
    for path in stops.chain([ends.to_vec()]) {
        root.draw(&PathElement::new(path, style)).map_err(message)?;
    }
    Ok(())
}

/// Draws line `index` through pixels of the screen.
fn stroke<DB: DrawingBackend>(
    root: &DrawingArea<DB, Shift>,
    points: &[(i32, i32)],
    index: usize,
    scale: f64,
) -> Result<(), String> {
    let (color, pattern) = line_style(index);
    let pattern: Vec<f64> = pattern.iter().map(|length| length * scale).collect();
    let style = ShapeStyle {
        color: color.to_rgba(),
        filled: false,
        stroke_width: (STROKE * scale).round() as u32,
    };
    // Points nearer than a pixel make thick lines bristle at the joints.
    let mut apart: Vec<(f64, f64)> = Vec::new();
    let last = points.len().saturating_sub(1);
    for (at, &(x, y)) in points.iter().enumerate() {
        let point = (f64::from(x), f64::from(y));
        let far = apart
            .last()
            .is_none_or(|&(px, py)| (point.0 - px).hypot(point.1 - py) >= 1.5 * scale);
        if far || at == last {
            apart.push(point);
        }
    }
    apart.dedup();
    if let [(x, y)] = apart[..] {
        // A single value has no line, but a mark.
        apart = vec![(x - 3.0 * scale, y), (x + 3.0 * scale, y)];
    }
    for dash in dashed(&apart, &pattern) {
        let pixels: Vec<(i32, i32)> = dash
            .iter()
            .map(|&(x, y)| (x.round() as i32, y.round() as i32))
            .collect();
        root.draw(&PathElement::new(pixels, style))
            .map_err(message)?;
    }
    Ok(())
}
