"""How fast people label and review here, measured from the edit log: the time between actions, without the pauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.workspace import Workspace

PAUSE_S = 90.0  # a longer time without an action is a pause, and counts as this much
FEWEST = 10  # images, for a figure that means something


@dataclass(frozen=True)
class Speed:
    """What was done in how much time at work.

    Attributes:
        items: images that got something.
        shapes: annotations that were added or taken over.
    """

    items: int
    shapes: int
    seconds: float

    @property
    def enough(self) -> bool:
        """Whether there is enough to go by."""
        return self.items >= FEWEST and self.seconds > 0

    @property
    def items_per_hour(self) -> float:
        """0 when nothing was done."""
        return self.items / self.seconds * 3600 if self.seconds else 0.0

    @property
    def shapes_per_hour(self) -> float:
        """0 when nothing was done."""
        return self.shapes / self.seconds * 3600 if self.seconds else 0.0


@dataclass(frozen=True)
class Review:
    """How a queue of likely label errors was gone through: its speed, and on how many images something was mended."""

    items: int
    mended: int
    seconds: float

    @property
    def enough(self) -> bool:
        """Whether there is enough to go by."""
        return self.items >= FEWEST and self.seconds > 0

    @property
    def items_per_hour(self) -> float:
        """0 when nothing was done."""
        return self.items / self.seconds * 3600 if self.seconds else 0.0


def labelling_speed(ws: Workspace, since: datetime | None = None, until: datetime | None = None) -> Speed:
    """Labelling by all people of this workspace, or only after a time and up to another (UTC without a zone).

    What was done to several images at once (accepted by a score, merged, migrated) tells nothing of how long one takes, and
    is left out.
    """
    rows = ws.query(
        "SELECT t.created, t.author, min(e.item_id), count(*) FILTER (e.op = 'add' OR (e.op = 'change' AND"
        ' contains(e.before, \'"origin": "model"\'))) FROM edit e JOIN tx t ON t.id = e.tx'
        " WHERE e.op IN ('add', 'change', 'remove') AND t.undoes IS NULL AND t.action <> 'Predict'"
        " AND (? IS NULL OR t.created > ?) AND (? IS NULL OR t.created <= ?)"
        " GROUP BY t.id, t.created, t.author HAVING count(DISTINCT e.item_id) = 1 ORDER BY t.author, t.created",
        [since, since, until, until],
    )
    times: dict[str, list[datetime]] = {}
    for at, author, *_ in rows:
        times.setdefault(author, []).append(at)
    items = {item for *_, item, gained in rows if gained}
    return Speed(len(items), sum(row[3] for row in rows), sum(active_seconds(each) for each in times.values()))


def review_speed(ws: Workspace) -> Review:
    """Going through the present queue of likely label errors."""
    rows = ws.query(
        "SELECT q.item_id, q.created, EXISTS (SELECT 1 FROM edit e JOIN tx t ON t.id = e.tx WHERE e.item_id = q.item_id"
        " AND e.op IN ('add', 'change', 'remove') AND t.undoes IS NULL AND t.action <> 'Predict' AND t.created > q.created)"
        " FROM queue q WHERE q.strategy = 'errors' AND q.state = 'done'"
    )
    if not rows:
        return Review(0, 0, 0.0)
    marks = ws.query("SELECT created FROM tx WHERE created > ? AND action = 'Queue' ORDER BY created", [rows[0][1]])
    return Review(len(rows), sum(mended for *_, mended in rows), active_seconds([row[0] for row in marks]))


def active_seconds(times: Sequence[datetime]) -> float:
    """Time at work between actions; pauses count as `PAUSE_S`, and what came before the first one as the median gap."""
    gaps = sorted(min((b - a).total_seconds(), PAUSE_S) for a, b in pairwise(times))
    return sum(gaps) + gaps[len(gaps) // 2] if gaps else 0.0
