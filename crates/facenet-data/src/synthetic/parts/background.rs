use tiny_skia::{GradientStop, LinearGradient, Paint, Point, Rect, SpreadMode, Transform};

use crate::synthetic::canvas::Canvas;
use crate::synthetic::photograph::Photograph;

/// A wall or a sky that changes from top to bottom, with things out of focus before it.
pub(in crate::synthetic) fn background(canvas: &mut Canvas, shot: &Photograph) {
    let (width, height) = (canvas.pixmap.width() as f32, canvas.pixmap.height() as f32);
    let [top, bottom] = shot.background.map(|colour| colour.with_alpha(1.0));
    canvas.pixmap.fill(top);
    let shader = LinearGradient::new(
        Point::from_xy(0.0, 0.0),
        Point::from_xy(0.0, height),
        vec![GradientStop::new(0.0, top), GradientStop::new(1.0, bottom)],
        SpreadMode::Pad,
        Transform::identity(),
    );
    if let (Some(shader), Some(area)) = (shader, Rect::from_xywh(0.0, 0.0, width, height)) {
        let paint = Paint {
            shader,
            ..Paint::default()
        };
        canvas
            .pixmap
            .fill_rect(area, &paint, Transform::identity(), None);
    }
    let unit = canvas.view.px(1.0);
    for &([x, y], radius, colour) in &shot.bokeh {
        canvas.glow([x * width, y * height], radius * height / unit, colour, 0.9);
    }
}
