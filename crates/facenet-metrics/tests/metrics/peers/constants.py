"""Prints the constants of tests/peers.rs: what scikit-learn and SciPy make of the same points.

    python3 -B crates/facenet-metrics/tests/metrics/peers/constants.py

Those in the test were printed by NumPy 2.4.6, SciPy 1.17.1 and scikit-learn 1.9.1.
"""

import numpy
import scipy
import sklearn
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist, pdist
from sklearn.cluster import DBSCAN, HDBSCAN, KMeans
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    normalized_mutual_info_score,
)


def noise(rows, columns, seed):
    """Numbers from -1 to 1 that are exact in 16 bits, as `noise` of the test makes them."""
    row, column = numpy.indices((rows, columns)).astype(numpy.uint32)
    with numpy.errstate(over="ignore"):
        mixed = row * numpy.uint32(2654435761) + column * numpy.uint32(40503) + numpy.uint32(seed)
        mixed = mixed * numpy.uint32(2246822519)
        mixed = (mixed ^ (mixed >> numpy.uint32(15))) * numpy.uint32(3266489917)
    return (mixed >> numpy.uint32(16)).astype(numpy.float64) / 2**15 - 1


def points():
    """Five clumps of unequal density, and points all over the square; every number is exact in float32."""
    index = numpy.arange(96)
    clump = numpy.where(index < 80, index % 5, 5)
    centres = numpy.array([[-4, -4], [4, -4], [-4, 4], [4, 4], [0, 0], [0, 0]])
    spreads = numpy.array([0.5, 1, 0.5, 1, 0.25, 8])
    return centres[clump] + spreads[clump, None] * noise(96, 2, 7), clump


def identities():
    """Labels and clusters without much in common."""
    index = numpy.arange(200)
    labels = index // 7 % 19
    clusters = numpy.where(noise(200, 1, 3)[:, 0] > 0, labels // 2, index % 23)
    return labels, clusters


def show(name, value):
    print("{}: {}".format(name, value))


def show_clusters(name, found):
    """A letter for the cluster of each point, a dot for noise."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    show(name, "".join("." if of < 0 else letters[of] for of in found))


def retrieval(data, labels):
    """Means over the queries with a mate, ties to the lower index."""
    distances = cdist(data, data, "sqeuclidean")
    numpy.fill_diagonal(distances, numpy.inf)
    first, precision, average, reciprocal = [], [], [], []
    for query, row in enumerate(distances):
        order = numpy.argsort(row, kind="stable")[:-1]
        mates = labels[order] == labels[query]
        r = mates.sum()
        if r == 0:
            continue
        first.append(mates[0])
        precision.append(mates[:r].mean())
        at = numpy.cumsum(mates[:r]) / numpy.arange(1, r + 1)
        average.append((at * mates[:r]).sum() / r)
        reciprocal.append(1 / (1 + numpy.argmax(mates)))
    return [float(numpy.mean(of)) for of in (first, precision, average, reciprocal)]


def main():
    print("numpy {}, scipy {}, scikit-learn {}".format(
        numpy.__version__, scipy.__version__, sklearn.__version__
    ))
    labels, clusters = identities()
    show("AMI", adjusted_mutual_info_score(labels, clusters))
    show("NMI", normalized_mutual_info_score(labels, clusters))
    show("ARI", adjusted_rand_score(labels, clusters))

    data, clump = points()
    assert (data.astype(numpy.float32) == data).all()
    for eps, samples in [(0.5, 5), (0.9, 3), (0.35, 4)]:
        found = DBSCAN(eps=eps, min_samples=samples).fit_predict(data)
        show_clusters("DBSCAN({}, {})".format(eps, samples), found)
    scattered = noise(96, 2, 11)
    for name, of, size, samples in [
        ("points", data, 5, 5),
        ("points", data, 5, 2),
        ("scattered", scattered, 2, 1),
        ("scattered", scattered, 3, 1),
        ("scattered", scattered, 5, 1),
    ]:
        found = HDBSCAN(min_cluster_size=size, min_samples=samples, copy=True).fit_predict(of)
        show_clusters("HDBSCAN({}, {}) of {}".format(size, samples, name), found)
    for method in ("average", "complete", "single"):
        tree = linkage(pdist(data, "sqeuclidean"), method)
        show_clusters(method + " of points", fcluster(tree, 7, "maxclust"))
        tree = linkage(pdist(scattered, "sqeuclidean"), method)
        show_clusters(method + " of scattered", fcluster(tree, 20, "maxclust"))
    k_means = KMeans(5, n_init=100, random_state=0, tol=0).fit(data[:80])
    show("k-means inertia", k_means.inertia_)
    show("retrieval", retrieval(data, clump))


if __name__ == "__main__":
    main()
