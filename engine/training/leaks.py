"""Columns of a table that give the answer away, and rows that are in two splits: what makes figures too good to be true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.data.tables import TableData
from engine.serving.tables import Column, TableSpec, Target, as_numbers
from engine.training.columns import different, plain, texts_of
from engine.training.ranking import auroc

if TYPE_CHECKING:
    import pyarrow as pa

SAME = 2.0  # above each AUC
GIVES_AWAY = 0.99  # AUC of one column alone
SEEN = 100_000  # train rows that columns are judged by, spread over them
TWICE = 0.01  # share of val and test that train may have as well: some rows are alike by chance
PRIOR = 1.0  # rows of the mean that the mean of a category is drawn to


@dataclass(frozen=True)
class Leak:
    """What would make figures too good to be true.

    Attributes:
        column: that tells too much; empty: rows are twice.
        value: AUC of the column alone, SAME where it says the same as the target; or how many rows are twice.
        of: how many rows of val and test there are.
    """

    column: str
    target: str
    value: float
    of: int = 0

    def __str__(self) -> str:
        if not self.column:
            return (
                f"{self.value:.0f} of {self.of} rows of val and test are in train as well, value for value; figures may be"
                " too good."
            )
        away = f"Is it known before “{self.target}” is? If not, leave it out: data.ignored={self.column}"
        if self.value == SAME:
            return f"“{self.column}” says the same as “{self.target}” in every row. {away}"
        return f"“{self.column}” alone foretells “{self.target}” with an AUC of {self.value:.3f}. {away}"


def find_leaks(data: TableData, spec: TableSpec, target: Target) -> list[Leak]:
    """The columns that alone foretell a target in the train rows."""
    places = np.flatnonzero(data.splits == "train")
    train = data.rows.take(places[:: -(-len(places) // SEEN)] if len(places) else places)
    answers = texts_of(train[target.name])
    known = np.isin(answers, target.labels)
    bad = answers[known] == target.labels[1]
    train = train.filter(known)
    told = {column.name: _alone(column, train[column.name], bad) for column in spec.columns}
    return [Leak(name, target.name, value) for name, value in told.items() if value > GIVES_AWAY]


def _alone(column: Column, values: pa.ChunkedArray, bad: npt.NDArray[np.bool_]) -> float:
    if len(different(values)[0]) <= 2 and _says_the_same(texts_of(values).tolist(), bad.tolist()):
        return SAME
    return column_auc(column, values, bad)


def _says_the_same(texts: list[str], bad: list[bool]) -> bool:
    pairs = set(zip(texts, bad, strict=True))
    return len(pairs) == 2 and len({text for text, _ in pairs}) == 2


def column_auc(column: Column, values: pa.ChunkedArray, bad: npt.NDArray[np.bool_]) -> float:
    """How well a column alone tells the classes apart, from 0.5 to 1; NaN where one class only is there.

    A number by its size (missing ones in the middle); a category by the share of the second class among its rows in one
    half of the rows, measured on the other half, so that a name that occurs once tells nothing.
    """
    if column.kind == "number":
        numbers = as_numbers(column.name, plain(values))
        score = np.where(np.isnan(numbers), np.nanmedian(numbers), numbers)
        area = float(auroc(bad, score)[0])
        return max(area, 1 - area)
    codes = different(values)[1]
    half = np.random.default_rng(0).random(len(bad)) < 0.5
    count = np.bincount(codes[half], minlength=codes.max() + 1)
    share = (np.bincount(codes[half], bad[half], codes.max() + 1) + PRIOR * bad.mean()) / (count + PRIOR)
    return float(auroc(bad[~half], share[codes[~half]])[0])


def find_twice(data: TableData, spec: TableSpec) -> list[Leak]:
    """Whether rows of val and test are in train as well, the targets included."""
    wanted = (spec.target, *(one.name for one in spec.others), *(one.name for one in spec.columns))
    rows, train = _hashes(data.rows.select(list(dict.fromkeys(wanted)))), data.splits == "train"
    others = rows[~train]
    again = int(np.isin(others, rows[train]).sum())
    return [Leak("", spec.target, again, len(others))] if again > TWICE * len(others) else []


def _hashes(rows: pa.Table) -> npt.NDArray[np.uint64]:
    """A number for each row that rows of the same values share, (N,)."""
    import duckdb

    named = rows.rename_columns([f"c{place}" for place in range(rows.num_columns)])
    with duckdb.connect(":memory:") as connection:
        connection.register("named", named)
        found = connection.sql(f"SELECT hash({', '.join(named.column_names)}) FROM named").fetchnumpy()
    result: npt.NDArray[np.uint64] = next(iter(found.values()))
    return result
