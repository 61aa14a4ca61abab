"""What really flows through a drawing for one item: each step's picture, figures and time, up to one step of learning.

The process beside the window does it (`engine.training.flowing`), so that the window never waits and never loads PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import UsageError
from engine.familiar import need_familiar
from engine.labeling.assist.companion import Answer, shared
from engine.labeling.assist.frames import Arrays
from engine.modeling.catalogue import component_of
from engine.modeling.graph import Graph
from engine.modeling.own_code import has_own_code

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.training.models import ModelRow
    from engine.workspace import Workspace

TIMEOUT_S = 120.0
MIXES = "self.{data}"  # context of a component that takes other images too
OTHERS = 4  # images at hand for a step of augmentation that puts several into one
VERDICT_COLORS = ("#009E73", "#D55E00")
SHAPE = ("label", "kind", "x", "y", "w", "h", "points", "rle", "attributes", "flags")  # what a version keeps of one


@dataclass(frozen=True)
class Bar:
    """One value of a row of values.

    Attributes:
        share: of the softmax over all of them; None where that means nothing.
        truth: whether the item's annotation says so.
    """

    name: str
    value: float
    share: float | None = None
    truth: bool = False


@dataclass(frozen=True)
class Shown:
    """One thing that flows.

    Attributes:
        what: "decoded", "canvas", "pixels", "targets", "maps", "matrix", "scores", "found", "regions", "heat", "values",
            "number", "loss" or "gradients".
        name: of it within what the port gives: a field's name, or its place in a list.
        picture: (H, W, 3) uint8, sides up to 320 px; None where it has none.
        overview: for maps, how strong all channels together are at each place, as a picture.
        shape: of the tensor.
        minimum, mean, maximum: of its numbers; None where there are none.
        wrong: how many of its numbers are not finite.
        channels: which channels of the tensor the sheet shows, strongest first.
        text: the label of the image; for "found", how many objects, and the least score of them; for "heat", how far the
            image is from what is normal and from where it is not, as in service.
    """

    what: str
    name: str = ""
    picture: NDArray[np.uint8] | None = None
    overview: NDArray[np.uint8] | None = None
    shape: tuple[int, ...] = ()
    minimum: float | None = None
    mean: float | None = None
    maximum: float | None = None
    wrong: int = 0
    channels: tuple[int, ...] = ()
    bars: tuple[Bar, ...] = ()
    text: str = ""

    def to_json(self) -> dict[str, Any]:
        """All but the pictures."""
        kept = {name: value for name, value in vars(self).items() if name not in ("picture", "overview", "bars")}
        return {**kept, "bars": [vars(bar) | {"value": _plain(bar.value)} for bar in self.bars]}


@dataclass(frozen=True)
class Failure:
    """Where it went no further, and why; `node` is empty when that is not known."""

    node: str
    message: str


@dataclass(frozen=True)
class Flow:
    """All that flows for one item.

    Attributes:
        ports: what each output gives, by (node, port).
        milliseconds: that each node took, and "backward" for the way back.
        gradients: norm of the gradient of each part of the network after one step back; empty without annotations.
        loss: the loss and its parts.
        labels: of the model, each with its colour "#rrggbb".
        weights: "trained", "pretrained" or "fresh".
        is_known: whether the item's annotations say what is to be learnt of it.
        waiting: the node that judges by good images and has seen none yet; nothing flows out of it. Empty otherwise.
    """

    item: int
    name: str
    ports: Mapping[tuple[str, str], Sequence[Shown]] = field(default_factory=dict)
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    gradients: Mapping[str, float] = field(default_factory=dict)
    loss: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    weights: str = "fresh"
    is_known: bool = True
    waiting: str = ""
    failure: Failure | None = None

    def to_json(self) -> dict[str, Any]:
        """All but the pictures."""
        return {
            "item": self.item,
            "name": self.name,
            "weights": self.weights,
            "is_known": self.is_known,
            "waiting": self.waiting,
            "labels": dict(self.labels),
            "ports": {f"{node}.{port}": [one.to_json() for one in shown] for (node, port), shown in self.ports.items()},
            "milliseconds": dict(self.milliseconds),
            "gradients": {name: _plain(value) for name, value in self.gradients.items()},
            "loss": {name: _plain(value) for name, value in self.loss.items()},
            "failure": None if self.failure is None else vars(self.failure),
        }


def flow(
    ws: Workspace,
    graph: Graph,
    items: Sequence[int],
    model: ModelRow | None = None,
    seed: int = 0,
    augment: bool = True,
) -> list[Flow]:
    """Send items of the workspace, one by one, through the drawing and one step of learning. Blocks.

    Args:
        items: ids; their annotations are those of now, without what a model merely suggests.
        model: whose weights to take; None: fresh ones of a fixed seed, and pretrained backbones.
        seed: of the augmentation.
        augment: whether images are augmented at all.

    Raises:
        Superseded: a newer question came meanwhile.
        UsageError: there is no such item, or the drawing is for rows of a table.
        NotAllowed: it would run code of a workspace from elsewhere.
        BadInput: the drawing has errors, an image cannot be read, or the weights are not those of this drawing.
        CompanionFailed: the process beside the window could not answer.
    """
    if graph.task == "tabular":
        raise UsageError(f"“{graph.name}” learns from rows of a table; what flows is shown for images only.")
    if has_own_code(graph):
        need_familiar(ws, "The code of this drawing")
    request = {
        "graph": graph.to_json(),
        "items": [_item(ws, item) | {"sorted": _is_sorted(ws)} for item in items],
        "others": [_item(ws, item) for item in _others(ws, graph, items)],
        "labels": _labels(ws, graph.task),
        "run": str(model.folder) if model is not None else "",
        "seed": seed,
        "augment": augment,
    }
    found, arrays = shared().call("model.flow", request, replaces="model.flow", timeout_s=TIMEOUT_S)
    return [_flow(document, arrays) for document in found["flows"]]


def find_item(ws: Workspace, which: str | int) -> int:
    """The item of an id, a whole name, or the first one with that in its name.

    Raises:
        UsageError: there is none.
    """
    rows = ws.query(
        "SELECT id FROM item WHERE id::VARCHAR = $1 OR contains(lower(name), lower($1))"
        " ORDER BY name <> $1, id::VARCHAR <> $1, id LIMIT 1",
        [str(which)],
    )
    if not rows:
        raise UsageError(f"There is no item “{which}”; see: lineside data query 'SELECT id, name FROM items'.")
    return int(rows[0][0])


def beside(ws: Workspace, item: int, step: int) -> int | None:
    """The item before (−1) or after (1) another in the order in which they came, round the ends; None: no items."""
    way, order = (">", "ASC") if step > 0 else ("<", "DESC")
    rows = ws.query(f"SELECT id FROM item ORDER BY id {way} ? DESC, id {order} LIMIT 1", [item])
    return int(rows[0][0]) if rows else None


def _plain(value: float) -> float | None:
    """JSON has no word for what is not finite."""
    return value if math.isfinite(value) else None


def _item(ws: Workspace, item: int) -> dict[str, Any]:
    from engine.data.chunks import label_names
    from engine.data.items import item_image
    from engine.data.records import ANNOTATION_COLUMNS, annotation_from_row, attributes_json

    image = item_image(ws, item)
    rows = ws.query(f"SELECT {ANNOTATION_COLUMNS} FROM annotation WHERE item_id = ? AND origin <> 'model'", [item])
    names = label_names(ws.cursor()).names
    shapes = [
        vars(one)
        | {
            "label": names[one.label_id],
            "attributes": attributes_json(one.attributes),
            "flags": _json(one.flags),
            "points": [list(ring) for ring in one.points] or None,
        }
        for one in map(annotation_from_row, rows)
    ]
    return {
        "id": item, "name": image.name, "path": str(image.path), "page": image.page, "digest": image.digest,
        "width": image.width, "height": image.height,
        "shapes": [{name: shape[name] for name in SHAPE} for shape in shapes],
    }  # fmt: skip


def _json(flags: Sequence[str]) -> str | None:
    import json

    return json.dumps(list(flags)) if flags else None


def _others(ws: Workspace, graph: Graph, items: Sequence[int]) -> list[int]:
    """Items that come after those, where the drawing mixes images."""
    types = [component_of(node) for node in graph.nodes]
    if not any(found is not None and found.section == "augment" and MIXES in found.context for found in types):
        return []
    rows = ws.query("SELECT id FROM item WHERE id NOT IN (SELECT unnest(?::BIGINT[])) ORDER BY id <= ?, id LIMIT ?",
                    [list(items), items[0], OTHERS])  # fmt: skip
    return [int(row[0]) for row in rows]


def _is_sorted(ws: Workspace) -> bool:
    """Whether some image is labelled as good, so that one without any mark is not known to be."""
    from engine.data.chunks import label_names
    from engine.training.marks import is_normal

    good = [ident for ident, name in label_names(ws.cursor()).names.items() if is_normal(name)]
    return bool(
        ws.query(
            "SELECT 1 FROM annotation WHERE kind = 'class' AND origin <> 'model'"
            " AND label_id IN (SELECT unnest(?::BIGINT[])) LIMIT 1",
            [good],
        )
    )


def _labels(ws: Workspace, task: str) -> list[tuple[str, str]]:
    """Labels (name, colour) of a training on all of the workspace, in their order; filled up while there are too few."""
    from engine.data.chunks import label_names
    from engine.data.colors import next_color
    from engine.training.marks import KINDS, VERDICTS, is_normal

    if task == "anomaly":
        return list(zip(VERDICTS, VERDICT_COLORS, strict=True))
    used = ws.query(
        "SELECT DISTINCT label_id FROM annotation WHERE origin <> 'model' AND kind IN (SELECT unnest(?::VARCHAR[]))",
        [list(KINDS[task])],
    )
    schema, chosen = label_names(ws.cursor()).rows, {row[0] for row in used}
    known = [row for row in schema if row["id"] in chosen] or schema
    found = [(str(row["name"]), str(row["color"])) for row in known]
    if task == "multilabel":
        found = [entry for entry in found if not is_normal(entry[0])]
    names = [name for name, _ in found]
    while len(found) < (2 if task == "classification" else 1):
        found.append((next(name for name in "ABC" if name not in names), next_color(color for _, color in found)))
        names.append(found[-1][0])
    return found


def _flow(document: dict[str, Any], arrays: Arrays) -> Flow:
    ports: dict[tuple[str, str], list[Shown]] = {}
    for node, port, shown in document["ports"]:
        ports[node, port] = [_shown(one, arrays) for one in shown]
    failure = Failure(**document["failure"]) if document["failure"] else None
    plain = {
        name: document[name]
        for name in ("item", "name", "milliseconds", "gradients", "loss", "labels", "weights", "is_known", "waiting")
    }
    return Flow(ports=ports, failure=failure, **plain)


def _shown(document: dict[str, Any], arrays: Arrays) -> Shown:
    values = dict(document)
    for name in ("picture", "overview"):
        values[name] = arrays.get(values.pop(name, ""))
    values["bars"] = tuple(Bar(*bar) for bar in values.get("bars", ()))
    for name in ("shape", "channels"):
        values[name] = tuple(values.get(name, ()))
    return Shown(**values)


def answer(arguments: dict[str, Any], arrays: Arrays) -> Answer:
    """The part of the process beside the window; see `engine.training.flowing.flows`."""
    from engine.training.runner import share_cores

    share_cores()
    from engine.training.flowing import flows

    del arrays
    run = Path(arguments["run"]) if arguments["run"] else None
    return flows(
        Graph.from_json(arguments["graph"]), arguments["items"], arguments["others"], arguments["labels"], run,
        int(arguments["seed"]), bool(arguments["augment"]),
    )  # fmt: skip
