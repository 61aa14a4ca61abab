"""A person's own pair of networks for segmenting by clicks: an encoder of images and a decoder of clicks (SAM family).

The names of inputs and outputs are those of the ONNX decoders that Segment Anything exports (`image_embeddings`,
`point_coords`, `point_labels`, `mask_input`, `has_mask_input`, `orig_im_size` → `masks`, `iou_predictions`,
`low_res_masks`). A pair is checked once, kept in the workspace as OpenVINO IR, and run in the companion process;
embeddings are kept on disk by the digest of the image.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import BadInput, UsageError
from engine.labeling.assist.frames import Arrays
from engine.labeling.assist.onnx_checks import LEAST, MOST, OPTIONAL, check_decoder, encoder_input, first_line, read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIXELS = ("sam", "unit", "raw")
LAYOUTS = ("NCHW", "NHWC", "HWC")
MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # of SAM, in 0 … 255
CACHE_BYTES = 4 << 30  # of embeddings; the ones not used for longest go first


@dataclass(frozen=True)
class Pair:
    """An encoder and a decoder that fit each other.

    Attributes:
        side: px of the longer side that the encoder sees.
        pixels: what the encoder takes: "sam" (mean and deviation of SAM), "unit" (0 … 1), "raw" (0 … 255).
        layout: "NCHW", "NHWC" or "HWC".
        digest: of both files.
    """

    name: str
    side: int
    pixels: str
    layout: str
    digest: str


def add(folder: Path, name: str, encoder: Path, decoder: Path, pixels: str = "sam") -> Pair:
    """Check two ONNX files and keep them in the workspace folder as a pair of that name.

    Raises:
        UsageError: the name cannot be used or is taken.
        BadInput: a file is no such network; the message says what is missing.
    """
    if not re.fullmatch(r"[\w][\w .+-]{0,62}", name) or name != name.strip():
        raise UsageError(
            f"“{name}” cannot be the name of a pair: letters, digits, spaces, dots and dashes, at most 63."
        )
    if pixels not in PIXELS:
        raise UsageError(f"“{pixels}” is none of the ways to give pixels to an encoder: {', '.join(PIXELS)}.")
    target = _root(folder) / name
    if target.exists():
        raise UsageError(
            f"There is a pair “{name}” already; remove it first.", fix=f"lineside label assist remove {name}"
        )
    ov = _openvino()
    core = ov.Core()
    front, back = read(core, encoder), read(core, decoder)
    side, layout = encoder_input(front, encoder)
    check_decoder(back, decoder)
    partial = target.with_name(f".{uuid.uuid4().hex}.part")
    partial.mkdir(parents=True)
    try:
        ov.save_model(front, partial / "encoder.xml", compress_to_fp16=False)
        ov.save_model(back, partial / "decoder.xml", compress_to_fp16=False)
        # of what was read, weights in files beside the ONNX ones included
        pair = Pair(name, side, pixels, layout, _digest(*sorted(partial.iterdir())))
        (partial / "pair.json").write_text(json.dumps(asdict(pair)), "utf-8")
        _try(partial, pair)
        partial.replace(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return pair


def pairs(folder: Path) -> list[Pair]:
    """All pairs of a workspace folder, by name."""
    found = []
    for path in sorted(_root(folder).glob("*/pair.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):
            pair = Pair(**json.loads(path.read_text("utf-8")))
            if _sound(pair, path.parent.name):
                found.append(pair)
    return found


def remove(folder: Path, name: str) -> None:
    """Drop a pair and its embeddings.

    Raises:
        UsageError: there is none of that name.
    """
    found = next((pair for pair in pairs(folder) if pair.name == name), None)
    if found is None:
        known = ", ".join(pair.name for pair in pairs(folder)) or "none"
        raise UsageError(f"There is no pair “{name}”; there is: {known}.")
    shutil.rmtree(_root(folder) / name)
    shutil.rmtree(_cache(folder, found.digest), ignore_errors=True)


# in the companion process


def embed(arguments: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Make or find the embedding of an image: {folder, name, path, page, digest} → {cached, bytes}.

    `image` among the arrays (H, W, C uint8) is taken instead of the file when it is there.
    """
    folder = Path(arguments["folder"])
    pair = _pair(folder, arguments["name"])
    place = _place(folder, pair, arguments["digest"], int(arguments.get("page", 0)))
    known = _load(place) is not None
    if not known:
        _embedding(pair, _networks(str(_root(folder) / pair.name), pair.digest)[0], _pixels(arguments, arrays), place)
    return {"cached": known, "bytes": place.stat().st_size}, {}


def decode(arguments: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """The mask of clicks: {folder, name, path, page, digest, size: [w, h], clicks: [[x, y, positive], …]} → {iou}, mask.

    The decoder's answer for the clicks without the last one goes in as `mask_input` when it is among the arrays.
    """
    import numpy as np

    folder = Path(arguments["folder"])
    pair = _pair(folder, arguments["name"])
    networks = _networks(str(_root(folder) / pair.name), pair.digest)
    place = _place(folder, pair, arguments["digest"], int(arguments.get("page", 0)))
    embedding = _load(place)
    if embedding is None:
        embedding = _embedding(pair, networks[0], _pixels(arguments, arrays), place)
    width, height = (int(value) for value in arguments["size"])
    clicks = np.array(arguments["clicks"], np.float32).reshape(-1, 3)
    feeds = _feeds(networks[1], pair, embedding, clicks, (width, height), arrays.get("mask_input"))
    answer = networks[1](feeds)
    masks, quality = _named(answer, "masks", 0), _named(answer, "iou_predictions", None)
    best = int(np.argmax(quality.ravel())) if quality is not None and quality.size > 1 and len(clicks) < 2 else 0
    mask = np.asarray(masks).reshape(-1, *masks.shape[-2:])[best]
    found: Arrays = {"mask": _upright(mask, pair, (width, height))}
    low = _named(answer, "low_res_masks", None)
    if low is not None:
        found["low_res_masks"] = np.asarray(low).reshape(-1, *low.shape[-2:])[best][None, None].astype(np.float32)
    return {"iou": float(quality.ravel()[best]) if quality is not None and quality.size else None}, found


def _feeds(
    network: Any,
    pair: Pair,
    embedding: NDArray[Any],
    clicks: NDArray[np.float32],
    size: tuple[int, int],
    before: NDArray[Any] | None,
) -> dict[str, NDArray[Any]]:
    import numpy as np

    scale = pair.side / max(size)
    # a last point of label -1 stands for "no box" in exported decoders
    coords = np.concatenate([clicks[:, :2] * scale, np.zeros((1, 2), np.float32)])[None]
    labels = np.concatenate([clicks[:, 2], [-1.0]]).astype(np.float32)[None]
    feeds: dict[str, NDArray[Any]] = {
        "image_embeddings": embedding.astype(np.float32), "point_coords": coords, "point_labels": labels,
    }  # fmt: skip
    for port in network.inputs:
        name = next((known for known in port.get_names() if known in OPTIONAL), "")
        if name == "mask_input":
            shape = [axis.get_length() if axis.is_static else 256 for axis in port.get_partial_shape()]
            fits = before is not None and list(before.shape) == shape
            feeds[name] = np.asarray(before, np.float32) if fits else np.zeros(shape, np.float32)
        elif name == "has_mask_input":
            feeds[name] = np.array([1.0 if before is not None else 0.0], np.float32)
        elif name == "orig_im_size":
            feeds[name] = np.array([size[1], size[0]], np.float32)
    return feeds


def _upright(mask: NDArray[Any], pair: Pair, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Logits as a mask (H, W) of the image: a decoder may answer in its own small square."""
    import cv2
    import numpy as np

    width, height = size
    if mask.shape != (height, width):
        square = cv2.resize(np.asarray(mask, np.float32), (pair.side, pair.side), interpolation=cv2.INTER_LINEAR)
        scale = pair.side / max(size)
        inner = square[: max(1, round(height * scale)), : max(1, round(width * scale))]
        mask = cv2.resize(inner, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(mask > 0, np.uint8)


def _embedding(pair: Pair, network: Any, pixels: NDArray[np.uint8], place: Path) -> NDArray[Any]:
    import numpy as np

    answer = network([_input(pair, pixels)])
    found = np.asarray(_named(answer, "image_embeddings", 0), np.float32)
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with partial.open("wb") as file:
            np.save(file, found.astype(np.float16), allow_pickle=False)
        partial.replace(place)
    finally:
        partial.unlink(missing_ok=True)
    _prune(place.parent)
    return found


def _input(pair: Pair, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The image as the encoder takes it: longer side as given, the rest 0, below and to the right."""
    import cv2
    import numpy as np

    image = np.repeat(pixels, 3, 2) if pixels.shape[2] == 1 else pixels
    scale = pair.side / max(image.shape[:2])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR).astype(np.float32)
    if pair.pixels == "sam":
        small = (small - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    elif pair.pixels == "unit":
        small /= 255
    square = np.zeros((pair.side, pair.side, 3), np.float32)
    square[: size[1], : size[0]] = small
    if pair.layout == "HWC":
        return square
    return square[None] if pair.layout == "NHWC" else np.ascontiguousarray(square.transpose(2, 0, 1)[None])


def _pixels(arguments: Mapping[str, Any], arrays: Arrays) -> NDArray[np.uint8]:
    from engine.serving.images import decode as opened

    if "image" in arrays:
        return arrays["image"]
    return opened(Path(arguments["path"]), int(arguments.get("page", 0)))


@lru_cache(maxsize=2)
def _networks(folder: str, _digest: str) -> tuple[Any, Any]:
    core = _openvino().Core()
    try:
        return core.compile_model(f"{folder}/encoder.xml", "CPU"), core.compile_model(f"{folder}/decoder.xml", "CPU")
    except RuntimeError as error:
        raise BadInput(f"The pair in {folder} cannot be loaded ({first_line(error)}); add it again.") from error


def _pair(folder: Path, name: str) -> Pair:
    found = next((pair for pair in pairs(folder) if pair.name == name), None)
    if found is None:
        raise UsageError(f"There is no pair “{name}” in this workspace any more.")
    return found


def _named(answer: Any, name: str, place: int | None) -> Any:
    """An output by its name; by its place when the network has other names."""
    for port, value in answer.items():
        if name in port.get_names():
            return value
    return None if place is None else answer[place]


# files


def _sound(pair: Pair, folder: str) -> bool:
    """Whether a description that was read can be meant: names and digests become paths, the side an array."""
    return (
        pair.name == folder
        and pair.side in range(LEAST, MOST + 1)
        and pair.pixels in PIXELS
        and pair.layout in LAYOUTS
        and re.fullmatch(r"[0-9a-f]{64}", pair.digest) is not None
    )


def _root(folder: Path) -> Path:
    return folder / "assist"


def _cache(folder: Path, digest: str) -> Path:
    return folder / "cache" / "embeddings" / digest[:16]


def _place(folder: Path, pair: Pair, digest: str, page: int) -> Path:
    if not re.fullmatch(r"[0-9a-f]{8,128}", digest):
        raise UsageError("The image has no digest.")
    return _cache(folder, pair.digest) / f"{digest}-{page}.npy"


def _load(place: Path) -> NDArray[Any] | None:
    import numpy as np

    try:
        found: NDArray[Any] = np.load(place, allow_pickle=False)
        os.utime(place)
    except (OSError, ValueError, EOFError):
        return None
    return found


def _prune(folder: Path) -> None:
    files = sorted(((file.stat().st_mtime, file.stat().st_size, file) for file in folder.glob("*.npy")), reverse=True)
    total = 0
    for _, size, file in files:
        total += size
        if total > CACHE_BYTES:
            file.unlink(missing_ok=True)


def _digest(*files: Path) -> str:
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


# checks


def _openvino() -> Any:
    """OpenVINO without its telemetry, which calls a server and forks."""
    import sys

    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def _try(folder: Path, pair: Pair) -> None:
    """One click on a grey image: what does not fit together shows here, not at the first picture."""
    import numpy as np

    try:
        encoder, decoder = _networks.__wrapped__(str(folder), pair.digest)
        embedding = np.asarray(
            _named(encoder([_input(pair, np.full((48, 64, 1), 128, np.uint8))]), "image_embeddings", 0)
        )
        click = np.array([[32.0, 24.0, 1.0]], np.float32)
        masks = _named(decoder(_feeds(decoder, pair, embedding, click, (64, 48), None)), "masks", 0)
    except (RuntimeError, ValueError) as error:
        raise BadInput(f"Encoder and decoder do not work together: {first_line(error)}") from error
    if masks.ndim < 2 or not masks.size:
        raise BadInput("The decoder's masks are empty.")
