//! Pickles of evaluation packs, and the first images in them.

#![no_main]

use facenet_data::{DecodeLimits, EvaluationPack, FaceDataset};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = DecodeLimits::default().with_max_pixels(1 << 12);
    if let Ok(pack) = EvaluationPack::from_bytes(bytes.to_vec(), "pack", limits) {
        assert_eq!(pack.len(), 2 * pack.pairs().len());
        assert!(pack.pairs().iter().all(|pair| pair.fold < pack.folds()));
        let identities = pack.identities().len() as u32;
        assert!(pack.labels().iter().all(|&label| label < identities));
        for index in 0..pack.len().min(4) {
            assert!(
                pack.encoded(index)
                    .is_ok_and(|image| image.len() <= bytes.len())
            );
            let _ = pack.image(index);
        }
    }
});
