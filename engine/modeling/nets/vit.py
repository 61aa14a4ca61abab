"""A small vision transformer (Dosovitskiy et al. 2021) with a simple pyramid on its last map (Li et al. 2022, §3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

PATCH = 16


class Attention(nn.Module):
    """Every place looks at every other one, with several heads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, places, width) to the same."""
        count, places, width = x.shape
        q, k, v = self.qkv(x).reshape(count, places, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        y = functional.scaled_dot_product_attention(q, k, v)
        answer: Tensor = self.proj(y.transpose(1, 2).reshape(count, places, width))
        return answer


class Block(nn.Module):
    """Attention and a two-layer network, each behind a normalisation and beside a shortcut."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        """(N, places, width) to the same."""
        x = x + self.attn(self.norm1(x))
        y: Tensor = x + self.mlp(self.norm2(x))
        return y


class ViT(nn.Module):
    """Features at strides 4, 8, 16 and 32, all made from the last map of 16 × 16 patches. Sides are multiples of 32.

    Args:
        channels: of the image.
        width: numbers for each patch.
        depth: blocks.
        heads: of the attention; `width` is a multiple of it.
    """

    strides = (4, 8, 16, 32)

    def __init__(self, channels: int = 3, width: int = 192, depth: int = 12, heads: int = 3) -> None:
        super().__init__()
        self.channels = (width // 4, width // 2, width, width)
        self.patches = nn.Conv2d(channels, width, PATCH, PATCH)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        half = nn.Sequential(nn.ConvTranspose2d(width, width // 2, 2, 2), nn.BatchNorm2d(width // 2), nn.ReLU())
        self.finer = nn.ModuleList([half, nn.ConvTranspose2d(width // 2, width // 4, 2, 2)])
        self.coarser = nn.MaxPool2d(2)
        for part in self.modules():
            if isinstance(part, nn.Linear):
                nn.init.trunc_normal_(part.weight, std=0.02)
                nn.init.zeros_(part.bias)

    def forward(self, images: Tensor) -> list[Tensor]:
        """(N, channels, H, W) to one feature map for each stride."""
        x = self.patches(images)
        rows, columns = x.shape[-2:]
        x = x.flatten(2).transpose(1, 2)
        x = self.norm(self.blocks(x + places(rows, columns, x.shape[-1], x.device)))
        x = x.transpose(1, 2).unflatten(2, (rows, columns))
        eighth = self.finer[0](x)
        return [self.finer[1](eighth), eighth, x, self.coarser(x)]


def places(rows: int, columns: int, width: int, device: torch.device) -> Tensor:
    """(1, rows × columns, width): sines and cosines of row and column (Chen, Xie, He 2021, §4.2): fit for any size."""
    quarter = width // 4
    rates = 10_000.0 ** -(torch.arange(quarter, device=device) / quarter)
    y = torch.arange(rows, device=device)[:, None] * rates
    x = torch.arange(columns, device=device)[:, None] * rates
    y, x = (torch.cat([part.sin(), part.cos()], -1) for part in (y, x))
    whole = torch.cat([y[:, None].expand(rows, columns, -1), x[None].expand(rows, columns, -1)], -1)
    return whole.reshape(1, rows * columns, 4 * quarter)
