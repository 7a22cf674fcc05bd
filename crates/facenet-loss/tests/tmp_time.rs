//! temporary
mod common;
use std::time::Instant;
use burn::tensor::{Distribution, Int, Tensor, TensorData};
use facenet_loss::*;
#[test]
fn time() {
    let Some(device) = common::device::device() else { return };
    for (p, k) in [(45usize, 4usize), (45, 7), (45, 40)] {
        let b = p * k;
        let labels: Vec<i32> = (0..b).map(|i| (i / k) as i32).collect();
        let x = Tensor::<2>::random([b, 128], Distribution::Normal(0.0, 1.0), &device);
        let norm = (x.clone() * x.clone()).sum_dim(1).sqrt();
        let x = x / norm;
        let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [b]), &device);
        let minings: &[Mining] = if b > 1000 { &common::MININGS[..3] } else { &common::MININGS };
        for &mining in minings {
            let loss = TripletLossConfig::new().with_mining(mining).init();
            let mut best = [f64::INFINITY; 3];
            for _ in 0..(if b > 1000 { 1 } else { 5 }) {
                let e = x.clone().autodiff().require_grad();
                let t = Instant::now();
                let out = loss.forward(e.clone(), labels.clone());
                let f = t.elapsed().as_secs_f64();
                let g = out.loss.backward();
                let _ = e.grad(&g).unwrap().into_data();
                best[0] = best[0].min(f);
                best[1] = best[1].min(t.elapsed().as_secs_f64());
            }
            let t = Instant::now();
            let d = Distance::SquaredEuclidean.pairwise(x.clone()).into_data();
            best[2] = t.elapsed().as_secs_f64();
            let _ = d;
            println!("B {b} {mining}: forward {:.1} ms, both {:.1} ms, distances {:.1} ms", best[0]*1e3, best[1]*1e3, best[2]*1e3);
        }
    }
}
