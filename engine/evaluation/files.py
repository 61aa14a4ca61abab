"""The folder of an evaluation: summary.json, curves.json and three Parquet files, there as a whole or not at all."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.evaluation.scores import Row, Scores
from engine.workspace import write_atomically

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA = 1


def write(folder: Path, scores: Scores, about: dict[str, Any]) -> None:
    """Write all files beside the folder, then give it its name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}.part")
    part.mkdir()
    try:
        for name, rows in {"items": scores.items, "predictions": scores.predictions, "matches": scores.matches}.items():
            table = pa.Table.from_pylist(list(rows), schema=schema(name))
            pq.write_table(table, part / f"{name}.parquet", compression="zstd")
        _write_json(part / "curves.json", scores.curves)
        _write_json(part / "summary.json", {"schema": SCHEMA, **about, **scores.summary()})
        if folder.exists():  # of an attempt that was killed after it had written everything
            shutil.rmtree(folder)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def read(folder: Path, name: str) -> Sequence[Row]:
    """The rows of one of the Parquet files."""
    import pyarrow.parquet as pq

    rows: list[Row] = pq.read_table(folder / f"{name}.parquet").to_pylist()
    return rows


def schema(name: str) -> pa.Schema:
    """Columns of items.parquet, predictions.parquet and matches.parquet; boxes are in px of the item.

    Of a segmentation, `pixels` are the item's pixels by true and given class, row by row, background first, and `mask` is
    COCO's compressed RLE over the item. `rotated`, `points` and `mask` are what objects carry beside their boxes, see
    `engine.training.similarity.Objects`; "true_…" those of the true thing. Of an anomaly model, `heat` is a grey PNG of how unusual each place is, 255 for 1.
    """
    import pyarrow as pa

    text, number, count, texts = pa.string(), pa.float64(), pa.int64(), pa.list_(pa.string())
    numbers = pa.list_(number)
    columns = {
        "items": {
            "item_key": count, "name": text, "page": pa.int32(), "digest": text, "width": pa.int32(), "height": pa.int32(),
            "truth": texts, "predicted": texts, "score": number, "error": number, "objects": count, "found": count,
            "missed": count, "mislabelled": count, "false": count,
            "pixels": pa.list_(count), "heat": pa.binary(),
        },
        "predictions": {"item_key": count, "label": text, "score": number, "x": number, "y": number, "w": number,
                        "h": number, "iou": number, "ignored": pa.bool_(), "mask": text, "rotated": numbers, "points": numbers},
        "matches": {"item_key": count, "truth": text, "predicted": text, "score": number, "iou": number,
                    "true_box": numbers, "box": numbers, "true_rotated": numbers, "rotated": numbers,
                    "true_points": numbers, "points": numbers, "true_mask": text, "mask": text},
    }  # fmt: skip
    return pa.schema(list(columns[name].items()))


def _write_json(path: Path, document: Any) -> None:
    write_atomically(path, json.dumps(document, ensure_ascii=False, allow_nan=False).encode())
