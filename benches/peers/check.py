"""Holds the definitions to what is published: `python3 check.py`.

Prints parameters and multiply-adds of every network at its own input size, and compares the triplet
losses, ours and those of pytorch-metric-learning, with one that goes from triplet to triplet; the
embeddings of `triplet_loss` with those of the benchmark. Fails where something is wrong.
"""

import sys

import numpy
import torch
from torch import nn
from torch.nn import functional as F

from embeddings import clustered_embeddings
from loss import batch_all_triplet_loss
from networks import build
from triplet_loss import MINERS, triplet_loss

# Input size, dimensions, published parameters (a number is exact, a range is rounded or a budget),
# published multiply-adds in millions. Schroff et al. 2015, tables 1 and 2 and section 3.3, where
# normalisation does not count; OpenFace; davidsandberg/facenet.
NETWORKS = {
    "nn1": ([220, 220], 128, (137e6, 143e6), (1570, 1650)),
    "nn2": ([224, 224], 128, (7.4e6, 7.6e6), (1550, 1650)),
    "nn3": ([160, 160], 128, (7.4e6, 7.6e6), None),
    "nn4": ([96, 96], 128, None, (270, 300)),
    "nns1": ([165, 165], 128, (24.7e6, 27.3e6), (209, 231)),
    "nns2": ([140, 116], 128, (4.085e6, 4.515e6), (19, 21)),
    "nn4.small2": ([96, 96], 128, (3733968, 3733968), None),
    "inception-resnet-v1": ([160, 160], 512, (23482624, 23482624), (1400, 1450)),
    "mobilefacenet": ([112, 96], 128, None, None),
}


def multiply_adds(network, input_size):
    """Of convolutions and fully connected layers, for one image."""
    total = 0

    def count(module, _inputs, output):
        nonlocal total
        places = output[0, 0].numel() if output.dim() == 4 else 1
        total += module.weight.numel() * places

    hooks = [
        module.register_forward_hook(count)
        for module in network.modules()
        if isinstance(module, (nn.Conv2d, nn.Linear))
    ]
    with torch.inference_mode():
        network.eval()(torch.zeros(1, 3, *input_size))
    for hook in hooks:
        hook.remove()
    return total


def selected(mining, distance, labels, margin):
    """Triplets that a rule selects, as its definition has it."""
    for a, anchor in enumerate(labels):
        positives = [p for p, label in enumerate(labels) if label == anchor and p != a]
        negatives = [n for n, label in enumerate(labels) if label != anchor]
        nearest = min(negatives, key=lambda n: distance[a, n])
        if mining == "batch-hard":
            positives = [max(positives, key=lambda p: distance[a, p])]
        for p in positives:
            for n in negatives:
                above = distance[a, n] - distance[a, p]
                if {
                    "batch-all": True,
                    "batch-hard": n == nearest,
                    "semi-hard": 0 < above < margin,
                    "violators": above < margin,
                    "hardest-negative": n == nearest,
                }[mining]:
                    yield a, p, n


def triplet_by_triplet(embeddings, labels, mining="batch-all", margin=0.2, cost_of=F.relu):
    """The loss as its definition has it."""
    distance = (embeddings[:, None] - embeddings[None]).square().sum(2)
    costs = [
        cost_of(distance[a, p] - distance[a, n] + margin)
        for a, p, n in selected(mining, distance.detach().numpy(), labels.tolist(), margin)
    ]
    active = [cost for cost in costs if cost > 0]
    return sum(active) / max(len(active), 1)


def same_loss(loss, expected):
    """Whether the two have the same value and the same gradient, on a batch where rules differ."""
    labels = torch.arange(24) // 4
    embeddings = torch.from_numpy(clustered_embeddings(labels.numpy(), 16)).double()
    found = []
    for one in (loss, expected):
        leaf = embeddings.clone().requires_grad_()
        value = one(leaf, labels)
        value.backward()
        found.append((value.detach(), leaf.grad))
    return all(torch.allclose(*pair) for pair in zip(*found))


def losses():
    """Name of each triplet loss, and whether it is right."""
    yield "batch-all triplet loss", same_loss(batch_all_triplet_loss, triplet_by_triplet)
    for mining in MINERS:
        yield (
            "pytorch-metric-learning, " + mining,
            same_loss(
                triplet_loss(mining, "hinge:0.2"),
                lambda embeddings, labels: triplet_by_triplet(embeddings, labels, mining),
            ),
        )
    yield (
        "pytorch-metric-learning, batch-all, soft",
        same_loss(
            triplet_loss("batch-all", "soft"),
            lambda embeddings, labels: triplet_by_triplet(
                embeddings, labels, margin=0, cost_of=F.softplus
            ),
        ),
    )


def embeddings_are_right():
    """Those that a test of src/inputs.rs expects."""
    expected = [
        [-0.5356286, 0.6976097, 0.39749703, 0.26160836],
        [0.6078057, 0.5103143, -0.31804642, -0.5186502],
    ]
    return numpy.allclose(clustered_embeddings(numpy.zeros(2, int), 4), expected, atol=1e-6)


def main():
    wrong = 0
    for name, (input_size, embedding_dim, parameters, millions) in NETWORKS.items():
        network = build(name, embedding_dim, input_size)
        count = sum(parameter.numel() for parameter in network.parameters())
        products = multiply_adds(network, input_size) / 1e6
        right = within(count, parameters) and within(products, millions)
        wrong += not right
        print(
            "{:22}{:>14,} parameters {:>8.1f} M multiply-adds  {}".format(
                name, count, products, "ok" if right else "WRONG"
            )
        )
    for name, right in [*losses(), ("embeddings of triplet_loss", embeddings_are_right())]:
        wrong += not right
        print("{:74}{}".format(name, "ok" if right else "WRONG"))
    sys.exit(1 if wrong else 0)


def within(value, bounds):
    return bounds is None or bounds[0] <= value <= bounds[1]


if __name__ == "__main__":
    main()
