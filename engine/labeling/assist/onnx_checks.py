"""What an encoder and a decoder of one's own must be like: ONNX files come from anywhere."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from engine.errors import BadInput

NEEDED = {"image_embeddings", "point_coords", "point_labels"}
OPTIONAL = {"mask_input", "has_mask_input", "orig_im_size"}
NOT_SAID = (
    "Exception from",
    "Check '",
    "FrontEnd API failed",
    "Model wasn't fully",
    "-- ",
    "While validating",
    "Summary:",
)
LEAST, MOST = 32, 4096  # px of the square that an encoder sees


def read(core: Any, path: Path) -> Any:
    """An ONNX file as OpenVINO sees it; weights lie in it or beside it, OpenVINO reads no file elsewhere."""
    if not path.is_file():
        raise BadInput(f"{path} does not exist.")
    try:
        return core.read_model(path)
    except RuntimeError as error:
        raise BadInput(f"{path.name} is not an ONNX network that OpenVINO can read ({first_line(error)}).") from error


def encoder_input(model: Any, path: Path) -> tuple[int, str]:
    """The side of the square that it sees, and the order of its axes."""
    if len(model.inputs) != 1:
        raise BadInput(f"{path.name} has {len(model.inputs)} inputs; an encoder takes one image and nothing else.")
    shape = model.inputs[0].get_partial_shape()
    if shape.rank.is_dynamic or len(shape) not in (3, 4):
        raise BadInput(
            f"{path.name} takes {shape}; an encoder takes one image, (1, 3, H, W), (1, H, W, 3) or (H, W, 3)."
        )
    axes = [axis.get_length() if axis.is_static else None for axis in shape]
    if len(axes) == 3:
        layout, high, wide = "HWC", axes[0], axes[1]
        channels = axes[2]
    elif axes[1] == 3 or axes[3] != 3:
        layout, high, wide, channels = "NCHW", axes[2], axes[3], axes[1]
    else:
        layout, high, wide, channels = "NHWC", axes[1], axes[2], axes[3]
    if channels not in (3, None):
        raise BadInput(f"{path.name} takes {channels} channels; an image has 3.")
    if high != wide:
        raise BadInput(f"{path.name} takes {high} × {wide} px; encoders of this family take squares.")
    side = high or 1024
    if not LEAST <= side <= MOST:
        raise BadInput(f"{path.name} takes {side} × {side} px; {LEAST} to {MOST} are accepted.")
    return side, layout


def check_decoder(model: Any, path: Path) -> None:
    """Whether it has the inputs and outputs of a SAM's decoder, and none of a size that no image has."""
    names = {name for port in model.inputs for name in port.get_names()}
    if missing := sorted(NEEDED - names):
        raise BadInput(
            f"{path.name} has no input {', '.join(missing)}; it has {', '.join(sorted(names))}. Is it the decoder of a SAM?"
        )
    unknown = [sorted(port.get_names()) for port in model.inputs if not (port.get_names() & (NEEDED | OPTIONAL))]
    if unknown:
        raise BadInput(f"{path.name} also wants {unknown[0][0]}, which is not known here.")
    for port in model.inputs:
        axes = [axis.get_length() for axis in port.get_partial_shape() if axis.is_static]
        if "mask_input" in port.get_names() and math.prod(axes) > MOST * MOST:
            raise BadInput(
                f"{path.name} wants masks of {' × '.join(map(str, axes))} px; at most {MOST} × {MOST} are given."
            )
    outputs = {name for port in model.outputs for name in port.get_names()}
    if "masks" not in outputs:
        raise BadInput(f"{path.name} has no output masks; it has {', '.join(sorted(outputs))}.")


def first_line(error: Exception) -> str:
    """What OpenVINO says, without where in its sources."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(NOT_SAID)]
    return (said or lines or ["no reason given"])[0][:200]
