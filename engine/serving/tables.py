"""From the rows of a table to what a network takes: which slot each field fills, and how much.

A row has F fields. Each field has slots of its own, one of which a value fills: the tensor (N, 1, 2, F) float32 says in its
first line which slot of the field, in its second how much of it (Rendle 2012, “Factorization Machines with libFM”, §2.1).
A category fills its slot by 1; a number fills its one slot by its standardised value, or by 1 the slot of its bin. What is
missing fills a slot of its own; a category that training did not know fills the slot for unknown ones.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from engine.serving.errors import BadManifest, BadRequest

Floats = npt.NDArray[np.float32]
Values = Sequence[Any] | npt.NDArray[Any]
UNKNOWN, ABSENT, FIRST = (
    0,
    1,
    2,
)  # slots of a category; those of a number are its value or its bins, with ABSENT as well
MOST_SLOTS = 1 << 24  # whole numbers that float32 tells apart


@dataclass(frozen=True)
class Column:
    """How one column becomes a field.

    Attributes:
        values: of a category, those that have a slot of their own, in the order of the slots.
        buckets: of a category: its values are dealt into so many slots by a hash; 0: by `values`.
        low, high: a number outside is taken for the nearer one.
        mean, std: of a number.
        edges: of a number that is told by its bin only: where one bin ends and the next begins.
        rates: of a category that is told by an amount instead of its slot: that of each slot.
    """

    name: str
    kind: Literal["category", "number"]
    values: tuple[str, ...] = ()
    buckets: int = 0
    low: float = -math.inf
    high: float = math.inf
    mean: float = 0.0
    std: float = 1.0
    edges: tuple[float, ...] = ()
    rates: tuple[float, ...] = ()

    @property
    def slots(self) -> int:
        """How many there are."""
        if self.rates:
            return FIRST
        if self.kind == "category":
            return FIRST + (self.buckets or len(self.values))
        return FIRST + (len(self.edges) + 1 if self.edges else 0)

    def encode(self, values: Values) -> tuple[Floats, Floats]:
        """Slot and amount of each value, (N,) each.

        Raises:
            BadRequest: a value of a number's column is none.
        """
        return self._categories(values) if self.kind == "category" else self._numbers(values)

    def _categories(self, values: Values) -> tuple[Floats, Floats]:
        number = {value: FIRST + place for place, value in enumerate(self.values)}
        texts = [as_text(value) for value in values]
        if self.buckets:
            slots = [FIRST + zlib.crc32(text.encode()) % self.buckets if text else ABSENT for text in texts]
        else:
            slots = [number.get(text, UNKNOWN) if text else ABSENT for text in texts]
        if self.rates:
            rates = np.array(self.rates)[slots]
            return np.zeros(len(slots), np.float32), ((rates - self.mean) / self.std).astype(np.float32)
        return np.array(slots, np.float32), np.ones(len(slots), np.float32)

    def _numbers(self, values: Values) -> tuple[Floats, Floats]:
        numbers = np.clip(as_numbers(self.name, values), self.low, self.high)
        missing = np.isnan(numbers)
        if self.edges:
            slots = FIRST + np.searchsorted(np.array(self.edges), numbers, side="right")
            return np.where(missing, ABSENT, slots).astype(np.float32), np.ones(len(numbers), np.float32)
        amounts = np.where(missing, 1.0, (numbers - self.mean) / self.std)
        return np.where(missing, ABSENT, 0).astype(np.float32), amounts.astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """Without limits that are none: JSON has no infinity."""
        return {name: value for name, value in asdict(self).items() if value not in (math.inf, -math.inf)}


class Fields(tuple[int, ...]):
    """What a network of tables is made for: the slots of each field of a row, and how many columns it foretells."""

    targets: int

    def __new__(cls, slots: Sequence[int], targets: int = 1) -> Fields:
        """Of the slots."""
        made = super().__new__(cls, slots)
        made.targets = targets
        return made


@dataclass(frozen=True)
class Target:
    """A column that is foretold, and its two values."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class TableSpec:
    """What a model of tables takes and answers.

    Attributes:
        target: the column that it foretells; it need not be sent.
        others: further columns that it foretells.
        good: the label that means a good part, where a person said it.
    """

    target: str
    columns: tuple[Column, ...]
    others: tuple[Target, ...] = ()
    good: str = ""

    def __post_init__(self) -> None:
        if not self.columns:
            raise BadManifest("model.json: the table has no columns.")
        if sum(self.slots) >= MOST_SLOTS:
            raise BadManifest(
                f"The table has {sum(self.slots)} different values; {MOST_SLOTS - 1} are possible. Hash some."
            )

    @property
    def slots(self) -> Fields:
        """Of each field."""
        return Fields([column.slots for column in self.columns], 1 + len(self.others))

    def targets(self, labels: Sequence[str]) -> tuple[Target, ...]:
        """All that is foretold; `labels` are those of the first one."""
        return (Target(self.target, tuple(labels)), *self.others)

    def encode(self, columns: Mapping[str, Sequence[Any]]) -> Floats:
        """The tensor (N, 1, 2, F) of N rows, given column by column; others than the model's are passed over.

        Raises:
            BadRequest: a column is not there, or has a value that it cannot have.
        """
        absent = [column.name for column in self.columns if column.name not in columns]
        if absent:
            raise BadRequest(
                f"There is no {', '.join(absent)}, or not in every row; a value that is not known is sent as null."
            )
        counts = {len(columns[column.name]) for column in self.columns}
        if len(counts) > 1:
            raise BadRequest("The columns are not equally long.")
        if counts == {0}:
            raise BadRequest("There is no row.")
        return stacked([column.encode(columns[column.name]) for column in self.columns])

    def to_json(self) -> dict[str, Any]:
        """As in model.json."""
        more = {"others": [asdict(one) for one in self.others], "good": self.good}
        more = {name: value for name, value in more.items() if value}
        return {"target": self.target, "columns": [column.to_json() for column in self.columns], **more}

    @staticmethod
    def from_json(document: Any) -> TableSpec:
        """Read it.

        Raises:
            BadManifest: it is none.
        """
        try:
            columns = tuple(_column(dict(one)) for one in document["columns"])
            others = tuple(_target(one) for one in document.get("others", ()))
            return TableSpec(str(document["target"]), columns, others, str(document.get("good", "")))
        except (KeyError, TypeError, ValueError) as error:
            raise BadManifest(f"model.json: the table cannot be read ({error!r}).") from error


def stacked(fields: Sequence[tuple[Floats, Floats]]) -> Floats:
    """Slots and amounts of F fields, (N,) each, as the tensor (N, 1, 2, F)."""
    return np.stack([np.stack(one, axis=1) for one in zip(*fields, strict=True)], axis=1)[:, None]


def _target(document: Mapping[str, Any]) -> Target:
    first, second = document["labels"]
    return Target(str(document["name"]), (str(first), str(second)))


def _column(document: dict[str, Any]) -> Column:
    kind = document.pop("kind")
    if kind not in ("category", "number"):
        raise ValueError(f"a column is a category or a number, not {kind}")
    document["values"] = tuple(str(value) for value in document.get("values", ()))
    for name in ("edges", "rates"):
        document[name] = tuple(float(value) for value in document.get(name, ()))
    return Column(kind=kind, **document)


def as_text(value: Any) -> str:
    """A category as text: 3, 3.0 and "3 " are the same; empty where it is missing."""
    if type(value) is str:
        return value.strip()
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def as_numbers(name: str, values: Values) -> npt.NDArray[np.float64]:
    """The numbers of a column; NaN where they are missing. An array of numbers is taken as it is.

    Raises:
        BadRequest: one is no number.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        return values.astype(np.float64)
    try:
        return np.array([math.nan if value is None or value == "" else float(value) for value in values], np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadRequest(f"{name} holds numbers; {error}.") from error


def columns_of(document: Any) -> dict[str, list[Any]]:
    """Rows as a client sends them, column by column: one object, a list of objects, or an object of equally long lists.

    What not every row has is left out.

    Raises:
        BadRequest: it is neither.
    """
    if isinstance(document, dict) and document and all(isinstance(value, list) for value in document.values()):
        return document
    rows = [document] if isinstance(document, dict) else document
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise BadRequest('Send a row as {"column": value, …}, a list of such rows, or {"column": [values], …}.')
    return {name: [row[name] for row in rows] for name in rows[0] if all(name in row for row in rows)}
