use std::fs::Permissions;
use std::io::{Cursor, Write};
use std::path::Path;

use image::{ImageFormat, RgbImage};
use plotters::coord::Shift;
use plotters::prelude::{BitMapBackend, DrawingArea, DrawingBackend, IntoDrawingArea, SVGBackend};
use plotters::style::{FontStyle, WHITE, register_font};

use super::style::FONT;
use crate::MetricsError;

/// Pixels drawn for each pixel of a PNG along a side; their mean smooths the edges of lines.
const OVERSAMPLING: u32 = 2;

/// A drawing that has a size and no format yet.
pub(super) trait Figure {
    /// Width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Draws on `area`, every length multiplied by `scale`.
    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<(), String>;
}

/// Writes a figure in the format that the name asks for.
pub(super) fn save(figure: &impl Figure, path: &Path) -> Result<(), MetricsError> {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .map(str::to_ascii_lowercase);
    let encode = match extension.as_deref() {
        Some("png") => png,
        Some("svg") => svg,
        _ => {
            return Err(MetricsError::FigureFormat {
                path: path.to_owned(),
            });
        }
    };
    let bytes = encode(figure).map_err(|problem| MetricsError::Figure {
        path: path.to_owned(),
        problem,
    })?;
    replace(path, &bytes).map_err(|source| MetricsError::Write {
        path: path.to_owned(),
        source,
    })
}

fn render<DB: DrawingBackend>(figure: &impl Figure, backend: DB, scale: u32) -> Result<(), String> {
    register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
        .map_err(|_| "the embedded font is not one".to_owned())?;
    let area = backend.into_drawing_area();
    area.fill(&WHITE).map_err(|error| error.to_string())?;
    figure.draw(&area, f64::from(scale))?;
    area.present().map_err(|error| error.to_string())
}

fn svg<F: Figure>(figure: &F) -> Result<Vec<u8>, String> {
    let mut text = String::new();
    render(figure, SVGBackend::with_string(&mut text, figure.size()), 1)?;
    Ok(text.into_bytes())
}

fn png<F: Figure>(figure: &F) -> Result<Vec<u8>, String> {
    let (width, height) = figure.size();
    let (wide, high) = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut pixels = vec![0; wide as usize * high as usize * 3];
    render(
        figure,
        BitMapBackend::with_buffer(&mut pixels, (wide, high)),
        OVERSAMPLING,
    )?;
    let large = RgbImage::from_raw(wide, high, pixels).ok_or("the buffer does not fit the size")?;
    // For a whole factor the thumbnail is the mean of the pixels it stands for.
    let small = image::imageops::thumbnail(&large, width, height);
    let mut bytes = Cursor::new(Vec::new());
    small
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}

/// Puts `bytes` in place of what is at `path`, whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = builder().tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Temporary files are private by default; a figure is an ordinary file.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".figure-");
    if let Some(permissions) = ordinary() {
        builder.permissions(permissions);
    }
    builder
}

#[cfg(unix)]
fn ordinary() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn ordinary() -> Option<Permissions> {
    None
}
