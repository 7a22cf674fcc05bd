"""PyTorch beside the benchmark `networks`: inference, and whole training steps.

A request:

    {"network": "nns2", "embedding_dim": 128, "input": [140, 116], "what": "train", "batch": 32,
     "per_identity": 4, "warmup": 3, "runs": 15}

`what` is "forward" (evaluation mode, no gradients) or "train" (forward, batch-all triplet loss,
backward, AdamW; `per_identity` images of each identity in the batch). See worker.py for the answers.
Everything is PyTorch's default: eager mode, contiguous tensors, float32.
"""

import torch
from torch import nn

import pytorch
from inception import nn1, nn2, nn4, nn4_small2, nns1, nns2
from inception_resnet import inception_resnet_v1
from loss import batch_all_triplet_loss
from mobilefacenet import mobilefacenet
from worker import NoPeer

NETWORKS = {
    "nn1": nn1,
    "nn2": nn2,
    "nn3": nn2,  # at 160x160
    "nn4": nn4,
    "nns1": nns1,
    "nns2": nns2,
    "nn4.small2": nn4_small2,
    "inception-resnet-v1": inception_resnet_v1,
    "mobilefacenet": mobilefacenet,
}


def build(name, embedding_dim, input_size):
    """The network of that name with random weights."""
    if name not in NETWORKS:
        raise NoPeer("no network is called {}".format(name))
    torch.manual_seed(0)
    network = NETWORKS[name](embedding_dim, input_size)
    # He-normal, as ours: PyTorch's own choice lets the signal fade from layer to layer in evaluation
    # mode.
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return network


def forward(network, images, _request):
    """Preprocessed images that are on the device already -> embeddings."""
    network.eval()

    def run():
        with torch.inference_mode():
            return [network(images)]

    return run


def train(network, images, request):
    """Forward, batch-all triplet loss, backward, AdamW."""
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    labels = torch.arange(len(images), device=images.device) // request["per_identity"]

    def run():
        optimizer.zero_grad(set_to_none=True)
        loss = batch_all_triplet_loss(network(images), labels)
        loss.backward()
        optimizer.step()
        return [loss.detach()]

    return run


def setup(request, device):
    network = build(request["network"], request["embedding_dim"], request["input"]).to(device)
    # Standardised noise, as pixels without a pattern would be.
    images = torch.rand(request["batch"], 3, *request["input"]).mul_(2).sub_(1).to(device)
    return {"forward": forward, "train": train}[request["what"]](network, images, request)


if __name__ == "__main__":
    pytorch.main(setup)
