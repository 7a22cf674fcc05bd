//! Records and their index: two bytes say how long the index is, which is before the records.

#![no_main]

use facenet_data::{DecodeLimits, FaceDataset, RecordPack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&length, rest)) = bytes.split_first_chunk::<2>() else {
        return;
    };
    let length = usize::from(u16::from_le_bytes(length)).min(rest.len());
    let (index, records) = rest.split_at(length);
    let limits = DecodeLimits::default().with_max_pixels(1 << 12);
    if let Ok(pack) = RecordPack::from_bytes(records.to_vec(), index, "pack", limits) {
        let identities = pack.identities().len() as u32;
        assert_eq!(pack.labels().len(), pack.len());
        assert!(pack.labels().iter().all(|&label| label < identities));
        for index in 0..pack.len().min(4) {
            let _ = pack.image(index);
        }
    }
});
