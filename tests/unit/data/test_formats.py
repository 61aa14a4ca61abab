"""Each format there and back: what it can say comes back the same, what it cannot is listed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.data import brush, rle
from engine.data.exports import export_data
from engine.data.imports import import_data
from engine.workspace import Workspace
from tests.unit.data.exchange import emptied

POLYGON = [[10.5, 10.25, 40.0, 12.0, 30.0, 28.0]]
TURNED = [20.0, 10.0, 30.0, 20.0, 25.0, 25.0, 15.0, 15.0]
KEYPOINTS = [5.0, 6.0, 2.0, 0.0, 0.0, 0.0, 30.0, 20.0, 1.0]


def fill(ws: Workspace, folder: Path, kinds: set[str], attributes: bool = True) -> None:
    """Three pictures in two splits with shapes of the given kinds, one of them without any."""
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (64, 48), (number * 40, 80, 120)).save(folder / f"零件-{number}.png")
    import_data(ws, folder)
    mask = np.zeros((48, 64), bool)
    mask[5:20, 8:30] = True
    mask[9, 12] = False
    text = rle.encode(mask)
    rows: dict[str, tuple[Any, ...]] = {
        "class": (None, None, None, None, None, None),
        "box": (3.5, 4.0, 20.25, 10.0, None, None),
        "polygon": (10.5, 10.25, 29.5, 17.75, POLYGON, None),
        "rotated_box": (15.0, 10.0, 15.0, 15.0, [TURNED], None),
        "keypoints": (4.0, 5.0, 28.0, 18.0, [KEYPOINTS], None),
        "mask": (*rle.bounds(text, 48), None, text),
        "polyline": (1.0, 2.0, 20.0, 10.0, [[1.0, 2.0, 21.0, 12.0, 5.0, 6.0]], None),
        "point": (7.0, 8.0, 0.0, 0.0, [[7.0, 8.0]], None),
    }
    with ws.transaction("Label") as tx:
        for ident, name in ((1, "划痕"), (2, 'dent "deep" & <wide>')):
            tx.execute(
                "INSERT INTO label (id, name, color, position, tx) VALUES (?, ?, '#E69F00', ?, ?)",
                [ident, name, ident, tx.id],
            )
        items = [row[0] for row in tx.execute("SELECT id FROM item ORDER BY id").fetchall()]
        tx.execute("UPDATE item SET split = CASE WHEN id = ? THEN 'test' ELSE 'train' END", [items[0]])
        for number, kind in enumerate(sorted(kinds)):
            values = rows[kind]
            given = '{"difficult": 1}' if attributes and kind == "box" else None
            tx.execute(
                "INSERT INTO annotation (id, item_id, label_id, kind, x, y, w, h, points, rle, attributes, origin, tx)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'person', ?)",
                [number + 1, items[number % 2], 1 + number % 2, kind, *values, given, tx.id],
            )


def content(ws: Workspace) -> set[tuple[str, ...]]:
    """What is said of which picture, without ids and names of files."""
    rows = ws.query(
        "SELECT i.digest, coalesce(i.split, ''), coalesce(l.name, ''), coalesce(a.kind, ''), a.x, a.y, a.w, a.h, a.points, a.rle,"
        " coalesce(a.attributes, '') FROM item i LEFT JOIN annotation a ON a.item_id = i.id LEFT JOIN label l ON l.id = a.label_id"
    )
    return {tuple(str(round(v, 3) if isinstance(v, float) else _rounded(v)) for v in row) for row in rows}


def _rounded(value: Any) -> Any:
    return [[round(v, 3) for v in ring] for ring in value] if isinstance(value, list) else value


CASES = [
    ("coco", {"box", "polygon", "keypoints", "mask"}, True),
    ("voc", {"box", "polygon", "rotated_box"}, True),
    ("yolo-detect", {"box"}, False),
    ("yolo-segment", {"polygon"}, False),
    ("yolo-obb", {"rotated_box"}, False),
    ("yolo-pose", {"keypoints"}, False),
    ("yolo-classify", {"class"}, False),
    ("labelme", {"box", "polygon", "rotated_box", "mask", "polyline", "point", "class"}, False),
    ("masks", {"mask"}, False),
    ("csv", {"box", "class"}, True),
    ("label_studio", {"box", "polygon", "rotated_box", "mask", "point", "class"}, True),
]


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize(("format", "kinds", "attributes"), CASES, ids=[case[0] for case in CASES])
def test_a_format_brings_back_what_it_can_say(
    workspace: Workspace, tmp_path: Path, format: str, kinds: set[str], attributes: bool, zipped: bool
) -> None:
    if format == "yolo-classify":  # there a picture has one class, and one without it is none of the set
        kinds = {"class"}
    fill(workspace, tmp_path / "in", kinds, attributes)
    out = tmp_path / ("out.zip" if zipped else "out")
    report = export_data(workspace, out, format)
    assert report.written == 3
    lost = [line for line in report.not_expressible if "labels without a shape" not in line]
    assert lost == []
    with Workspace.create(tmp_path / "second") as second:
        back = import_data(second, out)
        assert back.problems == []
        assert back.imported == 3
        expected = {"yolo": "yolo", "folder": "folder_per_class"}.get(format.split("-")[0], format.split("-")[0])
        assert back.format == ("folder_per_class" if format == "yolo-classify" else expected)
        assert content(second) == content(workspace)
        again = import_data(second, out)
        assert (again.imported, again.annotations) == (0, 0)


@pytest.mark.parametrize("format", ["coco", "voc", "yolo", "labelme", "masks", "csv", "folder", "folder_per_class"])
def test_what_a_format_cannot_say_is_listed(workspace: Workspace, tmp_path: Path, format: str) -> None:
    fill(
        workspace, tmp_path / "in", {"class", "box", "polygon", "rotated_box", "keypoints", "mask", "polyline", "point"}
    )
    report = export_data(workspace, tmp_path / "out", format)
    assert report.not_expressible
    with Workspace.create(tmp_path / "second") as second:
        assert import_data(second, tmp_path / "out", "auto" if format != "folder" else "folder").imported == 3


def test_a_version_is_exported_as_it_was(workspace: Workspace, tmp_path: Path) -> None:
    from engine.data.versions import create_version

    fill(workspace, tmp_path / "in", {"box", "mask"})
    before = content(workspace)
    create_version(workspace, "v1")
    with workspace.transaction("Clear") as tx:
        tx.execute("DELETE FROM annotation")
    export_data(workspace, tmp_path / "out", "coco", version="v1")
    with Workspace.create(tmp_path / "second") as second:
        import_data(second, tmp_path / "out")
        assert content(second) == before


def test_our_coco_is_read_by_pycocotools(workspace: Workspace, tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    fill(workspace, tmp_path / "in", {"box", "polygon", "mask", "keypoints"})
    export_data(workspace, tmp_path / "out", "coco")
    for name in ("train", "test"):
        coco = COCO(str(tmp_path / "out" / f"instances_{name}.json"))
        for annotation in coco.anns.values():
            if annotation["segmentation"]:
                assert coco.annToMask(annotation).sum() == pytest.approx(annotation["area"], rel=0.1)


masks_drawn = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
    lambda size: st.lists(st.booleans(), min_size=size[0] * size[1], max_size=size[0] * size[1]).map(
        lambda bits: np.array(bits).reshape(size)
    )
)


@given(masks_drawn)
def test_a_mask_survives_its_run_lengths(mask: np.ndarray[Any, Any]) -> None:
    from pycocotools import mask as peer

    text = rle.encode(mask)
    assert (rle.decode(text, *mask.shape) == mask).all()
    theirs = peer.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert theirs["counts"].decode() == text
    if mask.any():
        assert rle.bounds(text, mask.shape[0]) == tuple(peer.toBbox(theirs))
    assert (brush.decode(brush.encode(mask), *mask.shape) == mask).all()


@given(st.lists(st.integers(0, 1 << 20), min_size=1, max_size=30))
def test_run_lengths_survive_compression(counts: list[int]) -> None:
    assert rle.expand(rle.compress(counts)) == counts


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader_of_run_lengths(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert min(rle.expand(text), default=0) >= 0


numbers = st.floats(0.01, 0.99)
boxes = st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=6, unique=True)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Workspace]]:
    """Two workspaces, emptied for each example."""
    folder = tmp_path_factory.mktemp("pair")
    with Workspace.create(folder / "w1") as first, Workspace.create(folder / "w2") as second:
        yield first, second


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(boxes=boxes, format=st.sampled_from(["coco", "voc", "yolo", "labelme", "csv", "label_studio"]))
def test_any_box_comes_back_within_a_thousandth_of_a_pixel(
    pair: tuple[Workspace, Workspace],
    tmp_path_factory: pytest.TempPathFactory,
    boxes: list[tuple[float, ...]],
    format: str,
) -> None:
    folder = tmp_path_factory.mktemp("boxes")
    Image.new("L", (200, 100)).save(folder / "a.png")
    entries = []
    for number, (x, y, w, h) in enumerate(boxes):
        box = [round(v, 4) for v in (x * 190, y * 90, max(w * (1 - x) * 190, 1), max(h * (1 - y) * 90, 1))]
        entries.append({"id": number + 1, "image_id": 1, "category_id": 1, "bbox": box})
    document = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "annotations": entries,
        "categories": [{"id": 1, "name": "d"}],
    }
    (folder / "c.json").write_text(json.dumps(document))
    first, second = map(emptied, pair)
    assert import_data(first, folder / "c.json", split="train").problems == []
    export_data(first, folder / "out", format)
    assert import_data(second, folder / "out").problems == []
    assert content(first) == content(second)
