"""How a training learnt each annotation: recorded at its checks, and which labels look wrong by it.

Sources: area under the margin (Pleiss et al., Identifying mislabeled data using the area under the margin ranking, 2020);
forgetting events (Toneva et al., An empirical study of example forgetting, 2019).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from engine.labeling.findings import Finding
    from engine.labeling.rules import Limits
    from engine.serving.manifest import ModelManifest
    from engine.training.samples import Samples
    from engine.training.settings import Training
    from engine.workspace import Workspace

FILE = "dynamics.parquet"
COLUMNS = ("step", "item_key", "shape", "label", "confidence", "margin")
CHEAP = 0.05  # share of the training's work that looking at all training images at each check may take unasked
OVERLAP = 0.5  # IoU from which an answer is about a box
NEVER, LEARNT = 0.2, 0.5  # confidence of a label never learnt, where the others of its label mostly are
LEAST_CHECKS = 3
MEANS = """
    WITH looks AS (
        SELECT *, row_number() OVER look AS number, count(*) OVER (PARTITION BY item_key, shape) AS looks,
               (margin <= 0 AND lag(margin) OVER look > 0)::INTEGER AS forgot
        FROM read_parquet($path) WINDOW look AS (PARTITION BY item_key, shape ORDER BY step)
    )
    SELECT item_key, shape, any_value(label), avg(margin), avg(confidence) FILTER (number > looks / 2), sum(forgot)
    FROM looks GROUP BY item_key, shape HAVING count(*) >= $least ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Learnt:
    """How one annotation was learnt.

    Attributes:
        margin: mean over the checks of the confidence in its label minus that in the strongest other one.
        confidence: mean in the later half of the checks.
        forgotten: how often it was right at one check and wrong at the next.
    """

    item_key: int
    shape: int
    label: int
    margin: float
    confidence: float
    forgotten: int


class Recorder:
    """Looks at all training images at each check, without augmentation, and keeps how sure the model is of each label."""

    def __init__(self, folder: Path, samples: Samples, manifest: ModelManifest) -> None:
        self.path, self.samples, self.manifest = folder / FILE, samples, manifest
        self.rows: list[tuple[float, ...]] = []

    def resume(self, step: int) -> None:
        """Take over what was recorded up to the checkpoint that the training goes on from."""
        import pyarrow.parquet as pq

        with contextlib.suppress(OSError, ValueError, KeyError):
            table = pq.read_table(self.path)
            rows = zip(*(table[name].to_pylist() for name in COLUMNS), strict=True)
            self.rows = [row for row in rows if row[0] <= step]

    def look(self, step: int, network: Any, run: Callable[[Any, Any], Any]) -> None:
        """Record one check and write the file anew, so that a kill leaves the old or the new."""
        import torch

        from engine.serving.errors import BadImage
        from engine.training.batches import collate
        from engine.training.validate import TOGETHER

        with torch.no_grad():
            for start in range(0, len(self.samples), TOGETHER):
                there: list[int] = []
                views = []
                for index in range(start, min(start + TOGETHER, len(self.samples))):
                    with contextlib.suppress(BadImage):
                        views.append(self.samples.view(index))
                        there.append(index)
                if there:
                    self._note(step, there, run(network, collate(views, self.manifest).images))
        self._write()

    def _note(self, step: int, there: Sequence[int], output: Any) -> None:
        for place, index in enumerate(there):
            sample = self.samples.items[index]
            if self.manifest.task == "classification":
                shares = output[place].float().softmax(0).cpu().numpy()
                found = [of_class(shares, int(sample.labels[0]))]
            else:
                boxes = output.boxes[place].float().cpu().numpy()
                scores = output.logits[place].float().sigmoid().cpu().numpy()
                found = of_boxes(boxes, scores, sample.boxes, sample.labels)
            for shape, (confidence, margin) in enumerate(found):
                self.rows.append((step, sample.key, shape, int(sample.labels[shape]), confidence, margin))

    def _write(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = [pa.int32(), pa.int64(), pa.int32(), pa.int32(), pa.float32(), pa.float32()]
        columns = list(zip(*self.rows, strict=True)) or [()] * len(COLUMNS)
        arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
        part = self.path.with_suffix(".part")
        pq.write_table(pa.Table.from_arrays(arrays, names=list(COLUMNS)), part)
        part.replace(self.path)


def is_cheap(samples: int, training: Training) -> bool:
    """Whether recording costs so little that nobody need ask for it: a look is about a third of a step's work."""
    return samples * training.checks / 3 <= CHEAP * training.steps * training.batch


def of_class(shares: np.ndarray[Any, Any], label: int) -> tuple[float, float]:
    """Confidence in a label, and its lead over the strongest other one."""
    others = np.delete(shares, label)
    return float(shares[label]), float(shares[label] - (others.max() if len(others) else 0.0))


def of_boxes(
    boxes: np.ndarray[Any, Any], scores: np.ndarray[Any, Any], truth: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]
) -> list[tuple[float, float]]:
    """For each box of the truth (xyxy): the best score of its label, and its lead over others, among answers that lie on it.

    Args:
        boxes: (N, 4) xyxy of all answers; scores: (N, C).
    """
    found = []
    for box, label in zip(truth, labels.tolist(), strict=True):
        low, high = np.maximum(boxes[:, :2], box[:2]), np.minimum(boxes[:, 2:], box[2:])
        shared = np.clip(high - low, 0, None).prod(1)
        union = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(1) + (box[2:] - box[:2]).prod() - shared
        on = shared >= OVERLAP * np.maximum(union, 1e-9)
        best = scores[on].max(0) if on.any() else np.zeros(scores.shape[1])
        found.append(of_class(best, label))
    return found


def read_dynamics(folder: Path) -> list[Learnt]:
    """What a run recorded, one entry an annotation; empty where nothing was, or at too few checks."""
    import duckdb

    if not (folder / FILE).exists():
        return []
    try:
        with duckdb.connect(":memory:") as connection:
            rows = connection.execute(MEANS, {"path": str(folder / FILE), "least": LEAST_CHECKS}).fetchall()
    except duckdb.Error:  # a damaged file: as if nothing had been recorded
        return []
    return [Learnt(key, shape, label, float(m), float(c), int(f)) for key, shape, label, m, c, f in rows]


def suspicious(learnt: Sequence[Learnt]) -> list[tuple[Learnt, float]]:
    """What the model kept contradicting, or never learnt although it learnt most of the label; with how badly, worst first.

    A label of which the model has learnt less than half says nothing: the training was too short, or it is too hard.
    """
    labels = np.array([entry.label for entry in learnt])
    confidence = np.array([entry.confidence for entry in learnt])
    known = {label: float(np.median(confidence[labels == label])) >= LEARNT for label in np.unique(labels).tolist()}
    found = [
        (entry, -entry.margin if entry.margin < 0 else NEVER - entry.confidence)
        for entry in learnt
        if known[entry.label] and (entry.margin < 0 or entry.confidence < NEVER)
    ]
    return sorted(found, key=lambda pair: (-pair[1], pair[0].item_key, pair[0].shape))


def learning_findings(ws: Workspace) -> list[Finding]:
    """Suspicious labels by the newest run that recorded how it learnt; only annotations that are still as they were."""
    from engine.labeling.findings import Finding
    from engine.training.runs import list_runs

    run = next((run for run in list_runs(ws) if (run.folder / FILE).exists()), None)
    if run is None:
        return []
    ids = _annotation_ids(ws, run.version, run.task)
    worst = [
        (ids.get((entry.item_key, entry.shape), 0), entry, value)
        for entry, value in suspicious(read_dynamics(run.folder))
    ]
    rows = ws.query(
        "SELECT id, item_id, label_id FROM annotation WHERE id IN (SELECT unnest(?::BIGINT[]))"
        " AND tx <= (SELECT tx FROM dataset_version WHERE id = ?)",
        [[ident for ident, _, _ in worst], run.version],
    )
    there = {ident: (item, label) for ident, item, label in rows}
    return [
        Finding("learning", there[ident][0], ident, 0, value, there[ident][1], f"{run.graph}, {entry.confidence:.2f}")
        for ident, entry, value in worst
        if ident in there
    ]


def all_findings(
    ws: Workspace, rules: Sequence[str] = (), limits: Limits | None = None, *, ignored: bool = False
) -> list[Finding]:
    """`engine.labeling.rules.check` with the findings of training dynamics beside it."""
    from engine.labeling.findings import ignored_keys
    from engine.labeling.rules import check

    chosen = [rule for rule in rules if rule != "learning"]
    found = check(ws, chosen, limits, ignored=ignored) if chosen or not rules else []
    if not rules or "learning" in rules:
        known = set() if ignored else ignored_keys(ws)
        found += [finding for finding in learning_findings(ws) if finding.key not in known]
    return found


def _annotation_ids(ws: Workspace, version: int, task: str) -> dict[tuple[int, int], int]:
    """(item key, place among the item's shapes as the training counts them) → annotation."""
    from engine.data.versions import read_version
    from engine.training.marks import KINDS, rows_of

    table = rows_of(read_version(ws.path, version).annotations, KINDS[task])
    if "id" not in table.column_names:
        return {}
    found: dict[tuple[int, int], int] = {}
    counts: dict[int, int] = {}
    for key, ident in zip(table["item_key"].to_pylist(), table["id"].to_pylist(), strict=True):
        place = counts.get(key, 0)
        counts[key] = place + 1
        if ident is not None:
            found[key, place] = ident
    return found
