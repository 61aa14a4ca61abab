"""The rows of a table as a training sees them: encoded once, in memory; what is learnt of the columns is of train rows alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from engine.data.tables import TableData, read_table
from engine.errors import BadInput
from engine.serving.errors import BadManifest, BadRequest
from engine.serving.manifest import InputSpec, ModelManifest, PostprocessSpec, Task
from engine.serving.tables import Column, Floats, TableSpec, as_numbers, as_text
from engine.training.leaks import find_leaks
from engine.training.marks import is_normal
from engine.training.ranking import auroc

if TYPE_CHECKING:
    import pyarrow as pa
    import torch
    from torch import nn

    from engine.training.batches import Batch
    from engine.training.settings import Thresholds, Training

Integers = npt.NDArray[np.int64]
NAME = "rows"  # of the network's input
TOGETHER = 8192  # rows a step of a check
IDS = ("id", "_id")  # how names of columns end whose whole numbers are names
FEW = 12  # different whole numbers that are categories rather than amounts


@dataclass
class Rows:
    """The rows of one split.

    Attributes:
        numbers: (N,) where each stands in the table, from 0.
        tensor: (N, 1, 2, F) as the network takes them.
        labels: (N,) class indices.
    """

    numbers: Integers
    tensor: Floats
    labels: Integers

    def __len__(self) -> int:
        return len(self.labels)

    def counts(self, classes: int) -> Integers:
        """How many rows there are of each class, (classes,)."""
        return np.bincount(self.labels, minlength=classes).astype(np.int64)


@dataclass
class Table:
    """A table of a dataset version with one column to foretell: what the node “data.table” becomes.

    Attributes:
        version: the folder WORKSPACE/versions/<number>.
        target: the column; empty: the last one. It has two values.
        categories, numbers, ignored: names of columns with commas between; others are told by their type.
        rare: a category that fewer train rows have is as one that is not known.
        buckets: slots into which the values of a category are hashed; 0: each has its own.
        bins: parts of equal count by which a number is told; 0: as it is, standardised.
        clip: share of train rows at either end whose number is taken for an outlier.
        skipped: rows that are left out and why.
        notes: what a person should know of the data, in sentences.
    """

    version: str
    target: str = ""
    categories: str = ""
    numbers: str = ""
    ignored: str = ""
    rare: int = 3
    buckets: int = 0
    bins: int = 0
    clip: float = 0.005
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    task: ClassVar[Task] = "tabular"

    def __post_init__(self) -> None:
        folder = Path(self.version).absolute()
        data = read_table(folder.parent.parent, int(folder.name))
        self.digest = str(data.manifest["digest"])
        self.target = self.target.strip() or data.rows.column_names[-1]
        self._known(data.rows.column_names)
        answers = [as_text(value) for value in data.rows[self.target].to_pylist()]
        self.labels = _labels(self.target, answers)
        data = self._answered(data, answers)
        if "train" not in data.splits:
            raise BadInput("The split “train” has no rows whose target is known; make a version with another split.")
        kinds = self._kinds(data.rows)
        self.spec = self._learn(data, kinds)
        self.train, self.val = (rows_of(data, self.spec, self.labels, split) for split in ("train", "val"))
        self._check(data)

    def manifest(self, name: str = "model", thresholds: Thresholds | None = None) -> ModelManifest:
        """How rows go into the model and answers come out, for serving and for this training alike."""
        post = PostprocessSpec() if thresholds is None else PostprocessSpec(thresholds.score)
        shape = InputSpec(NAME, width=len(self.spec.columns), height=2, channels=1)
        return ModelManifest(
            name, self.task, self.labels, input=shape, postprocess=post, version_digest=self.digest, table=self.spec
        )

    def load(self, progress: Callable[[float, str], None]) -> bool:
        """Rows are in memory from the beginning."""
        progress(1.0, f"{len(self.train)} rows to learn from")
        return True

    def _known(self, columns: Sequence[str]) -> None:
        for name in (self.target, *names(self.categories), *names(self.numbers), *names(self.ignored)):
            if name not in columns:
                raise BadInput(f"The table has no column “{name}”; it has {', '.join(columns)}.")

    def _answered(self, data: TableData, answers: list[str]) -> TableData:
        """The rows whose target is known."""
        known = np.array([bool(answer) for answer in answers])
        if not known.all():
            self.skipped[f"{(~known).sum()} rows"] = f"“{self.target}” is missing in them"
        return TableData(data.manifest, data.rows.filter(known), data.splits[known])

    def _kinds(self, rows: pa.Table) -> dict[str, str]:
        """What each column is that is learnt from."""
        import pyarrow as pa
        import pyarrow.compute as pc

        left_out = {self.target, *names(self.ignored)}
        said = dict.fromkeys(names(self.categories), "category") | dict.fromkeys(names(self.numbers), "number")
        kinds = {}
        for name in rows.column_names:
            kind = rows[name].type
            if name in left_out:
                continue
            if name in said:
                kinds[name] = said[name]
            elif pa.types.is_floating(kind) or pa.types.is_decimal(kind):
                kinds[name] = "number"
            elif pa.types.is_integer(kind):
                is_name = name.lower().endswith(IDS) or pc.count_distinct(rows[name]).as_py() <= FEW
                kinds[name] = "category" if is_name else "number"
            elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_boolean(kind):
                kinds[name] = "category"
            else:
                self.notes.append(f"“{name}” holds {kind} and is not learnt from, unless it is named as a category.")
        if not kinds:
            raise BadInput(f"No column is left to foretell “{self.target}” from.")
        return kinds

    def _learn(self, data: TableData, kinds: dict[str, str]) -> TableSpec:
        rows = data.rows.filter(data.splits == "train")
        make = {"category": self._category, "number": self._number}
        try:
            return TableSpec(
                self.target, tuple(make[kind](name, rows[name].to_pylist()) for name, kind in kinds.items())
            )
        except (BadRequest, BadManifest) as error:
            raise BadInput(str(error)) from error

    def _category(self, name: str, values: list[Any]) -> Column:
        if self.buckets:
            return Column(name, "category", buckets=self.buckets)
        counts = Counter(as_text(value) for value in values)
        kept = sorted(value for value, count in counts.items() if value and count >= self.rare)
        return Column(name, "category", tuple(kept))

    def _number(self, name: str, values: list[Any]) -> Column:
        numbers = as_numbers(name, values)
        numbers = numbers[np.isfinite(numbers)]
        if not len(numbers):
            raise BadInput(f"“{name}” has no number in the train rows; leave it out (data.ignored).")
        low, high = np.quantile(numbers, [self.clip, 1 - self.clip]).tolist()
        inside = np.clip(numbers, low, high)
        edges: tuple[float, ...] = ()
        if self.bins:
            shares = np.arange(1, self.bins) / self.bins
            edges = tuple(np.unique(np.quantile(inside, shares)).tolist())
        spread = float(inside.std())
        return Column(name, "number", (), 0, low, high, float(inside.mean()), spread if spread > 0 else 1.0, edges)

    def _check(self, data: TableData) -> None:
        """Say what is wrong with the splits, and which columns give the answer away.

        Raises:
            BadInput: nothing can be learnt.
        """
        if not self.train.counts(2).all():
            only = self.labels[int(self.train.labels[0])]
            raise BadInput(
                f"All rows of the split “train” have “{self.target}” = {only}; there is nothing to tell apart."
            )
        if not len(self.val):
            self.notes.append("The split “val” has no rows; nothing is measured while training.")
        elif not self.val.counts(2).all():
            only = self.labels[int(self.val.labels[0])]
            self.notes.append(f"All rows of the split “val” have “{self.target}” = {only}; its AUC cannot be told.")
        self.notes += find_leaks(data, self.spec, self.labels)


def rows_of(data: TableData, spec: TableSpec, labels: Sequence[str], split: str) -> Rows:
    """The rows of a split whose target is one of the labels.

    Raises:
        BadInput: a column is not there, or holds what is no number.
    """
    number = {label: place for place, label in enumerate(labels)}
    absent = [
        name for name in (spec.target, *(column.name for column in spec.columns)) if name not in data.rows.column_names
    ]
    if absent:
        raise BadInput(f"The table of this version has no column {', '.join(absent)}.")
    answers = [number.get(as_text(value), -1) for value in data.rows[spec.target].to_pylist()]
    chosen = np.flatnonzero((data.splits == split) & (np.array(answers) >= 0))
    rows = data.rows.take(chosen)
    if not len(chosen):
        return Rows(chosen, np.zeros((0, 1, 2, len(spec.columns)), np.float32), chosen)
    try:
        tensor = spec.encode({column.name: rows[column.name].to_pylist() for column in spec.columns})
    except BadRequest as error:
        raise BadInput(str(error)) from error
    return Rows(chosen, tensor, np.array(answers, np.int64)[chosen])


class RowBatches:
    """The batches of a training from step `start` on; number n of a seed is the same whoever asks for it, and when."""

    def __init__(self, rows: Rows, training: Training, seed: int, start: int = 0) -> None:
        self.rows, self.training, self.seed, self.start = rows, training, seed, start
        self._orders: dict[int, Integers] = {}

    def __len__(self) -> int:
        return self.training.steps

    def __iter__(self) -> Iterator[Batch]:
        return map(self.batch, range(self.start, self.training.steps))

    def batch(self, number: int) -> Batch:
        """Batch `number`, counted from 0 at the beginning of the training."""
        import torch

        from engine.training.batches import Batch

        size = self.training.batch
        epochs, places = np.divmod(np.arange(number * size, (number + 1) * size), len(self.rows))
        chosen = np.concatenate([self._order(int(epoch))[places[epochs == epoch]] for epoch in np.unique(epochs)])
        labels = torch.from_numpy(self.rows.labels[chosen])
        return Batch(torch.from_numpy(self.rows.tensor[chosen]), (labels,))

    def _order(self, epoch: int) -> Integers:
        if epoch not in self._orders:
            self._orders = {old: order for old, order in self._orders.items() if old == epoch - 1}
            self._orders[epoch] = np.random.default_rng([self.seed, epoch]).permutation(len(self.rows))
        return self._orders[epoch]


def validate_rows(network: nn.Module, rows: Rows, run: Callable[[nn.Module, torch.Tensor], Any]) -> dict[str, float]:
    """{"val_auroc", "val_log_loss"} of a network on a split; nothing where it cannot be told."""
    import torch

    if not len(rows) or not rows.counts(2).all():
        return {}
    parts = []
    for start in range(0, len(rows), TOGETHER):
        scores = run(network, torch.from_numpy(rows.tensor[start : start + TOGETHER]))
        parts.append(scores.float().softmax(1)[:, 1].cpu().numpy())
    chance = np.concatenate(parts)
    return {
        "val_auroc": float(auroc(rows.labels == 1, chance)[0]),
        "val_log_loss": float(log_losses(rows.labels, chance).mean()),
    }


def log_losses(labels: Integers, chance: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """−log of the probability that each row's own label was given, (N,)."""
    right = np.where(labels == 1, chance.astype(np.float64), 1 - chance.astype(np.float64))
    result: npt.NDArray[np.float64] = -np.log(np.clip(right, 1e-7, 1))
    return result


def names(text: str) -> list[str]:
    """ "user, item" as a list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _labels(target: str, answers: Sequence[str]) -> tuple[str, ...]:
    """The two values of the target, the one that means "sound" or comes first in order first.

    Raises:
        BadInput: there are more, or fewer.
    """
    found = sorted({answer for answer in answers if answer})
    if len(found) < 2:
        said = f"only {found[0]}" if found else "no value"
        raise BadInput(f"“{target}” has {said} in all rows; there is nothing to tell apart.")
    if len(found) > 2:
        few = ", ".join(found[:4])
        raise BadInput(f"“{target}” has {len(found)} values ({few} …); a model of tables foretells one of two.")
    return tuple(sorted(found, key=lambda label: not is_normal(label)))
