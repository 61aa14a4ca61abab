"""MobileNetV3 (Howard et al. 2019, tables 1 and 2) as a backbone."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets.blocks import initialise

# kernel, inner channels, channels, squeeze-and-excitation, hard swish (else ReLU), stride
LARGE = (
    (3, 16, 16, False, False, 1),
    (3, 64, 24, False, False, 2),
    (3, 72, 24, False, False, 1),
    (5, 72, 40, True, False, 2),
    (5, 120, 40, True, False, 1),
    (5, 120, 40, True, False, 1),
    (3, 240, 80, False, True, 2),
    (3, 200, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 480, 112, True, True, 1),
    (3, 672, 112, True, True, 1),
    (5, 672, 160, True, True, 2),
    (5, 960, 160, True, True, 1),
    (5, 960, 160, True, True, 1),
)
SMALL = (
    (3, 16, 16, True, False, 2),
    (3, 72, 24, False, False, 2),
    (3, 88, 24, False, False, 1),
    (5, 96, 40, True, True, 2),
    (5, 240, 40, True, True, 1),
    (5, 240, 40, True, True, 1),
    (5, 120, 48, True, True, 1),
    (5, 144, 48, True, True, 1),
    (5, 288, 96, True, True, 2),
    (5, 576, 96, True, True, 1),
    (5, 576, 96, True, True, 1),
)


class Squeeze(nn.Module):
    """Channels are weighed by what the whole map says (§5.3)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = _rounded(channels / 4)
        self.reduce = nn.Conv2d(channels, inner, 1)
        self.expand = nn.Conv2d(inner, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        weights = functional.relu(self.reduce(x.mean((2, 3), keepdim=True)))
        return x * functional.hardsigmoid(self.expand(weights))


class InvertedBlock(nn.Module):
    """Expand, filter by depth, weigh, project; a shortcut where the shape stays (fig. 4)."""

    def __init__(
        self, inputs: int, kernel: int, inner: int, outputs: int, squeeze: bool, swish: bool, stride: int
    ) -> None:
        super().__init__()
        self.shortcut = stride == 1 and inputs == outputs
        act: type[nn.Module] = nn.Hardswish if swish else nn.ReLU
        parts: list[nn.Module] = [] if inner == inputs else [*_conv(inputs, inner, 1), act()]
        parts += [*_conv(inner, inner, kernel, stride, inner), act()]
        parts += [Squeeze(inner)] if squeeze else []
        self.parts = nn.Sequential(*parts, *_conv(inner, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        y: Tensor = self.parts(x)
        return x + y if self.shortcut else y


class MobileNetV3(nn.Module):
    """Features at strides 4, 8, 16 and 32: 24, 40, 112, 160 channels, the small one 16, 24, 48, 96.

    Args:
        channels: of the image.
        size: "large" (3.0 million weights) or "small" (0.9 million).
    """

    strides = (4, 8, 16, 32)

    def __init__(self, channels: int = 3, size: str = "large") -> None:
        super().__init__()
        rows = LARGE if size == "large" else SMALL
        self.stem = nn.Sequential(*_conv(channels, 16, 3, 2), nn.Hardswish())
        blocks, inputs, stride, last = [], 16, 2, {}
        for number, row in enumerate(rows):
            blocks.append(InvertedBlock(inputs, *row))
            inputs, stride = row[2], stride * row[5]
            last[stride] = (number, inputs)  # the map of a stride is that of its last block
        self.blocks = nn.ModuleList(blocks)
        self.taps = tuple(last[stride][0] for stride in self.strides)
        self.channels = tuple(last[stride][1] for stride in self.strides)
        initialise(self)

    def forward(self, images: Tensor) -> list[Tensor]:
        """(N, channels, H, W) to one feature map for each stride."""
        x = self.stem(images)
        features = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in self.taps:
                features.append(x)
        return features


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> tuple[nn.Module, nn.Module]:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return conv, nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)


def _rounded(channels: float) -> int:
    """To a multiple of eight, never by more than a tenth down."""
    near = max(8, int(channels + 4) // 8 * 8)
    return near + 8 if near < 0.9 * channels else near
