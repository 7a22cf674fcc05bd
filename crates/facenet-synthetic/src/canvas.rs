use std::ops::Range;

use tiny_skia::{
    FillRule, LineCap, LineJoin, Mask, Paint, Path, PathBuilder, Pixmap, Shader, Stroke, Transform,
};

use super::color::Color;
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
    pub(super) fn fill(&mut self, curve: &[Px], color: Color, alpha: f32) {
        self.fill_path(smooth(curve, true), color, alpha);
    }

    /// Fills a polygon.
    pub(super) fn polygon(&mut self, corners: &[Px], color: Color, alpha: f32) {
        self.fill_path(straight(corners), color, alpha);
    }

    /// Strokes a smooth open curve; `width` in head units.
    pub(super) fn stroke(&mut self, curve: &[Px], width: f32, color: Color, alpha: f32) {
        self.stroke_path(smooth(curve, false), width, color, alpha);
    }

    /// Strokes a smooth closed curve; `width` in head units.
    pub(super) fn outline(&mut self, curve: &[Px], width: f32, color: Color, alpha: f32) {
        self.stroke_path(smooth(curve, true), width, color, alpha);
    }

    /// Strokes many curves of one color at once.
    pub(super) fn strands(&mut self, curves: &[Vec<Px>], width: f32, color: Color, alpha: f32) {
        let mut builder = PathBuilder::new();
        for curve in curves {
            push_smooth(&mut builder, curve, false);
        }
        self.stroke_path(builder.finish(), width, color, alpha);
    }

    /// Fills circles of one color; places in pixels, radii in head units.
    pub(super) fn dots(&mut self, dots: &[(Px, f32)], color: Color, alpha: f32) {
        let mut builder = PathBuilder::new();
        for &([x, y], radius) in dots {
            builder.push_circle(x, y, self.view.px(radius));
        }
        self.fill_path(builder.finish(), color, alpha);
    }

    /// A round patch that fades outwards as (1 − r²)²; `radius` in head units.
    pub(super) fn glow(&mut self, [x, y]: Px, radius: f32, color: Color, alpha: f32) {
        let radius = self.view.px(radius).max(0.1);
        let width = self.pixmap.width() as usize;
        let (columns, rows) = (
            span(x, radius, width),
            span(y, radius, self.pixmap.height() as usize),
        );
        let inverse = 1.0 / (radius * radius);
        let mask = self.mask.as_ref().map(Mask::data);
        let pixels = self.pixmap.data_mut().as_chunks_mut::<4>().0;
        for row in rows {
            let dy = row as f32 + 0.5 - y;
            for column in columns.clone() {
                let dx = column as f32 + 0.5 - x;
                let fade = 1.0 - (dx * dx + dy * dy) * inverse;
                if fade > 0.0 {
                    let index = row * width + column;
                    let shown = mask.map_or(1.0, |mask| f32::from(mask[index]) / 255.0);
                    blend(&mut pixels[index], color, alpha * fade * fade * shown);
                }
            }
        }
    }

    /// Fills everything with a gradient between two places.
    pub(super) fn gradient(&mut self, from: (Px, Color), to: (Px, Color)) {
        let ([a, b], [c, d]) = (from.0, to.0);
        let along = [c - a, d - b];
        let inverse = 1.0 / (along[0] * along[0] + along[1] * along[1]).max(1e-6);
        let width = self.pixmap.width() as usize;
        let rows = self.pixmap.data_mut().chunks_exact_mut(4 * width);
        for (row, y) in rows.zip(0_u16..) {
            let down = (f32::from(y) + 0.5 - b) * along[1];
            for (pixel, x) in row.as_chunks_mut::<4>().0.iter_mut().zip(0_u16..) {
                let share = ((f32::from(x) + 0.5 - a) * along[0] + down) * inverse;
                blend(pixel, from.1.mix(to.1, share.clamp(0.0, 1.0)), 1.0);
            }
        }
    }

    fn fill_path(&mut self, path: Option<Path>, color: Color, alpha: f32) {
        if let Some(path) = path {
            self.paint_path(&path, Shader::SolidColor(color.with_alpha(alpha)));
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

    fn stroke_path(&mut self, path: Option<Path>, width: f32, color: Color, alpha: f32) {
        let Some(path) = path else { return };
        let shader = Shader::SolidColor(color.with_alpha(alpha));
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

/// The pixels of a row or column of `size` that lie within `radius` of `center`.
fn span(center: f32, radius: f32, size: usize) -> Range<usize> {
    // Casts from floats saturate, so that what lies outside of the image ends at its edge.
    let from = ((center - radius) as usize).min(size);
    let to = ((center + radius) as usize).saturating_add(1).min(size);
    from..to
}

/// Lays a color over a premultiplied pixel.
fn blend(pixel: &mut [u8; 4], color: Color, alpha: f32) {
    let [r, g, b] = color.0;
    let over = [r, g, b, 1.0];
    for (below, over) in pixel.iter_mut().zip(over) {
        *below = (255.0 * over * alpha + f32::from(*below) * (1.0 - alpha) + 0.5) as u8;
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

/// A smooth curve through the places, close to their Catmull-Rom spline.
///
/// Each segment is two parabolas with the tangents of the spline. tiny-skia strokes cubic curves
/// with the help of trigonometry, which differs between platforms, and more slowly.
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
        let one = [0, 1].map(|k| b[k] + (c[k] - a[k]) / 8.0);
        let two = [0, 1].map(|k| c[k] - (d[k] - b[k]) / 8.0);
        let middle = [0, 1].map(|k| (one[k] + two[k]) / 2.0);
        builder.quad_to(one[0], one[1], middle[0], middle[1]);
        builder.quad_to(two[0], two[1], c[0], c[1]);
    }
    if closed {
        builder.close();
    }
}

#[cfg(test)]
mod tests {
    use super::super::photograph::Pose;
    use super::*;

    fn canvas() -> Canvas {
        let pixmap = Pixmap::new(40, 30).expect("a small picture");
        Canvas::new(pixmap, View::new(&Pose::default(), 30, 40))
    }

    #[test]
    fn a_glow_fades_from_its_center_and_may_lie_outside() {
        let mut canvas = canvas();
        let radius = 8.0 / canvas.view.scale;
        canvas.glow([20.5, 15.5], radius, Color::WHITE, 1.0);
        let alpha = |x: u32, y: u32| canvas.pixmap.pixel(x, y).map(|pixel| pixel.alpha());
        assert_eq!(alpha(20, 15), Some(255));
        assert_eq!(alpha(24, 15), Some(143)); // (1 − ¼)² · 255
        assert_eq!(alpha(24, 15), alpha(16, 15));
        assert_eq!(alpha(28, 15), Some(0));
        let before = canvas.pixmap.data().to_vec();
        for at in [[-50.0, 15.0], [90.0, 15.0], [20.0, -50.0], [20.0, 90.0]] {
            canvas.glow(at, radius, Color::WHITE, 1.0);
        }
        assert_eq!(canvas.pixmap.data(), before);
    }

    #[test]
    fn a_gradient_runs_from_one_place_to_the_other() {
        let mut canvas = canvas();
        let (black, white) = (Color([0.0; 3]), Color::WHITE);
        canvas.gradient(([0.5, 0.0], black), ([39.5, 0.0], white));
        let pixel = |x: u32| canvas.pixmap.pixel(x, 7).map(|pixel| pixel.red());
        assert_eq!([pixel(0), pixel(39)], [Some(0), Some(255)]);
        assert!(pixel(12) < pixel(13));
    }

    #[test]
    fn a_mask_confines_what_is_drawn() {
        let mut canvas = canvas();
        let left = [[0.0, -10.0], [0.0, 40.0], [15.0, 40.0], [15.0, -10.0]];
        canvas.within(&left, |canvas| {
            canvas.glow([20.0, 15.0], 100.0, Color::WHITE, 1.0);
        });
        let alpha = |x: u32| canvas.pixmap.pixel(x, 15).map(|pixel| pixel.alpha());
        assert!(alpha(5) > Some(200));
        assert_eq!(alpha(30), Some(0));
    }
}
