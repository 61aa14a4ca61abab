"""How far the labelling of items has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.workspace import Workspace


@dataclass(frozen=True)
class ItemState:
    """Counts of one item: what people (or an import) say, and what models suggest; its review state where it has one."""

    labelled: int = 0
    suggested: int = 0
    review: str = ""


def item_states(ws: Workspace, item_ids: Sequence[int]) -> dict[int, ItemState]:
    """The state of each given item."""
    if not item_ids:
        return {}
    listed = ", ".join(map(str, item_ids))
    rows = ws.query(
        "SELECT item_id, count(*) FILTER (origin <> 'model'), count(*) FILTER (origin = 'model') FROM annotation"
        f" WHERE item_id BETWEEN ? AND ? AND item_id IN ({listed}) GROUP BY item_id",
        [min(item_ids), max(item_ids)],
    )
    reviews = dict(ws.query(f"SELECT item_id, state FROM review WHERE item_id IN ({listed})"))
    counts = {item: (labelled, suggested) for item, labelled, suggested in rows}
    return {item: ItemState(*counts.get(item, (0, 0)), reviews.get(item, "")) for item in item_ids}


def labelled_count(ws: Workspace) -> int:
    """How many items have at least one annotation that is not a mere suggestion."""
    return int(ws.query("SELECT count(DISTINCT item_id) FROM annotation WHERE origin <> 'model'")[0][0])


def unlabelled(ws: Workspace) -> list[int]:
    """Items of which no person has said anything: no annotation but suggestions, and not handed in as empty either."""
    rows = ws.query(
        "SELECT id FROM item WHERE id NOT IN (SELECT item_id FROM annotation WHERE origin <> 'model') AND id NOT IN"
        " (SELECT item_id FROM review WHERE state IN ('labelled', 'in review', 'accepted')) ORDER BY id"
    )
    return [row[0] for row in rows]
