"""SciPy and scikit-learn beside the benchmark `clustering`.

Requests:

    {"algorithm": "average", "faces": 13000, "dim": 128, "per_identity": 10, "threshold": 0.8,
     "min_points": 5, "min_cluster_size": 5, "warmup": 3, "runs": 15, "seconds": 5.0}

The linkages are SciPy's, on squared distances; k-means, DBSCAN and HDBSCAN scikit-learn's, with all
processors, k-means from one seeding as ours. See worker.py for the answers.
"""

import numpy
import scipy
import sklearn
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist
from sklearn.cluster import DBSCAN, HDBSCAN, KMeans

import on_cpu
from embeddings import gathered_embeddings
from worker import NoPeer

# Faces whose matrix of distances fits memory, and which a quadratic algorithm gets done in minutes.
MOST = 20_000


def linked(method):
    def program(embeddings, request):
        tree = linkage(pdist(embeddings, "sqeuclidean"), method)
        return fcluster(tree, request["threshold"], "distance")

    return program


def k_means(embeddings, request):
    clusters = int(request["algorithm"].split(":")[1])
    return KMeans(clusters, n_init=1, random_state=0, tol=0).fit_predict(embeddings)


def dbscan(embeddings, request):
    search = DBSCAN(
        eps=request["threshold"] ** 0.5,
        min_samples=request["min_points"],
        algorithm="brute",
        n_jobs=-1,
    )
    return search.fit_predict(embeddings)


def hdbscan(embeddings, request):
    return HDBSCAN(
        min_cluster_size=request["min_cluster_size"], n_jobs=-1, copy=False
    ).fit_predict(embeddings)


PROGRAMS = {
    "average": linked("average"),
    "complete": linked("complete"),
    "single": linked("single"),
    "k-means": k_means,
    "dbscan": dbscan,
    "hdbscan": hdbscan,
}


def setup(request):
    name = request["algorithm"].split(":")[0]
    if name not in PROGRAMS:
        raise NoPeer("neither SciPy nor scikit-learn has {}".format(name))
    if request["faces"] > MOST and name != "k-means":
        raise NoPeer("too large for the memory and the patience of this benchmark")
    labels = numpy.arange(request["faces"]) // request["per_identity"]
    embeddings = gathered_embeddings(labels, request["dim"])
    return lambda: PROGRAMS[name](embeddings, request)


if __name__ == "__main__":
    on_cpu.main(setup, {"scipy": scipy.__version__, "scikit-learn": sklearn.__version__})
