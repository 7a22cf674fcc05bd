"""The networks of Schroff et al. 2015 with batch normalisation, and OpenFace's nn4.small2."""

from torch import nn

from blocks import ConvBlock, GlobalAverage, Inception, MaxPool, Maxout, Unit


def row(one=None, three=None, five=None, pool=None, stride=1, openface=None):
    """A row of an inception table; an empty cell is None."""
    return dict(one=one, three=three, five=five, pool=pool, stride=stride, openface=openface)


def stack(channels, rows, bias=False):
    """Inception blocks one after the other, and the channels of the last."""
    blocks = []
    for cells in rows:
        blocks.append(Inception(channels, bias=bias, **cells))
        channels = blocks[-1].channels_out
    return blocks, channels


def nn1(embedding_dim, input_size):
    height, width = (halved(side, 5) for side in input_size)
    return nn.Sequential(
        ConvBlock(3, 64, 7, 2),
        MaxPool(2),
        ConvBlock(64, 64, 1),
        ConvBlock(64, 192, 3),
        MaxPool(2),
        ConvBlock(192, 192, 1),
        ConvBlock(192, 384, 3),
        MaxPool(2),
        ConvBlock(384, 384, 1),
        ConvBlock(384, 256, 3),
        ConvBlock(256, 256, 1),
        ConvBlock(256, 256, 3),
        ConvBlock(256, 256, 1),
        ConvBlock(256, 256, 3),
        MaxPool(2),
        nn.Flatten(),
        Maxout(256 * height * width, 4096),
        Maxout(4096, 4096),
        nn.Linear(4096, embedding_dim),
        Unit(),
    )


TWO = row(three=(64, 192))
THREE = [
    row(64, (96, 128), (16, 32), ("m", 32)),
    row(64, (96, 128), (32, 64), ("L2", 64)),
    row(None, (128, 256), (32, 64), "m", 2),
]
FOUR = [
    row(256, (96, 192), (32, 64), ("L2", 128)),
    row(224, (112, 224), (32, 64), ("L2", 128)),
    row(192, (128, 256), (32, 64), ("L2", 128)),
    row(160, (144, 288), (32, 64), ("L2", 128)),
    row(None, (160, 256), (64, 128), "m", 2),
]
NN2_FIVE = [
    row(384, (192, 384), (48, 128), ("L2", 128)),
    row(384, (192, 384), (48, 128), ("m", 128)),
]
NN4_FIVE = [
    row(384, (192, 384), None, ("L2", 128)),
    row(384, (192, 384), None, ("m", 128)),
]
SMALL2 = [
    row(64, (96, 128), (16, 32), ("m", 32), openface=2),
    row(64, (96, 128), (32, 64), ("L2", 64), openface=3),
    row(None, (128, 256), (32, 64), "m", 2, openface=2),
    row(256, (96, 192), (32, 64), ("L2", 128), openface=3),
    row(None, (160, 256), (64, 128), "m", 2, openface=2),
    row(256, (96, 384), None, ("L2", 96), openface=3),
    row(256, (96, 384), None, ("m", 96), openface=2),
]
NNS1 = [
    row(32, (32, 64), (8, 16), ("m", 16)),
    row(48, (32, 64), (16, 32), ("m", 32)),
    row(None, (64, 128), (16, 32), "m", 2),
    row(128, (64, 128), (16, 32), ("L2", 64)),
    row(112, (64, 160), (16, 32), ("L2", 64)),
    row(None, (96, 192), (32, 64), "m", 2),
    row(256, (128, 256), None, ("L2", 128)),
]
NNS2 = [
    row(16, (16, 24), (8, 8), ("m", 16)),
    row(None, (24, 64), (8, 16), "m", 2),
    row(48, (32, 64), (8, 16), ("L2", 32)),
    row(None, (40, 80), (12, 24), "m", 2),
    row(96, (40, 80), None, ("L2", 48)),
]


def nn2(embedding_dim, input_size):
    return table_2(embedding_dim, NN2_FIVE)


def nn4(embedding_dim, input_size):
    return table_2(embedding_dim, NN4_FIVE)


def table_2(embedding_dim, five):
    two, channels = stack(64, [TWO])
    blocks, channels = stack(channels, THREE + FOUR + five)
    return nn.Sequential(
        ConvBlock(3, 64, 7, 2),
        MaxPool(2),
        *two,
        MaxPool(2),
        *blocks,
        GlobalAverage(),
        nn.Linear(channels, embedding_dim),
        Unit(),
    )


def nn4_small2(embedding_dim, input_size):
    """OpenFace's convolutions have biases."""
    two, channels = stack(64, [TWO], bias=True)
    blocks, channels = stack(channels, SMALL2, bias=True)
    return nn.Sequential(
        ConvBlock(3, 64, 7, 2, bias=True),
        MaxPool(2),
        nn.LocalResponseNorm(5, 1e-4, 0.75),
        *two,
        nn.LocalResponseNorm(5, 1e-4, 0.75),
        MaxPool(2),
        *blocks,
        GlobalAverage(),
        nn.Linear(channels, embedding_dim),
        Unit(),
    )


def nns1(embedding_dim, input_size):
    return small(embedding_dim, input_size, (32, 7), (32, 64), NNS1, 1064)


def nns2(embedding_dim, input_size):
    return small(embedding_dim, input_size, (16, 3), (16, 32), NNS2, 896)


def small(embedding_dim, input_size, conv1, two, rows, hidden):
    """The small networks end in a fully connected layer on the whole map."""
    first, kernel = conv1
    two, channels = stack(first, [row(three=two)])
    blocks, channels = stack(channels, rows)
    height, width = (halved(side, 5) for side in input_size)
    return nn.Sequential(
        ConvBlock(3, first, kernel, 2),
        MaxPool(2),
        *two,
        MaxPool(2),
        *blocks,
        nn.Flatten(),
        nn.Linear(channels * height * width, hidden, bias=False),
        nn.BatchNorm1d(hidden, eps=1e-3),
        nn.ReLU(inplace=True),
        nn.Linear(hidden, embedding_dim),
        Unit(),
    )


def halved(side, times):
    """A map's side after so many stages of stride 2, each rounding up."""
    for _ in range(times):
        side = (side + 1) // 2
    return side
