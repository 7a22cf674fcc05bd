"""MobileFaceNet (Chen et al. 2018, table 1) in the form of the published weights."""

from torch import nn

from blocks import Unit

# Expansion, channels out, blocks, stride of the first.
BOTTLENECKS = [(2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1)]


def conv(channels_in, channels_out, kernel, stride=1, padding=0, groups=1):
    """Convolution and batch normalisation."""
    return [
        nn.Conv2d(channels_in, channels_out, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(channels_out, eps=1e-5),
    ]


class Bottleneck(nn.Module):
    """Expand, filter each channel, project; added to the input where the shapes agree."""

    def __init__(self, channels_in, channels_out, stride, expansion):
        super().__init__()
        wide = channels_in * expansion
        self.residual = stride == 1 and channels_in == channels_out
        self.conv = nn.Sequential(
            *conv(channels_in, wide, 1),
            nn.PReLU(wide),
            *conv(wide, wide, 3, stride, 1, groups=wide),
            nn.PReLU(wide),
            *conv(wide, channels_out, 1),
        )

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


def mobilefacenet(embedding_dim, input_size):
    layers = [
        *conv(3, 64, 3, 2, 1),
        nn.PReLU(64),
        *conv(64, 64, 3, 1, 1, groups=64),
        nn.PReLU(64),
    ]
    channels = 64
    for expansion, channels_out, blocks, stride in BOTTLENECKS:
        for block in range(blocks):
            layers.append(
                Bottleneck(channels, channels_out, stride if block == 0 else 1, expansion)
            )
            channels = channels_out
    # Four stages of stride 2; the depthwise kernel is as large as the map that they leave.
    last_map = tuple(-(-side // 16) for side in input_size)
    return nn.Sequential(
        *layers,
        *conv(channels, 512, 1),
        nn.PReLU(512),
        *conv(512, 512, last_map, groups=512),
        *conv(512, embedding_dim, 1),
        nn.Flatten(),
        Unit(),
    )
