use std::path::PathBuf;

use clap::Args;
use facenet_core::data::DEFAULT_MARGIN;
use facenet_core::eval::{EvalError, FaceCut, LfwFaces, LfwFacesConfig};

use crate::{bar, counted, region, say};

/// Where LFW is, and which part of each image is the face.
#[derive(Args)]
pub struct LfwArguments {
    /// Folder of Labeled Faces in the Wild: name/name_0001.jpg in it or in its folder `images`
    #[arg(long, value_name = "DIR")]
    pub lfw: Option<PathBuf>,
    /// Face boxes: CSV with file,x1,y1,x2,y2; without it, the middle of the image is taken
    #[arg(long, value_name = "CSV", requires = "lfw")]
    boxes: Option<PathBuf>,
    /// Pixels that a box grows by, half of it on each side
    #[arg(long, requires = "boxes", default_value_t = DEFAULT_MARGIN)]
    margin: f32,
    /// The same region of each image instead: left,top,right,bottom in pixels
    #[arg(long, value_name = "X0,Y0,X1,Y1", value_parser = region, requires = "lfw",
          conflicts_with = "boxes")]
    crop: Option<[u32; 4]>,
}

impl LfwArguments {
    /// The part of each image that is the face.
    pub fn cut(&self) -> FaceCut {
        match (&self.boxes, self.crop) {
            (Some(list), _) => FaceCut::Boxes {
                list: list.clone(),
                margin: self.margin,
            },
            (None, Some(region)) => FaceCut::Region(region),
            (None, None) => FaceCut::default(),
        }
    }
}

/// Cuts out the faces of LFW with a progress bar, and says how many there are.
///
/// # Errors
///
/// As [`LfwFacesConfig::init`].
pub fn open_lfw(options: &LfwFacesConfig, size: [usize; 2]) -> Result<LfwFaces, EvalError> {
    let bar = bar("LFW", 0);
    let faces = options.init(size, |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let faces = faces?;
    say!(
        "LFW: {} pairs of {} images{}.",
        counted(faces.pairs().len()),
        counted(faces.faces().len()),
        match faces.pairs().skipped() {
            0 => String::new(),
            skipped => format!(", {skipped} pairs skipped (not comparable then)"),
        }
    );
    Ok(faces)
}
