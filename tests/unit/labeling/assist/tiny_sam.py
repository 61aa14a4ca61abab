"""A tiny encoder and decoder with the names and shapes of a SAM export, made from small torch networks.

The embedding is the picture's colours on a coarse grid; the decoder answers with what is alike to the clicked places.
"""

from __future__ import annotations

from pathlib import Path

SIDE, GRID = 64, 16


def make(folder: Path) -> tuple[Path, Path]:
    """Write encoder.onnx and decoder.onnx."""
    import torch
    import torch.nn.functional as f
    from torch import nn

    class Encoder(nn.Module):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return f.avg_pool2d(image, SIDE // GRID)

    class Decoder(nn.Module):
        def forward(
            self,
            image_embeddings: torch.Tensor,
            point_coords: torch.Tensor,
            point_labels: torch.Tensor,
            mask_input: torch.Tensor,
            has_mask_input: torch.Tensor,
            orig_im_size: torch.Tensor,
        ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            places = (point_coords / SIDE * 2 - 1).unsqueeze(1)  # (1, 1, N, 2) in [-1, 1]
            there = f.grid_sample(image_embeddings, places, align_corners=False)[:, :, 0]  # (1, 3, N)
            away = ((image_embeddings.flatten(2).unsqueeze(3) - there.unsqueeze(2)) ** 2).sum(1)  # (1, G·G, N)
            alike = torch.exp(-away)
            own = (alike * (point_labels == 1).float().unsqueeze(1)).sum(2)
            other = (alike * (point_labels == 0).float().unsqueeze(1)).sum(2)
            low = (own - other - 0.5).reshape(1, 1, GRID, GRID) + 0.0 * mask_input * has_mask_input
            whole = f.interpolate(low, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
            scale = SIDE / orig_im_size.max()
            height, width = orig_im_size[0].to(torch.int64), orig_im_size[1].to(torch.int64)
            high, wide = (height * scale).round().to(torch.int64), (width * scale).round().to(torch.int64)
            inner = whole[:, :, :high, :wide]
            masks = f.interpolate(inner, size=(height, width), mode="bilinear", align_corners=False)
            return masks, own.max(1, keepdim=True).values, low

    encoder, decoder = folder / "encoder.onnx", folder / "decoder.onnx"
    torch.onnx.export(
        Encoder(), (torch.zeros(1, 3, SIDE, SIDE),), str(encoder), dynamo=False,
        input_names=["image"], output_names=["image_embeddings"],
    )  # fmt: skip
    example = (
        torch.zeros(1, 3, GRID, GRID), torch.zeros(1, 2, 2), torch.tensor([[1.0, -1.0]]), torch.zeros(1, 1, GRID, GRID),
        torch.zeros(1), torch.tensor([48.0, 64.0]),
    )  # fmt: skip
    torch.onnx.export(
        Decoder(), example, str(decoder), dynamo=False,
        input_names=["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input", "orig_im_size"],
        output_names=["masks", "iou_predictions", "low_res_masks"],
        dynamic_axes={"point_coords": {1: "n"}, "point_labels": {1: "n"}},
    )  # fmt: skip
    return encoder, decoder
