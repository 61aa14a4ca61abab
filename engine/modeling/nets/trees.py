"""Boosted trees as tensors: grown elsewhere, gone down here by all rows and trees at once, so that they export as a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.modeling.nets.blocks import SizedByData
from engine.modeling.nets.tables import two

FAR = 1e38  # where a number that is missing stands, on the side that the node sends it to
MOST = 9e37  # of a limit: LightGBM sends all numbers that are there to one side by 1e308
NEVER = -3e38  # the limit of a node that asks for a category
ABSENT, FIRST = 1, 2  # of the slots, see `engine.serving.tables`
Node = Mapping[str, Any]


class Trees(SizedByData):
    """The sum of what the leaves say that a row comes to (Ke et al. 2017, “LightGBM”).

    A node sends a row to the left if its number is at most the limit, or its category is in the node's set; a leaf sends
    it to itself. A field of two slots is a number, one of more a category.

    Args:
        fields: slots of each field.
        leaves, rows, depth, l2: for the growing: leaves of a tree, least train rows of a leaf, most levels (0: any),
            and how much leaves are drawn to zero.
    """

    starts: Tensor  # of each field's slots, (F,)
    number: Tensor  # which fields are numbers, (F,)
    roots: Tensor  # (T,)
    field: Tensor  # of each node, in 2 F columns: with what is missing far left, and far right, (M,)
    limit: Tensor  # (M,)
    left: Tensor  # (M,)
    right: Tensor  # (M,)
    value: Tensor  # of the leaves, (M,)
    chosen: Tensor  # row of `sets`, (M,); 0 is the empty set
    sets: Tensor  # (S, C) which categories each has
    place: Tensor  # column of `sets` of each slot, 0: of none, (slots,)

    def __init__(
        self, fields: Sequence[int], leaves: int = 31, rows: int = 20, depth: int = 10, l2: float = 0.0
    ) -> None:
        super().__init__()
        self.leaves, self.rows, self.depth, self.l2 = leaves, rows, depth, l2
        self.register_buffer("starts", torch.tensor([0, *accumulate(fields)][:-1]))
        self.register_buffer("number", torch.tensor([slots == FIRST for slots in fields]))
        self.register_buffer("place", torch.zeros(sum(fields), dtype=torch.long))
        for name in ("roots", "field", "left", "right", "chosen"):
            self.register_buffer(name, torch.zeros(0, dtype=torch.long))
        for name in ("limit", "value"):
            self.register_buffer(name, torch.zeros(0))
        self.register_buffer("sets", torch.zeros(1, 1, dtype=torch.bool))
        self.levels = 0

    def columns(self, rows: Tensor) -> Tensor:
        """What trees are grown on, (N, F): a number or NaN, or the slot of a category."""
        slots, amounts = rows[:, 0, 0], rows[:, 0, 1]
        return torch.where(self.number, torch.where(slots == ABSENT, torch.nan, amounts), slots)

    def take(self, grown: Sequence[Node]) -> None:
        """Hold these trees, as `Booster.dump_model` of LightGBM tells them ("tree_info"), and no others."""
        nodes = _Nodes(len(self.number))
        for tree in grown:
            nodes.roots.append(nodes.add(tree["tree_structure"]))
        self._hold(nodes)

    def score(self, rows: Tensor) -> Tensor:
        """The logarithm of the odds of the second label, (N,)."""
        slots, amounts = rows[:, 0, 0], rows[:, 0, 1]
        places = self.place[slots.long() + self.starts].to(amounts.dtype)
        absent = slots == ABSENT
        sides = [torch.where(self.number, torch.where(absent, far, amounts), places) for far in (-FAR, FAR)]
        seen = torch.cat(sides, 1)
        node = self.roots + 0 * slots[:, :1].long()  # each row begins at each root
        width = self.sets.shape[1]
        sets = self.sets.flatten()
        for _ in range(self.levels):
            found = seen.gather(1, self.field[node])
            category = found.clamp(0, width - 1).long()
            left = (found <= self.limit[node]) | sets[self.chosen[node] * width + category]
            node = torch.where(left, self.left[node], self.right[node])
        return self.value[node].sum(1)

    def forward(self, rows: Tensor) -> Tensor:
        """(N, 2)."""
        return two(self.score(rows))

    def _hold(self, nodes: _Nodes) -> None:
        of_field: dict[int, dict[int, int]] = {}  # the column that each category of a set has
        for field, members in nodes.sets:
            columns = of_field.setdefault(field, {})
            for slot in members:
                columns.setdefault(slot, len(columns) + 1)
        sets = torch.zeros(len(nodes.sets) + 1, 1 + max(map(len, of_field.values()), default=0), dtype=torch.bool)
        for number, (field, members) in enumerate(nodes.sets, 1):
            sets[number, [of_field[field][slot] for slot in members]] = True
        self.sets, self.place = sets, torch.zeros_like(self.place)
        for field, columns in of_field.items():
            self.place[int(self.starts[field]) + torch.tensor([*columns])] = torch.tensor([*columns.values()])
        for name in ("roots", "field", "left", "right", "chosen"):
            setattr(self, name, torch.tensor(getattr(nodes, name), dtype=torch.long))
        self.limit = torch.from_numpy(_at_most(nodes.limit))
        self.value = torch.tensor(nodes.value, dtype=torch.float32)
        self.levels = self._levels()

    def _levels(self) -> int:
        """Steps from a root to the farthest leaf."""
        count, at = 0, self.roots
        while len(inner := at[self.left[at] != at]):
            count, at = count + 1, torch.cat([self.left[inner], self.right[inner]])
        return count

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *rest: Any) -> None:
        super()._load_from_state_dict(state_dict, prefix, *rest)
        self.levels = self._levels()


class _Nodes:
    """The nodes of all trees, one list for each thing that a node has."""

    def __init__(self, fields: int) -> None:
        self.fields = fields
        self.roots: list[int] = []
        self.field: list[int] = []
        self.limit: list[float] = []
        self.left: list[int] = []
        self.right: list[int] = []
        self.chosen: list[int] = []
        self.value: list[float] = []
        self.sets: list[tuple[int, list[int]]] = []

    def add(self, node: Node) -> int:
        """A node and what is below it; gives its number."""
        number = len(self.field)
        for values in (self.field, self.left, self.right, self.chosen):
            values.append(0)
        self.limit.append(0.0)
        self.value.append(float(node.get("leaf_value", 0.0)))
        self.left[number] = self.right[number] = number
        if "split_feature" in node:
            self._ask(number, node)
            self.left[number], self.right[number] = self.add(node["left_child"]), self.add(node["right_child"])
        return number

    def _ask(self, number: int, node: Node) -> None:
        field = int(node["split_feature"])
        if node["decision_type"] == "==":
            self.sets.append((field, [int(slot) for slot in str(node["threshold"]).split("||")]))
            self.field[number], self.limit[number], self.chosen[number] = field, NEVER, len(self.sets)
            return
        limit = min(max(float(node["threshold"]), -MOST), MOST)
        # Where train rows missed none, LightGBM takes a missing number for zero.
        goes_left = node["default_left"] if node["missing_type"] == "NaN" else limit >= 0
        self.field[number], self.limit[number] = field + (0 if goes_left else self.fields), limit


def _at_most(limits: Sequence[float]) -> Any:
    """The greatest float32 that is not above each limit: numbers of float32 are then sent as LightGBM sends them."""
    exact = np.array(limits, np.float64)
    near = exact.astype(np.float32)
    return np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)
