"""One answer out of several people's: shapes that enough of them drew, at the place and with the label most of them gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.data.records import Annotation
from engine.errors import UsageError
from engine.labeling.overlap import iou_matrix

RULES = ("majority", "n of m", "weighted", "any", "all")


@dataclass(frozen=True)
class Rule:
    """When a shape is agreed on.

    Attributes:
        name: majority (more than half), n of m (at least `votes`), weighted (the voters' weights make more than half of
            all), any (one is enough), all.
        votes: for "n of m".
        iou: from which overlap on two shapes are the same thing.
        weights: of the persons; for "weighted".
    """

    name: str = "majority"
    votes: int = 2
    iou: float = 0.5
    weights: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if self.name not in RULES:
            raise UsageError(f"There is no consensus rule “{self.name}”; choose one of: {', '.join(RULES)}.")
        if not 0 < self.iou <= 1 or self.votes < 1:
            raise UsageError("A consensus needs an IoU above 0 and up to 1, and at least one vote.")

    def accepts(self, voters: Sequence[str], everyone: Sequence[str]) -> bool:
        """Whether these voters are enough."""
        if self.name == "weighted":
            weight = self.weight
            return sum(map(weight, voters)) > sum(map(weight, everyone)) / 2
        needed = {"majority": len(everyone) // 2 + 1, "n of m": self.votes, "any": 1, "all": len(everyone)}
        return len(voters) >= needed[self.name]

    def weight(self, person: str) -> float:
        """What a person's vote counts."""
        return max(1e-6, (self.weights or {}).get(person, 1.0)) if self.name == "weighted" else 1.0


def consensus(answers: Mapping[str, Sequence[Annotation]], rule: Rule, height: int = 0) -> list[Annotation]:
    """What the people of `answers` agree on for one item.

    Shapes of different people that overlap by `rule.iou` form a cluster, the closest first, at most one shape of each
    person in it. A cluster that the rule accepts gives one annotation: the label with most votes; a box at the weighted
    mean of the boxes, any other shape as the person drew it who is closest to all; attributes by majority.

    Args:
        height: of the item in px; needed where there are masks.
    """
    people = sorted(answers)
    shapes = [(who, shape) for who in people for shape in answers[who]]
    if not shapes:
        return []
    iou = iou_matrix([s for _, s in shapes], [s for _, s in shapes], height)
    classes = np.array([s.label_id if s.kind == "class" else -1 for _, s in shapes])
    iou[classes[:, None] != classes[None, :]] = 0.0  # labels of the whole image only agree with themselves
    clusters = _clusters([who for who, _ in shapes], iou, rule.iou)
    agreed = [cluster for cluster in clusters if rule.accepts([shapes[i][0] for i in cluster], people)]
    return [_merged([shapes[i] for i in cluster], iou[np.ix_(cluster, cluster)], rule) for cluster in agreed]


def _clusters(owners: Sequence[str], iou: np.ndarray[Any, Any], threshold: float) -> list[list[int]]:
    """Groups of shapes, each person at most once, joined from the closest pair on while all of both sides overlap."""
    group = {index: [index] for index in range(len(owners))}
    rows, columns = np.nonzero(np.triu(iou, 1) >= threshold)
    for at in np.argsort(-iou[rows, columns], kind="stable"):
        a, b = group[int(rows[at])], group[int(columns[at])]
        if a is b or {owners[i] for i in a} & {owners[i] for i in b}:
            continue
        if iou[np.ix_(a, b)].mean() < threshold:
            continue
        joined = sorted(a + b)
        for index in joined:
            group[index] = joined
    return [list(members) for members in dict.fromkeys(map(tuple, group.values()))]


def _merged(members: Sequence[tuple[str, Annotation]], iou: np.ndarray[Any, Any], rule: Rule) -> Annotation:
    weights = np.array([rule.weight(who) for who, _ in members])
    votes: dict[int, float] = {}
    for weight, (_, shape) in zip(weights, members, strict=True):
        votes[shape.label_id] = votes.get(shape.label_id, 0.0) + float(weight)
    label = max(votes, key=lambda found: (votes[found], -found))
    middle = members[int((iou * weights[None, :]).sum(1).argmax())][1]
    voters = ", ".join(who for who, _ in members)
    merged = middle.with_(
        id=0, label_id=label, score=None, origin="person", author=f"consensus of {voters}", group=0, relations=(),
        attributes=_attributes([shape for _, shape in members]),
    )  # fmt: skip
    if all(shape.kind == "box" for _, shape in members):
        boxes = np.array([(s.x, s.y, s.w, s.h) for _, s in members], np.float64)
        x, y, w, h = (float(value) for value in np.average(boxes, axis=0, weights=weights).round(2))
        merged = merged.with_(x=x, y=y, w=w, h=h)
    return merged


def _attributes(shapes: Sequence[Annotation]) -> dict[str, Any]:
    """Of each attribute the value most often given, by more than half of those who gave one at all, else the first."""
    names = dict.fromkeys(name for shape in shapes for name in shape.attributes)
    found = {}
    for name in names:
        given = [shape.attributes[name] for shape in shapes if name in shape.attributes]
        found[name] = max(given, key=given.count)
    return found
