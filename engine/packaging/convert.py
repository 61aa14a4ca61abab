"""A trained PyTorch network to ONNX and OpenVINO IR, and whether they still say the same."""

from __future__ import annotations

import contextlib
import io
import shutil
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import BadInput, LinesideError
from engine.serving.manifest import ModelManifest
from engine.serving.preprocess import Floats

if TYPE_CHECKING:
    from torch import nn

    from engine.serving.images import Colours

OPSET = 18


class ExportFailed(LinesideError):
    """The network has a part that cannot be exported, or the export says something else than the network."""


def convert(network: nn.Module, manifest: ModelManifest, folder: Path, fixed: bool = False) -> bool:
    """Write model.onnx, model.xml, model.bin and model.json; whether the batch size was left open.

    Args:
        network: eval mode; (N, C, H, W) float32 to the outputs of the manifest's task.
        manifest: goes into model.json, as FP32.
        folder: made if need be.
        fixed: leave no batch size open, but take one image at a time.

    Raises:
        ExportFailed: the network cannot be exported; the message gives PyTorch's reason.
    """
    import openvino

    folder.mkdir(parents=True, exist_ok=True)
    dynamic = not fixed
    if dynamic:
        try:
            _to_onnx(network, manifest, folder / "model.onnx", batch=2)
        except Exception:
            # Networks that compute with their batch size cannot leave it open; one image at a time is what a box needs.
            dynamic = False
    if not dynamic:
        try:
            _to_onnx(network, manifest, folder / "model.onnx", batch=1)
        except Exception as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise ExportFailed(f"The network of “{manifest.name}” cannot be exported to ONNX: {reason}") from error
    model = openvino.convert_model(folder / "model.onnx")
    openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)
    rest = {name: value for name, value in manifest.extra.items() if name != "export"}  # that has been done
    replace(manifest, precision="fp32", extra=rest).save(folder)
    return dynamic


def as_bf16(fp32: Path, folder: Path) -> None:
    """The same network, to be computed in BF16."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("model.xml", "model.bin"):
        (folder / name).unlink(missing_ok=True)
        try:
            (folder / name).hardlink_to(fp32 / name)
        except OSError:
            shutil.copyfile(fp32 / name, folder / name)
    replace(ModelManifest.load(fp32), precision="bf16").save(folder)


MOST_OFF = 2e-2  # of what is no place in the image
PLACES = {
    "rotated": 4,
    "points": 2,
}  # columns that are px, as boxes are; behind them what tells the angle, what is visible


def parity(network: nn.Module, folder: Path, tensors: Sequence[Floats]) -> dict[str, float]:
    """Greatest absolute difference between PyTorch and the export by output, over prepared images.

    Raises:
        ExportFailed: they differ by more than rounding.
    """
    import torch

    from engine.serving.predictor import openvino_predictor

    predictor = openvino_predictor(folder)
    worst = dict.fromkeys(predictor.manifest.outputs, 0.0)
    pixels = 2e-3 * max(predictor.manifest.input.width, predictor.manifest.input.height)
    for tensor in tensors:
        with torch.inference_mode():
            expected = network(torch.from_numpy(tensor))
        parts = expected if isinstance(expected, tuple | list) else (expected,)
        found = predictor.infer(tensor)
        for name, part in zip(worst, parts, strict=True):
            difference = np.abs(part.numpy() - found[name])
            if name in PLACES:
                difference[..., : PLACES[name]] *= MOST_OFF / pixels
            worst[name] = max(worst[name], float(difference.max(initial=0)))
    for name, difference in worst.items():
        allowed = pixels if name == "boxes" else MOST_OFF
        if not difference <= allowed:
            raise ExportFailed(
                f"The export of “{predictor.manifest.name}” differs from the trained network: {name} by {difference:.3g},"
                f" where {allowed:.3g} is allowed. Please report the graph."
            )
    return worst


class Prepared(Sequence[Floats]):
    """Items of a version as the network gets them, each read when it is asked for: hundreds need no gigabytes."""

    def __init__(self, rows: Sequence[dict[str, Any]], manifest: ModelManifest) -> None:
        self._rows = rows
        self._manifest = manifest

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: Any) -> Any:
        """The tensor (1, C, H, W).

        Raises:
            BadInput: the image cannot be read.
        """
        from engine.serving.errors import BadImage
        from engine.serving.images import decode
        from engine.serving.preprocess import prepare

        row = self._rows[place]
        try:
            colours: Colours = "gray" if self._manifest.input.channels == 1 else "rgb"
            return prepare(decode(Path(row["path"]), row["page"] or 0, colours), self._manifest)[0]
        except BadImage as error:
            raise BadInput(f"{row['name']}: {error} ({row['path']})") from error


def _to_onnx(network: nn.Module, manifest: ModelManifest, path: Path, batch: int) -> None:
    import logging

    import torch

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it names libraries that nobody asked for
    spec = manifest.input
    example = torch.zeros(batch, spec.channels, spec.height, spec.width)
    shapes = ({0: torch.export.Dim("batch", min=1, max=64)},) if batch > 1 else None
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example,),
            str(path),
            dynamo=True,
            opset_version=OPSET,
            input_names=[spec.name],
            output_names=list(manifest.outputs),
            dynamic_shapes=shapes,
            external_data=False,
            verbose=False,
        )
