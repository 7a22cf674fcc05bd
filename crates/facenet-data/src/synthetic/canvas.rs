use tiny_skia::{
    FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Mask, Paint, Path, PathBuilder, Pixmap, Point,
    RadialGradient, Shader, SpreadMode, Stroke, Transform,
};

use super::colour::Colour;
use super::view::{Px, View};

/// A layer to draw on, with the view that says where places of the head come to lie.
///
/// What cannot be drawn (a path without extent) is left out: at small sizes a mole may vanish.
pub(super) struct Canvas {
    pub(super) pixmap: Pixmap,
    pub(super) view: View,
    /// Where drawing shows, if not everywhere.
    mask: Option<Mask>,
}

impl Canvas {
    pub(super) fn new(pixmap: Pixmap, view: View) -> Self {
        Self {
            pixmap,
            view,
            mask: None,
        }
    }

    /// Draws only inside of a closed curve until `draw` is done.
    pub(super) fn within(&mut self, curve: &[Px], draw: impl FnOnce(&mut Self)) {
        let mask = Mask::new(self.pixmap.width(), self.pixmap.height());
        let (Some(mut mask), Some(path)) = (mask, smooth(curve, true)) else {
            return;
        };
        mask.fill_path(&path, FillRule::Winding, true, Transform::identity());
        let outer = self.mask.replace(mask);
        draw(self);
        self.mask = outer;
    }

    /// Fills a smooth closed curve through the places.
    pub(super) fn fill(&mut self, curve: &[Px], colour: Colour, alpha: f32) {
        self.fill_path(smooth(curve, true), colour, alpha);
    }

    /// Fills a polygon.
    pub(super) fn polygon(&mut self, corners: &[Px], colour: Colour, alpha: f32) {
        self.fill_path(straight(corners), colour, alpha);
    }

    /// Strokes a smooth open curve; `width` in head units.
    pub(super) fn stroke(&mut self, curve: &[Px], width: f32, colour: Colour, alpha: f32) {
        self.stroke_path(smooth(curve, false), width, colour, alpha);
    }

    /// Strokes a smooth closed curve; `width` in head units.
    pub(super) fn outline(&mut self, curve: &[Px], width: f32, colour: Colour, alpha: f32) {
        self.stroke_path(smooth(curve, true), width, colour, alpha);
    }

    /// Strokes many curves of one colour at once.
    pub(super) fn strands(&mut self, curves: &[Vec<Px>], width: f32, colour: Colour, alpha: f32) {
        let mut builder = PathBuilder::new();
        for curve in curves {
            push_smooth(&mut builder, curve, false);
        }
        self.stroke_path(builder.finish(), width, colour, alpha);
    }

    /// Fills circles of one colour; places in pixels, radii in head units.
    pub(super) fn dots(&mut self, dots: &[(Px, f32)], colour: Colour, alpha: f32) {
        let mut builder = PathBuilder::new();
        for &([x, y], radius) in dots {
            builder.push_circle(x, y, self.view.px(radius));
        }
        self.fill_path(builder.finish(), colour, alpha);
    }

    /// A round patch that fades outwards; `radius` in head units.
    pub(super) fn glow(&mut self, [x, y]: Px, radius: f32, colour: Colour, alpha: f32) {
        let centre = Point::from_xy(x, y);
        let radius = self.view.px(radius);
        let stops = vec![
            GradientStop::new(0.0, colour.with_alpha(alpha)),
            GradientStop::new(0.5, colour.with_alpha(alpha * 0.55)),
            GradientStop::new(1.0, colour.with_alpha(0.0)),
        ];
        let shader = RadialGradient::new(
            centre,
            0.0,
            centre,
            radius,
            stops,
            SpreadMode::Pad,
            Transform::identity(),
        );
        if let (Some(shader), Some(path)) = (shader, PathBuilder::from_circle(x, y, radius)) {
            self.paint_path(&path, shader);
        }
    }

    /// Fills everything with a gradient between two places.
    pub(super) fn gradient(&mut self, from: (Px, Colour), to: (Px, Colour)) {
        let ([a, b], [c, d]) = (from.0, to.0);
        let stops = vec![
            GradientStop::new(0.0, from.1.with_alpha(1.0)),
            GradientStop::new(1.0, to.1.with_alpha(1.0)),
        ];
        let shader = LinearGradient::new(
            Point::from_xy(a, b),
            Point::from_xy(c, d),
            stops,
            SpreadMode::Pad,
            Transform::identity(),
        );
        let (width, height) = (self.pixmap.width() as f32, self.pixmap.height() as f32);
        let all = [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]];
        if let (Some(shader), Some(path)) = (shader, straight(&all)) {
            self.paint_path(&path, shader);
        }
    }

    fn fill_path(&mut self, path: Option<Path>, colour: Colour, alpha: f32) {
        if let Some(path) = path {
            self.paint_path(&path, Shader::SolidColor(colour.with_alpha(alpha)));
        }
    }

    fn paint_path(&mut self, path: &Path, shader: Shader<'_>) {
        let paint = Paint {
            shader,
            anti_alias: true,
            ..Paint::default()
        };
        let mask = self.mask.as_ref();
        self.pixmap
            .fill_path(path, &paint, FillRule::Winding, Transform::identity(), mask);
    }

    fn stroke_path(&mut self, path: Option<Path>, width: f32, colour: Colour, alpha: f32) {
        let Some(path) = path else { return };
        let shader = Shader::SolidColor(colour.with_alpha(alpha));
        let paint = Paint {
            shader,
            anti_alias: true,
            ..Paint::default()
        };
        let stroke = Stroke {
            width: self.view.px(width),
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        let mask = self.mask.as_ref();
        self.pixmap
            .stroke_path(&path, &paint, &stroke, Transform::identity(), mask);
    }
}

fn straight(corners: &[Px]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let (&[x, y], others) = corners.split_first()?;
    builder.move_to(x, y);
    for &[x, y] in others {
        builder.line_to(x, y);
    }
    builder.close();
    builder.finish()
}

fn smooth(curve: &[Px], closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    push_smooth(&mut builder, curve, closed);
    builder.finish()
}

/// A Catmull-Rom spline through the places, as cubic Bézier segments.
fn push_smooth(builder: &mut PathBuilder, curve: &[Px], closed: bool) {
    let (Some(&first), Some(&last)) = (curve.first(), curve.last()) else {
        return;
    };
    builder.move_to(first[0], first[1]);
    let n = curve.len();
    let at = |i: isize| {
        let i = if closed {
            i.rem_euclid(n as isize)
        } else {
            i.clamp(0, n as isize - 1)
        };
        curve.get(i as usize).copied().unwrap_or(last)
    };
    let segments = if closed { n } else { n - 1 } as isize;
    for i in 0..segments {
        let [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
        builder.cubic_to(
            b[0] + (c[0] - a[0]) / 6.0,
            b[1] + (c[1] - a[1]) / 6.0,
            c[0] - (d[0] - b[0]) / 6.0,
            c[1] - (d[1] - b[1]) / 6.0,
            c[0],
            c[1],
        );
    }
    if closed {
        builder.close();
    }
}
