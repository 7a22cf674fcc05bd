//! Memory: what a forward pass takes, and what a graph keeps of it. Counted by the allocator, so on the CPU alone.

#![cfg(feature = "flex")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::tensor::{Device, Distribution, Int, Tensor};
use facenet_loss::{Mining, Pick, Route, TripletLossConfig};

/// Counts live bytes.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(live, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const BATCH: usize = 1800;
const DIM: usize = 128;
const MIB: usize = 1 << 20;

/// One test: the counters are the process's.
#[test]
fn a_graph_keeps_one_gradient_and_a_pass_takes_one_matrix() {
    let device = Device::flex();
    let labels: Vec<i32> = (0..BATCH as i32).map(|row| row / 40).collect();
    let labels = Tensor::<1, Int>::from_ints(labels.as_slice(), &device);
    let embeddings = Tensor::<2>::random([BATCH, DIM], Distribution::Normal(0.0, 0.1), &device);
    let gradient = BATCH * DIM * size_of::<f32>();
    for mining in [
        Mining::BatchAll,
        Mining::BatchHard,
        Mining::SemiHardBand(Pick::All),
        Mining::NearestFarther,
    ] {
        let loss = TripletLossConfig::new().with_mining(mining).init();
        for (route, most) in [(Route::Matrix, 32 * MIB), (Route::Streaming, 32 * MIB)] {
            let loss = loss.clone().with_route(route);
            let tracked = embeddings.clone().autodiff().require_grad();
            // Threads, tables: what is made once.
            loss.forward(tracked.clone(), labels.clone());

            let before = LIVE.load(Ordering::Relaxed);
            PEAK.store(before, Ordering::Relaxed);
            let output = loss.forward(tracked.clone(), labels.clone());
            let saved = LIVE.load(Ordering::Relaxed).saturating_sub(before);
            let taken = PEAK.load(Ordering::Relaxed).saturating_sub(before);
            // The gradient, and statistics of a few numbers an anchor. B² would be 13 MB, B³ 23 GB.
            assert!(
                saved < gradient + MIB / 4,
                "{mining}, {route:?}: a graph keeps {saved} bytes"
            );
            assert!(
                taken < most,
                "{mining}, {route:?}: a forward pass takes {taken} bytes"
            );
            drop(output.loss.backward());

            let untracked = embeddings.clone();
            let before = LIVE.load(Ordering::Relaxed);
            let output = loss.forward(untracked, labels.clone());
            let saved = LIVE.load(Ordering::Relaxed).saturating_sub(before);
            assert!(
                saved < MIB / 4,
                "{mining}, {route:?}: without a graph {saved} bytes stay"
            );
            drop(output);
        }
    }
}
