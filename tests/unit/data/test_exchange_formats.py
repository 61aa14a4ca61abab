"""CVAT, Datumaro, panoptic, MOT, Open Images and the others: what a format can say comes back, whatever was drawn."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.data import raster, rle
from engine.data.exports import export_data
from engine.data.imports import import_data
from engine.data.records import FLAGS, Annotation
from engine.workspace import Workspace
from tests.unit.data.exchange import HEIGHT, WIDTH, Able, build, drawn, emptied, said, say

EVERY = ("class", "box", "rotated_box", "polygon", "polyline", "point", "keypoints", "ellipse", "mask")
AREAS = ("box", "rotated_box", "polygon", "keypoints", "ellipse", "mask")
CAN = {
    "coco": Able(AREAS, ("z", "group", "track", "relations"), FLAGS, True),
    "cvat": Able(EVERY, ("z", "group"), ("occluded",), True, ("class",)),
    "cvat-video": Able(EVERY[1:], ("z", "track"), ("occluded", "interpolated"), True, (), {"always": "track"}),
    "datumaro": Able(EVERY, ("z", "group", "track"), FLAGS, True),
    "label_studio": Able(EVERY, ("z", "group", "track", "relations"), FLAGS, True, ("class",), {"alone": ("class",)}),
    "coco_panoptic": Able(("mask",), (), ("ignore",)),
    "mot": Able(("box",), ("track",), ("ignore", "occluded"), False, (), {"always": "track"}),
    "open_images": Able(("class", "box", "mask"), (), ("occluded", "truncated", "ignore"), False, ("class", "mask")),
    "labelme": Able(
        ("class", "box", "rotated_box", "polygon", "polyline", "point", "mask"), ("group",), FLAGS, False, ("class",),
        {"alone": ("class",)},
    ),
    "voc": Able(("box", "rotated_box", "polygon"), (), ("occluded", "truncated")),
}  # fmt: skip
ALSO = {"cvat-video": ("ends",)}  # what is said in addition: a track that stops before the last frame
NAMES = ("names of images become numbers of frames", "labels without a shape")  # not of shapes


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Workspace]]:
    """Two workspaces for all examples: one of three pictures, and one that is emptied each time."""
    folder = tmp_path_factory.mktemp("round")
    with (
        build(folder / "trip", {"labels": [], "details": {}, "shapes": []}) as first,
        Workspace.create(folder / "back") as second,
    ):
        yield first, second


@pytest.mark.parametrize("format", CAN)
@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_what_a_format_can_say_comes_back_the_same(
    pair: tuple[Workspace, Workspace], tmp_path_factory: pytest.TempPathFactory, format: str, data: st.DataObject
) -> None:
    content = data.draw(drawn(CAN[format]))
    if format == "coco_panoptic":  # a pixel has one owner there
        content["shapes"] = [s for n, s in enumerate(content["shapes"]) if s.item_id not in [o.item_id for o in content["shapes"][:n]]]  # fmt: skip
    first, second = pair[0], emptied(pair[1])
    say(first, content)
    out = tmp_path_factory.mktemp("round") / "out"
    report = export_data(first, out, format)
    lost = [line for line in report.not_expressible if not line.startswith(NAMES)]
    assert lost == _expected(format, content)
    back = import_data(second, out)
    assert (back.problems, back.imported, back.annotations) == ([], 3, len(content["shapes"]))
    assert back.format == format.split("-")[0]
    without = ALSO.get(format, ())
    assert said(second, without=without) == said(first, without=without)
    assert import_data(second, out).annotations == 0


def _expected(format: str, content: dict[str, Any]) -> list[str]:
    """What is known to be lost, by what was drawn: only words, the shapes come back."""
    kinds = [shape.kind for shape in content["shapes"]]
    if format == "coco":
        return [
            f"{what} are polygons to other programs ({kinds.count(kind)})"
            for kind, what in (("ellipse", "ellipses"), ("rotated_box", "rotated boxes"))
            if kind in kinds
        ]
    turned = sum(shape.kind == "ellipse" and shape.points[0][4] != 0 for shape in content["shapes"])
    return [f"the turn of ellipses is lost in other programs ({turned})"] if format == "datumaro" and turned else []


@pytest.mark.parametrize("format", ["cvat", "datumaro"])
def test_a_schema_comes_back_with_its_attributes_joints_and_colours(
    workspace: Workspace, tmp_path: Path, format: str
) -> None:
    content = {"labels": ["手", "dent"], "details": {"keypoints": ["a", "b<"], "skeleton": [[0, 1]]}, "shapes": []}
    rules = [
        {"name": "depth", "type": "number", "range": [0, 5], "default": 1},
        {"name": "side", "type": "choice", "values": ["左", "right"], "default": "左"},
        {"name": "deep", "type": "flag", "default": True},
    ]
    with build(tmp_path / "in", content) as first:
        with first.transaction("Rules") as tx:
            tx.execute("UPDATE label SET attributes = ? WHERE id = 2", [json.dumps(rules)])
        report = export_data(first, tmp_path / "out", format)
    assert import_data(workspace, tmp_path / "out").problems == []
    (hand, dent) = workspace.query("SELECT name, color, details, attributes FROM label ORDER BY id")
    assert hand[:2] == ("手", "#e69f00")
    assert json.loads(hand[2]) == content["details"]
    if format == "cvat":
        assert sorted(json.loads(dent[3]), key=lambda rule: rule["name"]) == sorted(
            rules, key=lambda rule: rule["name"]
        )
    else:
        assert report.not_expressible == ["rules of attributes cannot be told (1)"]


def test_a_circle_of_labelme_is_a_circle_again(workspace: Workspace, tmp_path: Path) -> None:
    circle = {"x": 20.0, "y": 10.0, "w": 20.0, "h": 20.0, "points": ((30.0, 20.0, 10.0, 10.0, 0.0),)}
    content = {"labels": ["d"], "details": {}, "shapes": [Annotation(1, 1, 1, "ellipse", **circle)]}
    with build(tmp_path / "in", content) as first:
        assert export_data(first, tmp_path / "out", "labelme").not_expressible == []
        import_data(workspace, tmp_path / "out")
        assert said(workspace) == said(first)


def test_a_picture_inside_of_a_labelme_file_is_taken_out(workspace: Workspace, tmp_path: Path) -> None:
    data = io.BytesIO()
    Image.new("RGB", (20, 10), (9, 8, 7)).save(data, "PNG")
    points = [[1, 1], [5, 5]]
    content = {"shapes": [{"label": "d", "shape_type": "rectangle", "points": points}], "imagePath": "gone.png",
               "imageData": base64.b64encode(data.getvalue()).decode(), "imageWidth": 20, "imageHeight": 10}  # fmt: skip
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_text(json.dumps(content))
    report = import_data(workspace, tmp_path / "in")
    assert (report.imported, report.annotations, report.problems) == (1, 1, [])
    assert workspace.query("SELECT name, width FROM item") == [("a.png", 20)]
    assert import_data(workspace, tmp_path / "in").annotations == 0


def test_outlines_of_masks_go_to_yolo(workspace: Workspace, tmp_path: Path) -> None:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[10:20, 8:30] = True
    shape = Annotation(1, 1, 1, "mask", *rle.bounds(rle.encode(mask), HEIGHT), rle=rle.encode(mask))
    with build(tmp_path / "in", {"labels": ["d"], "details": {}, "shapes": [shape]}) as first:
        report = export_data(first, tmp_path / "out", "yolo-segment")
    assert any("mask are written as polygons" in line for line in report.not_expressible)
    import_data(workspace, tmp_path / "out")
    ((rings,),) = workspace.query("SELECT points FROM annotation")
    assert (raster.fill(rings, WIDTH, HEIGHT) == mask).mean() > 0.99


boxes = st.lists(st.tuples(*[st.floats(-5, 60)] * 2, *[st.floats(0.5, 40)] * 2), min_size=1, max_size=4)


@given(boxes)
def test_pixels_of_a_box_are_those_whose_centres_it_holds(rectangles: list[tuple[float, ...]]) -> None:
    for x, y, w, h in rectangles:
        ring = [x, y, x + w, y, x + w, y + h, x, y + h]
        columns, rows = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
        inside = (columns >= x) & (columns < x + w) & (rows >= y) & (rows < y + h)
        assert (raster.fill([ring], WIDTH, HEIGHT) == inside).all()
        assert not raster.fill([ring, ring], WIDTH, HEIGHT).any()


def test_a_hole_in_a_polygon_is_a_hole_to_pycocotools_and_comes_back_as_one(
    workspace: Workspace, tmp_path: Path
) -> None:
    from pycocotools.coco import COCO

    rings = ((5.0, 5.0, 25.0, 5.0, 25.0, 25.0, 5.0, 25.0), (10.0, 10.0, 20.0, 10.0, 20.0, 20.0, 10.0, 20.0))
    parts = ((40.0, 5.0, 50.0, 5.0, 50.0, 15.0), (40.0, 20.0, 50.0, 20.0, 50.0, 30.0))
    shapes = [
        Annotation(1, 1, 1, "polygon", 5.0, 5.0, 20.0, 20.0, rings),
        Annotation(2, 1, 1, "polygon", 40.0, 5.0, 10.0, 25.0, parts),
    ]
    with build(tmp_path / "in", {"labels": ["d"], "details": {}, "shapes": shapes}) as first:
        report = export_data(first, tmp_path / "out", "coco")
        assert report.not_expressible == ["polygons with holes are masks to other programs (1)"]
        import_data(workspace, tmp_path / "out")
        assert said(workspace) == said(first)
    peer = COCO(str(tmp_path / "out" / "annotations.json"))
    assert int(peer.annToMask(peer.anns[1]).sum()) == 20 * 20 - 10 * 10
    assert isinstance(peer.anns[2]["segmentation"], list)
