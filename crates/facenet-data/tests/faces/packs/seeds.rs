//! The packs among the seeds of the fuzz targets, which CPython and NumPy have written.

use std::fs;
use std::path::Path;

use facenet_data::{DecodeLimits, EvaluationPack, FaceDataset};

#[test]
fn pickles_of_every_python_and_numpy_are_the_same_pack() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/evaluation_pack");
    let expected: [&[u8]; 4] = [b"'\"\\\n", b"\0\xFF\x80\x1A", b"\r\t~\x7F", b"\n\n'\xD8"];
    let mut count = 0;
    for seed in fs::read_dir(seeds).unwrap() {
        let path = seed.unwrap().path();
        let pack = EvaluationPack::open(&path, DecodeLimits::default()).unwrap();
        for (index, pixels) in expected.iter().enumerate() {
            let rgb: Vec<u8> = pixels.iter().flat_map(|&gray| [gray; 3]).collect();
            assert_eq!(
                *pack.image(index).unwrap().as_raw(),
                rgb,
                "{}",
                path.display()
            );
        }
        let same: Vec<bool> = pack.pairs().iter().map(|pair| pair.same).collect();
        assert_eq!(same, [true, false], "{}", path.display());
        count += 1;
    }
    assert_eq!(count, 23);
}
