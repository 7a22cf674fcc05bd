"""What other libraries compute for one small batch: the numbers of facenet-loss's table "which option equals which
peer's", which its test `facts` holds ours to.

    python3 losses.py

Nine unit vectors in the plane, of three identities. Needs torch, pytorch-metric-learning and
sentence-transformers. TensorFlow Addons, davidsandberg/facenet and FaceNet's own rule are not libraries that can be
installed beside them; their definitions are written out here in loops.
"""

import math

import pytorch_metric_learning
import sentence_transformers
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.miners import BatchEasyHardMiner, BatchHardMiner, TripletMarginMiner
from sentence_transformers.sentence_transformer import losses as st

LABELS = torch.tensor([0, 0, 1, 1, 0, 2, 1, 2, 1])
# No two distances are the same.
ANGLES = [math.radians(angle) for angle in (0, 23, 37, 61, 80, 104, 117, 141, 163)]
EMBEDDINGS = torch.tensor([[math.cos(angle), math.sin(angle)] for angle in ANGLES], dtype=torch.float64)
EUCLIDEAN = torch.cdist(EMBEDDINGS, EMBEDDINGS)


def metric_learning(miner=None, margin=0.2, power=1, **options):
    """The loss of pytorch-metric-learning with a miner."""
    distance = LpDistance(power=power, normalize_embeddings=False)
    loss = TripletMarginLoss(margin=margin, distance=distance, **options)
    indices = miner(distance)(EMBEDDINGS, LABELS) if miner else None
    return loss(EMBEDDINGS, LABELS, indices).item()


def sentence(name, method, **options):
    """A loss of sentence-transformers, without the model in front of it."""
    loss = getattr(st, name)(model=None, **options)
    return getattr(loss, method)(LABELS, EMBEDDINGS).item()


def pairs(distance):
    """Anchor, distance to the positive, and the distances of all negatives, for each pair of an identity."""
    for a in range(len(LABELS)):
        for p in range(len(LABELS)):
            if p != a and LABELS[p] == LABELS[a]:
                yield a, distance[a, p].item(), distance[a][LABELS != LABELS[a]].tolist()


def facenet(margin=0.2):
    """Schroff et al. 2015, section 3.2: the mean over the band, on squared distances."""
    costs = [
        positive + margin - negative
        for _, positive, negatives in pairs(EUCLIDEAN**2)
        for negative in negatives
        if positive < negative < positive + margin
    ]
    return sum(costs) / len(costs)


def davidsandberg(margin=0.2):
    """How many triplets facenet's training may draw from, on squared distances, from both ends of a pair."""
    return sum(
        negative - positive < margin for _, positive, negatives in pairs(EUCLIDEAN**2) for negative in negatives
    )


def addons_semi_hard(margin=1.0):
    """TensorFlow Addons 0.23, triplet_semihard_loss with distance_metric="L2"."""
    costs = []
    for _, positive, negatives in pairs(EUCLIDEAN):
        farther = [negative for negative in negatives if negative > positive]
        costs.append(max(positive - (min(farther) if farther else max(negatives)) + margin, 0))
    return sum(costs) / len(costs)


def addons_hard(margin=1.0):
    """TensorFlow Addons 0.23, triplet_hard_loss with distance_metric="L2"."""
    hardest = {}
    for a, positive, negatives in pairs(EUCLIDEAN):
        hardest[a] = (max(hardest.get(a, (0,))[0], positive), min(negatives))
    return sum(max(positive - negative + margin, 0) for positive, negative in hardest.values()) / len(LABELS)


def main():
    print("pytorch-metric-learning", pytorch_metric_learning.__version__)
    print("sentence-transformers", sentence_transformers.__version__)
    rows = [
        ("FaceNet §3.2", facenet()),
        ("davidsandberg/facenet, triplets to draw from", davidsandberg()),
        ("TripletMarginLoss()", TripletMarginLoss()(EMBEDDINGS, LABELS).item()),
        ("TripletMarginLoss(smooth_loss=True)", TripletMarginLoss(smooth_loss=True)(EMBEDDINGS, LABELS).item()),
        ("TripletMarginLoss, LpDistance(power=2)", metric_learning(power=2)),
    ]
    for kind in ("semihard", "all"):
        rows.append(
            (
                "TripletMarginMiner({})".format(kind),
                metric_learning(
                    lambda distance, kind=kind: TripletMarginMiner(
                        margin=0.2, type_of_triplets=kind, distance=distance
                    )
                ),
            )
        )
    rows.append(("BatchHardMiner", metric_learning(lambda distance: BatchHardMiner(distance=distance))))
    for positive in ("easy", "semihard", "hard"):
        for negative in ("easy", "semihard", "hard"):
            if (positive, negative) == ("semihard", "semihard"):
                continue
            rows.append(
                (
                    "BatchEasyHardMiner({}, {})".format(positive, negative),
                    metric_learning(
                        lambda distance, positive=positive, negative=negative: BatchEasyHardMiner(
                            pos_strategy=positive, neg_strategy=negative, distance=distance
                        ),
                        margin=1.0,
                    ),
                )
            )
    rows += [
        ("TensorFlow Addons, TripletSemiHardLoss", addons_semi_hard()),
        ("TensorFlow Addons, TripletHardLoss", addons_hard()),
        ("BatchAllTripletLoss", sentence("BatchAllTripletLoss", "batch_all_triplet_loss", margin=0.2)),
        ("BatchHardTripletLoss", sentence("BatchHardTripletLoss", "batch_hard_triplet_loss", margin=0.2)),
        (
            "BatchHardSoftMarginTripletLoss",
            sentence("BatchHardSoftMarginTripletLoss", "batch_hard_triplet_soft_margin_loss"),
        ),
        ("BatchSemiHardTripletLoss", sentence("BatchSemiHardTripletLoss", "batch_semi_hard_triplet_loss", margin=0.2)),
    ]
    for name, value in rows:
        print("{:50} {:.8f}".format(name, value))


if __name__ == "__main__":
    main()
