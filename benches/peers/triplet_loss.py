"""pytorch-metric-learning beside the benchmark `triplet_loss`, and PyTorch's two matrix products.

Requests:

    {"what": "products", "batch": 1800, "dim": 128, "per_identity": 4, "warmup": 3, "runs": 15,
     "seconds": 5.0}
    {"what": "loss", "batch": 1800, "dim": 128, "per_identity": 40, "mining": "batch-hard",
     "margin": "hinge:0.2", "warmup": 3, "runs": 15, "seconds": 5.0}

A loss is the value and the gradient with respect to embeddings that are on the device already:
squared euclidean distance, the mean of the triplets that cost something. `mining` and `margin` are
called as `facenet-loss` calls them. See worker.py for the answers.

The embeddings are those of the benchmark, number for number but for the last bit, so a rule finds the
same triplets on both sides.
"""

import numpy
import pytorch_metric_learning
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.miners import BatchEasyHardMiner, BatchHardMiner, TripletMarginMiner

import pytorch
from embeddings import clustered_embeddings
from worker import NoPeer

# The miner that selects what a rule of ours does; none selects every triplet.
MINERS = {
    "batch-all": lambda margin: None,
    "batch-hard": lambda margin: BatchHardMiner(distance=squared_euclidean()),
    "semi-hard": lambda margin: TripletMarginMiner(
        margin, type_of_triplets="semihard", distance=squared_euclidean()
    ),
    "violators": lambda margin: TripletMarginMiner(
        margin, type_of_triplets="all", distance=squared_euclidean()
    ),
    "hardest-negative": lambda margin: BatchEasyHardMiner(
        pos_strategy="all", neg_strategy="hard", distance=squared_euclidean()
    ),
}

# Bytes that no case may need on the CPU, so that the system does not kill the benchmark.
MOST_BYTES = 12 * 2**30


def squared_euclidean():
    return LpDistance(power=2, normalize_embeddings=False)


def triplet_loss(mining, margin):
    """Embeddings and labels -> loss."""
    kind, _, alpha = margin.partition(":")
    alpha = float(alpha or 0)
    if mining not in MINERS:
        raise NoPeer("pytorch-metric-learning has no miner for {}".format(mining))
    miner = MINERS[mining](alpha)
    loss = TripletMarginLoss(alpha, smooth_loss=kind != "hinge", distance=squared_euclidean())
    return lambda embeddings, labels: loss(embeddings, labels, miner and miner(embeddings, labels))


def bytes_needed(mining, batch, per_identity):
    """What a run takes at its peak, by what was measured of version 2.9 with batches of 1024 to 4096."""
    matrices = 60 * batch**2
    if mining == "batch-hard":
        return matrices
    if mining == "hardest-negative":
        # Every positive pair is compared with every anchor.
        return matrices + 2 * batch**2 * (per_identity - 1)
    groups = [per_identity] * (batch // per_identity) + [batch % per_identity]
    triplets = sum(size * (size - 1) * (batch - size) for size in groups)
    # The list of triplets is found in a cube of bytes where that has few enough.
    cube = batch**3 if batch**3 < torch.iinfo(torch.int32).max else 0
    return matrices + 64 * triplets + cube


def bytes_available(device):
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    try:
        with open("/proc/meminfo") as file:
            available = next(line for line in file if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return MOST_BYTES
    return min(MOST_BYTES, int(available.split()[1]) * 1024)


def inputs(request, device):
    """Embeddings and labels of a batch, one identity after the other."""
    labels = numpy.arange(request["batch"]) // request["per_identity"]
    embeddings = clustered_embeddings(labels, request["dim"])
    return torch.from_numpy(embeddings).to(device), torch.from_numpy(labels).to(device)


def products(request, device):
    """E @ E.T, which the distances need, and W @ E, which the gradient needs."""
    embeddings, labels = inputs(request, device)
    weights = torch.rand(len(labels), len(labels), device=device)
    return lambda: [embeddings @ embeddings.T, weights @ embeddings]


def loss(request, device):
    """Value and gradient."""
    value_of = triplet_loss(request["mining"], request["margin"])
    needed = bytes_needed(request["mining"], request["batch"], request["per_identity"])
    available = bytes_available(device)
    if needed > available:
        raise NoPeer(
            "pytorch-metric-learning would need some {:.0f} GiB, and may have {:.0f}".format(
                needed / 2**30, available / 2**30
            )
        )
    embeddings, labels = inputs(request, device)

    def run():
        leaf = embeddings.detach().requires_grad_()
        value = value_of(leaf, labels)
        value.backward()
        return [value.detach(), leaf.grad]

    return run


def setup(request, device):
    return {"products": products, "loss": loss}[request["what"]](request, device)


if __name__ == "__main__":
    version = pytorch_metric_learning.__version__
    pytorch.main(setup, **{"pytorch-metric-learning": version})
