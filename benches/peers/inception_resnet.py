"""Inception-ResNet-v1 (Szegedy et al. 2016) as davidsandberg/facenet made it."""

import torch
from torch import nn
from torch.nn import functional as F

from blocks import GlobalAverage, Unit


class Conv(nn.Sequential):
    """Convolution without padding unless told, batch normalisation, ReLU."""

    def __init__(self, channels_in, channels_out, kernel, stride=1, padding=0):
        super().__init__(
            nn.Conv2d(channels_in, channels_out, kernel, stride, padding, bias=False),
            nn.BatchNorm2d(channels_out, eps=1e-3),
            nn.ReLU(inplace=True),
        )


class Branches(nn.Module):
    """Parallel branches, concatenated over channels."""

    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class Residual(nn.Module):
    """relu(x + scale * projection(branches(x)))."""

    def __init__(self, channels, scale, branches, mixed, relu=True):
        super().__init__()
        self.branches = Branches(*branches)
        self.projection = nn.Conv2d(mixed, channels, 1)
        self.scale = scale
        self.relu = relu

    def forward(self, x):
        out = x + self.scale * self.projection(self.branches(x))
        return F.relu(out, inplace=True) if self.relu else out


def block35():
    return Residual(
        256,
        0.17,
        [
            Conv(256, 32, 1),
            nn.Sequential(Conv(256, 32, 1), Conv(32, 32, 3, padding=1)),
            nn.Sequential(
                Conv(256, 32, 1), Conv(32, 32, 3, padding=1), Conv(32, 32, 3, padding=1)
            ),
        ],
        mixed=96,
    )


def block17():
    return Residual(
        896,
        0.10,
        [
            Conv(896, 128, 1),
            nn.Sequential(
                Conv(896, 128, 1),
                Conv(128, 128, (1, 7), padding=(0, 3)),
                Conv(128, 128, (7, 1), padding=(3, 0)),
            ),
        ],
        mixed=256,
    )


def block8(scale=0.20, relu=True):
    return Residual(
        1792,
        scale,
        [
            Conv(1792, 192, 1),
            nn.Sequential(
                Conv(1792, 192, 1),
                Conv(192, 192, (1, 3), padding=(0, 1)),
                Conv(192, 192, (3, 1), padding=(1, 0)),
            ),
        ],
        mixed=384,
        relu=relu,
    )


def mixed_6a():
    return Branches(
        Conv(256, 384, 3, 2),
        nn.Sequential(Conv(256, 192, 1), Conv(192, 192, 3, padding=1), Conv(192, 256, 3, 2)),
        nn.MaxPool2d(3, 2),
    )


def mixed_7a():
    return Branches(
        nn.Sequential(Conv(896, 256, 1), Conv(256, 384, 3, 2)),
        nn.Sequential(Conv(896, 256, 1), Conv(256, 256, 3, 2)),
        nn.Sequential(Conv(896, 256, 1), Conv(256, 256, 3, padding=1), Conv(256, 256, 3, 2)),
        nn.MaxPool2d(3, 2),
    )


def inception_resnet_v1(embedding_dim, input_size):
    return nn.Sequential(
        Conv(3, 32, 3, 2),
        Conv(32, 32, 3),
        Conv(32, 64, 3, padding=1),
        nn.MaxPool2d(3, 2),
        Conv(64, 80, 1),
        Conv(80, 192, 3),
        Conv(192, 256, 3, 2),
        *(block35() for _ in range(5)),
        mixed_6a(),
        *(block17() for _ in range(10)),
        mixed_7a(),
        *(block8() for _ in range(5)),
        block8(scale=1.0, relu=False),
        GlobalAverage(),
        nn.Dropout(0.6),
        nn.Linear(1792, embedding_dim, bias=False),
        nn.BatchNorm1d(embedding_dim, eps=1e-3),
        Unit(),
    )
