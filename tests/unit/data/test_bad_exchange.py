"""Broken and hostile files of the exchange formats: each is named with its reason, and the rest is imported."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.imports import ImportReport, import_data
from engine.errors import BadInput
from engine.workspace import Workspace

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE annotations [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {n} "{f"&{o};" * 10}">' for o, n in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><annotations><version>1.1</version><meta/><image name='a.png'><tag label='&i;'/></image></annotations>"
)
SECRET = '<!DOCTYPE annotations [<!ENTITY s SYSTEM "file:///etc/passwd">]><annotations><meta>&s;</meta></annotations>'


def reasons(report: ImportReport) -> str:
    """All problems as one text."""
    return "\n".join(f"{problem.path}: {problem.reason}" for problem in report.problems)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A picture of 60 × 40 px, and another outside of the folder."""
    made = tmp_path / "in"
    (made / "img1").mkdir(parents=True)
    (made / "gt").mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    for path in (made / "a.png", made / "img1" / "000001.png", tmp_path / "secret.png"):
        Image.fromarray(pixels).save(path)
        pixels = pixels ^ 1
    return made


def cvat(folder: Path, body: str) -> Path:
    """A CVAT file over a.png."""
    path = folder / "annotations.xml"
    head = '<annotations><version>1.1</version><meta/><image id="0" name="a.png" width="60" height="40">'
    path.write_text(f"{head}{body}</image></annotations>", "utf-8")
    return folder


GOOD = '<box label="d" xtl="1" ytl="2" xbr="11" ybr="12"/>'


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<box label="d" xtl="nan" ytl="2" xbr="3" ybr="4"/>', "no number"),
        ('<box label="d" xtl="1e300" ytl="2" xbr="1e301" ybr="4"/>', "outside the image"),
        ('<box label="d" xtl="1" ytl="2"/>', "xbr"),
        ('<polygon label="d" points="1,2;3"/>', "cannot be read"),
        ('<polygon label="d" points="inf,2;3,4;5,6"/>', "no number"),
        ('<mask label="d" rle="5, 5" left="0" top="0" width="4" height="4"/>', "as many pixels"),
        (
            '<mask label="d" rle="99999999999999" left="0" top="0" width="9999999" height="9999999"/>',
            "edge of the image",
        ),
        ('<mask label="d" rle="-4, 20" left="0" top="0" width="4" height="4"/>', "as many pixels"),
        ('<cuboid label="d"/>', "is not read"),
        ('<skeleton label="d"><points label="x" points="a,b"/></skeleton>', "cannot be read"),
    ],
)
def test_a_bad_shape_of_cvat_costs_only_itself(workspace: Workspace, folder: Path, body: str, reason: str) -> None:
    report = import_data(workspace, cvat(folder, body + GOOD), "cvat")
    assert reason in reasons(report)
    assert workspace.query("SELECT kind, x, y, w, h FROM annotation") == [("box", 1.0, 2.0, 10.0, 10.0)]


@pytest.mark.parametrize("text", [BOMB, SECRET, "<annotations><meta>", "<annotations/>" * 2], ids=range(4))
def test_hostile_xml_is_named_and_nothing_of_it_is_expanded(workspace: Workspace, folder: Path, text: str) -> None:
    cvat(folder, GOOD)
    (folder / "hostile.xml").write_text("<!--<annotations><meta-->" + text if "<meta" not in text else text)
    report = import_data(workspace, folder, "cvat")
    assert report.annotations == 1
    assert "root:" not in reasons(report)
    assert len(reasons(report)) < 2000


def test_names_that_lead_out_are_refused_by_every_format(workspace: Workspace, folder: Path) -> None:
    writers: dict[str, Callable[[], object]] = {
        "cvat": lambda: (folder / "c.xml").write_text(
            '<annotations><meta/><image name="../secret.png"/><image name="/etc/passwd"/></annotations>'
        ),
        "datumaro": lambda: (folder / "d.json").write_text(json.dumps(
            {"categories": {}, "items": [{"id": "../secret", "image": {"path": "../secret.png"}}, {"id": 7}, 5]})),
        "open_images": lambda: (folder / "o.csv").write_text("ImageID,LabelName\n../secret,/m/0\n"),
        "coco_panoptic": lambda: (folder / "p.json").write_text(json.dumps(
            {"categories": [], "images": [{"id": 1, "file_name": "../secret.png"}],
             "annotations": [{"image_id": 1, "file_name": "../secret.png", "segments_info": []}]})),
    }  # fmt: skip
    for format, write in writers.items():
        write()
        try:
            text = reasons(import_data(workspace, folder, format))
        except BadInput as error:
            text = str(error)
        assert "leads" in text or "no such image" in text, (format, text)
    assert not [name for (name,) in workspace.query("SELECT name FROM item") if "secret" in name]


def test_bad_lines_of_mot_are_named_with_their_number(workspace: Workspace, folder: Path) -> None:
    lines = ["1,1,5,5,10,10,1,1,1", "1,x,5,5,10,10", "1,2,nan,5,10,10,1,1,1", "9,1,5,5,10,10,1,1,1", "1,3,1,2",
             "1,4,1e308,5,10,10,1,1,1", ""]  # fmt: skip
    (folder / "gt" / "gt.txt").write_text("\n".join(lines))
    (folder / "a.png").unlink()
    report = import_data(workspace, folder)
    assert report.format == "mot"
    text = reasons(report)
    for reason in ("gt.txt:2", "gt.txt:3", "gt.txt:5", "no image of 1 of its frames", "outside the image"):
        assert reason in text, (reason, text)
    assert workspace.query("SELECT count(*) FROM annotation") == [(1,)]


def test_two_entries_of_one_picture_and_two_labels_of_one_name_do_no_harm(workspace: Workspace, folder: Path) -> None:
    (folder / "c.xml").write_text(
        "<annotations><meta><task><labels><label><name>d</name></label><label><name>d</name></label></labels></task></meta>"
        f'<image name="a.png" width="60" height="40">{GOOD}</image><image name="a.png">{GOOD}</image></annotations>'
    )
    report = import_data(workspace, folder, "cvat")
    assert "listed twice" in reasons(report)
    assert workspace.query("SELECT name FROM label") == [("d",)]
    assert report.annotations == 1


def test_panoptic_images_of_another_size_and_unknown_segments_are_named(workspace: Workspace, folder: Path) -> None:
    (folder / "panoptic_train").mkdir()
    Image.new("RGB", (30, 40), (1, 0, 0)).save(folder / "panoptic_train" / "x.png")
    Image.new("RGB", (60, 40), (1, 0, 0)).save(folder / "panoptic_train" / "y.png")
    segment = {"id": 1, "category_id": 1, "iscrowd": 0}
    content = {
        "categories": [{"id": 1, "name": "d"}],
        "images": [{"id": 1, "file_name": "a.png", "width": 60, "height": 40},
                   {"id": 2, "file_name": "img1/000001.png", "width": 60, "height": 40}],
        "annotations": [{"image_id": 1, "file_name": "x.png", "segments_info": [segment]},
                        {"image_id": 2, "file_name": "y.png", "segments_info": [segment, segment | {"id": 9}, segment | {"category_id": 5}]},
                        {"image_id": 3, "file_name": "y.png", "segments_info": []}],
    }  # fmt: skip
    (folder / "panoptic_train.json").write_text(json.dumps(content))
    report = import_data(workspace, folder)
    assert report.format == "coco_panoptic"
    for reason in ("30 × 40", "segment 9 has no pixels", "unknown category 5", "an image 3"):
        assert reason in reasons(report), reason
    assert workspace.query("SELECT kind, w, h FROM annotation") == [("mask", 60.0, 40.0)]


def test_an_archive_whose_names_lead_out_writes_nothing_outside(
    workspace: Workspace, folder: Path, tmp_path: Path
) -> None:
    cvat(folder, GOOD)
    with zipfile.ZipFile(tmp_path / "slip.zip", "w") as archive:
        archive.write(folder / "a.png", "a.png")
        archive.write(folder / "annotations.xml", "annotations.xml")
        archive.writestr("../../slipped.xml", SECRET)
    report = import_data(workspace, tmp_path / "slip.zip")
    assert (report.format, report.annotations) == ("cvat", 1)
    assert not list(tmp_path.parent.glob("slipped.xml"))
