"""The job that says why a model answers as it does: a map over each item, what it is worth, and the training items most like it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.changes import Changes
from engine.curation import worklist
from engine.curation.vectors import VectorStore, normalised
from engine.curation.worklist import Target
from engine.errors import BadInput, LinesideError, UsageError
from engine.evaluation.explanation import Question
from engine.serving.preprocess import Geometry, fit
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from datetime import datetime

    from torch import nn

    from engine.data.versions import VersionData
    from engine.jobs import Job, JobContext
    from engine.serving.manifest import ModelManifest
    from engine.workspace import Transaction, Workspace

NEAREST = 8
BATCH = 16
Floats = npt.NDArray[np.float32]
Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class Said:
    """One annotation of a training item: who gave it its label, and when."""

    label: str
    kind: str
    author: str
    at: datetime


@dataclass(frozen=True)
class Neighbour:
    """A training item that looks alike to the model.

    Attributes:
        likeness: the cosine, 1 for the same.
        labels: what people say of it now.
    """

    item_id: int
    name: str
    likeness: float
    labels: list[Said]


def require_pictures(ws: Workspace, model: str | int) -> None:
    """Pass a model that looks at images.

    Raises:
        BadInput: it answers rows of a table.
        UsageError: there is no such model.
    """
    from engine.training.models import get_model

    row = get_model(ws, model)
    if row.task == "tabular":
        raise BadInput(
            f"{row.title} answers rows of a table; where a model looks can be asked of models of images. What a table's"
            " columns tell is said by: lineside table check, lineside model card."
        )


def explain(
    ws: Workspace, model: str | int, item_ids: Sequence[int], *, method: str = "", label: str = "",
    box: tuple[float, float, float, float] | None = None, version: str | int | None = None, nearest: int = NEAREST,
) -> Job:  # fmt: skip
    """Start asking a model why it says what it says of some items.

    Args:
        method: "gradient" or "occlusion", of an anomaly model "heat" too; "": what says most of its kind.
        label: ask about this label, instead of what the model says most surely.
        box: xyxy in px, ask about this place; for detection, segmentation and anomaly.
        version: whose training items are looked through for similar ones; None: the one that the model learnt from.
        nearest: how many similar items; 0: none.

    Raises:
        UsageError: no such model, item, method, label or version.
        BadInput: it is a model of tables, or a box that cannot be.
    """
    from engine.data.versions import get_version
    from engine.evaluation.explanation import check_method, default_method
    from engine.jobs import submit
    from engine.serving.manifest import ModelManifest
    from engine.training.models import get_model

    require_pictures(ws, model)
    row = get_model(ws, model)
    method = method or default_method(row.task)
    check_method(method, row.task)
    listed = worklist.targets(ws, item_ids)
    if len(listed) < len(item_ids) or not listed:
        known = {one.item_id for one in listed}
        raise UsageError(f"There is no item {next((one for one in item_ids if one not in known), 'to explain')}.")
    labels = ModelManifest.load(row.folder).labels
    if label and label not in labels:
        raise UsageError(f"{row.title} knows no label “{label}”; it knows: {', '.join(labels)}.")
    if nearest < 0:
        raise UsageError(f"{nearest} similar items cannot be shown; give 0 or more.")
    _check_box(box, row.task, label)
    chosen = get_version(ws, row.version_id if version is None else version)
    arguments = {
        "model_id": row.id, "model": row.title, "run": str(row.folder.relative_to(ws.path)), "version_id": chosen.id,
        "method": method, "label": label, "box": box, "nearest": nearest, "items": worklist.write(ws.path, listed),
    }  # fmt: skip
    what = listed[0].name.rsplit("/", 1)[-1] if len(listed) == 1 else f"{len(listed)} images"
    return submit(ws, "explain", arguments, f"Why {row.title} says so of {what}")


def _check_box(box: tuple[float, float, float, float] | None, task: str, label: str) -> None:
    if box is None:
        return
    if task in ("classification", "multilabel"):
        raise UsageError(f"A {task} model speaks of whole images; leave the box out.")
    if not (box[2] > box[0] and box[3] > box[1]):
        raise BadInput(f"The box {', '.join(f'{edge:g}' for edge in box)} has no area.")
    if not label and task != "anomaly":
        raise UsageError("A place was named without a label; say which label is asked about there.")


def run(context: JobContext) -> dict[str, Any]:
    """The worker's part: each item in turn, then the training items once."""
    from engine.data.versions import read_version
    from engine.serving.manifest import ModelManifest
    from engine.training.load import load_network

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    wanted = context.arguments
    run_folder = context.workspace / wanted["run"]
    context.progress(0.0, "Loading the model")
    listed = worklist.read(context.workspace, wanted["items"])
    manifest, network = ModelManifest.load(run_folder), _on_device(load_network(run_folder))

    def tell(fraction: float, message: str) -> None:
        context.should_stop()
        context.wait_if_paused()
        context.progress(0.02 + 0.97 * fraction, message)

    share = 0.7 if wanted["nearest"] else 1.0
    answers = []
    for at, one in enumerate(listed):

        def told(done: float, at: int = at) -> None:
            tell(share * (at + done) / len(listed), "Asking what counts")

        answers.append(_answer(context, network, manifest, one, told))
    if wanted["nearest"]:
        version = read_version(context.workspace, wanted["version_id"])
        training = [_target(row) for row in version.items.to_pylist() if row["split"] == "train"]
        places = [_place(one, entry.get("box")) for one, entry in zip(listed, answers, strict=True)]
        if all(one.annotation_id for one in places):  # answers about a place are compared with what people marked
            training = _shapes(version, training)
        found = nearest_keys(
            context.workspace, run_folder.name, network, manifest, places, training, wanted["nearest"],
            lambda done, what: tell(0.7 + 0.3 * done, what),
        )  # fmt: skip
        for one, entry, alike in zip(listed, answers, found, strict=True):
            entry["nearest"] = alike
            asked = question(one, wanted)
            keep_nearest(context.workspace, run_folder.name, wanted["version_id"], one.key, asked, alike)
    context.progress(1.0, "Done")
    return {"items": wanted["items"], "answers": answers, **{name: wanted[name] for name in ("model", "version_id")}}


def ingest(workspace: Workspace, tx: Transaction, spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """The owner's part: nothing goes into the store, the answers lie in the cache."""
    del tx, spec
    (workspace.path / result["items"]).unlink(missing_ok=True)
    return Changes()


def question(target: Target, arguments: dict[str, Any]) -> Question:
    """What a job with these arguments asks about an item."""
    box = arguments["box"]
    return Question(target.digest, target.page, arguments["method"], arguments["label"], box and tuple(box))


def _answer(
    context: JobContext, network: nn.Module, manifest: ModelManifest, one: Target, tell: Callable[[float], None]
) -> dict[str, Any]:
    """The answer for one item, from the cache if it is there; a file that cannot be used is named, and the rest goes on."""
    from engine.evaluation.explanation import answer, folder_of, keep, recall
    from engine.serving.errors import BadImage

    asked = question(one, context.arguments)
    folder = folder_of(context.workspace, Path(context.arguments["run"]).name)
    entry: dict[str, Any] = {"item_id": one.item_id, "key": one.key, "name": one.name, "problem": None}
    tell(0.0)
    try:
        found = recall(folder, asked)
        if found is None:
            found, saliency = answer(network, manifest, Path(one.path), asked, tell)
            keep(folder, asked, found, saliency, one.width, one.height)
    except (BadImage, LinesideError) as error:
        return entry | {"problem": f"{one.name}: {error}"}
    path = (folder / f"{asked.key}.png").relative_to(context.workspace).as_posix()
    return entry | {"map": path, **found.to_json()}


def nearest_keys(
    workspace: Path, run: str, network: nn.Module, manifest: ModelManifest, listed: Sequence[Target],
    training: Sequence[Target], count: int, tell: Tell,
) -> list[list[dict[str, Any]]]:  # fmt: skip
    """For each item the training items whose pooled features are most like its own: {"key", "likeness"}, the nearest first.

    Of targets that are shapes, what lies in them is compared, and of each training item its nearest shape counts.

    Args:
        run: names the model; its embeddings are kept under that name.
        tell: called before each batch; whatever it raises ends the work, what is done is kept.
    """
    places, vectors = embedded(workspace, run, network, manifest, [*listed, *training], tell)
    row = {place: number for number, place in enumerate(places.tolist())}
    theirs = [(one, row[len(listed) + at]) for at, one in enumerate(training) if len(listed) + at in row]
    found: list[list[dict[str, Any]]] = []
    for at, mine in enumerate(listed):
        others = [(one, number) for one, number in theirs if one.key != mine.key]
        if at not in row or not others:
            found.append([])
            continue
        likeness = vectors[[number for _, number in others]] @ vectors[row[at]]
        best = {others[one][0].key: float(likeness[one]) for one in np.argsort(likeness, kind="stable")}
        ranked = sorted(best.items(), key=lambda pair: -pair[1])[:count]
        found.append([{"key": key, "likeness": round(value, 4)} for key, value in ranked])
    return found


def embedded(
    workspace: Path, run: str, network: nn.Module, manifest: ModelManifest, listed: Sequence[Target], tell: Tell
) -> tuple[npt.NDArray[np.intp], Floats]:
    """Embeddings of items by a model's own backbone, as `VectorStore.find` gives them; those that are missing are made."""
    shapes = any(one.annotation_id for one in listed)
    spec = manifest.input
    blank = np.zeros((1, spec.channels, spec.height, spec.width), np.float32)
    whole = [replace(listed[0], x=0.0, y=0.0, w=8.0, h=8.0)]
    sample = shape_vectors(network, blank, fit(8, 8, manifest), whole) if shapes else vectors_of(network, blank)
    store = VectorStore(workspace, f"run-{run}-shapes" if shapes else f"run-{run}", sample.shape[1])
    known = set(store.find(listed)[0].tolist())
    left = [one for place, one in enumerate(listed) if place not in known]
    done = 0
    for batch in _prepared(left, manifest, 1 if shapes else BATCH):
        tell(done / len(left), f"Comparing {batch[0][0].name}")
        if shapes:
            first, tensor, geometry = batch[0]
            same = [one for one in left if (one.digest, one.page) == (first.digest, first.page)]
            store.add(same, normalised(shape_vectors(network, tensor, geometry, same)))
        else:
            vectors = vectors_of(network, np.concatenate([tensor for _, tensor, _ in batch]))
            store.add([one for one, *_ in batch], normalised(vectors))
        done += len(batch)
    return store.find(listed)


def vectors_of(network: nn.Module, images: Floats) -> Floats:
    """Pooled features (N, D) of prepared images (N, channels, H, W)."""
    import torch

    from engine.evaluation.saliency import FeatureMaps

    with torch.inference_mode(), FeatureMaps(network) as maps:
        network(torch.from_numpy(images).to(_device_of(network)))
    found: Floats = maps.pooled().float().cpu().numpy()
    return found


def shape_vectors(network: nn.Module, image: Floats, geometry: Geometry, shapes: Sequence[Target]) -> Floats:
    """Features (N, D) of one prepared image (1, channels, H, W), pooled inside each shape's bounds."""
    import torch

    from engine.evaluation.saliency import FeatureMaps

    with torch.inference_mode(), FeatureMaps(network) as maps:
        network(torch.from_numpy(image).to(_device_of(network)))
    boxes = [(one.x, one.y, one.x + one.w, one.y + one.h) for one in shapes]
    found: Floats = maps.pooled_in(boxes, geometry, image.shape[2:]).float().cpu().numpy()
    return found


def _prepared(
    listed: Sequence[Target], manifest: ModelManifest, size: int
) -> Iterator[list[tuple[Target, Floats, Geometry]]]:
    """Batches of the images that can be read, each file once."""
    from engine.serving.errors import BadImage
    from engine.serving.images import decode
    from engine.serving.preprocess import prepare

    batch: list[tuple[Target, Floats, Geometry]] = []
    for one in {(one.digest, one.page): one for one in listed}.values():
        try:
            pixels = decode(Path(one.path), one.page, "rgb" if manifest.input.channels == 3 else "gray")
            batch.append((one, *prepare(pixels, manifest)))
        except BadImage:
            continue
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def nearest_path(workspace: Path, run: str, version_id: int, key: int, asked: Question) -> Path:
    """Where the items like one are kept; what is compared depends on the place that was asked about."""
    from engine.evaluation.explanation import folder_of

    return folder_of(workspace, run) / f"nearest-{version_id}-{key:x}-{replace(asked, method='').key}.json"


def keep_nearest(
    workspace: Path, run: str, version_id: int, key: int, asked: Question, found: list[dict[str, Any]]
) -> None:
    """Keep the items like one."""
    path = nearest_path(workspace, run, version_id, key, asked)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(found).encode())


def recall_nearest(
    workspace: Path, run: str, version_id: int, key: int, asked: Question
) -> list[dict[str, Any]] | None:
    """The items like one, as they were found; None: nobody looked yet."""
    try:
        found: list[dict[str, Any]] = json.loads(nearest_path(workspace, run, version_id, key, asked).read_bytes())
    except (OSError, ValueError):
        return None
    return found


def neighbours(ws: Workspace, found: Sequence[dict[str, Any]]) -> list[Neighbour]:
    """Similar items with their labels and who gave them; items that the workspace no longer has are left out.

    Args:
        found: as `nearest_keys` gives them.
    """
    from engine.data.records import read_labels
    from engine.labeling.blame import blame
    from engine.labeling.edits import annotations_of

    names = {label.id: label.name for label in read_labels(ws)}
    rows = ws.query(
        "SELECT key, id, name FROM item WHERE key IN (SELECT unnest(?::BIGINT[]))", [[one["key"] for one in found]]
    )
    items = {key: (ident, name) for key, ident, name in rows}
    result = []
    for one in found:
        if one["key"] not in items:
            continue
        ident, name = items[one["key"]]
        parts = blame(ws, ident)
        said = []
        for shape in annotations_of(ws, ident):
            by = {part.field: part for part in parts[shape.id]}
            last = by.get("label", by.get("made"))
            if shape.origin != "model" and last is not None:
                said.append(Said(names.get(shape.label_id, "?"), shape.kind, last.author, last.at))
        result.append(Neighbour(ident, name, one["likeness"], said))
    return result


def to_json(found: Neighbour) -> dict[str, Any]:
    """As plain JSON values."""
    return {**asdict(found), "labels": [{**asdict(one), "at": one.at.isoformat()} for one in found.labels]}


def _target(row: dict[str, Any]) -> Target:
    return Target(0, row["key"], row["digest"], row["page"] or 0, row["width"], row["height"], row["name"], row["path"])


def _place(one: Target, box: Sequence[float] | None) -> Target:
    """An item, or the place in it that is asked about."""
    if box is None:
        return one
    return replace(one, annotation_id=-1, x=box[0], y=box[1], w=box[2] - box[0], h=box[3] - box[1])


def _shapes(version: VersionData, items: Sequence[Target]) -> list[Target]:
    """What people marked in these items."""
    known = {one.key: one for one in items}
    rows = [row for row in version.annotations.to_pylist() if row["item_key"] in known and row["x"] is not None]
    return [
        replace(known[row["item_key"]], annotation_id=at, x=row["x"], y=row["y"], w=row["w"], h=row["h"])
        for at, row in enumerate(rows, 1)
    ]


def _device_of(network: nn.Module) -> Any:
    return next(network.parameters()).device


def _on_device(network: nn.Module) -> nn.Module:
    import torch

    return network.to("cuda" if torch.cuda.is_available() else "cpu")
