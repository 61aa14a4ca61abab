"""What the labelling page asks of the engine: one function per question, each run off the UI thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.data.items import ItemImage
    from engine.data.records import Annotation, Label
    from engine.labeling.history import ItemEntry
    from engine.labeling.states import ItemState
    from engine.workspace import Workspace

IDS = 512  # annotation ids that the page keeps in reserve, so that a drawn shape has its own at once


@dataclass(frozen=True)
class Start:
    """What the page needs when it begins: the items to go through, the labels, ids for new annotations."""

    ids: list[int]
    labels: list[Label]
    first_id: int
    labelled: int
    cache: Path


@dataclass(frozen=True)
class OpenItem:
    """One item with all that is shown of it."""

    id: int
    image: ItemImage | None
    annotations: list[Annotation]
    history: list[ItemEntry]
    undo: int
    redo: int


@dataclass(frozen=True)
class StripPart:
    """What the film strip shows of a range of items."""

    images: dict[int, ItemImage]
    states: dict[int, ItemState]


def start(ws: Workspace, ids: Sequence[int] | None) -> Start:
    """Everything for the first look; `ids` limits the items to these."""
    from engine.data.browse import item_ids
    from engine.data.records import read_labels
    from engine.labeling.states import labelled_count

    there = item_ids(ws)
    if ids is not None:
        known = set(there)
        there = [item for item in ids if item in known]
    return Start(
        there, read_labels(ws), ws.new_ids("annotation", IDS), labelled_count(ws), ws.path / "cache" / "thumbs"
    )


def more_ids(ws: Workspace) -> int:
    """The first of another reserve of annotation ids."""
    return ws.new_ids("annotation", IDS)


def open_item(ws: Workspace, item_id: int) -> OpenItem:
    """One item, as it is in the store."""
    from engine.data.items import item_images
    from engine.labeling.edits import annotations_of, undo_depth
    from engine.labeling.history import item_history

    images = item_images(ws, [item_id])
    undo, redo = undo_depth(ws)
    return OpenItem(
        item_id,
        images[0] if images else None,
        annotations_of(ws, item_id),
        item_history(ws, item_id, 40),
        undo,
        redo,
    )


def strip_part(ws: Workspace, ids: Sequence[int]) -> StripPart:
    """Pictures and states of some items."""
    from engine.data.items import item_images
    from engine.labeling.states import item_states

    return StripPart({image.id: image for image in item_images(ws, list(ids))}, item_states(ws, ids))


def labelled(ws: Workspace) -> int:
    """How many items are labelled."""
    from engine.labeling.states import labelled_count

    return labelled_count(ws)


def labels(ws: Workspace) -> list[Label]:
    """The label schema."""
    from engine.data.records import read_labels

    return read_labels(ws)


def label_usage(ws: Workspace, label_id: int) -> int:
    """How many annotations a label has."""
    from engine.labeling.schema import label_usage as usage

    return usage(ws).get(label_id, 0)
