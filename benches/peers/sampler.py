"""pytorch-metric-learning's MPerClassSampler beside the benchmark `sampler`.

Requests:

    {"what": "setup", "images": 10000000, "identities": 100000, "p": 45, "k": 40, "warmup": 3,
     "runs": 15, "seconds": 20.0}
    {"what": "batches", "images": 10000000, "identities": 100000, "p": 45, "k": 40, "batches": 20,
     "warmup": 3, "runs": 15, "seconds": 20.0}

The labels are those of the benchmark. A run of `batches` is a new pass over that many batches: the
sampler has all of a pass in memory before it gives the first, and shuffles all identities for each. See
worker.py for the answers.
"""

import numpy
import pytorch_metric_learning
import torch
from pytorch_metric_learning.samplers import MPerClassSampler

import pytorch


def labels(request):
    """`labels` of sampler.rs: the product wraps at 32 bits."""
    images = numpy.arange(request["images"], dtype=numpy.uint32)
    return images * numpy.uint32(48271) % numpy.uint32(request["identities"])


def sampler(request, identities, batches):
    size = request["p"] * request["k"]
    return MPerClassSampler(
        identities, m=request["k"], batch_size=size, length_before_new_iter=size * batches
    )


def setup(request, device):
    identities = labels(request)
    if request["what"] == "setup":
        return lambda: [torch.tensor(float(len(sampler(request, identities, 20))))]
    made = sampler(request, identities, request["batches"])
    return lambda: [torch.tensor(float(sum(made) % 1000))]


if __name__ == "__main__":
    version = pytorch_metric_learning.__version__
    pytorch.main(setup, **{"pytorch-metric-learning": version})
