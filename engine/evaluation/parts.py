"""An evaluation by part: which parts are bad, and how surely each would be rejected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import BadInput
from engine.evaluation.boxes import Floats, Ints
from engine.evaluation.classification import good_label
from engine.evaluation.outcomes import probabilities_of
from engine.evaluation.results import Evaluation

NEVER = -1.0  # the score of a part that no threshold rejects
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Parts:
    """The I items of a split with a truth, each taken as one part.

    Attributes:
        keys: (I,) item keys.
        bad: (I,) which have a defect.
        doubt: (I,) rejected where it reaches the threshold; NEVER where nothing is reported.
        labels: the L labels of defects.
        scores: (I, L) the highest of each label.
        has: (I, L) which labels each part really has.
    """

    keys: Ints
    bad: Flags
    doubt: Floats
    labels: tuple[str, ...]
    scores: Floats
    has: Flags

    def rejected(self, threshold: float) -> Flags:
        """(I,) which parts one threshold for all labels rejects."""
        result: Flags = self.doubt >= threshold - 1e-9
        return result

    def mistakes(self, threshold: float) -> tuple[list[int], list[int]]:
        """Keys of the bad parts that pass, the least doubted first, and of the good ones that are rejected, the surest first."""
        rejected, order = self.rejected(threshold), np.argsort(self.doubt, kind="stable")
        missed = [int(self.keys[at]) for at in order if self.bad[at] and not rejected[at]]
        return missed, [int(self.keys[at]) for at in order[::-1] if rejected[at] and not self.bad[at]]


def read_parts(evaluation: Evaluation) -> Parts:
    """Take an evaluation of any task by part.

    Raises:
        BadInput: no label of a classifier means "good", so that no part is bad.
    """
    judged = evaluation.summary["task"] in ("classification", "anomaly", "tabular")
    return _judged(evaluation) if judged else _found(evaluation)


def bad_items(evaluation: Evaluation) -> frozenset[int] | None:
    """Keys of the bad items; None where no label of a classifier means "good"."""
    try:
        parts = read_parts(evaluation)
    except BadInput:
        return None
    return frozenset(parts.keys[parts.bad].tolist())


def _judged(evaluation: Evaluation) -> Parts:
    """Of a whole image or row the probability of each label is known; items without a label are left out."""
    labels = evaluation.labels[:-1]
    good = good_label(labels, evaluation.summary.get("good", ""))
    if good is None:
        raise BadInput(
            f"None of the labels {', '.join(labels)} means “good”, so no part is bad; say which one does (lineside"
            " evaluate --good LABEL), or name one of them OK, good or normal."
        )
    rows = [(at, row["truth"][0]) for at, row in enumerate(evaluation.items) if row["truth"]]
    probabilities = probabilities_of(evaluation)[[at for at, _ in rows]]
    others = [at for at in range(len(labels)) if at != good]
    defects = tuple(labels[at] for at in others)
    true = [label for _, label in rows]
    return Parts(
        np.array([evaluation.items[at]["item_key"] for at, _ in rows], np.int64),
        np.array([label != labels[good] for label in true], np.bool_), 1 - probabilities[:, good], defects,
        probabilities[:, others], _has([[label] for label in true], defects),
    )  # fmt: skip


def _found(evaluation: Evaluation) -> Parts:
    """A part is rejected for the surest of what is found on it."""
    place = {row["item_key"]: at for at, row in enumerate(evaluation.items)}
    labels = tuple(evaluation.labels[:-1])
    number = {label: at for at, label in enumerate(labels)}
    scores = np.full((len(place), len(labels)), NEVER)
    for row in evaluation.predictions:
        if not row.get("ignored") and row["score"] > 0:
            at = place[row["item_key"]], number[row["label"]]
            scores[at] = max(scores[at], row["score"])
    bad = np.array([row["objects"] > 0 for row in evaluation.items], np.bool_)
    keys = np.array(list(place), np.int64)
    doubt = scores.max(axis=1, initial=NEVER)
    return Parts(keys, bad, doubt, labels, scores, _has([row["truth"] for row in evaluation.items], labels))


def _has(truth: list[list[str]], labels: tuple[str, ...]) -> Flags:
    there: Any = [[label in set(mine) for label in labels] for mine in truth]
    return np.array(there, np.bool_).reshape(len(truth), len(labels))
