"""NumPy and scikit-learn beside the benchmark `retrieval`.

Requests:

    {"what": "scores", "faces": 50000, "dim": 512, "per_identity": 20, "listed": 10, "warmup": 3,
     "runs": 15, "seconds": 10.0}
    {"what": "neighbors", ...}

`scores` are R-precision, MAP@R, MRR and recall in NumPy: similarities of some queries to all as a matrix
product, the nearest by `argpartition`, and only these sorted; the rank of a nearest mate that is not
among them is counted. `neighbours` are scikit-learn's, by brute force, as it does itself in so many
dimensions. See worker.py for the answers.
"""

import numpy
import sklearn
from sklearn.neighbors import NearestNeighbors

import on_cpu
from embeddings import clustered_embeddings
from worker import NoPeer

# Queries at once: 1,024 rows of 50,000 similarities are 200 MB.
QUERIES = 1024
RECALLS = (1, 2, 4, 8)


def retrieval(embeddings, labels):
    """R-precision, MAP@R, MRR and recalls of unit embeddings, means over the queries with a mate."""
    count = len(labels)
    mates_of = numpy.unique(labels, return_counts=True)[1][labels] - 1
    k = max(mates_of.max(), max(RECALLS))
    ranks = numpy.arange(1, k + 1)
    precision, average, first = [], [], []
    for start in range(0, count, QUERIES):
        queries = numpy.arange(start, min(start + QUERIES, count))
        similar = embeddings[queries] @ embeddings.T
        similar[queries - start, queries] = -numpy.inf
        nearest = numpy.argpartition(similar, count - k, axis=1)[:, count - k :]
        order = numpy.argsort(-numpy.take_along_axis(similar, nearest, 1), axis=1, kind="stable")
        nearest = numpy.take_along_axis(nearest, order, 1)
        mates = labels[nearest] == labels[queries, None]
        r = mates_of[queries]
        hits = mates & (ranks <= r[:, None])
        some = r > 0
        precision.append(hits.sum(1)[some] / r[some])
        at = numpy.cumsum(hits, axis=1) / ranks
        average.append((at * hits).sum(1)[some] / r[some])
        rank = mates.argmax(1) + 1
        for query in numpy.flatnonzero(some & ~mates.any(1)):
            row = similar[query]
            of_identity = labels == labels[queries[query]]
            rank[query] = (row > row[of_identity].max()).sum() + 1
        first.append(rank[some])
    precision, average, first = map(numpy.concatenate, (precision, average, first))
    recalls = [(first <= k).mean() for k in RECALLS]
    return numpy.array([precision.mean(), average.mean(), (1 / first).mean(), *recalls])


def setup(request):
    labels = numpy.arange(request["faces"]) // request["per_identity"]
    embeddings = clustered_embeddings(labels, request["dim"])
    if request["what"] == "scores":
        return lambda: retrieval(embeddings, labels)
    if request["what"] == "neighbors":
        # Without an argument, a point is no neighbour of itself.
        search = NearestNeighbors(n_neighbors=request["listed"], algorithm="brute")
        return lambda: search.fit(embeddings).kneighbors()[0]
    raise NoPeer("nothing like {}".format(request["what"]))


if __name__ == "__main__":
    on_cpu.main(setup, {"scikit-learn": sklearn.__version__})
