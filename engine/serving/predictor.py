"""One model ready to answer: image in, labels and boxes out. The server, evaluation and the live preview use it alike."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.serving import tiles
from engine.serving.answers import Answer, Classification, Detection
from engine.serving.errors import BadImage, BadManifest, BadRequest
from engine.serving.images import MAX_PIXELS, Pixels, decode
from engine.serving.manifest import ModelManifest
from engine.serving.postprocess import finish
from engine.serving.preprocess import Floats, Geometry, prepare
from engine.serving.skeleton import named

Outputs = dict[str, npt.NDArray[np.float32]]
Infer = Callable[[Floats], Outputs]


@dataclass(frozen=True)
class Prediction:
    """What the model says of one image of `width` × `height` px."""

    model: str
    number: int
    task: str
    width: int
    height: int
    detections: tuple[Detection, ...] = ()
    classification: Classification | None = None
    heat: Floats | None = None  # (h, w) in [0, 1] over the image, of anomaly models; not sent
    targets: Mapping[str, Classification] = field(default_factory=dict)  # of a table of which several are foretold
    milliseconds: dict[str, float] = field(default_factory=dict)  # of decode, prepare, infer, finish
    skeletons: Mapping[str, Any] = field(default_factory=dict)  # see `engine.serving.skeleton.named`; of keypoints

    def to_json(self) -> dict[str, Any]:
        """As it goes over the wire."""
        answer: dict[str, Any] = {
            "model": self.model,
            "version": str(self.number),
            "task": self.task,
            **({"image": {"width": self.width, "height": self.height}} if self.task != "tabular" else {}),
            "milliseconds": {step: round(value, 3) for step, value in self.milliseconds.items()},
        }
        if self.classification is not None:
            answer |= self.classification.to_json()
        if self.targets:
            answer["targets"] = {name: found.to_json() for name, found in self.targets.items()}
        if self.classification is None or self.task == "anomaly":
            answer["detections"] = [detection.to_json() for detection in self.detections]
        if self.skeletons:
            answer["skeletons"] = dict(self.skeletons)
        return answer


class Predictor:
    """A manifest and a function that runs the network: (N, C, H, W) float32 → outputs by name."""

    def __init__(self, manifest: ModelManifest, infer: Infer) -> None:
        self.manifest = manifest
        self.infer = infer
        self.listen: Callable[[Prediction], None] = lambda _: None  # is told each answer

    def predict(
        self,
        image: Pixels | bytes | Path,
        *,
        page: int = 0,
        score_threshold: float | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> Prediction:
        """Look at one image: pixels (H, W, 1 | 3) uint8 RGB, or an image file's bytes or path.

        Raises:
            BadImage: the image cannot be read or does not fit the model.
        """
        if self.manifest.table is not None:
            raise BadImage(f"“{self.manifest.name}” answers rows of a table, not images.")
        clock = _Clock()
        pixels = image if isinstance(image, np.ndarray) else decode(image, page, self._colours, max_pixels)
        clock.lap("decode")
        if tiles.are_used(self.manifest):
            whole = tiles.look(pixels, self.manifest, self.infer, score_threshold)
            clock.lap("infer")
            return self._prediction(whole, pixels.shape[1], pixels.shape[0], clock.laps)
        tensor, geometry = prepare(pixels, self.manifest)
        clock.lap("prepare")
        outputs = self.infer(tensor)
        clock.lap("infer")
        found = finish(outputs, self.manifest, geometry, score_threshold=score_threshold)
        clock.lap("finish")
        return self._prediction(found, geometry.width, geometry.height, clock.laps)

    def predict_rows(self, columns: Mapping[str, Sequence[Any]]) -> list[Prediction]:
        """Look at the rows of a table, given column by column.

        Raises:
            BadRequest: they do not fit the model, or it takes images.
        """
        if self.manifest.table is None:
            raise BadRequest(f"“{self.manifest.name}” answers images, not rows.")
        clock = _Clock()
        tensor = self.manifest.table.encode(columns)
        clock.lap("prepare")
        outputs = self.infer(tensor)
        clock.lap("infer")
        whole = Geometry(1, 1, 1, 1, 0, 0)
        found = [finish(outputs, self.manifest, whole, index=index) for index in range(len(tensor))]
        clock.lap("finish")
        return [self._prediction(one, 0, 0, clock.laps) for one in found]

    def warm_up(self) -> None:
        """Run the network once on nothing, so that the first real image does not pay for it."""
        spec = self.manifest.input
        self.infer(np.zeros((1, spec.channels, spec.height, spec.width), np.float32))

    def predict_batch(self, images: Sequence[Pixels], *, score_threshold: float | None = None) -> list[Prediction]:
        """Look at several images in one call of the network."""
        if tiles.are_used(self.manifest):
            return [self.predict(image, score_threshold=score_threshold) for image in images]
        prepared = [prepare(image, self.manifest) for image in images]
        outputs = self.infer(np.concatenate([tensor for tensor, _ in prepared]))
        return [
            self._prediction(
                finish(outputs, self.manifest, geometry, index=index, score_threshold=score_threshold),
                geometry.width,
                geometry.height,
                {},
            )
            for index, (_, geometry) in enumerate(prepared)
        ]

    @property
    def _colours(self) -> Any:
        return "rgb" if self.manifest.input.channels == 3 else "gray"

    def _prediction(self, found: Answer, width: int, height: int, laps: dict[str, float]) -> Prediction:
        manifest = self.manifest
        skeletons = named(manifest.labels, manifest.skeletons) if manifest.skeletons else {}
        about = (manifest.name, manifest.number, manifest.task, width, height)
        told = Prediction(*about, *found, milliseconds=laps, skeletons=skeletons)
        self.listen(told)
        return told


def openvino_predictor(
    folder: Path | str, threads: int | None = None, parallel: int = 1, cache: Path | str | None = None
) -> Predictor:
    """Load model.json + model.xml/model.bin and compile the network for this machine's CPU.

    Args:
        folder: the model folder.
        threads: CPU threads to use; None: all.
        parallel: how many calls of `infer` may run at once; further ones wait.
        cache: a folder for the compiled network, which makes the next start faster; None: none.

    Raises:
        BadManifest: a file is missing or does not fit.
    """
    import openvino

    folder = Path(folder)
    manifest = ModelManifest.load(folder)
    core = openvino.Core()
    settings: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY" if parallel == 1 else "THROUGHPUT",
        "PERFORMANCE_HINT_NUM_REQUESTS": parallel,
        "INFERENCE_PRECISION_HINT": "bf16" if manifest.precision == "bf16" else "f32",
    }
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads
    if cache:
        settings["CACHE_DIR"] = str(cache)
    try:
        model = core.read_model(str(folder / "model.xml"))
        # One image at a time: a fixed shape lets the compiler choose the fastest kernels, and on a CPU a batch gains nothing.
        spec = manifest.input
        rows = manifest.table is not None  # cheap ones, of which many come together
        model.reshape([-1 if rows else 1, spec.channels, spec.height, spec.width])
        compiled = core.compile_model(model, "CPU", settings)
    except RuntimeError as error:
        raise BadManifest(f"The network in {folder} cannot be loaded: {str(error).splitlines()[-1]}.") from error
    if len(compiled.outputs) != len(manifest.outputs):
        raise BadManifest(f"The network in {folder} does not have the outputs {', '.join(manifest.outputs)}.")
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for _ in range(parallel):
        requests.put(compiled.create_infer_request())

    def infer(tensor: Floats) -> Outputs:
        request = requests.get()
        try:
            step = max(1, len(tensor)) if manifest.table is not None else 1
            found = [
                _infer_one(request, tensor[start : start + step], len(manifest.outputs))
                for start in range(0, len(tensor), step)
            ]
        finally:
            requests.put(request)
        joined = found[0] if len(found) == 1 else [np.concatenate(parts) for parts in zip(*found, strict=True)]
        return dict(zip(manifest.outputs, joined, strict=True))

    return Predictor(manifest, infer)


def _infer_one(request: Any, tensor: Floats, outputs: int) -> list[npt.NDArray[np.float32]]:
    request.infer([tensor], share_inputs=True)
    return [np.array(request.get_output_tensor(index).data, np.float32) for index in range(outputs)]


class _Clock:
    """Milliseconds between laps."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = (now - self._last) * 1e3
        self._last = now
