"""Evaluations as the window and the command line read them: figures, and from each figure the items behind it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import UsageError, WorkspaceError
from engine.evaluation import files
from engine.evaluation.scores import Row, Scores

if TYPE_CHECKING:
    from engine.workspace import Workspace


@dataclass(frozen=True)
class EvaluationRow:
    """An evaluation in the list."""

    id: int
    model_id: int
    model: str
    version_id: int
    split: str
    precision: str
    created: datetime
    metrics: Mapping[str, float | None]
    path: str

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**vars(self), "metrics": dict(self.metrics), "created": self.created.isoformat()}


@dataclass(frozen=True)
class Evaluation:
    """One evaluation's folder.

    Attributes:
        ids: local item ids by item key; empty outside a workspace, and for rows of a table.
    """

    folder: Path
    ids: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What summary.json has: metrics, intervals, per_class, confusion, threshold, thresholds, model, version, split."""
        return self._json("summary.json")

    @cached_property
    def curves(self) -> dict[str, Any]:
        """What curves.json has: {"labels": {name: {recall, precision, score}}, "sweep": {threshold, f1, missed, …}}."""
        return self._json("curves.json")

    @cached_property
    def items(self) -> Sequence[Row]:
        """A row for each item, as in items.parquet."""
        return files.read(self.folder, "items")

    @cached_property
    def matches(self) -> Sequence[Row]:
        """A row for each pair of a true and a predicted thing, either of them "(none)".

        With skeletons it says how points are joined: `true_edges` and `edges`, pairs of places.
        """
        rows, edges = files.read(self.folder, "matches"), self.edges
        joined = [{"true_edges": edges.get(row["truth"], ()), "edges": edges.get(row["predicted"], ())} for row in rows]
        return [row | more for row, more in zip(rows, joined, strict=True)] if edges else rows

    @cached_property
    def predictions(self) -> Sequence[Row]:
        """A row for each predicted thing, down to low scores."""
        return files.read(self.folder, "predictions")

    @property
    def edges(self) -> dict[str, Sequence[Sequence[int]]]:
        """Which points of a label's skeleton are joined; of models of keypoints."""
        return {label: one["edges"] for label, one in self.summary.get("skeletons", {}).items()}

    @property
    def labels(self) -> list[str]:
        """Rows and columns of the confusion matrix; the last one is "(none)"."""
        return list(self.summary["confusion"]["labels"])

    @property
    def matrix(self) -> list[list[int]]:
        """Counts: rows are true, columns are predicted."""
        return [list(row) for row in self.summary["confusion"]["matrix"]]

    def curve(self, label: str) -> dict[str, list[float]]:
        """Recall, precision and score of a label, from the strictest threshold to the most lenient."""
        return dict(self.curves["labels"].get(label, {"recall": [], "precision": [], "score": []}))

    def items_of_cell(self, true: str, predicted: str) -> list[int]:
        """Ids of the items behind a cell of the confusion matrix, the surest prediction first."""
        rows = [row for row in self.matches if row["truth"] == true and row["predicted"] == predicted]
        rows.sort(key=lambda row: -(row["score"] or 0))
        return self.ids_of(row["item_key"] for row in rows)

    def items_of_label(self, label: str, has: bool, said: bool) -> list[int]:
        """Ids of the items behind a cell of the 2 × 2 table of a label: whether they have it, and whether it is said."""
        rows = [row for row in self.items if ((label in row["truth"]), (label in row["predicted"])) == (has, said)]
        return self.ids_of(row["item_key"] for row in rows)

    def worst_items(self, count: int = 50) -> list[int]:
        """Ids of the items with the most that is missed, mislabelled or false; flawless ones are not among them."""
        rows = sorted((row for row in self.items if row["error"] > 0), key=lambda row: -row["error"])
        return self.ids_of(row["item_key"] for row in rows[:count])

    def matches_of(self, item_id: int) -> list[Row]:
        """What of an item was found, missed and made up: rows of matches.parquet with boxes xyxy in px."""
        keys = {key for key, ident in self.ids.items() if ident == item_id} or {item_id}
        return [row for row in self.matches if row["item_key"] in keys]

    def ids_of(self, keys: Iterable[int]) -> list[int]:
        """Local ids of item keys, each once, without those that the workspace no longer has; rows of a table have none."""
        if self.summary["task"] == "tabular":
            return []
        return list(dict.fromkeys(self.ids.get(key, key) for key in keys if not self.ids or key in self.ids))

    def _json(self, name: str) -> dict[str, Any]:
        try:
            document: dict[str, Any] = json.loads((self.folder / name).read_bytes())
        except (OSError, ValueError) as error:
            raise WorkspaceError(f"{self.folder / name} cannot be read ({error}); evaluate the model again.") from error
        return document


def unwritten(scores: Scores) -> Evaluation:
    """Scores as an evaluation whose files are not there yet."""
    found = Evaluation(Path())
    vars(found).update(
        summary=scores.summary(), curves=scores.curves, items=scores.items, matches=scores.matches,
        predictions=scores.predictions,
    )  # fmt: skip
    return found


def list_evaluations(ws: Workspace, model_id: int | None = None) -> list[EvaluationRow]:
    """All evaluations, or those of one model, newest first."""
    rows = ws.query(
        "SELECT e.id, e.model_id, coalesce(m.name || ':' || m.number, '?'), e.version_id, e.split, e.precision, e.created,"
        " e.metrics, e.path FROM evaluation e LEFT JOIN model m ON m.id = e.model_id"
        " WHERE ? IS NULL OR e.model_id = ? ORDER BY e.id DESC",
        [model_id, model_id],
    )
    decoded = [(*row, json.loads(metrics), path) for *row, metrics, path in rows]
    return [EvaluationRow(*row) for row in decoded]


def load_evaluation(ws: Workspace, evaluation: int) -> Evaluation:
    """One evaluation with the local ids of its items.

    Raises:
        UsageError: there is none with that id.
    """
    row = next((row for row in list_evaluations(ws) if row.id == evaluation), None)
    if row is None:
        raise UsageError(f"There is no evaluation {evaluation}.")
    ids = ws.query(
        "SELECT key, id FROM item WHERE NOT EXISTS (SELECT 1 FROM model WHERE id = ? AND task = 'tabular')",
        [row.model_id],
    )
    return Evaluation(ws.path / row.path, dict(ids))
