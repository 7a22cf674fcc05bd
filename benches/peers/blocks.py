"""The blocks that the networks are made of, as `facenet-models` has them."""

import torch
from torch import nn
from torch.nn import functional as F


class ConvBlock(nn.Sequential):
    """Convolution, batch normalisation, ReLU; the padding keeps the map's size at stride 1."""

    def __init__(self, channels_in, channels_out, kernel, stride=1, bias=False):
        super().__init__(
            nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, bias=bias),
            nn.BatchNorm2d(channels_out, eps=1e-3),
            nn.ReLU(inplace=True),
        )


class MaxPool(nn.MaxPool2d):
    """3x3; with padding, the map's size over the stride, rounded up."""

    def __init__(self, stride, padding=1):
        super().__init__(3, stride, padding)


class L2Pool(nn.Module):
    """Root of the sum of squares over 3x3 windows."""

    def __init__(self, stride, padding):
        super().__init__()
        self.stride, self.padding = stride, padding

    def forward(self, x):
        return (F.avg_pool2d(x * x, 3, self.stride, self.padding) * 9).clamp_min(1e-12).sqrt()


class Inception(nn.Module):
    """A row of table 2 of Schroff et al. 2015.

    `three` and `five` are (reduction, convolution); `pool` is ("m", k), ("L2", k) with a projection
    to k channels, or "m" for max pooling with the block's stride and no projection. In OpenFace's form
    the pooling has no padding and the stride `openface`, and its map is centred among zeros.
    """

    def __init__(
        self, channels, one=None, three=None, five=None, pool=None, stride=1, openface=None, bias=False
    ):
        super().__init__()
        branches = []
        self.channels_out = 0
        if one:
            branches.append(ConvBlock(channels, one, 1, bias=bias))
            self.channels_out += one
        for kernel, branch in ((3, three), (5, five)):
            if branch:
                reduce, out = branch
                branches.append(
                    nn.Sequential(
                        ConvBlock(channels, reduce, 1, bias=bias),
                        ConvBlock(reduce, out, kernel, stride, bias=bias),
                    )
                )
                self.channels_out += out
        steps, padding = (openface, 0) if openface else (stride, 1)
        if pool == "m":
            branches.append(MaxPool(steps, padding))
            self.channels_out += channels
        elif pool:
            kind, out = pool
            pooling = {"m": MaxPool, "L2": L2Pool}[kind](steps, padding)
            branches.append(nn.Sequential(pooling, ConvBlock(channels, out, 1, bias=bias)))
            self.channels_out += out
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        maps = [branch(x) for branch in self.branches]
        height, width = maps[0].shape[2:]
        return torch.cat([centred(one, height, width) for one in maps], 1)


def centred(maps, height, width):
    """The maps in the middle of zeros; what is odd goes below and to the right."""
    y, x = height - maps.shape[2], width - maps.shape[3]
    if (y, x) == (0, 0):
        return maps
    return F.pad(maps, (x // 2, x - x // 2, y // 2, y - y // 2))


class Maxout(nn.Module):
    """Fully connected, the larger of two values in each place."""

    def __init__(self, features_in, features_out):
        super().__init__()
        self.linear = nn.Linear(features_in, 2 * features_out)

    def forward(self, x):
        return self.linear(x).unflatten(1, (2, -1)).amax(1)


class Unit(nn.Module):
    """Scales each row to unit length."""

    def forward(self, x):
        return F.normalize(x, dim=1, eps=1e-6)


class GlobalAverage(nn.Module):
    """Mean over the map."""

    def forward(self, x):
        return x.mean((2, 3))
