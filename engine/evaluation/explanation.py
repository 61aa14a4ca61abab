"""Why a model says what it says of an item: a map over the image, what the map is worth, and how both are kept.

`cache/explanations/<run>/<key>.json` and `.png`, by content: the same question to the same model has the same answer.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.errors import BadInput, UsageError
from engine.evaluation.focus import Subject, focus_on, surest
from engine.evaluation.saliency import Map, Scene, Trust, by_gradients, by_hiding, scaled, trust_in
from engine.serving.manifest import ModelManifest
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from torch import nn

SCHEMA = 1
GRADIENT, OCCLUSION, HEAT = "gradient", "occlusion", "heat"
METHODS = (GRADIENT, OCCLUSION, HEAT)
SIDE = 256  # px of the longer side of a stored map
LEAST_SCORE = 0.01  # of what is worth a question
STOPS = (0.0, 0.25, 0.5, 0.75, 1.0)
RAMP = ((40, 87, 187, 249, 252), (11, 16, 55, 142, 255), (84, 110, 84, 9, 164))  # red, green, blue at the stops


@dataclass(frozen=True)
class Question:
    """What is asked about an image file.

    Attributes:
        method: one of `METHODS`; "heat" is the map that an anomaly model answers with.
        label: "": of what the model says most surely.
        box: xyxy in px; None: the whole image, or the surest object or region of the label.
    """

    digest: str
    page: int
    method: str
    label: str = ""
    box: tuple[float, float, float, float] | None = None

    @property
    def key(self) -> str:
        """The name of its answer's files."""
        place = "" if self.box is None else ",".join(f"{edge:.1f}" for edge in self.box)
        text = f"{SCHEMA}:{self.digest}:{self.page}:{self.method}:{self.label}:{place}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Explanation:
    """One answer.

    Attributes:
        method: as it was asked; `shown` is the one of the map, which differs where a model has no gradients.
        score: how sure the model is of the label (there).
        trust: None where it cannot be told: of anomaly models, or where the score is 0.
        seconds: that it took.
    """

    task: str
    method: str
    shown: str
    label: str
    box: tuple[float, float, float, float] | None
    score: float
    trust: Trust | None
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"schema": SCHEMA, **asdict(self), "verdict": self.trust.kind if self.trust else None}

    @staticmethod
    def from_json(document: dict[str, Any]) -> Explanation:
        """The other way."""
        known = {name: value for name, value in document.items() if name not in ("schema", "verdict")}
        box = known["box"] and tuple(known["box"])
        return Explanation(**{**known, "box": box, "trust": known["trust"] and Trust(**known["trust"])})


def default_method(task: str) -> str:
    """The way that says most about a model of a task."""
    return HEAT if task == "anomaly" else GRADIENT


def check_method(method: str, task: str) -> None:
    """Whether a model of a task can be asked that way.

    Raises:
        UsageError: there is no such method, or not for this task.
    """
    if method not in METHODS:
        raise UsageError(f"There is no method “{method}”; choose one of {', '.join(METHODS)}.")
    if method == HEAT and task != "anomaly":
        raise UsageError(f"Only anomaly models answer with a heat map; ask a {task} model by gradient or occlusion.")


def answer(
    network: nn.Module, manifest: ModelManifest, image: Path, question: Question, tell: Callable[[float], None]
) -> tuple[Explanation, Map]:
    """Ask a model about one image file; the map is over the image, in [0, 1].

    Args:
        network: as `load_network` gives it.
        tell: called with the share that is done; whatever it raises ends the work.

    Raises:
        BadInput: the model says nothing that could be explained, or hiding parts changes nothing for an anomaly model.
        UsageError: the model does not know the label.
        BadImage: the file cannot be read or does not fit the model.
    """
    import time

    import torch

    from engine.modeling.nets.anomaly import Remembering
    from engine.serving.images import decode
    from engine.serving.postprocess import finish
    from engine.serving.preprocess import resize

    if manifest.preprocess.resize == "tiles":
        raise BadInput(
            f"{manifest.name} looks at an image in tiles, each by itself; why is told of models that see all of it at once."
        )
    start = time.monotonic()
    pixels = decode(image, question.page, "rgb" if manifest.input.channels == 3 else "gray")
    canvas, geometry = resize(pixels, manifest)
    device = next(network.parameters()).device
    scene = Scene(canvas, geometry, manifest, device)
    with torch.inference_mode():
        said = network(scene.tensor())
    values = (said,) if isinstance(said, torch.Tensor) else said
    outputs = {name: value.float().cpu().numpy() for name, value in zip(manifest.outputs, values, strict=True)}
    subject = _subject(outputs, manifest, geometry, question, finish)
    focus = focus_on(network, manifest, subject, geometry, scene.tensor())
    remembers = any(isinstance(part, Remembering) for part in network.modules())
    shown = HEAT if question.method == GRADIENT and remembers else question.method
    if shown == HEAT:
        saliency = _heat(network, scene)
    elif shown == GRADIENT:
        saliency = by_gradients(network, focus, scene)
    else:
        saliency = by_hiding(focus, scene, lambda done: tell(0.7 * done))
        if manifest.task == "anomaly" and not saliency.any():
            raise BadInput(
                f"Hiding parts of it makes the image no less unusual to {manifest.name}, so that says nothing here; ask by"
                " heat or gradient."
            )
    score = float(scene.scores(focus, [np.zeros(scene.size, np.bool_)])[0])
    # Whatever stands in for pixels is unusual itself, so an anomaly map cannot be tested by taking pixels away.
    testable = score > 0 and manifest.task != "anomaly"
    trust = trust_in(saliency, focus, scene, lambda done: tell(0.7 + 0.3 * done)) if testable else None
    seconds = round(time.monotonic() - start, 2)
    found = Explanation(
        manifest.task, question.method, shown, subject.label, subject.box, round(min(score, 1.0), 5), trust, seconds
    )
    return found, saliency


def _subject(outputs: Any, manifest: ModelManifest, geometry: Any, question: Question, finish: Any) -> Subject:
    if question.box is not None:
        return Subject(question.label or manifest.labels[-1], question.box)  # without a label: an anomaly
    found = finish(outputs, manifest, geometry, score_threshold=LEAST_SCORE)
    subject = surest(found, manifest, question.label)
    if subject is None:
        what = f"“{question.label}”" if question.label else "anything"
        raise BadInput(f"{manifest.name} does not see {what} there, not even faintly; name a place with --box X,Y,W,H.")
    return subject


def _heat(network: Any, scene: Scene) -> Map:
    """How much more unusual each place is than half of the image; as a distance, since the score ends at 1."""
    import torch

    from engine.serving.regions import inner

    spec = scene.manifest.input
    with torch.inference_mode():
        distances = network.network(scene.tensor()).maps[0].float().cpu().numpy()
    values = inner(distances, scene.geometry, (spec.width, spec.height))
    return scaled(resized(values - np.median(values), scene.size))


def resized(values: Map, size: tuple[int, int]) -> Map:
    """A map at another height and width; bilinear."""
    import cv2

    shown: Map = cv2.resize(values, size[::-1], interpolation=cv2.INTER_LINEAR)
    return shown


def keep(folder: Path, question: Question, found: Explanation, saliency: Map, width: int, height: int) -> None:
    """Write an answer; the map as an 8-bit grey PNG in the proportions of the item of width × height px.

    Args:
        folder: of the workspace's cache and the run (`folder_of`).
    """
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    scale = SIDE / max(width, height)
    small = resized(saliency, (max(1, round(height * scale)), max(1, round(width * scale))))
    picture = io.BytesIO()
    Image.fromarray((small * 255).round().clip(0, 255).astype(np.uint8)).save(picture, "PNG")
    write_atomically(folder / f"{question.key}.png", picture.getvalue())
    document = json.dumps(found.to_json(), ensure_ascii=False, allow_nan=False)
    write_atomically(folder / f"{question.key}.json", document.encode())


def recall(folder: Path, question: Question) -> Explanation | None:
    """An answer that is there already; None: it is not, or cannot be read."""
    try:
        return Explanation.from_json(json.loads((folder / f"{question.key}.json").read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def recall_map(folder: Path, question: Question) -> Map:
    """The map of an answer, in [0, 1].

    Raises:
        OSError: it is not there.
    """
    from PIL import Image

    with Image.open(folder / f"{question.key}.png") as picture:
        return np.asarray(picture, np.float32) / np.float32(255)


def folder_of(workspace: Path, run: str) -> Path:
    """Where answers of a run's model are kept."""
    return workspace / "cache" / "explanations" / run


def colored(saliency: Map) -> npt.NDArray[np.uint8]:
    """A map (H, W) in [0, 1] as RGBA (H, W, 4) uint8, from violet through red to yellow; what is cold is clear."""
    at = saliency.clip(0, 1)
    channels = [np.interp(at, STOPS, ramp) for ramp in RAMP]
    shown: npt.NDArray[np.uint8] = np.stack([*channels, 255 * np.minimum(1, 1.6 * at)], -1).round().astype(np.uint8)
    return shown


def overlay(pixels: npt.NDArray[np.uint8], saliency: Map, opacity: float = 0.6) -> npt.NDArray[np.uint8]:
    """The image (H, W, 3) uint8 with a map over it."""
    color = colored(resized(saliency, pixels.shape[:2])).astype(np.float32)
    weight = opacity * color[..., 3:] / 255
    mixed: npt.NDArray[np.uint8] = (pixels * (1 - weight) + color[..., :3] * weight).round().astype(np.uint8)
    return mixed
