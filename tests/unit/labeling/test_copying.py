"""Shapes on their way to another image, and the image that looks most like it."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from PIL import Image

from engine.data.imports import import_data
from engine.data.records import Annotation
from engine.labeling import copying


def box(id, x, y, w, h, **more) -> Annotation:
    return Annotation(id, 1, 1, "box", x, y, w, h, **more)


def test_copies_keep_what_ties_them_together_and_lose_what_ties_them_to_others() -> None:
    shapes = [
        box(3, 1.0, 1.0, 5.0, 5.0, group=3, relations=((4, "on"), (9, "on")), flags=("locked", "occluded"), track=3),
        box(4, 9.0, 1.0, 5.0, 5.0, group=3),
        box(5, 9.0, 9.0, 5.0, 5.0, group=8, attributes={"depth": 2}),
    ]
    a, b, c = copying.copies(shapes, 7, ((50, 50), (50, 50)), itertools.count(100).__next__)
    assert (a.item_id, a.group, a.relations, a.flags, a.track) == (7, 100, ((101, "on"),), ("occluded",), 0)
    assert b.group == 100 and c.group == 0 and c.attributes == {"depth": 2}


def test_a_copy_for_a_smaller_image_is_moved_in_or_left_out() -> None:
    shapes = [box(1, 40.0, 40.0, 10.0, 10.0), box(2, 0.0, 0.0, 45.0, 10.0)]
    (made,) = copying.copies(shapes, 7, ((50, 50), (30, 30)), itertools.count(9).__next__)
    assert (made.x, made.y) == (20.0, 20.0)


def test_the_most_similar_image_is_the_one_with_the_same_scene(workspace, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    scenes = [np.kron(rng.integers(0, 255, (8, 8)), np.ones((20, 20))).astype(np.uint8) for _ in range(3)]
    folder = tmp_path / "images"
    folder.mkdir()
    for index, scene in enumerate([*scenes, np.clip(scenes[1] * 0.8 + 10, 0, 255).astype(np.uint8)]):
        Image.fromarray(scene).save(folder / f"{index}.png")
    import_data(workspace, folder)
    ids = [row[0] for row in workspace.query("SELECT id FROM item ORDER BY name")]
    assert copying.most_similar(workspace, ids[1], ids) == ids[3]
    assert copying.most_similar(workspace, ids[0], ids[:1]) is None
