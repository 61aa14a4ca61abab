"""How large a px is: of the whole workspace, or of one item that was taken with other optics."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.changes import Changes
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.workspace import Workspace

KEY = "um_per_px"  # in table meta for the workspace, in an item's metadata for the item


@dataclass(frozen=True)
class Scale:
    """µm per px; `own`: it is the item's own, not the workspace's."""

    um_per_px: float
    own: bool = False

    def mm(self, px: float) -> float:
        """A length in mm."""
        return px * self.um_per_px / 1000


def scale_of(ws: Workspace, item: int) -> Scale | None:
    """The scale of an item; None when nobody has said it."""
    rows = ws.query("SELECT metadata FROM item WHERE id = ?", [item])
    own = _number(json.loads(rows[0][0]).get(KEY)) if rows and rows[0][0] else None
    if own is not None:
        return Scale(own, own=True)
    rows = ws.query("SELECT value FROM meta WHERE key = ?", [KEY])
    whole = _number(rows[0][0]) if rows else None
    return None if whole is None else Scale(whole)


def set_scale(ws: Workspace, um_per_px: float | None, item: int | None = None) -> Changes:
    """Say how large a px is, of one item or of all that have no scale of their own; None forgets it.

    No row of what screens list changes, so nothing is said to have changed.

    Raises:
        UsageError: not a length above 0.
    """
    if um_per_px is not None and _number(um_per_px) is None:
        raise UsageError(f"{um_per_px} µm is not the size of a px; give a number above 0.")
    with ws.transaction("Calibrate") as tx:
        if item is None:
            tx.execute("DELETE FROM meta WHERE key = ?", [KEY])
            if um_per_px is not None:
                tx.execute("INSERT INTO meta VALUES (?, ?)", [KEY, repr(float(um_per_px))])
            return Changes()
        rows = ws.query("SELECT metadata FROM item WHERE id = ?", [item])
        metadata = json.loads(rows[0][0]) if rows and rows[0][0] else {}
        metadata.pop(KEY, None)
        if um_per_px is not None:
            metadata[KEY] = float(um_per_px)
        text = json.dumps(metadata, ensure_ascii=False, sort_keys=True) if metadata else None
        tx.execute("UPDATE item SET metadata = ? WHERE id = ?", [text, item])
    return Changes()


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and number > 0 else None
