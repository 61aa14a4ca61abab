"""The rows of a table as a training sees them: encoded once, in memory; what is learnt of the columns is of train rows alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from engine.data.tables import Roles, TableData, kind_of, names, read_table
from engine.errors import BadInput
from engine.serving.errors import BadManifest, BadRequest
from engine.serving.manifest import InputSpec, ModelManifest, PostprocessSpec, Task
from engine.serving.tables import Column, Floats, TableSpec, Target, as_numbers, as_text, stacked
from engine.training.columns import different, encoded, plain, texts_of
from engine.training.leaks import Leak, find_leaks, find_twice
from engine.training.marks import is_normal
from engine.training.ranking import ranked

if TYPE_CHECKING:
    import pyarrow as pa
    import torch
    from torch import nn

    from engine.training.batches import Batch
    from engine.training.metrics import Metric
    from engine.training.settings import Thresholds, Training

Integers = npt.NDArray[np.int64]
NAME = "rows"  # of the network's input
TOGETHER = 8192  # rows a step of a check
SEEN = 50_000  # rows that are looked at before a table is frozen


@dataclass
class Rows:
    """The rows of one split.

    Attributes:
        numbers: (N,) where each stands in the table, from 0.
        tensor: (N, 1, 2, F) as the network takes them.
        answers: (N, T) class indices of each target, −1 where one is not known.
    """

    numbers: Integers
    tensor: Floats
    answers: Integers

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def labels(self) -> Integers:
        """Of the first target, (N,)."""
        return self.answers[:, 0]

    def of(self, target: int) -> Rows:
        """The rows of which a target is known, with that target alone."""
        known = np.flatnonzero(self.answers[:, target] >= 0)
        return Rows(self.numbers[known], self.tensor[known], self.answers[known, target : target + 1])

    def counts(self, classes: int) -> Integers:
        """How many rows there are of each class of the first target, (classes,)."""
        return np.bincount(self.labels[self.labels >= 0], minlength=classes).astype(np.int64)


@dataclass
class Table:
    """A table of a dataset version with one or more columns to foretell: what the node “data.table” becomes.

    Attributes:
        version: the folder WORKSPACE/versions/<number>, or rows that are not frozen yet.
        target: the column, or several with commas between; empty: what the version says, else the last one. Each has
            two values.
        categories, numbers, ignored: names of columns with commas between; others are told by their type. What the
            version says is to be ignored is so too.
        rare: a category that fewer train rows have is as one that is not known.
        buckets: slots into which the values of a category are hashed; 0: each has its own.
        bins: parts of equal count by which a number is told; 0: as it is, standardised.
        clip: share of train rows at either end whose number is taken for an outlier.
        encoding: of categories: "own", each has a slot; "target", an amount, how often the (first) target occurs with it.
        skipped: rows that are left out and why.
        notes: what a person should know of the data, in sentences.
        leaks: of these, what gives the answer away.
    """

    version: str | TableData
    target: str = ""
    categories: str = ""
    numbers: str = ""
    ignored: str = ""
    rare: int = 3
    buckets: int = 0
    bins: int = 0
    clip: float = 0.005
    encoding: str = "own"
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    leaks: list[Leak] = field(default_factory=list)
    task: ClassVar[Task] = "tabular"

    def __post_init__(self) -> None:
        self._take(_data(self.version))

    def turn(self, splits: Callable[[TableData, Integers], npt.NDArray[Any]]) -> None:
        """Take the rows of the version once more, in other splits, and learn of the columns anew.

        Args:
            splits: gives the split of each row from the table and the rows' labels, −1 where one is not known.
        """
        data = _data(self.version)
        labels = _answers(data, self.targets[0])
        self.notes.clear()
        self.skipped.clear()
        self._take(TableData(data.manifest, data.rows, splits(data, labels)))

    def _take(self, data: TableData) -> None:
        self.digest = str(data.manifest["digest"])
        said: Mapping[str, str] = data.manifest["table"]
        self.good = said.get("good", "")
        self.ignored = ", ".join(dict.fromkeys([*names(self.ignored), *names(said.get("ignored", ""))]))
        self.asked = tuple(dict.fromkeys(names(self.target) or names(said.get("target", "")))) or (
            data.rows.column_names[-1],
        )
        self.target = self.asked[0]
        self._known(data.rows.column_names)
        answers = {name: texts_of(data.rows[name]) for name in self.asked}
        self.targets = tuple(Target(name, _labels(name, answers[name], self.good)) for name in self.asked)
        self.labels = self.targets[0].labels
        if self.good and not any(self.good in target.labels for target in self.targets):
            self.notes.append(f"No row says “{self.good}”, which is to mean a good part.")
        data = self._answered(data, answers)
        if "train" not in data.splits:
            raise BadInput("The split “train” has no rows whose target is known; make a version with another split.")
        kinds = self._kinds(data.rows)
        self.spec = self._learn(data, kinds)
        self.train, self.val = (rows_of(data, self.spec, self.labels, split) for split in ("train", "val"))
        self._hold_out(data)
        self._check(data)

    def _hold_out(self, data: TableData) -> None:
        """Give train rows amounts of categories that their own answer is not in."""
        from engine.training.target_encoding import held_out

        rows = data.rows.take(self.train.numbers)
        for place, column in enumerate(self.spec.columns):
            if column.rates:
                amounts = held_out(column, rows[column.name].to_pylist(), self.train.labels)
                self.train.tensor[:, 0, 1, place] = amounts

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
        for name in (*self.asked, *names(self.categories), *names(self.numbers), *names(self.ignored)):
            if name not in columns:
                raise BadInput(f"The table has no column “{name}”; it has {', '.join(columns)}.")

    def _answered(self, data: TableData, answers: Mapping[str, npt.NDArray[Any]]) -> TableData:
        """The rows of which a target is known."""
        known = np.any([one != "" for one in answers.values()], axis=0)
        if not known.all():
            self.skipped[f"{(~known).sum()} rows"] = f"“{'”, “'.join(self.asked)}” is missing in them"
        return TableData(data.manifest, data.rows.filter(known), data.splits[known])

    def _kinds(self, rows: pa.Table) -> dict[str, str]:
        """What each column is that is learnt from."""
        left_out = {*self.asked, *names(self.ignored)}
        said = dict.fromkeys(names(self.categories), "category") | dict.fromkeys(names(self.numbers), "number")
        kinds = {
            name: said.get(name) or kind_of(name, rows[name]) for name in rows.column_names if name not in left_out
        }
        for name in [name for name, kind in kinds.items() if not kind]:
            held = rows[name].type
            self.notes.append(f"“{name}” holds {held} and is not learnt from, unless it is named as a category.")
            del kinds[name]
        if not kinds:
            raise BadInput(f"No column is left to foretell “{self.target}” from.")
        return kinds

    def _learn(self, data: TableData, kinds: dict[str, str]) -> TableSpec:
        from engine.training.target_encoding import with_rates

        rows = data.rows.filter(data.splits == "train")
        make = {"category": self._category, "number": self._number}
        try:
            columns = [make[kind](name, rows[name]) for name, kind in kinds.items()]
            if self.encoding == "target":
                labels = _answers(TableData(data.manifest, rows, data.splits), self.targets[0])
                known = rows.filter(labels >= 0)
                second = labels[labels >= 0] == 1
                columns = [
                    with_rates(one, known[one.name].to_pylist(), second) if one.kind == "category" else one
                    for one in columns
                ]
            return TableSpec(
                self.target,
                tuple(columns),
                self.targets[1:],
                self.good,
            )
        except (BadRequest, BadManifest) as error:
            raise BadInput(str(error)) from error

    def _category(self, name: str, values: pa.ChunkedArray) -> Column:
        if self.buckets:
            return Column(name, "category", buckets=self.buckets)
        found, place = different(values)
        counts: Counter[str] = Counter()
        for value, count in zip(found, np.bincount(place, minlength=len(found)).tolist(), strict=True):
            counts[as_text(value)] += count
        kept = sorted(value for value, count in counts.items() if value and count >= self.rare)
        return Column(name, "category", tuple(kept))

    def _number(self, name: str, values: pa.ChunkedArray) -> Column:
        numbers = as_numbers(name, plain(values))
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
        for place, target in enumerate(self.targets):
            train, val = self.train.of(place), self.val.of(place)
            if not train.counts(2).all():
                only = f"“{target.name}” = {target.labels[int(train.labels[0])]}" if len(train) else "none"
                raise BadInput(f"All rows of the split “train” have {only}; there is nothing to tell apart.")
            if len(val) and not val.counts(2).all():
                only = target.labels[int(val.labels[0])]
                self.notes.append(f"All rows of the split “val” have “{target.name}” = {only}; its AUC cannot be told.")
        if not len(self.val):
            self.notes.append("The split “val” has no rows; nothing is measured while training.")
        self.leaks = [leak for target in self.targets for leak in find_leaks(data, self.spec, target)]
        self.leaks += find_twice(data, self.spec)
        self.notes += map(str, self.leaks)


def rows_of(data: TableData, spec: TableSpec, labels: Sequence[str], split: str) -> Rows:
    """The rows of a split of which a target is one of its labels.

    Args:
        labels: of the first target.

    Raises:
        BadInput: a column is not there, or holds what is no number.
    """
    targets = spec.targets(labels)
    wanted = [*(one.name for one in targets), *(one.name for one in spec.columns)]
    absent = [name for name in wanted if name not in data.rows.column_names]
    if absent:
        raise BadInput(f"The table of this version has no column {', '.join(absent)}.")
    answers = np.stack([_answers(data, target) for target in targets], axis=1)
    chosen = np.flatnonzero((data.splits == split) & (answers >= 0).any(1))
    rows = data.rows.take(chosen)
    if not len(chosen):
        return Rows(chosen, np.zeros((0, 1, 2, len(spec.columns)), np.float32), answers[chosen])
    try:
        tensor = stacked([encoded(column, rows[column.name]) for column in spec.columns])
    except BadRequest as error:
        raise BadInput(str(error)) from error
    return Rows(chosen, tensor, answers[chosen])


def _answers(data: TableData, target: Target) -> Integers:
    number = {label: place for place, label in enumerate(target.labels)}
    found, place = different(data.rows[target.name])
    return np.array([number.get(as_text(value), -1) for value in found] or [-1], np.int64)[place]


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
        answers = self.rows.answers[chosen]
        labels = torch.from_numpy(answers if answers.shape[1] > 1 else answers[:, 0])
        return Batch(torch.from_numpy(self.rows.tensor[chosen]), (labels,))

    def _order(self, epoch: int) -> Integers:
        if epoch not in self._orders:
            self._orders = {old: order for old, order in self._orders.items() if old == epoch - 1}
            self._orders[epoch] = np.random.default_rng([self.seed, epoch]).permutation(len(self.rows))
        return self._orders[epoch]


def validate_rows(
    network: nn.Module,
    rows: Rows,
    run: Callable[[nn.Module, torch.Tensor], Any],
    targets: Sequence[Target],
    asked: Sequence[Metric] = (),
) -> dict[str, float]:
    """{"val_auroc", "val_log_loss"} of a network on a split, and what is asked for; nothing where they cannot be told.

    Of several targets these are the means, and each has its own "val_auroc <name>" and "val_log_loss <name>" as well.
    """
    import torch

    if not len(rows):
        return {}
    parts = []
    for start in range(0, len(rows), TOGETHER):
        scores = run(network, torch.from_numpy(rows.tensor[start : start + TOGETHER]))
        parts.append(scores.float().softmax(-1)[..., 1].reshape(len(scores), -1).cpu().numpy())
    chances = np.concatenate(parts)
    found = {target.name: _figures(rows.answers[:, at], chances[:, at], asked) for at, target in enumerate(targets)}
    found = {name: one for name, one in found.items() if one}
    if not found:
        return {}
    means = {name: float(np.mean([one[name] for one in found.values()])) for name in next(iter(found.values()))}
    several = {f"{name} {target}": value for target, one in found.items() for name, value in one.items()}
    return means | (several if len(targets) > 1 else {})


def _figures(answers: Integers, chance: npt.NDArray[Any], asked: Sequence[Metric]) -> dict[str, float]:
    known = answers >= 0
    labels, chance = answers[known], chance[known]
    if len(np.unique(labels)) < 2:
        return {}
    return ranked(labels == 1, chance, asked) | {"val_log_loss": float(log_losses(labels, chance).mean())}


def log_losses(labels: Integers, chance: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """−log of the probability that each row's own label was given, (N,)."""
    right = np.where(labels == 1, chance.astype(np.float64), 1 - chance.astype(np.float64))
    result: npt.NDArray[np.float64] = -np.log(np.clip(right, 1e-7, 1))
    return result


def require_targets(network: nn.Module, table: Table) -> None:
    """Pass a network that answers for each target.

    Raises:
        BadInput: it does not.
    """
    import torch

    if len(table.targets) == 1:
        return
    with torch.no_grad():
        answers = network(torch.zeros(2, 1, 2, len(table.spec.columns)))
    if tuple(answers.shape) != (2, len(table.targets), 2):
        named = ", ".join(table.asked)
        raise BadInput(
            f"{named} are to be foretold, and this network foretells one column. Set data.target to one of them, or take"
            " a network for several: table-mmoe, table-ple."
        )


def look_at(rows: pa.Table, splits: npt.NDArray[Any], roles: Roles) -> Table:
    """What would be learnt from rows that are not frozen yet, and what gives the answer away; of many rows a part is seen.

    Raises:
        BadInput: nothing can be learnt.
    """
    places = np.unique(np.linspace(0, len(rows) - 1, min(SEEN, len(rows))).round().astype(int))
    manifest = {"digest": "", "table": roles.to_json()}
    return Table(TableData(manifest, rows.take(places), splits[places]))


def _data(version: str | TableData) -> TableData:
    if isinstance(version, TableData):
        return version
    folder = Path(version).absolute()
    return read_table(folder.parent.parent, int(folder.name))


def _labels(target: str, answers: Iterable[str], good: str = "") -> tuple[str, ...]:
    """The two values of the target; the one that is named good, means "sound" or comes first in order is the first.

    Raises:
        BadInput: there are more, or fewer.
    """
    found = sorted({*answers} - {""})
    if len(found) < 2:
        said = f"only {found[0]}" if found else "no value"
        raise BadInput(f"“{target}” has {said} in all rows; there is nothing to tell apart.")
    if len(found) > 2:
        few = ", ".join(found[:4])
        raise BadInput(f"“{target}” has {len(found)} values ({few} …); a model of tables foretells one of two.")
    return tuple(sorted(found, key=lambda label: (label != good, not is_normal(label))))
