"""Bad files, names and archives: each is reported with its reason, the rest is imported."""

from __future__ import annotations

import io
import json
import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.data import images
from engine.data.exports import export_data
from engine.data.imports import ImportCancelled, ImportReport, import_data
from engine.data.items import check_links, item_image, thumbnail
from engine.errors import BadInput, UsageError
from engine.workspace import Workspace


def picture(path: Path, value: int = 0, size: tuple[int, int] = (60, 40), **options: Any) -> Path:
    """A small noisy picture, so that it cannot be cut without losing something."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(value).integers(0, 255, (size[1], size[0], 3), np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return path


def coco(
    folder: Path, annotations: list[Any], images: list[Any] | None = None, categories: list[Any] | None = None
) -> Path:
    """A COCO file over a.png (60 × 40)."""
    if not (folder / "a.png").exists():
        picture(folder / "a.png", 1)
    path = folder / "coco.json"
    entries = images if images is not None else [{"id": 1, "file_name": "a.png", "width": 60, "height": 40}]
    kinds = categories if categories is not None else [{"id": 1, "name": "dent"}]
    path.write_text(json.dumps({"images": entries, "annotations": annotations, "categories": kinds}))
    return path


def reasons(report: ImportReport) -> str:
    """All problems as one text."""
    return "\n".join(f"{problem.path}: {problem.reason}" for problem in report.problems)


def png_header(width: int, height: int) -> bytes:
    """A whole PNG that announces a size and holds almost nothing."""
    out = b"\x89PNG\r\n\x1a\n"
    for kind, data in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ):
        out += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return out


def test_bad_images_are_reported_one_by_one_and_the_good_ones_imported(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    good = picture(folder / "good.jpg", 1)
    picture(folder / "good.png", 2)
    (folder / "cut.jpg").write_bytes(good.read_bytes()[:-200])
    (folder / "cut.png").write_bytes((folder / "good.png").read_bytes()[:-300])
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_bytes("这不是图片".encode())
    (folder / "huge.png").write_bytes(png_header(50_000, 50_000))
    flipped = bytearray((folder / "good.png").read_bytes())
    flipped[len(flipped) // 2] ^= 1
    (folder / "flipped.png").write_bytes(flipped)
    (folder / "notes.docx").write_bytes(b"not asked for")
    report = import_data(workspace, folder)
    found = {problem.path: problem.reason for problem in report.problems}
    assert (report.imported, report.skipped) == (2, 6)
    assert set(found) == {"cut.jpg", "cut.png", "empty.png", "text.jpg", "huge.png", "flipped.png"}
    assert "truncated" in found["cut.jpg"]
    assert "truncated" in found["cut.png"]
    assert "empty" in found["empty.png"]
    assert "not an image" in found["text.jpg"]
    assert "50,000 × 50,000" in found["huge.png"]
    assert "checksum" in found["flipped.png"]
    assert json.loads(json.dumps(report.to_json()))["problems"][0].keys() == {"path", "reason"}


@pytest.mark.parametrize(
    ("name", "mode", "options", "expected"),
    [
        (
            "a.jpg",
            "RGB",
            {"exif": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"},
            (40, 60, 3, 8, 6),
        ),
        ("a.jpg", "CMYK", {}, (60, 40, 4, 8, 1)),
        ("a.jpg", "L", {"progressive": True}, (60, 40, 1, 8, 1)),
        ("a.png", "RGBA", {}, (60, 40, 4, 8, 1)),
        ("a.png", "I;16", {}, (60, 40, 1, 16, 1)),
        ("a.bmp", "RGB", {}, (60, 40, 3, 8, 1)),
        ("a.tif", "I;16", {}, (60, 40, 1, 16, 1)),
        ("a.tif", "RGB", {"compression": "tiff_lzw"}, (60, 40, 3, 8, 1)),
        ("a.webp", "RGB", {}, (60, 40, 3, 8, 1)),
    ],
)
def test_headers_tell_what_a_picture_is(
    tmp_path: Path, name: str, mode: str, options: dict[str, Any], expected: tuple[int, ...]
) -> None:
    Image.new(mode, (60, 40)).save(tmp_path / name, **options)
    info = images.probe(tmp_path / name)
    assert (info.width, info.height, info.channels, info.bits, info.orientation) == expected
    small = Image.open(io.BytesIO(images.thumbnail(tmp_path / name, 0, 30)))
    assert small.size == ((20, 30) if info.orientation == 6 else (30, 20))


def test_a_line_scan_of_twelve_by_eight_thousand_is_taken(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("L", (12_000, 8_000), 90).save(tmp_path / "in" / "scan.png", compress_level=1)
    assert import_data(workspace, tmp_path / "in").imported == 1
    item = workspace.query("SELECT id, width, height FROM item")[0]
    assert item[1:] == (12_000, 8_000)
    assert len(thumbnail(workspace, item[0], 128)) > 100
    assert thumbnail(workspace, item[0], 128) == thumbnail(workspace, item[0], 128)


def test_what_models_decode_is_taken_and_larger_images_too() -> None:
    from engine.serving import images as decoder

    assert images.MAX_PIXELS == 1_000_000_000
    assert max(decoder.MAX_PIXELS, 30_000 * 20_000) <= images.MAX_PIXELS


def test_each_page_of_a_tiff_is_an_item(workspace: Workspace, tmp_path: Path) -> None:
    pages = [Image.new("L", (20 + page, 10), page * 50) for page in range(3)]
    (tmp_path / "in").mkdir()
    pages[0].save(tmp_path / "in" / "stack.tif", save_all=True, append_images=pages[1:])
    report = import_data(workspace, tmp_path / "in")
    assert (report.imported, report.problems) == (1, [])
    assert workspace.query("SELECT name, page, width FROM item ORDER BY page") == [
        ("stack.tif#1", 0, 20), ("stack.tif#2", 1, 21), ("stack.tif#3", 2, 22),
    ]  # fmt: skip
    assert import_data(workspace, tmp_path / "in").imported == 0


def test_bad_entries_of_a_coco_file_cost_only_themselves(workspace: Workspace, tmp_path: Path) -> None:
    box = {"image_id": 1, "category_id": 1}
    path = coco(
        tmp_path,
        [
            box | {"id": 1, "bbox": [5, 5, 10, 10]},
            box | {"id": 1, "bbox": [6, 6, 10, 10]},
            box | {"id": 2, "bbox": [100, 5, 10, 10]},
            box | {"id": 3, "bbox": [50, 30, 20, 20]},
            box | {"id": 4, "bbox": [5, 5, 0, 10]},
            box | {"id": 5, "bbox": [5, 5, 10]},
            box | {"id": 6, "bbox": "wide"},
            {"id": 7, "image_id": 1, "category_id": 9, "bbox": [1, 1, 5, 5]},
            {"id": 8, "image_id": 77, "category_id": 1, "bbox": [1, 1, 5, 5]},
            box | {"id": 9, "segmentation": {"size": [40, 60], "counts": "~~~"}, "bbox": [0, 0, 5, 5]},
        ],
        [
            {"id": 1, "file_name": "a.png", "width": 60, "height": 40},
            {"id": 1, "file_name": "b.png", "width": 60, "height": 40},
            {"id": 2, "file_name": "../secret.png"},
            {"id": 3, "file_name": "/etc/passwd"},
            {"id": 4, "file_name": "gone.png"},
            {"file_name": "no id.png"},
        ],
    )
    picture(tmp_path.parent / "secret.png", 5)
    report = import_data(workspace, path)
    text = reasons(report)
    assert report.imported == 1
    assert workspace.query("SELECT x, y, w, h FROM annotation ORDER BY x") == [(5, 5, 10, 10), (50, 30, 10, 10)]
    for reason in ("id is used twice", "outside the image", "cut to it", "empty shape", "3 numbers", "unknown category 9",
                   "an image 77", "“..”", "absolute", "no such image file", "images[5]"):  # fmt: skip
        assert reason in text, reason
    assert "stands over the edge" in workspace.query("SELECT problem FROM item")[0][0]


def test_a_file_that_is_no_coco_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "coco.json").write_text('{"images": [{"file_name": "a.png"')
    with pytest.raises(BadInput):
        import_data(workspace, tmp_path / "coco.json", "coco")
    with pytest.raises(BadInput, match="does not exist"):
        import_data(workspace, tmp_path / "nothing")
    with pytest.raises(UsageError, match="no format"):
        import_data(workspace, tmp_path, "excel")
    assert workspace.query("SELECT count(*) FROM item") == [(0,)]


def test_names_that_are_no_utf8_and_loops_of_links_do_no_harm(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    picture(folder / "中文 图片.png", 1)
    picture(folder / "x.png", 2).rename(folder / os.fsdecode("划痕".encode("gbk") + b".png"))
    picture(folder / "y.png", 3).rename(folder / os.fsdecode(b"\xff\xfe\x80.png"))
    (folder / "sub").mkdir()
    (folder / "sub" / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self.png").symlink_to(folder / "self.png")
    report = import_data(workspace, folder)
    names = {row[0] for row in workspace.query("SELECT name FROM item")}
    assert report.imported == 3
    assert {"中文 图片.png", "划痕.png"} <= names
    assert {"sub/loop", "self.png"} <= {problem.path for problem in report.problems}
    json.dumps(report.to_json(), ensure_ascii=False).encode("utf-8")
    export_data(workspace, tmp_path / "out", "coco")
    assert import_data(workspace, folder).imported == 0
    with Workspace.create(tmp_path / "linked") as other:
        import_data(other, folder, link=True)
        assert all(item_image(other, row[0]).path.exists() for row in other.query("SELECT id FROM item"))


def test_a_gbk_table_is_read(workspace: Workspace, tmp_path: Path) -> None:
    picture(tmp_path / "零件一.png", 1)
    rows = (
        "文件名,类别,xmin,ymin,xmax,ymax\n零件一.png,划痕,1,2,11,22\n零件一.png,凹坑,x,2,11,22\n没有.png,划痕,1,2,3,4\n"
    )
    (tmp_path / "标注.csv").write_bytes(rows.encode("gbk"))
    report = import_data(workspace, tmp_path / "标注.csv")
    assert (report.format, report.imported, len(report.problems)) == ("csv", 1, 2)
    assert workspace.query("SELECT label, x, y, w, h FROM annotations") == [("划痕", 1, 2, 10, 20)]


def test_an_xml_file_with_entities_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    picture(tmp_path / "a.png", 1)
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><annotation><filename>a.png</filename>&b;</annotation>'
    (tmp_path / "a.xml").write_text(bomb)
    report = import_data(workspace, tmp_path, "voc")
    assert report.imported == 1
    assert "entities" in reasons(report)


def test_a_hostile_archive_writes_nothing_outside(workspace: Workspace, tmp_path: Path) -> None:
    good = picture(tmp_path / "good.png", 1).read_bytes()
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("images/good.png", good)
        archive.writestr("../../escaped.png", good)
        archive.writestr("/tmp/absolute.png", good)
        link = zipfile.ZipInfo("images/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("images/" + "图".encode("gbk").decode("cp437") + ".png", good[:40])
    report = import_data(workspace, tmp_path / "in.zip")
    text = reasons(report)
    assert report.imported == 1
    assert "“..”" in text
    assert "absolute" in text
    assert "symbolic link" in text
    assert not list(tmp_path.rglob("escaped.png"))
    assert not list((workspace.path / "media").glob(".import*"))


def test_a_bomb_is_refused_before_it_fills_the_disk(workspace: Workspace, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.bmp", bytes(120 << 20))
    with pytest.raises(BadInput, match="far more"):
        import_data(workspace, tmp_path / "bomb.zip")
    assert not list((workspace.path / "media").iterdir())


def test_a_stopped_import_keeps_nothing(workspace: Workspace, tmp_path: Path) -> None:
    for number in range(80):
        picture(tmp_path / "in" / f"{number}.png", number)
    asked = iter(range(1000))
    with pytest.raises(ImportCancelled):
        import_data(workspace, tmp_path / "in", cancelled=lambda: next(asked) > 40)
    assert workspace.query("SELECT count(*) FROM item") == [(0,)]
    assert not [path for path in (workspace.path / "media").rglob("*") if path.is_file()]


def test_the_same_folder_twice_adds_nothing_even_after_edits(workspace: Workspace, tmp_path: Path) -> None:
    from engine.labeling import edits

    box = {"image_id": 1, "category_id": 1}
    path = coco(tmp_path, [box | {"id": n, "bbox": [n, n, 10, 10]} for n in (1, 2, 3)])
    assert import_data(workspace, path).annotations == 3
    item = workspace.query("SELECT id FROM item")[0][0]
    first, second, _ = edits.annotations_of(workspace, item)
    edits.apply(workspace, item, [edits.Change(first.id, {"x": 30.0}), edits.Remove(second.id)])
    again = import_data(workspace, path)
    assert (again.imported, again.skipped, again.annotations) == (0, 1, 0)
    assert workspace.query("SELECT count(*) FROM annotation") == [(2,)]


def test_linked_files_stay_in_place_and_tell_when_they_change(workspace: Workspace, tmp_path: Path) -> None:
    changed, gone = picture(tmp_path / "in" / "a.png", 1), picture(tmp_path / "in" / "b.png", 2)
    picture(tmp_path / "in" / "c.png", 3)
    import_data(workspace, tmp_path / "in", link=True)
    assert not [path for path in (workspace.path / "media").rglob("*") if path.is_file()]
    assert not check_links(workspace)
    picture(changed, 9)
    gone.unlink()
    assert check_links(workspace).touches("items")
    problems = dict(workspace.query("SELECT name, problem FROM item"))
    assert problems == {"a.png": "the linked file was changed", "b.png": "the linked file is gone", "c.png": None}


def test_the_same_picture_under_two_names_is_one_item(workspace: Workspace, tmp_path: Path) -> None:
    picture(tmp_path / "in" / "a.png", 1)
    picture(tmp_path / "in" / "b.png", 1)
    report = import_data(workspace, tmp_path / "in")
    assert (report.imported, report.skipped) == (1, 1)
    assert "same picture" in reasons(report)


def test_real_boards_are_imported_with_their_splits(workspace: Workspace, shared_data: Path) -> None:
    report = import_data(workspace, shared_data / "deeppcb")
    assert report.problems == []
    assert (report.format, report.imported) == ("coco", 334)
    assert dict(workspace.query("SELECT split, count(*) FROM item GROUP BY 1")) == {"train": 250, "test": 84}
