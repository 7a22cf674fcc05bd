"""The triplet loss of the training steps."""

import torch


def batch_all_triplet_loss(embeddings, labels, margin=0.2):
    """Hinge over squared euclidean distances, the mean of the triplets that cost something."""
    difference = embeddings[:, None] - embeddings[None]
    distance = (difference * difference).sum(2)
    same = labels[:, None] == labels[None]
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    triplets = (same & ~itself)[:, :, None] & ~same[:, None]
    cost = distance[:, :, None] - distance[:, None] + margin
    cost = torch.where(triplets & (cost > 0), cost, torch.zeros_like(cost))
    return cost.sum() / (cost > 0).sum().clamp_min(1)
