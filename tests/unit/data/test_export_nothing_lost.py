"""What an export must not lose or turn into something else: files of like names, holes, lines of one length, sequences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.data import raster, rle
from engine.data.exports import export_data
from engine.data.imports import import_data
from engine.data.records import Annotation, annotation_table
from engine.workspace import Workspace
from tests.unit.data.exchange import HEIGHT, WIDTH, said

FILES = ("a.png", "a.bmp", "A.png", "train/a.png", "images/a.png", "b/a.png", "b__a.png")


@pytest.fixture
def alike(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Pictures whose names differ little, each with a box of its own place, all for training."""
    for number, name in enumerate(FILES):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (WIDTH, HEIGHT), (number * 20, 0, 0)).save(path)
    import_data(workspace, tmp_path / "in", "folder", split="train")
    items = [row[0] for row in workspace.query("SELECT id FROM item ORDER BY id")]
    draw(workspace, [Annotation(n, item, 1, "box", float(n), 2.0, 5.0, 6.0) for n, item in enumerate(items, 1)])
    return workspace


def draw(ws: Workspace, shapes: Sequence[Annotation], **label: Any) -> None:
    with ws.transaction("Draw") as tx:
        tx.execute("DELETE FROM annotation")
        tx.execute("DELETE FROM label")
        tx.execute(
            "INSERT INTO label (id, name, color, position, tx, attributes, details) VALUES (1, ?, '#e69f00', 0, ?, ?, ?)",
            [label.get("name", "d"), tx.id, label.get("attributes"), label.get("details")],
        )
        tx.insert("annotation", annotation_table(shapes, tx.id))


@pytest.mark.parametrize(
    "format", ["coco", "voc", "yolo-detect", "labelme", "datumaro", "cvat", "open_images", "csv", "label_studio"]
)
def test_pictures_whose_names_differ_little_keep_their_own_labels(
    alike: Workspace, tmp_path: Path, format: str
) -> None:
    export_data(alike, tmp_path / "out", format)
    with Workspace.create(tmp_path / "second") as second:
        report = import_data(second, tmp_path / "out")
        assert (report.imported, report.problems) == (len(FILES), [])
        assert said(second) == said(alike)


def test_masks_of_pictures_whose_names_differ_little_are_files_of_their_own(alike: Workspace, tmp_path: Path) -> None:
    export_data(alike, tmp_path / "out", "masks")
    assert len(list((tmp_path / "out" / "masks").rglob("*.png"))) == len(FILES)


def one(ws: Workspace, tmp_path: Path) -> int:
    """The item of a single picture."""
    (tmp_path / "one").mkdir()
    Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / "one" / "a.png")
    import_data(ws, tmp_path / "one")
    ((item,),) = ws.query("SELECT id FROM item")
    return int(item)


SQUARE = (5.0, 5.0, 45.0, 5.0, 45.0, 40.0, 5.0, 40.0)
HOLE = tuple(raster.ellipse_ring((20.0, 20.0, 6.0, 6.0, 0.0), 12))


def test_of_a_polygon_with_a_hole_yolo_gets_the_polygon(workspace: Workspace, tmp_path: Path) -> None:
    item = one(workspace, tmp_path)
    draw(workspace, [Annotation(1, item, 1, "polygon", 5.0, 5.0, 40.0, 35.0, (HOLE, SQUARE))])
    export_data(workspace, tmp_path / "out", "yolo-segment")
    values = list(map(float, (tmp_path / "out" / "labels" / "a.txt").read_text().split()[1:]))
    assert values == pytest.approx([v / (HEIGHT if place % 2 else WIDTH) for place, v in enumerate(SQUARE)])


@pytest.mark.parametrize(("task", "columns"), [("detect", 5), ("segment", 9), ("obb", 9), ("pose", 11)])
def test_all_lines_of_a_yolo_task_are_of_a_kind_that_its_readers_take(
    workspace: Workspace, tmp_path: Path, task: str, columns: int
) -> None:
    item = one(workspace, tmp_path)
    triangle = (10.0, 10.0, 30.0, 10.0, 20.0, 30.0)
    shapes = [
        Annotation(1, item, 1, "box", 3.0, 4.0, 20.0, 10.0),
        Annotation(2, item, 1, "keypoints", 4.0, 5.0, 28.0, 18.0, ((5.0, 6.0, 2.0, 30.0, 20.0, 1.0),)),
        *([Annotation(3, item, 1, "polygon", 10.0, 10.0, 20.0, 20.0, (triangle,))] if task != "segment" else []),
    ]
    draw(workspace, shapes)
    export_data(workspace, tmp_path / "out", f"yolo-{task}")
    lines = (tmp_path / "out" / "labels" / "a.txt").read_text().splitlines()
    assert {len(line.split()) for line in lines} == {columns}
    assert len(lines) == len(shapes)


def test_coco_brings_back_scores(workspace: Workspace, tmp_path: Path) -> None:
    item = one(workspace, tmp_path)
    draw(workspace, [Annotation(1, item, 1, "box", 3.0, 4.0, 20.0, 10.0, score=0.25)])
    export_data(workspace, tmp_path / "out", "coco")
    with Workspace.create(tmp_path / "second") as second:
        import_data(second, tmp_path / "out")
        assert second.query("SELECT score FROM annotation") == [(0.25,)]


@pytest.mark.parametrize("format", ["mot", "cvat-video"])
def test_sequences_whose_names_differ_in_signs_stay_two(alike: Workspace, tmp_path: Path, format: str) -> None:
    with alike.transaction("Group") as tx:
        tx.execute(
            "UPDATE item SET group_key = CASE WHEN id % 3 = 0 THEN 'a/b' WHEN id % 3 = 1 THEN 'a b' ELSE 'A_b' END"
        )
    export_data(alike, tmp_path / "out", format)
    assert len([path for path in (tmp_path / "out").iterdir() if path.is_dir()]) == 3
    with Workspace.create(tmp_path / "second") as second:
        assert import_data(second, tmp_path / "out").imported == len(FILES)
        assert sorted(second.query("SELECT count(*) FROM item GROUP BY group_key")) == [(2,), (2,), (3,)]


def test_a_box_drawn_against_the_clock_is_the_same_pixels_in_label_studio(workspace: Workspace, tmp_path: Path) -> None:
    item = one(workspace, tmp_path)
    ring = (14.0, 10.0, 8.0, 18.0, 24.0, 30.0, 30.0, 22.0)
    draw(workspace, [Annotation(1, item, 1, "rotated_box", 8.0, 10.0, 22.0, 20.0, (ring,))])
    export_data(workspace, tmp_path / "out", "label_studio")
    with Workspace.create(tmp_path / "second") as second:
        import_data(second, tmp_path / "out")
        ((rings,),) = second.query("SELECT points FROM annotation")
    assert (raster.fill(rings, WIDTH, HEIGHT) == raster.fill([ring], WIDTH, HEIGHT)).all()


def test_a_label_with_signs_that_yaml_takes_for_the_end_of_a_line_keeps_its_name(
    workspace: Workspace, tmp_path: Path
) -> None:
    import yaml

    item = one(workspace, tmp_path)
    name = 'a\u2028b\x85c\x7fd 🔩 “划痕” \\ "'
    draw(workspace, [Annotation(1, item, 1, "box", 3.0, 4.0, 20.0, 10.0)], name=name)
    export_data(workspace, tmp_path / "out", "yolo")
    assert yaml.safe_load((tmp_path / "out" / "data.yaml").read_text("utf-8"))["names"] == {0: name}
    export_data(workspace, tmp_path / "classes", "yolo-classify")


def test_an_attribute_that_is_called_as_a_control_of_label_studio_comes_back(
    workspace: Workspace, tmp_path: Path
) -> None:
    item = one(workspace, tmp_path)
    rules = json.dumps([{"name": "polygon", "type": "text"}, {"name": "image", "type": "number"}])
    attributes = {"polygon": "x", "image": 3}
    draw(workspace, [Annotation(1, item, 1, "box", 3.0, 4.0, 20.0, 10.0, attributes=attributes)], attributes=rules)
    export_data(workspace, tmp_path / "out", "label_studio")
    xml = (tmp_path / "out" / "labeling_config.xml").read_text("utf-8")
    assert xml.count('name="image"') == 1
    with Workspace.create(tmp_path / "second") as second:
        import_data(second, tmp_path / "out")
        assert said(second) == said(workspace)


def test_a_mask_of_another_size_than_its_picture_is_left_out(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / "in" / "a.png")
    text = rle.encode(np.ones((10, 10), bool))
    document = {"images": [{"id": 1, "file_name": "a.png", "width": 10, "height": 10}], "categories": [{"id": 1, "name": "d"}],
                "annotations": [{"image_id": 1, "category_id": 1, "segmentation": {"size": [10, 10], "counts": text}}]}  # fmt: skip
    (tmp_path / "in" / "c.json").write_text(json.dumps(document))
    report = import_data(workspace, tmp_path / "in")
    assert (report.annotations, len(report.problems)) == (0, 1)
    assert "masks are left out" in report.problems[0].reason
