//! Embeds a folder of faces into a NumPy array.
//!
//! `cargo run --release --example embed -- --model inception-resnet-v1 --weights FILE --images DIR --out emb.npy`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use facenet_core::eval::NamedEmbeddings;
use facenet_core::prelude::*;
use facenet_examples::{NetworkArguments, run, say, with_bar};

/// Embeds a folder of faces into a NumPy array, one row an image.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// Folder of face crops; images in its folders are taken too, in the order of their paths
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// Array to write, [images, dimensions] of 32-bit floats; the paths of the images go to the
    /// same name with .txt, a line each
    #[arg(long, value_name = "FILE.npy")]
    out: PathBuf,
    /// The mirror image of each face: none, sum (added, unit length), concat (side by side)
    #[arg(long, value_name = "HOW", default_value_t)]
    flip: Flip,
    /// Compute in 16-bit floats, where the device has them
    #[arg(long)]
    half: bool,
    /// Faces that go through the network at once
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    batch: u16,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(|| {
        if arguments
            .out
            .extension()
            .is_none_or(|ending| ending != "npy")
        {
            let out = arguments.out.display();
            return Err(format!("{out}: expected a name that ends in .npy").into());
        }
        let device = arguments.network.device()?;
        let mut embedder = Embedder::from_checkpoint(arguments.network.open(&device)?, &device)
            .with_batch(arguments.batch.into())
            .with_flip(arguments.flip);
        if arguments.half {
            embedder = embedder.in_half_precision()?;
        }
        let batch = arguments.batch.into();
        let faces = with_bar("embedding", |progress| {
            NamedEmbeddings::from_folder(&arguments.images, &embedder, batch, progress)
        })?;
        faces.write(&arguments.out)?;
        say!(
            "{} faces from {} in {}: {} x {} numbers",
            faces.len(),
            arguments.images.display(),
            arguments.out.display(),
            faces.len(),
            faces.array().ncols()
        );
        Ok(())
    })
}
