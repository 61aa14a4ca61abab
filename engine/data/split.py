"""Dealing items into train, val and test: stratified by the rarest label, whole groups together, by a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Ratios:
    """Shares of train, val and test; they sum to 1."""

    train: float
    val: float
    test: float

    @staticmethod
    def parse(text: str | None) -> Ratios:
        """From "70/15/15"; "80/20" has no test part.

        Raises:
            UsageError: not two or three numbers that sum to something.
        """
        try:
            parts = [float(part) for part in str(text).replace(",", "/").split("/")]
        except ValueError:
            parts = []
        total = sum(parts)
        if len(parts) not in (2, 3) or min(parts) < 0 or not 0 < total < float("inf"):
            raise UsageError(f"“{text}” is no split; write train/val/test such as 70/15/15.")
        train, val, test = [part / total for part in [*parts, 0.0][:3]]
        return Ratios(train, val, test)


def assign(
    ids: Array, keys: Array, groups: pa.ChunkedArray, pair_items: Array, pair_labels: Array, names: Mapping[int, str],
    ratios: Ratios, seed: int,
) -> Array:  # fmt: skip
    """The split of each item: 0 train, 1 val, 2 test.

    Items are dealt in an order given by a hash of seed and key, so the result depends on content alone.

    Args:
        ids, keys: of the items, sorted by key.
        groups: the group of each item or NULL.
        pair_items, pair_labels: which labels each item has: one pair for each.
        names: of the labels; ties between equally rare ones go by name.
    """
    import numpy as np

    unit_of, unit_hash = _units(keys, groups)
    count = len(unit_hash)
    order = np.argsort(ids)
    place = np.clip(np.searchsorted(ids[order], pair_items), 0, len(ids) - 1)
    inside = ids[order][place] == pair_items
    units, labels = unit_of[order[place[inside]]], np.asarray(pair_labels)[inside]
    known, label_of = np.unique(labels, return_inverse=True)
    pairs = units * max(len(known), 1) + label_of
    if count < len(keys):
        pairs = np.unique(pairs)  # the items of a group may share a label; it counts once
    unit_of_pair, label_of_pair = np.divmod(pairs, max(len(known), 1))
    rank = _rarity(known, np.bincount(label_of_pair, minlength=len(known)), names)
    stratum = np.full(count, len(known), np.int64)
    np.minimum.at(stratum, unit_of_pair, rank[label_of_pair])
    weight = np.bincount(unit_of, minlength=count)
    turn = _mix(unit_hash, seed)
    shares = np.array([ratios.train, ratios.val, ratios.test])
    result = np.zeros(count, np.int8)
    owed = np.zeros(3)
    for each in range(len(known) + 1):  # from the rarest label on; what rounding leaves over is made good by the next
        members = np.flatnonzero(stratum == each)
        members = members[np.lexsort((unit_hash[members], turn[members]))]
        if len(members):
            owed = _deal(members, weight, shares, owed, result)
    return result[unit_of]


def _deal(members: Array, weight: Array, shares: Array, owed: Array, result: Array) -> Array:
    """Deal one stratum; returns what each split is still owed, in items."""
    import numpy as np

    sizes = weight[members]
    if (sizes == 1).all():
        wanted = np.maximum(shares * len(members) + owed, 0)
        wanted *= len(members) / wanted.sum() if wanted.sum() else 0
        counts = np.floor(wanted).astype(int)
        short = len(members) - int(counts.sum())
        counts[np.argsort(-(wanted - counts), kind="stable")[:short]] += 1
        result[members] = np.repeat(np.arange(3), counts)
        return np.asarray(owed + shares * len(members) - counts)
    owed = owed.copy()
    for member in members[np.argsort(-sizes, kind="stable")].tolist():
        owed += shares * weight[member]
        best = int(np.argmax(np.where(shares > 0, owed, -np.inf)))
        result[member] = best
        owed[best] -= weight[member]
    return owed


def _units(keys: Array, groups: pa.ChunkedArray) -> tuple[Array, Array]:
    """The unit of each item, and a number of each unit that is the same everywhere: an item by itself, or its group."""
    import numpy as np

    if groups.null_count == len(groups):
        return np.arange(len(keys)), keys.astype(np.uint64)
    numbers: dict[str, int] = {}
    hashes: list[int] = []
    unit_of = np.empty(len(keys), np.int64)
    for index, group in enumerate(groups.to_pylist()):
        name = f"item {keys[index]}" if group is None else f"group {group}"
        if name not in numbers:
            numbers[name] = len(hashes)
            hashes.append(int.from_bytes(hashlib.sha256(name.encode("utf-8", "replace")).digest()[:8], "big"))
        unit_of[index] = numbers[name]
    return unit_of, np.array(hashes, np.uint64)


def _rarity(labels: Array, counts: Array, names: Mapping[int, str]) -> Array:
    """The place of each label from the rarest on; equally rare ones by name."""
    import numpy as np

    order = sorted(range(len(labels)), key=lambda index: (counts[index], names.get(int(labels[index]), "")))
    rank = np.empty(len(labels), np.int64)
    rank[order] = np.arange(len(labels))
    return rank


def _mix(values: Array, seed: int) -> Array:
    """SplitMix64 (Steele et al. 2014) of each value with the seed."""
    import numpy as np

    with np.errstate(over="ignore"):
        z = values.astype(np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
