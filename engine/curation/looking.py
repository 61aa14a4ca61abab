"""What a model says of items, remembered: a model never changes, so each item needs to be looked at once.

Answers are kept in `cache/predictions/<run>/*.parquet`, a row for each item by digest and page. Each part is written as a
whole, so a job that is stopped keeps what it has seen.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.curation.predicted import Predicted
from engine.curation.worklist import Target
from engine.evaluation.rows import carried

if TYPE_CHECKING:
    from engine.serving.manifest import ModelManifest
    from engine.serving.predictor import Prediction, Predictor

LEAST_SCORE = 0.05
PART = 200  # items
Key = tuple[str, int]


@dataclass(frozen=True)
class Looked:
    """Answers for a list of targets, in its order.

    Attributes:
        unreadable: why an item could not be looked at, by its id; its answer is empty.
    """

    manifest: ModelManifest
    answers: list[Predicted]
    unreadable: dict[int, str]


def look(
    workspace: Path, run_folder: Path, listed: Sequence[Target], progress: Callable[[float, str], None] | None = None
) -> Looked:
    """Have a model answer for each item, from memory where it has seen it.

    Args:
        run_folder: of the model.
        progress: called before each item that is looked at; whatever it raises ends the work.
    """
    from engine.serving.manifest import ModelManifest

    manifest = ModelManifest.load(run_folder)
    folder = workspace / "cache" / "predictions" / run_folder.name
    known = read(folder)
    missing = list({(one.digest, one.page): one for one in listed if (one.digest, one.page) not in known}.values())
    unreadable: dict[Key, str] = {}
    for start in range(0, len(missing), PART):
        part = missing[start : start + PART]
        fresh: dict[Key, Predicted] = {}
        try:
            for number, one in enumerate(part, start):
                if progress is not None:
                    progress(number / len(missing), f"Looking at {one.name}")
                found = look_at(loaded(run_folder), Path(one.path), one.page, manifest)
                if isinstance(found, str):
                    unreadable[one.digest, one.page] = found
                else:
                    fresh[one.digest, one.page] = found
        finally:
            write(folder, fresh)
        known |= fresh
    nothing = Predicted()
    return Looked(
        manifest,
        [replace(known.get((one.digest, one.page), nothing), several=manifest.task == "multilabel") for one in listed],
        {one.item_id: reason for one in listed if (reason := unreadable.get((one.digest, one.page)))},
    )


@lru_cache(maxsize=2)
def loaded(run_folder: Path) -> Predictor:
    """A model ready to look; the exported network where there is one, since it starts in a fraction of the time."""
    from engine.errors import BadInput
    from engine.evaluation.evaluate import TORCH, load_predictor
    from engine.serving.manifest import ModelManifest

    if ModelManifest.load(run_folder).table is not None:
        raise BadInput(f"The model of {run_folder.name} answers rows of a table; it cannot look at images.")
    exported = (run_folder / "export" / "fp32" / "model.json").is_file()
    return load_predictor(run_folder, "fp32" if exported else TORCH)


def look_at(predictor: Predictor, path: Path, page: int, manifest: ModelManifest) -> Predicted | str:
    """What a model says of one image file; a text: why the file cannot be read."""
    from engine.serving.errors import BadImage

    try:
        answer = predictor.predict(path, page=page, score_threshold=LEAST_SCORE)
    except BadImage as error:
        return str(error)
    return predicted(answer, manifest)


def predicted(answer: Prediction, manifest: ModelManifest) -> Predicted:
    """An answer of the serving code as columns."""
    number = {label: index for index, label in enumerate(manifest.labels)}
    found = answer.detections
    whole = answer.classification.scores if answer.classification is not None else ()
    return Predicted(
        np.array([one.box for one in found], np.float64).reshape(-1, 4),
        np.array([number[one.label] for one in found], np.int64),
        np.array([one.score for one in found], np.float64),
        np.array(whole, np.float64),
        answer.width,
        answer.height,
        tuple(more) if any(more := [carried(one) for one in found]) else (),
    )


def read(folder: Path) -> dict[Key, Predicted]:
    """All that is remembered; a damaged part is dropped, its items are looked at again."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    known: dict[Key, Predicted] = {}
    for path in sorted(folder.glob("*.parquet")):
        try:
            rows = pq.read_table(path).to_pylist()
        except (OSError, pa.ArrowException):
            path.unlink(missing_ok=True)
            continue
        known |= {(row["digest"], row["page"]): _from_row(row) for row in rows}
    return known


def write(folder: Path, answers: dict[Key, Predicted]) -> None:
    """Remember answers in a part of their own."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not answers:
        return
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_to_row(key, one) for key, one in answers.items()]
    numbers = pa.list_(pa.float32())
    schema = pa.schema(
        [("digest", pa.string()), ("page", pa.int32()), ("width", pa.int32()), ("height", pa.int32()), ("boxes", numbers),
         ("labels", pa.list_(pa.int16())), ("scores", numbers), ("probabilities", numbers),
         ("more", pa.list_(pa.string()))]
    )  # fmt: skip
    path = folder / f"{uuid.uuid4().hex}.parquet"
    partial = path.with_suffix(".part")
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), partial, compression="zstd")
    partial.replace(path)


def _to_row(key: Key, one: Predicted) -> dict[str, Any]:
    return {
        "digest": key[0], "page": key[1], "width": one.width, "height": one.height, "boxes": one.boxes.ravel().tolist(),
        "labels": one.labels.tolist(), "scores": one.scores.tolist(), "probabilities": one.probabilities.tolist(),
        "more": [json.dumps(more) for more in one.more],
    }  # fmt: skip


def _from_row(row: dict[str, Any]) -> Predicted:
    return Predicted(
        np.array(row["boxes"], np.float64).reshape(-1, 4),
        np.array(row["labels"], np.int64),
        np.array(row["scores"], np.float64),
        np.array(row["probabilities"], np.float64),
        row["width"],
        row["height"],
        tuple(json.loads(text) for text in row.get("more") or ())
        or tuple({"mask": text} for text in row.get("masks") or ()),
    )
