//! What a network is made of and what it costs, layer by layer, like the tables of the paper.
//!
//! `cargo run --release --example summary -- nn2`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use facenet_core::prelude::*;
use facenet_examples::{run, say, size};

/// Prints a network's layers with their outputs, parameters and multiply-adds.
#[derive(Parser)]
struct Arguments {
    /// Network: nn1, nn2, nn3, nn4, nns1, nns2, nn4.small2, inception-resnet-v1, mobilefacenet
    model: Architecture,
    /// Normalization of the paper's networks: batch, or the paper's own local-response
    #[arg(long, default_value_t)]
    normalization: Normalization,
    /// Dimensions of the embedding; by default as published
    #[arg(long)]
    embedding_dim: Option<usize>,
    /// Height and width of the input, as 224x224; by default as published
    #[arg(long, value_parser = size)]
    input_size: Option<[usize; 2]>,
    /// Device: flex (the CPU), and with their features wgpu, vulkan, metal, webgpu, cuda, rocm
    #[arg(long, default_value = "flex")]
    device: DeviceName,
    /// Writes the table to FILE as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(|| {
        let mut config =
            FaceNetConfig::new(arguments.model).with_normalization(arguments.normalization);
        if let Some(dim) = arguments.embedding_dim {
            config = config.with_embedding_dim(dim);
        }
        if let Some(size) = arguments.input_size {
            config = config.with_input_size(size);
        }
        let summary = config.summary(&arguments.device.open()?)?;
        say!("{summary}");
        if let Some(path) = &arguments.json {
            let json = serde_json::to_vec_pretty(&summary)?;
            std::fs::write(path, json).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        Ok(())
    })
}
