"""The two sides of an exchange in the same words: what the workspace says of each item, and the server of each task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.data.exporters.base import Losses
from engine.data.importers.base import LabelSpec
from engine.data.records import ANNOTATION_COLUMNS, Annotation, Label, annotation_from_row, read_labels
from engine.data.studio import config as studio
from engine.data.studio.config import Config
from engine.data.studio.regions import Region, Writer, digest, read

if TYPE_CHECKING:
    from connectors.label_studio.state import Task
    from engine.workspace import Workspace

KEY = "lineside"  # the field of a task's data that holds the item's key


@dataclass(frozen=True)
class Item:
    """One item of the workspace."""

    id: int
    key: int
    name: str
    width: int
    height: int
    split: str | None
    group: str | None
    page: int
    digest: str
    link: str | None
    pages: bool


@dataclass
class Ours:
    """The workspace: items, annotations, labels."""

    ws: Workspace
    items: dict[int, Item]
    annotations: dict[int, list[Annotation]]
    labels: list[Label]

    @staticmethod
    def load(ws: Workspace) -> Ours:
        """The state of now."""
        rows = ws.query(
            "SELECT id, key, name, width, height, split, group_key, page, digest, link,"
            " page > 0 OR count(*) OVER (PARTITION BY digest) > 1 FROM item ORDER BY id"
        )
        found: dict[int, list[Annotation]] = {}
        for row in ws.query(f"SELECT {ANNOTATION_COLUMNS} FROM annotation ORDER BY item_id, id"):
            annotation = annotation_from_row(row)
            found.setdefault(annotation.item_id, []).append(annotation)
        return Ours(ws, {row[0]: Item(*row) for row in rows}, found, read_labels(ws))

    @cached_property
    def names(self) -> dict[int, str]:
        """Names of labels by id: parent/name where a name is used twice, as in exports."""
        from engine.data.chunks import label_names

        return label_names(self.ws.cursor()).names

    @cached_property
    def joints(self) -> dict[int, list[str]]:
        """Names of key points by label."""
        return {label.id: list(map(str, label.details.get("keypoints") or ())) for label in self.labels}

    def of(self, item: int) -> list[Annotation]:
        """What persons say of an item."""
        return [a for a in self.annotations.get(item, ()) if a.origin != "model"]

    def predictions(self, item: int) -> dict[str, list[Annotation]]:
        """What models say of an item, by model."""
        found: dict[str, list[Annotation]] = {}
        for annotation in self.annotations.get(item, ()):
            if annotation.origin == "model":
                found.setdefault(annotation.author or "model", []).append(annotation)
        return found

    def config(self, there: Config | None = None) -> str:
        """The labelling configuration for the schema, the kinds of shapes that there are, and what is `there` already."""
        used: dict[int, set[str]] = {}
        words: list[str] = []
        joints: dict[int, int] = {}
        for mine in self.annotations.values():
            for one in mine:
                rings = one.kind == "polygon" and len(one.points) > 1
                used.setdefault(one.label_id, set()).update((one.kind, "mask") if rings else (one.kind,))
                words += [word for _, word in one.relations if word]
                if one.kind == "keypoints":
                    joints[one.label_id] = max(joints.get(one.label_id, 0), sum(map(len, one.points)) // 3)
        specs: list[LabelSpec] = []
        kinds: dict[str, list[str]] = {}
        for label in self.labels:
            known = self.joints[label.id]
            known += [str(place + 1) for place in range(len(known), joints.get(label.id, 0))]
            name = self.names[label.id]
            details = {"keypoints": known} if known else {}
            specs.append(LabelSpec(name, None, label.color, details, [dict(each) for each in label.attributes]))
            kinds[name] = [*dict.fromkeys([*(label.shapes or ("box",)), *sorted(used.get(label.id, ()))])]
        for spec in () if there is None else studio.schema(there)[0]:
            specs += [spec] if spec.name not in kinds else []
        for name, more in () if there is None else studio.schema(there)[1].items():
            kinds[name] = [*dict.fromkeys([*kinds.get(name, ()), *more])]
        words = [
            *dict.fromkeys(
                [
                    *(there.relations if there else ()),
                    *words,
                    *(str(w) for label in self.labels for w in label.details.get("relations") or ()),
                ]
            )
        ]
        return studio.make(specs, kinds, words)

    def writer(self, config: Config, losses: Losses, refs: Mapping[int, str]) -> Writer:
        """Makes results from annotations; `refs` are ids of regions that are not ours."""
        return Writer(self.names, self.joints, config, losses, lambda one: refs.get(one.id, f"a{one.id:x}"))

    def results(
        self, item: int, annotations: Sequence[Annotation], config: Config, losses: Losses, refs: Mapping[int, str]
    ) -> list[dict[str, Any]]:
        """What is sent for an item."""
        entry = self.items[item]
        return self.writer(config, losses, refs).results(annotations, entry.width, entry.height)

    def digest(self, item: int, config: Config, task: Task | None) -> str:
        """What the server would say of an item, had it been sent now."""
        results = self.results(item, self.of(item), config, Losses(), task.regions if task else {})
        return digest(read(results, lambda _: None, studio.flags(config)))

    def prediction_digest(self, item: int, config: Config) -> str:
        """The same for its predictions."""
        results = [self.results(item, made, config, Losses(), {}) for _, made in sorted(self.predictions(item).items())]
        return digest([r for each in results for r in read(each, lambda _: None, studio.flags(config))])


@dataclass
class Theirs:
    """A task as the server has it."""

    task: int
    data: dict[str, Any]
    updated: str
    annotation: int | None
    others: int  # annotations that are not looked at
    results: list[dict[str, Any]]
    predictions: list[dict[str, Any]]
    problems: list[str] = field(default_factory=list)
    flags: frozenset[str] = frozenset()

    @staticmethod
    def of(task: Mapping[str, Any], flags: frozenset[str], wanted: int | None = None) -> Theirs:
        """From the server's answer; of several annotations the newest counts."""
        done = [a for a in task.get("annotations") or () if not a.get("was_cancelled")]
        done.sort(key=lambda a: (str(a.get("updated_at") or ""), a["id"]))
        chosen = done[-1] if done else None
        if wanted is not None and chosen is not None and not chosen.get("result"):
            chosen = next((a for a in done if a["id"] == wanted), chosen)
        return Theirs(
            int(task["id"]), dict(task.get("data") or {}), str(task.get("updated_at") or ""),
            int(chosen["id"]) if chosen else None, max(len(done) - 1, 0),
            list(chosen.get("result") or ()) if chosen else [], list(task.get("predictions") or ()), [], flags,
        )  # fmt: skip

    @cached_property
    def regions(self) -> list[Region]:
        """What its annotation says."""
        return read(self.results, self.problems.append, self.flags)

    @cached_property
    def digest(self) -> str:
        """The same as one short text."""
        return digest(self.regions)

    @cached_property
    def predicted(self) -> dict[str, list[Region]]:
        """Its predictions by model."""
        return {
            str(each.get("model_version") or "model"): read(each.get("result") or (), self.problems.append, self.flags)
            for each in self.predictions
        }

    @property
    def prediction_digest(self) -> str:
        """All predictions as one short text."""
        return digest([region for _, regions in sorted(self.predicted.items()) for region in regions])


def wrong(results: Iterable[Mapping[str, Any]], config: Config) -> list[str]:
    """What of results the server would take although its configuration does not allow it, in words."""
    controls = {control.name: control for control in config.controls}
    found = []
    for result in results:
        if result.get("type") == "relation":
            found += [f"the relation “{word}” is not in the configuration" for word in result["labels"]
                      if config.relations and word not in config.relations]  # fmt: skip
            continue
        control, value = controls.get(str(result["from_name"])), result["value"]
        if control is None or control.type != result["type"] or control.to_name != result["to_name"]:
            found.append(f"the configuration has no {result['type']} “{result['from_name']}”")
            continue
        chosen = value.get(control.type)
        for name in chosen if isinstance(chosen, list) else ():
            if control.names and name not in control.names:
                found.append(f"the configuration does not know “{name}” for {control.type}")
        if not all(_inside(part) for part in _numbers(value)):
            found.append(f"a {control.type.removesuffix('labels')} lies far outside of the picture")
        if control.type == "number":
            found += _range(control.options, value["number"], control.name)
    return list(dict.fromkeys(found))


def _numbers(value: Mapping[str, Any]) -> list[float]:
    flat = [value[key] for key in ("x", "y", "width", "height", "radiusX", "radiusY") if key in value]
    flat += [number for pair in value.get("points") or () for number in pair]
    return flat + [corner[axis] for corner in value.get("vertices") or () for axis in "xy"]


def _inside(percent: float) -> bool:
    return -100 <= percent <= 200


def _range(options: Mapping[str, str], number: float, name: str) -> list[str]:
    low, high = float(options.get("min") or "-inf"), float(options.get("max") or "inf")
    return [] if low <= number <= high else [f"{number:g} is not in the range of “{name}” ({low:g} … {high:g})"]
