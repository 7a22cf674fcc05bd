//! Against what scikit-learn 1.9.1 and SciPy 1.17.1 make of the same points; `tests/metrics/peers/constants.py`
//! prints the constants.

use facenet_metrics::{
    ClusteringScores, Clusters, Dbscan, Dendrogram, DistanceKind, Hdbscan, KMeans, Linkage,
    RetrievalReport,
};
use ndarray::{Array2, s};

const KIND: DistanceKind = DistanceKind::SquaredEuclidean;

/// Numbers from −1 to 1 that are exact in 16 bits.
fn noise(rows: usize, columns: usize, seed: u32) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        let row = (row as u32).wrapping_mul(2_654_435_761);
        let column = (column as u32).wrapping_mul(40_503);
        let mixed = row
            .wrapping_add(column)
            .wrapping_add(seed)
            .wrapping_mul(2_246_822_519);
        let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(3_266_489_917);
        (mixed >> 16) as f32 / 32_768.0 - 1.0
    })
}

/// Five clumps of unequal density, and points all over the square.
fn points() -> (Array2<f32>, Vec<usize>) {
    let centers = [
        [-4.0, -4.0],
        [4.0, -4.0],
        [-4.0, 4.0],
        [4.0, 4.0],
        [0.0, 0.0],
        [0.0, 0.0],
    ];
    let spreads = [0.5, 1.0, 0.5, 1.0, 0.25, 8.0];
    let noise = noise(96, 2, 7);
    let clump: Vec<usize> = (0..96).map(|i| if i < 80 { i % 5 } else { 5 }).collect();
    let points = Array2::from_shape_fn((96, 2), |(row, column)| {
        centers[clump[row]][column] + spreads[clump[row]] * noise[[row, column]]
    });
    (points, clump)
}

/// From a letter for the cluster of each point, a dot for noise.
fn clusters(letters: &str) -> Clusters {
    let of: Vec<Option<u8>> = letters.bytes().map(|b| (b != b'.').then_some(b)).collect();
    Clusters::new(&of)
}

fn close(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn scores() {
    let labels: Vec<usize> = (0..200).map(|i| i / 7 % 19).collect();
    let noise = noise(200, 1, 3);
    let clusters: Vec<usize> = (0..200)
        .map(|i| {
            if noise[[i, 0]] > 0.0 {
                labels[i] / 2
            } else {
                i % 23
            }
        })
        .collect();
    let scores = ClusteringScores::new(&clusters, &labels).unwrap();
    close(scores.ami, 0.260_855_441_107_081_6);
    close(scores.nmi, 0.486_487_945_489_971_3);
    close(scores.ari, 0.187_698_972_332_349_9);
}

#[test]
fn dbscan() {
    let (points, _) = points();
    for (eps, min_points, expected) in [
        (
            0.5,
            5,
            "aeb.caebdca.bdca.b.caeb.caebdca.b.cafb.caebdca.bdcafb.cafb.caebdcafbdcaeb.cafbdc...f............",
        ),
        (
            0.9,
            3,
            "abcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeabcdeb..bb...c......b",
        ),
        (
            0.35,
            4,
            "a.b.ca.bfca.d.ca.b.c..b.ca.d.ca.b.ca.d.ca.d.ca.d.caed.caeb.ca.dfcaedfca.d.ca.dfc...e............",
        ),
    ] {
        let found = Dbscan::new(eps * eps)
            .with_min_points(min_points)
            .fit(points.view(), KIND)
            .unwrap();
        assert_eq!(found, clusters(expected), "{eps}, {min_points}");
    }
}

#[test]
fn hdbscan() {
    let (points, scattered) = (points().0, noise(96, 2, 11));
    // With core distances edges have equal lengths, and which is cut first is up to the implementation: the
    // face that they belong to may go to either side.
    for (data, size, samples, undecided, expected) in [
        (
            &points,
            5,
            5,
            1,
            "bdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecddadd.bbabb.ad.d",
        ),
        (
            &points,
            5,
            2,
            0,
            "bdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecbdaecddadd.bbabb.adad",
        ),
        (
            &scattered,
            2,
            1,
            0,
            "qikiau.iqdxm.egdhhmj.h.r.hevrqrv.csne..wu.lrwdxsptfhlqjvbcasfxtnmriifvg.hfsoax.pqmoimimvjikbrbhm",
        ),
        (
            &scattered,
            3,
            1,
            0,
            "ljdjai.jlepb.f.ehhbk.hdm.hfomlmoicnbfbbpibdmpepniighdlkoccangpibbmjjgo..hgn.ap.ilb.jbjbokjdcmchb",
        ),
        (
            &scattered,
            5,
            1,
            0,
            "eece.hfeecfa.decggaffgcefgdfeeefhbfadaafhacefcffhhdgceffbb.fdfhaaeeedfe.gdfe.f.heaeeaeaffecbebga",
        ),
    ] {
        let found = Hdbscan::new(size)
            .with_min_samples(samples)
            .fit(data.view(), KIND)
            .unwrap();
        let expected = clusters(expected);
        let pairs = found.assignment().iter().zip(expected.assignment());
        let differ = pairs.filter(|(a, b)| a != b).count();
        assert!(differ <= undecided, "{size}, {samples}: {differ}");
    }
}

#[test]
fn linkages() {
    let (points, scattered) = (points().0, noise(96, 2, 11));
    for (linkage, of_points, of_scattered) in [
        (
            Linkage::Average,
            "fdgbefdgbefdgbefdgbefdgbefdgbefdgbefdgbefdgbefdgbefdgbefdgbefdgbefdgbefdgbefdgbedegddcffgffbgehd",
            "fnlnhrbmfkbiupmkooidbolecopcefectscipjjcrileckbctrqolfdcsshcqbrijemnqcmgoqcfhbrtfifminicdnlsesti",
        ),
        (
            Linkage::Complete,
            "cgdfhcgdfhcgdfhcgdfhcgdfhcgdfhcgdfhcgdfhcgdfhcgdfhcgdfhcgdfhcgdfhcgdfhcgdfhcgdfhghdggfcbdcbfeheg",
            "pmlmshdnpldukfnleeurdglqcefcqpqbijbufttchulqcldbihgelprcjjsbgdhutqnmgbnoggbpsdhipupnumucrmljqjeu",
        ),
        (
            Linkage::Single,
            "bdgdcbdgdcbdgdcbdgdcbdgdcbdgdcbdgdcbdgdcbdgdcbdgdcbdgdcbdgdcbdgdcbdgdcbdgdcbdgdcddgddfbbgbbegdhd",
            "nnsnbgonnrojtemrffjpofsnqfeonnnohdojejkoglsnorooggefsnpoddcoeogjjnnneomufeonboignjnnjnjopnsdndfj",
        ),
    ] {
        for (data, count, expected) in [(&points, 7, of_points), (&scattered, 20, of_scattered)] {
            let tree = Dendrogram::new(data.view(), KIND, linkage).unwrap();
            let cut: Vec<Option<u32>> = tree
                .cut_into(count)
                .unwrap()
                .into_iter()
                .map(Some)
                .collect();
            assert_eq!(Clusters::new(&cut), clusters(expected), "{linkage:?}");
        }
    }
}

#[test]
fn k_means() {
    let (points, clump) = points();
    // Seeds may end in a local minimum; scikit-learn's is the best of 100.
    let best = (0..20)
        .map(|seed| {
            KMeans::new(5)
                .with_seed(seed)
                .fit(points.slice(s![..80, ..]), KIND)
                .unwrap()
        })
        .min_by(|a, b| a.inertia.total_cmp(&b.inertia))
        .unwrap();
    assert!((best.inertia - 25.145_368_423_367_47).abs() < 1e-3);
    assert_eq!(best.clusters.scores(&clump[..80]).unwrap().ari, Some(1.0));
}

#[test]
fn retrieval() {
    let (points, clump) = points();
    let report = RetrievalReport::new(points.view(), &clump, KIND, &[1]).unwrap();
    close(report.precision_at_1, 0.90625);
    close(report.r_precision, 0.828_472_222_222_222_2);
    close(report.map_at_r, 0.805_274_029_596_946_2);
    close(report.mrr, 0.928_576_274_624_068_8);
}
