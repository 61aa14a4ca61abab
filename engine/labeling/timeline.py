"""An item as it was at any time: its states one after the other, and going back to one of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from engine.changes import Changes
from engine.data.records import ANNOTATION_COLUMNS, Annotation, annotation_from_json, annotation_from_row
from engine.errors import UsageError
from engine.labeling import heads, log, tracks
from engine.labeling.history import ItemEntry, item_history
from engine.labeling.log import Step
from engine.labeling.merging.resolve import Node, annotation

if TYPE_CHECKING:
    from engine.workspace import Workspace

Moment = tuple[datetime, int]  # when (UTC), and the transaction


@dataclass(frozen=True)
class Timeline:
    """All that happened to an item.

    Attributes:
        entries: the actions, oldest first; the last one led to what is there now.
        imported: annotations as they were imported or predicted, each with the moment.
        edits: the edits of each annotation, each with its moment.
    """

    item_id: int
    entries: Sequence[ItemEntry]
    imported: Mapping[int, tuple[Moment, Annotation]]
    edits: Mapping[int, Sequence[tuple[Moment, Node[str]]]]

    def at(self, index: int) -> list[Annotation]:
        """The annotations after the action at a place of `entries`, in the order of their ids."""
        entry = self.entries[index]
        moment = (entry.at.astimezone(UTC).replace(tzinfo=None), entry.tx)
        found = {ident: shape for ident, (since, shape) in self.imported.items() if since <= moment}
        for ident, edits in self.edits.items():
            nodes = [node for when, node in edits if when <= moment]
            if nodes:
                found.pop(ident, None)
                state = self._state(nodes)
                if state is not None:
                    found[ident] = state.with_(id=ident)
        return [found[ident] for ident in sorted(found)]

    def place(self, tx: int) -> int:
        """Where the action of a transaction stands in `entries`.

        Raises:
            UsageError: it was not about this item.
        """
        for index, entry in enumerate(self.entries):
            if entry.tx == tx:
                return index
        raise UsageError(f"Action {tx} did nothing to item {self.item_id}; see: lineside label history {self.item_id}")

    def before(self, moment: datetime) -> int:
        """The last action up to a moment; that of the import when all came later."""
        return max((index for index, entry in enumerate(self.entries) if entry.at <= moment), default=0)

    def _state(self, nodes: list[Node[str]]) -> Annotation | None:
        followed = {parent for node in nodes for parent in node.parents}
        tips = [node for node in nodes if node.id not in followed]
        if len(tips) == 1:
            return self._read(tips[0].after)
        return annotation([self._parsed(node) for node in nodes]).state

    @cached_property
    def _known(self) -> dict[str, Annotation]:
        return {}

    def _read(self, text: str | None) -> Annotation | None:
        """Texts are read when first needed: a slider asks for the same ones again and again."""
        if text is None:
            return None
        if text not in self._known:
            self._known[text] = annotation_from_json(text)
        return self._known[text]

    def _parsed(self, node: Node[str]) -> Node[Annotation]:
        return Node(node.id, node.parents, self._read(node.before), self._read(node.after), node.created, node.author)


def timeline(ws: Workspace, item_id: int) -> Timeline:
    """Everything that happened to an item, read once."""
    entries = item_history(ws, item_id, 1 << 40)[::-1]
    edits = _edits(ws, item_id)
    return Timeline(item_id, entries, _imported(ws, item_id, edits), edits)


def item_at(ws: Workspace, item_id: int, tx: int) -> list[Annotation]:
    """The annotations of an item as they were after a transaction that touched it.

    Raises:
        UsageError: the transaction did nothing to this item.
    """
    story = timeline(ws, item_id)
    return story.at(story.place(tx))


def restore(ws: Workspace, item_id: int, states: Sequence[Annotation], only: Collection[int] | None = None) -> Changes:
    """Bring an item, or some shapes of it, back to an earlier state, in one step to undo.

    Shapes whose label was removed since stay as they are now.

    Args:
        states: all annotations of the item as they were: see `Timeline.at`.
        only: ids of the shapes to bring back; the others stay. None: all.
    """
    from engine.labeling.edits import annotations_of

    labels = {ident for (ident,) in ws.query("SELECT id FROM label")}
    now = {shape.id: shape for shape in annotations_of(ws, item_id)}
    then = {shape.id: shape for shape in states if shape.label_id in labels}
    gone = {shape.id for shape in states if shape.label_id not in labels}
    for ident, old in then.items():  # what a person asks for is a key frame: it is not interpolated anew
        if old != now.get(ident):
            then[ident] = old.with_(flags=tuple(flag for flag in old.flags if flag != tracks.MADE))
    wanted = [i for i in sorted(now.keys() | then.keys()) if now.get(i) != then.get(i) and i not in gone]
    wanted = [i for i in wanted if only is None or i in only]
    if not wanted:
        return Changes()
    with ws.transaction("Restore earlier state") as tx:
        taken = log.take(tx, [i for i in wanted if i in now], item_id)
        newest = heads.newest(tx, [i for i in wanted if i not in taken])
        steps = []
        for ident in wanted:
            shape, parent = taken.get(ident, (None, None))
            tips = newest.get(ident, ())
            steps.append(Step(shape, then.get(ident), parent or next(iter(tips), None), tips[1:]))
        changes = log.put(ws, tx, steps)
        return changes | tracks.follow_steps(ws, tx, steps)


def _edits(ws: Workspace, item_id: int) -> dict[int, list[tuple[Moment, Node[str]]]]:
    rows = ws.query(
        "SELECT coalesce(a.annotation_id, e.annotation_id), e.id, e.parent, e.merges, e.before, e.after, t.created, t.id,"
        " t.author FROM edit e JOIN tx t ON t.id = e.tx LEFT JOIN alias a ON a.id = e.annotation_id"
        " WHERE e.item_id = ? AND e.annotation_id IS NOT NULL ORDER BY t.created, e.id",
        [item_id],
    )
    found: dict[int, list[tuple[Moment, Node[str]]]] = {}
    for subject, edit, parent, merges, before, after, created, tx, author in rows:
        parents = (*([parent] if parent is not None else []), *(merges or ()))
        found.setdefault(subject, []).append(((created, tx), Node(edit, parents, before, after, created, author or "")))
    return found


def _imported(
    ws: Workspace, item_id: int, edits: Mapping[int, Sequence[tuple[Moment, Node[str]]]]
) -> dict[int, tuple[Moment, Annotation]]:
    """Annotations that were not drawn here. When one that was edited since came is known from those that were not."""
    columns = ", ".join(f"a.{name}" for name in ANNOTATION_COLUMNS.split(", "))
    rows = ws.query(
        f"SELECT {columns}, t.created, t.id FROM annotation a JOIN tx t ON t.id = a.tx WHERE a.item_id = ? AND a.edit IS NULL",
        [item_id],
    )
    found = {row[0]: ((row[-2], row[-1]), annotation_from_row(row[:-2])) for row in rows}
    since = {shape.origin: moment for moment, shape in found.values()}
    came = ws.query("SELECT t.created, t.id FROM item i JOIN tx t ON t.id = i.tx WHERE i.id = ?", [item_id])
    for ident, nodes in edits.items():
        first = next((n.before for _, n in nodes if n.before is not None and not n.parents), None)
        if first is not None:
            shape = annotation_from_json(first).with_(id=ident)
            moment = since.get(shape.origin) or ((came[0][0], came[0][1]) if came else nodes[0][0])
            found[ident] = (min(moment, nodes[0][0]), shape)
    return found
