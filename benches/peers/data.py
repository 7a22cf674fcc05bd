"""torchvision's ImageFolder and PyTorch's DataLoader beside the benchmark `data`.

Requests:

    {"what": "decode", "folder": "/faces", "images": 1024, "batch": 32, "side": 160, "workers": 2,
     "prefetch": 2, "warmup": 3, "runs": 15, "seconds": 5.0}
    {"what": "pipeline", ...}

A run is an epoch over the first `images` images of the folder, in their order, to batches of bytes;
`decode` makes pixels of each file and drops them. The workers are started once and kept, and their
memory is not in `peak_mib`: they are processes of their own. See worker.py for the answers.
"""

import PIL
import torch
import torchvision
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import ImageFolder
from torchvision.transforms import (
    ColorJitter,
    Compose,
    PILToTensor,
    RandomHorizontalFlip,
    RandomResizedCrop,
)

import pytorch
from worker import NoPeer


def first_pixel(image):
    """All that is kept of an image that has been decoded."""
    return torch.tensor(image.getpixel((0, 0)), dtype=torch.uint8)


def views(side):
    """`augmentation` of data.rs. Bytes, not floats: standardisation is the device's work on both
    sides."""
    return Compose(
        [
            RandomResizedCrop(side, scale=(0.8, 1.0), ratio=(0.95, 1 / 0.95)),
            RandomHorizontalFlip(0.5),
            ColorJitter(brightness=0.2, contrast=0.2, saturation=0.2),
            PILToTensor(),
        ]
    )


def setup(request, device):
    transforms = {"decode": first_pixel, "pipeline": views(request["side"])}
    if request["what"] not in transforms:
        raise NoPeer("nothing like {}".format(request["what"]))
    faces = ImageFolder(request["folder"], transforms[request["what"]])
    workers = request["workers"]
    kept = {"persistent_workers": True, "prefetch_factor": request["prefetch"]} if workers else {}
    loader = DataLoader(
        Subset(faces, range(request["images"])), request["batch"], num_workers=workers, **kept
    )

    def run():
        return [batch.flatten()[:1].float() for batch, _ in loader]

    return run


if __name__ == "__main__":
    pytorch.main(setup, torchvision=torchvision.__version__, pillow=PIL.__version__)
