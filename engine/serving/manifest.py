"""What a served model is: its labels, its input, and how images go in and answers come out (`model.json`)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from engine.serving.errors import BadManifest
from engine.serving.skeleton import Skeleton
from engine.serving.tables import TableSpec

SCHEMA = 1
FILE = "model.json"

Task = Literal[
    "detection",
    "rotated",
    "keypoints",
    "instances",
    "classification",
    "multilabel",
    "segmentation",
    "anomaly",
    "tabular",
]
# Tasks whose answers are objects, and what an object of each carries beside its box: see `Detection` and `Region`
OBJECTS: dict[str, str] = {"detection": "", "rotated": "rotated", "keypoints": "points", "instances": "mask"}
OUTPUTS: dict[str, tuple[str, ...]] = {
    "detection": ("boxes", "scores"),
    "rotated": ("boxes", "scores", "rotated"),
    "keypoints": ("boxes", "scores", "points"),
    "instances": ("boxes", "scores", "coefficients", "prototypes"),
    "classification": ("probabilities",),
    "multilabel": ("probabilities",),
    "segmentation": ("probabilities",),
    "anomaly": ("scores", "maps"),
    "tabular": ("probabilities",),
}
Resize = Literal["letterbox", "stretch", "none", "tiles"]


@dataclass(frozen=True)
class InputSpec:
    """The tensor that the network takes: (N, channels, height, width) float32."""

    name: str = "images"
    width: int = 640
    height: int = 640
    channels: int = 3
    layout: str = "NCHW"


@dataclass(frozen=True)
class PreprocessSpec:
    """From pixels (0 … 255) to the tensor: resize, then (pixel × scale − mean) / std by channel.

    With the resize “tiles” the network looks at the image piece by piece, as large as it is; `overlap`: of the pieces, in px.
    """

    resize: Resize = "letterbox"
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    scale: float = 1 / 255
    pad_value: int = 114
    overlap: int = 0


@dataclass(frozen=True)
class PostprocessSpec:
    """What of the raw answer is reported; boxes of one label with IoU above `iou_threshold` count as one.

    An anomaly model calls an image abnormal from `score_threshold` on, and so each of its pixels. A multilabel model says each
    label from its own one of `thresholds` on, where there are some.
    """

    score_threshold: float = 0.3
    iou_threshold: float = 0.5
    max_detections: int = 300
    thresholds: tuple[float, ...] = ()


@dataclass(frozen=True)
class ModelManifest:
    """The contents of model.json. Keys that this version does not know are kept in `extra`."""

    name: str
    task: Task
    labels: tuple[str, ...]
    number: int = 1
    input: InputSpec = field(default_factory=InputSpec)
    preprocess: PreprocessSpec = field(default_factory=PreprocessSpec)
    postprocess: PostprocessSpec = field(default_factory=PostprocessSpec)
    precision: str = "fp32"
    version_digest: str = ""
    table: TableSpec | None = None  # of a model of tables: its input is rows (N, 1, 2, F), see `engine.serving.tables`
    skeletons: tuple[Skeleton, ...] = ()  # of each label, of a model of keypoints
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.task not in OUTPUTS:
            raise BadManifest(f"model.json: the task “{self.task}” is not known; it is one of {', '.join(OUTPUTS)}.")
        if not self.labels:
            raise BadManifest("model.json: the list of labels is empty.")
        if (self.task == "tabular") != (self.table is not None):
            raise BadManifest("model.json: “table” goes with the task tabular, and with no other.")
        if len(self.skeletons) != len(self.labels) * (self.task == "keypoints"):
            raise BadManifest(
                "model.json: a model of keypoints needs “skeletons”, one for each label; no other has any."
            )
        if len(self.postprocess.thresholds) not in (0, len(self.labels)):
            raise BadManifest("model.json: postprocess.thresholds needs one value for each label, or none.")
        if self.preprocess.resize not in ("letterbox", "stretch", "none", "tiles"):
            raise BadManifest(f"model.json: preprocess.resize “{self.preprocess.resize}” is not known.")
        if self.preprocess.resize == "tiles" and self.task not in ("detection", "segmentation"):
            raise BadManifest(f"model.json: tiles are for detection and segmentation, not for {self.task}.")
        if self.input.channels not in (1, 3) or min(self.input.width, self.input.height) < 1:
            raise BadManifest("model.json: the input needs 1 or 3 channels and a positive width and height.")
        if not 0 <= self.preprocess.overlap < min(self.input.width, self.input.height):
            raise BadManifest("model.json: preprocess.overlap is from 0 px to less than the input's sides.")
        for name in ("mean", "std"):
            if len(getattr(self.preprocess, name)) not in (1, self.input.channels):
                raise BadManifest(f"model.json: preprocess.{name} needs one value, or one for each channel.")

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the network's outputs, in order."""
        return OUTPUTS[self.task]

    @property
    def made_for(self) -> Any:
        """What the network is made for: the channels of an image, or the slots of each field of a row."""
        return self.input.channels if self.table is None else self.table.slots

    @property
    def answers(self) -> Any:
        """What the network tells apart: how many labels, or how many points each label has."""
        return tuple(len(one.points) for one in self.skeletons) or len(self.labels)

    def to_json(self) -> dict[str, Any]:
        """The document as written to model.json."""
        document: dict[str, Any] = {"schema": SCHEMA, **asdict(self)}
        document.pop("table")
        if not self.skeletons:
            document.pop("skeletons")
        if not self.postprocess.thresholds:
            del document["postprocess"]["thresholds"]
        if self.preprocess.resize != "tiles":
            del document["preprocess"]["overlap"]
        if self.table is not None:
            document["table"] = self.table.to_json()
        return {**document.pop("extra"), **document}

    @staticmethod
    def from_json(document: Any) -> ModelManifest:
        """Read the document of model.json.

        Raises:
            BadManifest: a key is missing or has a value that cannot be used; the message names it.
        """
        if not isinstance(document, dict):
            raise BadManifest("model.json: the document is not a JSON object.")
        if document.get("schema", SCHEMA) != SCHEMA:
            raise BadManifest(
                f"model.json has schema {document['schema']}; this program reads schema {SCHEMA}. Update the program."
            )
        rest = {key: value for key, value in document.items() if key != "schema"}
        try:
            return ModelManifest(
                name=str(rest.pop("name")),
                task=rest.pop("task"),
                labels=tuple(str(label) for label in rest.pop("labels")),
                number=int(rest.pop("number", 1)),
                input=_part(InputSpec, rest.pop("input", {})),
                preprocess=_part(PreprocessSpec, rest.pop("preprocess", {})),
                postprocess=_part(PostprocessSpec, rest.pop("postprocess", {})),
                precision=str(rest.pop("precision", "fp32")),
                version_digest=str(rest.pop("version_digest", "")),
                table=TableSpec.from_json(rest.pop("table")) if rest.get("table") else None,
                skeletons=tuple(Skeleton.from_json(one) for one in rest.pop("skeletons", ())),
                extra=rest,
            )
        except KeyError as missing:
            raise BadManifest(f"model.json: the key {missing} is missing.") from missing
        except (TypeError, ValueError) as wrong:
            raise BadManifest(f"model.json: {wrong}.") from wrong

    @staticmethod
    def load(folder: Path | str) -> ModelManifest:
        """Read model.json of a model folder.

        Raises:
            BadManifest: the file is missing or cannot be used.
        """
        path = Path(folder) / FILE
        try:
            document = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise BadManifest(f"{path} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise BadManifest(f"{path} is not valid JSON: {error}.") from error
        return ModelManifest.from_json(document)

    def save(self, folder: Path | str) -> None:
        """Write model.json into a model folder."""
        text = json.dumps(self.to_json(), ensure_ascii=False, indent=2, sort_keys=True)
        (Path(folder) / FILE).write_text(text + "\n", "utf-8")


Part = TypeVar("Part", InputSpec, PreprocessSpec, PostprocessSpec)


def _part(kind: type[Part], document: dict[str, Any]) -> Part:
    """One of the nested objects: unknown keys are ignored, numbers take the type of the default."""
    values: dict[str, Any] = {}
    for part in fields(kind):
        if part.name not in document:
            continue
        value, default = document[part.name], getattr(kind(), part.name)
        if isinstance(default, tuple):
            values[part.name] = tuple(
                float(number) for number in (value if isinstance(value, list | tuple) else [value])
            )
        else:
            values[part.name] = type(default)(value)
    return kind(**values)
