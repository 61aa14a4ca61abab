"""Columns of a table that give the answer away, and rows that are in two splits: what makes figures too good to be true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.data.tables import TableData
from engine.serving.tables import Column, TableSpec, as_numbers, as_text
from engine.training.ranking import auroc

GIVES_AWAY = 0.99  # AUC of one column alone
TWICE = 0.01  # share of val and test that train may have as well: some rows are alike by chance
PRIOR = 1.0  # rows of the mean that the mean of a category is drawn to


def find_leaks(data: TableData, spec: TableSpec, labels: Sequence[str]) -> list[str]:
    """Sentences for a person: what alone foretells the target in the train rows, and how many rows are twice."""
    train = data.rows.filter(data.splits == "train")
    bad = np.array([as_text(value) == labels[1] for value in train[spec.target].to_pylist()])
    said = [_alone(column, train[column.name].to_pylist(), bad, spec.target) for column in spec.columns]
    return [sentence for sentence in (*said, _twice(data, spec)) if sentence]


def _alone(column: Column, values: list[Any], bad: npt.NDArray[np.bool_], target: str) -> str:
    away = f"Is it known before “{target}” is? If not, leave it out: data.ignored={column.name}"
    if _says_the_same([as_text(value) for value in values], bad.tolist()):
        return f"“{column.name}” says the same as “{target}” in every row. {away}"
    area = column_auc(column, values, bad)
    if area > GIVES_AWAY:
        return f"“{column.name}” alone foretells “{target}” with an AUC of {area:.3f}. {away}"
    return ""


def _says_the_same(texts: list[str], bad: list[bool]) -> bool:
    pairs = set(zip(texts, bad, strict=True))
    return len(pairs) == 2 and len({text for text, _ in pairs}) == 2


def column_auc(column: Column, values: list[Any], bad: npt.NDArray[np.bool_]) -> float:
    """How well a column alone tells the classes apart, from 0.5 to 1; NaN where one class only is there.

    A number by its size (missing ones in the middle); a category by the share of the second class among its rows in one
    half of the rows, measured on the other half, so that a name that occurs once tells nothing.
    """
    if column.kind == "number":
        numbers = as_numbers(column.name, values)
        score = np.where(np.isnan(numbers), np.nanmedian(numbers), numbers)
        area = float(auroc(bad, score)[0])
        return max(area, 1 - area)
    _, codes = np.unique([as_text(value) for value in values], return_inverse=True)
    half = np.random.default_rng(0).random(len(bad)) < 0.5
    count = np.bincount(codes[half], minlength=codes.max() + 1)
    share = (np.bincount(codes[half], bad[half], codes.max() + 1) + PRIOR * bad.mean()) / (count + PRIOR)
    return float(auroc(bad[~half], share[codes[~half]])[0])


def _twice(data: TableData, spec: TableSpec) -> str:
    """Rows of val and test that train has as well, the target included."""
    columns = [data.rows[name].to_pylist() for name in (spec.target, *(column.name for column in spec.columns))]
    rows = list(zip(*columns, strict=True))
    learnt = {row for row, split in zip(rows, data.splits, strict=True) if split == "train"}
    others = [row for row, split in zip(rows, data.splits, strict=True) if split != "train"]
    again = sum(row in learnt for row in others)
    if again <= TWICE * len(others):
        return ""
    return (
        f"{again} of {len(others)} rows of val and test are in train as well, value for value; figures may be too good."
    )
