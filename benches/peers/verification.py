"""NumPy and scikit-learn beside the benchmark `verification`.

Requests:

    {"what": "products", "count": 10000, "dim": 128, "per_identity": 20, "fars": [0.1, ...], ...}
    {"what": "val-at-far", "count": 10000, "dim": 128, "per_identity": 20, "fars": [0.1, ...], ...}
    {"what": "lfw", "fold": 600, "folds": 10, "dim": 512, ...}

`products` are E @ E.T in strips of rows, without what is below the diagonal. `val-at-far` lists the
distances of all pairs and hands them to `sklearn.metrics.roc_curve`, as evaluations in Python do. `lfw`
is the protocol of ten folds with its grids of 400 and 4,000 thresholds, one NumPy expression for each
threshold, as in davidsandberg/facenet. See worker.py for the answers.

The embeddings are those of the benchmark, so the numbers are too.
"""

import platform

import numpy
import sklearn
from sklearn.metrics import roc_curve
from threadpoolctl import threadpool_limits

from embeddings import clustered_embeddings
from worker import NoPeer, options, reset_resident_peak, resident_peak_mib, serve, times

# Rows of a strip of products: NumPy's threads need larger ones than ours.
STRIP = 2048

# Bytes that `val-at-far` takes for a pair at its peak, by what was measured of scikit-learn 1.9, and how
# many no case may need.
BYTES_A_PAIR = 40
MOST_BYTES = 12 * 2**30


def labels_of(request):
    return numpy.arange(request["count"]) // request["per_identity"]


def strips(embeddings):
    """First row of each strip, and its products with the rows from there on."""
    for first in range(0, len(embeddings), STRIP):
        yield first, embeddings[first : first + STRIP] @ embeddings[first:].T


def products(request):
    embeddings = clustered_embeddings(labels_of(request), request["dim"])
    return lambda: [sum(float(strip[0, 0]) for _, strip in strips(embeddings))]


def val_at_far(request):
    """The largest VAL whose FAR is not above each rate."""
    count = request["count"]
    pairs = count * (count - 1) // 2
    if pairs * BYTES_A_PAIR > MOST_BYTES:
        raise NoPeer(
            "roc_curve would need some {:.0f} GiB".format(pairs * BYTES_A_PAIR / 2**30)
        )
    labels = labels_of(request)
    embeddings = clustered_embeddings(labels, request["dim"])

    def run():
        distances = numpy.empty(pairs, numpy.float32)
        same = numpy.empty(pairs, bool)
        norms = (embeddings * embeddings).sum(1)
        done = 0
        for first, strip in strips(embeddings):
            strip *= -2
            strip += norms[first : first + len(strip), None]
            strip += norms[first:]
            for row in range(len(strip)):
                own = strip[row, row + 1 :]
                distances[done : done + len(own)] = own
                same[done : done + len(own)] = labels[first + row + 1 :] == labels[first + row]
                done += len(own)
        far, val, _ = roc_curve(same, -distances)
        return [float(val[numpy.searchsorted(far, rate, "right") - 1]) for rate in request["fars"]]

    return run


def accuracy_of(distances, same, threshold):
    return numpy.mean((distances < threshold) == same)


def rates_of(distances, same, threshold):
    """VAL and FAR."""
    accepted = distances < threshold
    return accepted[same].mean(), accepted[~same].mean()


def lfw_folds(distances, same, folds):
    """The accuracy on each fold, and VAL at FAR 1e-3."""
    coarse, fine = numpy.arange(0, 4, 0.01), numpy.arange(0, 4, 0.001)
    accuracies, vals = [], []
    fold_of = numpy.arange(len(same)) * folds // len(same)
    for fold in range(folds):
        test, train = fold_of == fold, fold_of != fold
        known = [accuracy_of(distances[train], same[train], t) for t in coarse]
        best = coarse[numpy.argmax(known)]
        accuracies.append(accuracy_of(distances[test], same[test], best))
        # The curves over the held-out fold are what the protocol averages.
        for threshold in coarse:
            rates_of(distances[test], same[test], threshold)
        fars = numpy.array([rates_of(distances[train], same[train], t)[1] for t in fine])
        above = numpy.argmax(fars > 1e-3)
        low, high = fars[max(above - 1, 0)], fars[above]
        share = (1e-3 - low) / (high - low) if high > low else 0
        threshold = fine[max(above - 1, 0)] + share * 0.001
        vals.append(rates_of(distances[test], same[test], threshold)[0])
    return accuracies, vals


def lfw(request):
    pairs = request["fold"] * request["folds"]
    pair = numpy.arange(pairs)
    same = pair % request["fold"] < request["fold"] // 2
    both = numpy.concatenate([pair, numpy.where(same, pair, pair + pairs)])
    data = clustered_embeddings(both, request["dim"])
    left, right = data[:pairs], data[pairs:]

    def run():
        distances = numpy.square(left - right).sum(1)
        accuracies, vals = lfw_folds(distances, same, request["folds"])
        return [*accuracies, *vals]

    return run


def measure(request):
    """The answer to a request."""
    reset_resident_peak()
    setup = {"products": products, "val-at-far": val_at_far, "lfw": lfw}[request["what"]]
    run = setup(request)
    setup_peak = resident_peak_mib()
    # A peak that has just been reset is what is resident.
    before = resident_peak_mib() if reset_resident_peak() else None
    seconds, results = times(run, lambda: None, request)
    peak = resident_peak_mib()
    if not numpy.isfinite(results).all():
        raise ValueError("the result has numbers that are not finite")
    return {
        "times_s": seconds,
        "peak_mib": None if peak is None else max(peak, setup_peak),
        "extra_mib": None if before is None else peak - before,
    }


def main():
    given = options()
    announcement = {
        "numpy": numpy.__version__,
        "scikit-learn": sklearn.__version__,
        "python": platform.python_version(),
        "threads": given.threads,
        "device": "cpu",
    }
    with threadpool_limits(given.threads):
        serve(announcement, measure)


if __name__ == "__main__":
    main()
