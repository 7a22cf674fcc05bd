//! Memory of a sampler over ten million labels, measured by the allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use facenet_sampler::{IdentitySelection, PkSamplerConfig};

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(
            NOW.fetch_add(layout.size(), Relaxed) + layout.size(),
            Relaxed,
        );
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn ten_million_labels_take_few_bytes_each() {
    const IMAGES: usize = 10_000_000;
    let hard = IdentitySelection::Hard { group: 4 };
    let by_count = IdentitySelection::ByCount { alpha: 0.5 };
    // The worst case for rows is one image an identity; the usual one is some dozens.
    for (per_identity, selection) in [(1, by_count), (30, hard)] {
        let labels: Vec<u32> = (0..IMAGES as u32)
            .map(|image| image.wrapping_mul(48_271) % (IMAGES as u32 / per_identity))
            .collect();
        let config = PkSamplerConfig::new(64, 4)
            .with_negatives(100)
            .with_selection(selection);
        let before = NOW.load(Relaxed);
        PEAK.store(before, Relaxed);
        let sampler = config.init(&labels).unwrap();
        let held = NOW.load(Relaxed) - before;
        let batch = sampler.epoch(3).nth(17).unwrap();
        let peak = PEAK.load(Relaxed) - before;
        assert_eq!(batch.len(), 356);
        assert!(held <= 16 * IMAGES + 4096, "{held} bytes held");
        assert!(peak <= 48 * IMAGES, "{peak} bytes at the peak");
    }
}
