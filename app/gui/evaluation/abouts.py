"""What of an item one can ask a model about: what it says, and what it missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.gui.evaluation.reading import Seen

NONE = "(none)"
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class About:
    """What one can ask about.

    Attributes:
        label: "": what the model says most surely.
        kind: "surest", "said" or "missed".
        score: of what is said.
    """

    label: str = ""
    box: Box | None = None
    kind: str = "surest"
    score: float | None = None


SUREST = About()


def abouts(seen: Seen, item: int) -> list[About]:
    """What of an item can be asked about, what the model says most surely first."""
    task = seen.evaluation.summary.get("task")
    if task == "anomaly":
        return [SUREST]
    key = next((key for key, ident in seen.evaluation.ids.items() if ident == item), item)
    if task in ("classification", "multilabel"):
        rows = [row for row in seen.evaluation.predictions if row["item_key"] == key]
        rows.sort(key=lambda row: -row["score"])
        return [SUREST, *(About(row["label"], None, "said", row["score"]) for row in rows)]
    found = []
    for row in seen.evaluation.matches_of(item):
        if row["box"]:
            found.append(About(row["predicted"], tuple(row["box"]), "said", row["score"]))
        elif row["truth"] != NONE:
            found.append(About(row["truth"], tuple(row["true_box"]), "missed"))
    found.sort(key=lambda one: -(one.score or 0))
    return [SUREST, *found]


def about_of(row: Any) -> About:
    """What is asked about a row of a cell: the predicted thing, or the true one that was missed."""
    if row["box"]:
        return About(row["predicted"], tuple(row["box"]), "said", row["score"])
    if row["true_box"]:
        return About(row["truth"], tuple(row["true_box"]), "missed")
    return SUREST
