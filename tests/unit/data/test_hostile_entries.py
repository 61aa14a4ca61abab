"""One absurd entry in a file costs only itself, in every format: the good one beside it is imported."""

from __future__ import annotations

import base64
import contextlib
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.data import brush
from engine.data.exports import export_data
from engine.data.imports import import_data
from engine.errors import BadInput
from engine.workspace import Workspace

NAN = float("nan")


def bomb() -> str:
    """A PNG whose header says 3.6 thousand million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(bytes(1000))), chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts)).decode()


def coco(bad: dict[str, Any]) -> dict[str, str]:
    good = {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 2, 10, 10]}
    document = {"images": [{"id": 1, "file_name": "a.png"}], "categories": [{"id": 1, "name": "d"}],
                "annotations": [good | {"id": 1, "bbox": [5, 5, 9, 9]} | bad, good]}  # fmt: skip
    return {"c.json": json.dumps(document)}


def cvat(bad: str) -> dict[str, str]:
    label = "<label><name>d</name><attributes><attribute><name>n</name><input_type>number</input_type><default_value>nan</default_value></attribute></attributes></label>"
    good = '<box label="d" xtl="1" ytl="2" xbr="11" ybr="12"/>'
    head = f"<annotations><meta><task><labels>{label}</labels></task></meta>"
    return {"a.xml": f'{head}<image name="a.png" width="60" height="40">{bad}{good}</image></annotations>'}


def studio(bad: dict[str, Any] | str) -> dict[str, str]:
    good = {"id": "g", "type": "rectanglelabels", "original_width": 60, "original_height": 40,
            "value": {"x": 1, "y": 1, "width": 10, "height": 10, "rotation": 0, "rectanglelabels": ["d"]}}  # fmt: skip
    first = good | {"id": "x"} | bad if isinstance(bad, dict) else bad
    return {"t.json": json.dumps([{"data": {"image": "a.png"}, "annotations": [5, {"result": [first, good]}]}])}


def labelme(bad: dict[str, Any]) -> dict[str, str]:
    good = {"label": "d", "shape_type": "rectangle", "points": [[0, 0], [5, 5]]}
    shapes = [good | bad, good]
    return {"a.json": json.dumps({"shapes": shapes, "imagePath": "a.png", "imageHeight": 40, "imageWidth": 60})}


def table(bad: str) -> dict[str, str]:
    return {"a.csv": f"filename,class,xmin,ymin,xmax,ymax,attributes\na.png,d,1,2,9,9,{bad}\na.png,d,1,2,3,4,\n"}


def datumaro(bad: dict[str, Any], **image: Any) -> dict[str, str]:
    good = {"type": "bbox", "bbox": [1, 2, 3, 4], "label_id": 0}
    categories = {"label": {"labels": [{"name": "d"}]}, "mask": {"colormap": [{"label_id": 0, "r": 1}]}}
    item = {"id": "a", "annotations": [good | bad, good], "image": {"path": "a.png"} | image}
    return {"d.json": json.dumps({"categories": categories, "items": [item]})}


def keypoint(joint: object) -> dict[str, Any]:
    return {"type": "keypointlabels", "value": {"x": 1, "y": 1, "width": 1, "keypointlabels": ["d"]},
            "meta": {"lineside": {"of": "q", "joint": joint, "count": 3, "v": 2}}}  # fmt: skip


SMALL = brush.encode(np.ones((2, 2), bool))
CASES: list[tuple[str, dict[str, str]]] = [
    *[("coco", coco(bad)) for bad in (
        {"details": {"kind": "polygon"}}, {"details": {"kind": "ellipse", "points": 5}}, {"image_id": 2**63},
        {"category_id": 2**70}, {"details": {"z": 2**70}}, {"segmentation": {"size": [10, 10], "counts": [50, 50]}},
        {"segmentation": {"size": [60, 40], "counts": [1200, 1200]}}, {"attributes": [1]}, {"iscrowd": "x"},
    )],
    *[("cvat", cvat(bad)) for bad in (
        '<box label="d" xtl="1" ytl="2" xbr="9" ybr="9" z_order="99999999999999999999999"/>',
        '<box label="d" xtl="1" ytl="2" xbr="9" ybr="9" rotation="nan"/>',
        '<mask label="d" rle="0, 99999999999999999999999" left="0" top="0" width="4" height="4"/>', "<box>" * 50 + "</box>" * 50,
    )],
    *[("label_studio", studio(bad)) for bad in (
        {"value": {"x": 1, "y": 1, "width": 9, "height": 9, "rotation": NAN, "rectanglelabels": ["d"]}},
        {"type": "ellipselabels", "value": {"x": 1, "y": 1, "radiusX": 5, "radiusY": 5, "rotation": float("inf")}},
        {"meta": {"lineside": {"of": "q", "joint": 0, "count": 3}}}, keypoint("x"), keypoint(-4), keypoint(10**9), "x",
        {"meta": {"attributes": {"a": NAN}}},
        {"type": "brushlabels", "original_width": 2, "original_height": 2, "value": {"rle": SMALL, "brushlabels": ["d"]}},
        {"original_width": [60]},
    )],
    *[("labelme", labelme(bad)) for bad in (
        {"shape_type": "mask", "mask": bomb()}, {"flags": "x"}, {"shape_type": "mask", "mask": "iVBORw0KGgo="},
    )],
    *[("csv", table(bad)) for bad in ("[1]", "[" * 20_000)],
    *[("datumaro", datumaro(bad)) for bad in (
        {"label_id": -1}, {"label_id": 7}, {"z_order": 1e300}, {"type": "mask", "rle": {"size": [2, 2], "counts": [1, 3]}},
        {"attributes": 5}, {"bbox": ["1", "2", "3", "4"]},
    )],
]  # fmt: skip


def picture(folder: Path, number: int, size: tuple[int, int] = (60, 40)) -> Path:
    folder.mkdir()
    Image.new("RGB", size, (number, 2, 3)).save(folder / "a.png")
    return folder


def test_an_absurd_entry_costs_only_itself(workspace: Workspace, tmp_path: Path) -> None:
    for number, (format, files) in enumerate(CASES):
        folder = picture(tmp_path / str(number), number)
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")
        report = import_data(workspace, folder, format)
        assert (report.annotations, bool(report.problems)) == (1, True), (number, files, report.problems)
    for format in ("coco", "label_studio"):
        assert export_data(workspace, tmp_path / format, format).annotations == len(CASES)


@pytest.mark.parametrize(
    ("format", "name", "text"),
    [
        ("coco", "c.json", '{"images": [], "x": ' + "[" * 60_000 + "]" * 60_000 + "}"),
        ("yolo", "data.yaml", "names: {a: b}\n"),
        ("coco_panoptic", "p.json", '{"categories": [], "images": [5], "annotations": [{"segments_info": 1}, 5]}'),
        ("coco_panoptic", "p.json", '{"categories": [{"id": 1, "name": "d", "color": ["x", 1, 1]}], "segments_info": 1}'),
        ("datumaro", "d.json", '{"categories": {"label": {"labels": [5]}}, "items": [{"id": 1}]}'),
        ("label_studio", "t.json", '[{"data": {"image": "a.png"}, "annotations": 5, "from_name": 1}]'),
    ],
)  # fmt: skip
def test_a_file_that_makes_no_sense_is_told_in_words(
    workspace: Workspace, tmp_path: Path, format: str, name: str, text: str
) -> None:
    folder = picture(tmp_path / "in", 1)
    (folder / name).write_text(text, "utf-8")
    with contextlib.suppress(BadInput):
        assert import_data(workspace, folder, format).annotations == 0


def test_masks_of_a_panoptic_image_that_names_no_size_must_be_those_of_the_picture(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = picture(tmp_path / "in", 1)
    (folder / "p").mkdir()
    Image.new("RGB", (30, 20), (1, 0, 0)).save(folder / "p" / "s.png")
    content = {"categories": [{"id": 1, "name": "d"}], "images": [{"id": 1, "file_name": "a.png"}],
               "annotations": [{"image_id": 1, "file_name": "s.png", "segments_info": [{"id": 1, "category_id": 1}]}]}  # fmt: skip
    (folder / "p.json").write_text(json.dumps(content))
    report = import_data(workspace, folder, "coco_panoptic")
    assert report.annotations == 0
    assert "30 × 20 px" in report.problems[0].reason


def test_an_open_images_mask_of_a_turned_photo_lies_on_the_photo_as_it_is_shown(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    (folder / "masks").mkdir(parents=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by a quarter
    Image.new("RGB", (60, 40), (5, 5, 5)).save(folder / "a.jpg", exif=exif)
    mask = np.zeros((60, 40), bool)
    mask[10:20, 5:9] = True
    Image.fromarray(mask).save(folder / "masks" / "m.png")
    (folder / "t-annotations-object-segmentation.csv").write_text("MaskPath,ImageID,LabelName\nm.png,a,/m/0\n")
    assert import_data(workspace, folder, "open_images").annotations == 1
    assert workspace.query("SELECT x, y, w, h FROM annotation") == [(5.0, 10.0, 4.0, 10.0)]


def test_names_on_several_lines_in_the_encoding_that_a_file_says_become_one_line(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = picture(tmp_path / "in", 1)
    xml = '<?xml version="1.0" encoding="ISO-8859-1"?><annotations><meta/><image name="a.png">{}</image></annotations>'
    names = ("Längsriß", "a&#10;b", "c\x85d")
    boxes = "".join(
        f'<box label="{name}" xtl="1" ytl="2" xbr="11" ybr="{20 + place}"/>' for place, name in enumerate(names)
    )
    (folder / "a.xml").write_bytes(xml.format(boxes).encode("latin-1"))
    assert import_data(workspace, folder, "cvat").problems == []
    assert [row[0] for row in workspace.query("SELECT name FROM label ORDER BY id")] == ["Längsriß", "a b", "c d"]
    for format in ("voc", "mot", "masks", "label_studio", "yolo"):
        export_data(workspace, tmp_path / format, format)


def test_corners_against_the_clock_are_the_same_box_in_the_clocks_order(workspace: Workspace, tmp_path: Path) -> None:
    folder = picture(tmp_path / "in", 1, (100, 100))
    (folder / "a.txt").write_text("0 .1 .1 .1 .3 .5 .3 .5 .1\n")
    import_data(workspace, folder, "yolo", options={"task": "obb"})
    ((rings,),) = workspace.query("SELECT points FROM annotation")
    assert rings == [[10.0, 10.0, 50.0, 10.0, 50.0, 30.0, 10.0, 30.0]]


@pytest.mark.parametrize(("first", "shown"), [(0, "frame_000"), (1, "frame_001"), (7, "frame_007")])
def test_frames_of_cvat_are_meant_by_place_where_images_count_from_one(
    workspace: Workspace, tmp_path: Path, first: int, shown: str
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (60, 40), (number, 0, 0)).save(folder / f"frame_{first + number:03d}.png")
    start = 0 if first < 2 else first
    shapes = "".join(f'<box frame="{start + n}" xtl="{n + 1}" ytl="2" xbr="20" ybr="12"/>' for n in range(3))
    (folder / "a.xml").write_text(f'<annotations><meta/><track id="0" label="d">{shapes}</track></annotations>')
    assert import_data(workspace, folder, "cvat").problems == []
    rows = workspace.query("SELECT i.name, a.x FROM annotation a JOIN item i ON i.id = item_id ORDER BY a.x")
    assert [x for _, x in rows] == [1.0, 2.0, 3.0]
    assert rows[0][0] == f"{shown}.png"
