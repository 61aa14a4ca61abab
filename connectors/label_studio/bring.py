"""Taking over what Label Studio says: labels of its configuration, regions as annotations, predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors.label_studio.sides import Ours
from connectors.label_studio.state import Task
from engine.changes import Changes
from engine.data.colors import next_color
from engine.data.exporters.base import Losses
from engine.data.records import Annotation, Label
from engine.data.studio import config as studio
from engine.data.studio.config import Config
from engine.data.studio.regions import Region, read
from engine.labeling import log
from engine.labeling.log import Step

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace


class Bringer:
    """Collects steps for many items and writes them in one transaction."""

    def __init__(self, ws: Workspace, ours: Ours, config: Config) -> None:
        self.ws, self.ours, self.config = ws, ours, config
        self.ids = {name: ident for ident, name in ours.names.items()}
        self._adds: list[Annotation] = []
        self._changes: dict[int, dict[str, Any]] = {}
        self._removes: list[int] = []

    def schema(self) -> Changes:
        """Add the labels of the configuration that the workspace does not have."""
        specs, kinds = studio.schema(self.config)
        new = [spec for spec in specs if spec.name not in self.ids]
        if not new:
            return Changes()
        labels = self.ours.labels
        first = max((label.id for label in labels), default=0) + 1
        place = max((label.position for label in labels), default=-1) + 1
        colors = [label.color for label in labels]
        steps = []
        for number, spec in enumerate(new):
            colors.append(spec.color or next_color(colors))
            steps.append(Step(None, Label(
                first + number, spec.name, colors[-1], None, "", tuple(kinds.get(spec.name, ())),
                tuple(spec.attributes), place + number, spec.details,
            )))  # fmt: skip
            self.ids[spec.name] = first + number
        with self.ws.transaction("Labels of Label Studio") as tx:
            changes = log.put(self.ws, tx, steps)
        self.ours.__dict__.pop("names", None)
        return changes

    def plan(self, item: int, regions: Sequence[Region], task: Task, *, keep: bool) -> dict[int, str]:
        """Plan the steps that make an item say what the regions say; returns the ids of regions that are not ours.

        Args:
            keep: nothing of ours is changed or removed; what differs is added beside it.
        """
        refs = task.regions
        mine = {refs.get(one.id, f"a{one.id:x}"): one for one in self.ours.of(item)}
        sent = {region.ref: region for region in self._sent(item, task)}
        alike = {region.content(): ref for ref, region in sent.items() if ref in mine} if keep else {}
        classes = {(one.label_id): one for one in mine.values() if one.kind == "class"}
        ids: dict[str, int] = {ref: one.id for ref, one in mine.items()}
        seen: set[int] = set()
        found: dict[int, str] = {}
        todo: list[tuple[int, Region, bool]] = []
        for region in regions:
            label = self._label(region.label)
            old = classes.get(label) if region.kind == "class" else mine.get(region.ref)
            if old is None and region.content() in alike:  # drawn the same on both sides
                old = mine[alike.pop(region.content())]
                found[old.id], ids[region.ref] = region.ref, old.id
                seen.add(old.id)
                continue
            if old is not None:
                seen.add(old.id)
                same = region.kind == "class" or (region.ref in sent and sent[region.ref].content() == region.content())
                if same or not keep:
                    if region.ref in refs.values():
                        found[old.id] = region.ref
                    if not same:
                        todo.append((old.id, region, False))
                    continue
            ident = self.ws.new_ids("annotation", 1)
            if region.kind != "class" and old is None:
                found[ident] = region.ref
                ids[region.ref] = ident
            todo.append((ident, region, True))
        for ident, region, new in todo:
            values = self._values(region, ids)
            if new:
                self._adds.append(Annotation(ident, item, **values))
            else:
                self._changes[ident] = values
        if not keep:
            known = {*sent} | {ref for ref, one in mine.items() if one.kind == "class"}
            self._removes += [one.id for ref, one in mine.items() if one.id not in seen and ref in known]
        return found

    def plan_predictions(self, item: int, predicted: Mapping[str, Sequence[Region]]) -> None:
        """Plan the predictions of an item: those of a model that is named there replace the ones that are here."""
        here = self.ours.predictions(item)
        for model, regions in predicted.items():
            old = here.get(model, [])
            self._removes += [one.id for one in old]
            for region in regions:
                values = self._values(replace(region, relations=(), group=""), {})
                ident = self.ws.new_ids("annotation", 1)
                self._adds.append(Annotation(ident, item, **values, score=region.score, origin="model", author=model))

    def write(self, tx: Transaction) -> Changes:
        """Write all that was planned since the last time."""
        taken = log.take(tx, [*self._changes, *self._removes], None)
        steps = [Step(None, one.with_(author=one.author or tx.author)) for one in self._adds]
        for ident, (before, parent) in taken.items():
            values = self._changes.get(ident)
            after = before.with_(**values, origin="person", author=tx.author) if values is not None else None
            steps.append(Step(before, after, parent))
        self._adds, self._changes, self._removes = [], {}, []
        return log.put(self.ws, tx, steps)

    def _sent(self, item: int, task: Task) -> list[Region]:
        results = self.ours.results(item, self.ours.of(item), self.config, Losses(), task.regions)
        return read(results, lambda _: None, studio.flags(self.config))

    def _label(self, name: str) -> int:
        """The label of a name; one that the configuration does not know is added without rules."""
        if name not in self.ids:
            from engine.labeling.schema import add_label

            (ident,) = add_label(self.ws, name).labels
            self.ids[name] = int(str(ident))
        return self.ids[name]

    def _values(self, region: Region, ids: Mapping[str, int]) -> dict[str, Any]:
        x, y, w, h = region.box or (None, None, None, None)
        group = ids.get(region.group, 0)
        return {
            "label_id": self._label(region.label), "kind": region.kind, "x": x, "y": y, "w": w, "h": h,
            "points": region.points, "rle": region.rle, "attributes": dict(region.attributes), "z": region.z,
            "group": group, "track": region.track, "flags": region.flags,
            "relations": tuple((ids[ref], word) for ref, word in region.relations if ref in ids),
        }  # fmt: skip
