"""Hints over the picture in as many lines as there is room for."""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics

GAP = " · "  # between the parts of a hint


def fold(hint: str, metrics: QFontMetrics, room: int) -> list[str]:
    """The parts of a hint in lines no wider than `room` px, as far as a single part is not wider itself."""
    lines: list[str] = []
    for part in hint.split(GAP) if hint else []:
        longer = f"{lines[-1]}{GAP}{part}" if lines else part
        if lines and metrics.horizontalAdvance(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines
