"""The pixel classifier on many images: a job that suggests the regions it finds.

Suggestions are annotations of origin "model" by the author of the classifier's name: versions, exports and statistics
leave them out until a person has accepted them. A second run replaces what the first one suggested.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.data.records import Annotation, annotation_from_json, annotation_table, annotation_to_json
from engine.errors import BadInput
from engine.labeling import states
from engine.labeling.assist import scribbles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.jobs import Job, JobContext
    from engine.workspace import Transaction, Workspace


def author_of(name: str) -> str:
    """The author of a classifier's suggestions."""
    return f"{name} (scribbles)"


def apply(ws: Workspace, name: str, items: Sequence[int] | None = None, output: str = "mask", least: int = 20) -> Job:
    """Start a job that applies a classifier; None: to all items that nobody has labelled and that have no strokes.

    Raises:
        BadInput: there are no strokes of two labels, or no items.
    """
    from engine.data.items import item_images
    from engine.jobs import submit

    strokes = scribbles.load(ws.path, name)
    if not strokes.ready:
        raise BadInput(
            "Scribble at least one label and background on an image first; then it can be applied to others."
        )
    chosen = (
        list(items) if items is not None else [item for item in states.unlabelled(ws) if item not in strokes.strokes]
    )
    images = item_images(ws, sorted({*chosen, *strokes.strokes}))
    places = {image.id: [str(image.path), image.page, image.width, image.height] for image in images}
    if not any(item in places for item in chosen):
        raise BadInput("Every image is labelled already; there is nothing to apply the scribbles to.")
    wanted = [item for item in chosen if item in places]
    arguments = {
        "name": name, "items": wanted, "places": places, "output": output,
        "least": least,
    }  # fmt: skip
    return submit(ws, "pixels", arguments, f"Apply scribbles to {len(wanted):,} images")


def run(context: JobContext) -> dict[str, Any]:
    """The worker's part: learn once, look at each image, write what was found."""
    from engine.labeling.assist.pixels import Looked, PixelClassifier
    from engine.serving.errors import BadImage

    wanted = context.arguments
    places = {int(item): place for item, place in wanted["places"].items()}
    strokes = scribbles.load(context.workspace, wanted["name"])
    samples = []
    for item, lines in strokes.strokes.items():
        if item in places and lines:
            context.should_stop()
            with contextlib.suppress(BadImage):
                samples.append(Looked(_read(places[item])).samples(lines))
    if not samples:
        raise BadInput("The images that were scribbled on are gone or cannot be read; scribble on others.")
    classifier = PixelClassifier.learn(samples)
    unreadable: dict[str, str] = {}
    count = 0
    path = context.folder / "regions.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number, item in enumerate(wanted["items"]):
            context.should_stop()
            context.wait_if_paused()
            try:
                looked = Looked(
                    _read(places[item])
                )  # as coarsely as the strokes were: filters count px of what is seen
            except BadImage as error:
                unreadable[str(item)] = str(error)
                continue
            for found in _suggested(classifier, looked, item, wanted["output"], wanted["least"]):
                file.write(annotation_to_json(found) + "\n")
                count += 1
            context.progress((number + 1) / len(wanted["items"]), f"{number + 1} / {len(wanted['items'])}")
    context.progress(1.0, "Done")
    return {"file": path.relative_to(context.workspace).as_posix(), "suggested": count, "unreadable": unreadable}


def ingest(workspace: Workspace, tx: Transaction, spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """The owner's part: the suggestions replace older ones of this classifier in one transaction."""
    wanted = spec["arguments"]
    author = author_of(wanted["name"])
    items = [int(item) for item in wanted["items"]]
    old = tx.execute(
        "DELETE FROM annotation WHERE origin = 'model' AND author = ? AND item_id IN (SELECT unnest(?::BIGINT[]))"
        " RETURNING id",
        [author, items],
    ).fetchall()
    there = {
        row[0] for row in tx.execute("SELECT id FROM item WHERE id IN (SELECT unnest(?::BIGINT[]))", [items]).fetchall()
    }
    labels = {row[0] for row in tx.execute("SELECT id FROM label").fetchall()}
    lines = (workspace.path / result["file"]).read_text("utf-8").splitlines()
    found = [annotation_from_json(line) for line in lines]
    found = [one for one in found if one.item_id in there and one.label_id in labels]
    if found:
        first = workspace.new_ids("annotation", len(found))
        made = [one.with_(id=first + number, author=author) for number, one in enumerate(found)]
        tx.insert("annotation", annotation_table(made, tx.id))
        found = made
    return changed(items=there, annotations=[*(one.id for one in found), *(row[0] for row in old)])


def image_of(ws: Workspace, item: int) -> NDArray[np.uint8]:
    """An item's pixels as the models see them."""
    from engine.data.items import item_image
    from engine.serving.images import decode

    image = item_image(ws, item)
    return decode(image.path, image.page, "rgb")


def _suggested(classifier: Any, looked: Any, item: int, output: str, least: int) -> list[Annotation]:
    from engine.labeling import regions as shapes
    from engine.labeling.assist.pixels import regions

    masks, sure = classifier.masks(looked)
    size = looked.width, looked.height
    found: list[Annotation] = []
    for label, mask in masks.items():
        for small, x, y in regions(mask, least):
            there = sure[y : y + small.shape[0], x : x + small.shape[1]]
            score = round(float(there[small > 0].mean()), 4)
            empty = Annotation(0, item, label, output, score=score, origin="model")
            made = (
                shapes.as_mask(empty, small, x, y, size)
                if output == "mask"
                else shapes.as_polygon(empty, shapes.smoothed(shapes.traced(small, x, y), 0.8))
            )
            if made is not None:
                found.append(made)
    return found


def _read(place: Sequence[Any]) -> NDArray[np.uint8]:
    from pathlib import Path

    from engine.serving.images import decode

    return decode(Path(place[0]), int(place[1]), "rgb")
