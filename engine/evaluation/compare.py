"""Two models on the same items: what the difference of each figure is worth, and which items got worse."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import BadInput, UsageError
from engine.evaluation.boxes import Floats, Ints
from engine.evaluation.outcomes import LOWER_IS_BETTER, Outcomes, bounded, read_outcomes, truth_by_item
from engine.evaluation.precision import draws
from engine.evaluation.results import Evaluation, EvaluationRow, list_evaluations, load_evaluation

if TYPE_CHECKING:
    from engine.workspace import Workspace

RIGHT = {
    "classification": "the right label",
    "multilabel": "all labels right",
    "tabular": "the right label",
    "anomaly": "the right verdict",
}  # what makes an image right
LEVEL = 0.05  # below it a difference is called significant
ABOUT = ("model", "version", "split", "precision", "threshold")


@dataclass(frozen=True)
class Difference:
    """One figure of both models on the items that both saw.

    Attributes:
        change: b − a; low and high: its 95 % interval, by a bootstrap that draws the same items for both.
        kind: "better", "worse" or "open": whether the interval leaves 0 out, and on which side.
    """

    name: str
    a: float | None
    b: float | None
    change: float | None
    low: float | None
    high: float | None

    @property
    def kind(self) -> str:
        """What the difference is worth."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return "open"
        return "better" if (self.low > 0) != (self.name in LOWER_IS_BETTER) else "worse"


@dataclass(frozen=True)
class McNemar:
    """The exact test of McNemar (1947): of the items that one model alone has right, how many are each one's.

    Attributes:
        only_a: items that a has right and b has wrong; only_b the other way round.
        p: two-sided, from the binomial distribution: the chance of a split as uneven or more between equally good models.
    """

    only_a: int
    only_b: int
    both_right: int
    both_wrong: int
    p: float

    @property
    def significant(self) -> bool:
        """Whether the models differ more than chance would have it."""
        return self.p < LEVEL


@dataclass(frozen=True)
class ItemChange:
    """An item whose count of mistakes differs."""

    item_key: int
    name: str
    a: int
    b: int


@dataclass(frozen=True)
class Comparison:
    """Two evaluations, a (the one before) and b, side by side.

    Attributes:
        a, b: model, version, split, precision, threshold of each.
        items: how many both saw; everything is about these.
        only_a, only_b: how many items only one of them saw.
        relabelled: of the common items, those of which people said something else by then.
        worse, better: items in which b makes more, or fewer, mistakes; the largest difference first.
    """

    task: str
    a: dict[str, Any]
    b: dict[str, Any]
    items: int
    only_a: int
    only_b: int
    relabelled: int
    figures: list[Difference]
    test: McNemar
    worse: list[ItemChange] = field(default_factory=list)
    better: list[ItemChange] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        document = asdict(self)
        document["figures"] = [{**asdict(figure), "kind": figure.kind} for figure in self.figures]
        right = RIGHT.get(self.task, "nothing missed, mislabelled or false")
        document["test"] |= {"name": "McNemar, exact", "right_is": right, "significant": self.test.significant}
        return document


def compare(a: Evaluation, b: Evaluation) -> Comparison:
    """Hold two evaluations against each other on the items that both saw.

    Raises:
        BadInput: other tasks, or no item in common.
    """
    first, second = read_outcomes(a), read_outcomes(b)
    if first.task != second.task:
        raise BadInput(f"A {first.task} model and a {second.task} model cannot be compared.")
    keys, mine, theirs = np.intersect1d(first.keys, second.keys, return_indices=True)
    if not len(keys):
        raise BadInput("The two evaluations have no item in common; evaluate both models on the same split.")
    names = {row["item_key"]: row["name"] for row in b.items}
    changes = [
        ItemChange(int(key), names[int(key)], int(before), int(after))
        for key, before, after in zip(keys, first.mistakes[mine], second.mistakes[theirs], strict=True)
        if before != after
    ]
    changes.sort(key=lambda change: (-abs(change.a - change.b), change.name))
    said_a, said_b = truth_by_item(a), truth_by_item(b)
    return Comparison(
        first.task,
        {name: a.summary.get(name) for name in ABOUT},
        {name: b.summary.get(name) for name in ABOUT},
        len(keys),
        len(first.keys) - len(keys),
        len(second.keys) - len(keys),
        sum(said_a[key] != said_b[key] for key in keys.tolist()),
        _differences(first, second, mine, theirs),
        mcnemar(first.mistakes[mine] == 0, second.mistakes[theirs] == 0),
        [change for change in changes if change.b > change.a],
        [change for change in changes if change.b < change.a],
    )


def mcnemar(a: Any, b: Any) -> McNemar:
    """Test two models by which items (I,) each has right."""
    from scipy.stats import binomtest

    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    p = float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0
    return McNemar(only_a, only_b, int((a & b).sum()), int((~a & ~b).sum()), p)


def find_pair(ws: Workspace, a: str, b: str) -> tuple[EvaluationRow, EvaluationRow]:
    """Two evaluations by their numbers, or the newest of two models that look at the same split, computed alike if possible.

    Args:
        a, b: both numbers of evaluations, or both models ("parts:1", "parts").

    Raises:
        UsageError: there is none.
    """
    from engine.training.models import get_model

    rows = list_evaluations(ws)
    if a.isdigit() and b.isdigit():
        return find_evaluation(ws, a), find_evaluation(ws, b)
    first, second = get_model(ws, a), get_model(ws, b)
    pairs = [
        (mine, theirs)
        for mine in rows
        for theirs in rows
        if (mine.model_id, theirs.model_id) == (first.id, second.id)
        and (mine.version_id, mine.split) == (theirs.version_id, theirs.split)
    ]
    if not pairs:
        raise UsageError(
            f"There is no split on which both {first.title} and {second.title} were evaluated; "
            f"evaluate both on one: lineside evaluate {second.title} --version V"
        )
    return max(pairs, key=lambda pair: (pair[0].precision == pair[1].precision, min(pair[0].id, pair[1].id)))


def find_evaluation(ws: Workspace, which: str) -> EvaluationRow:
    """An evaluation by its number, or the newest of a model.

    Raises:
        UsageError: there is none.
    """
    from engine.training.models import get_model

    rows = list_evaluations(ws)
    if which.isdigit():
        found = next((row for row in rows if row.id == int(which)), None)
        missing = f"There is no evaluation {which}; lineside evaluation list shows them."
    else:
        model = get_model(ws, which)
        found = next((row for row in rows if row.model_id == model.id), None)
        missing = f"{model.title} was not evaluated yet; lineside evaluate {model.title} --version V does it."
    if found is None:
        raise UsageError(missing)
    return found


def compare_in(ws: Workspace, a: int, b: int) -> Comparison:
    """Compare two evaluations of a workspace by their numbers."""
    return compare(load_evaluation(ws, a), load_evaluation(ws, b))


def _differences(first: Outcomes, second: Outcomes, mine: Ints, theirs: Ints, seed: int = 0) -> list[Difference]:
    whole = np.ones((1, len(mine)), np.int64)
    drawn = np.concatenate([whole, draws(len(mine), seed)])
    a, b = first.figures(_spread(drawn, mine, first)), second.figures(_spread(drawn, theirs, second))
    found = []
    for name in [name for name in a if name in b]:
        change: Floats = b[name] - a[name]
        told = bounded(change[0], change[1:])
        before, after = (bounded(values[0], values[:0])["value"] for values in (a[name], b[name]))
        found.append(Difference(name, before, after, told["value"], told["low"], told["high"]))
    return found


def _spread(drawn: Ints, rows: Ints, outcomes: Outcomes) -> Ints:
    """Draws of the common items as draws of all items of one evaluation."""
    weights = np.zeros((len(drawn), len(outcomes.keys)), np.int64)
    weights[:, rows] = drawn
    return weights
