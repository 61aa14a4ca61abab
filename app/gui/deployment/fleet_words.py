"""What is said of fleets in the language of the window: states, orders, how long ago."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from engine.deployment.fleet.orders import Order

KINDS = {
    "right": "good", "other": "warning", "nothing": "warning", "sick": "bad", "silent": "bad", "carried": "quiet",
    "unknown": "quiet", "unassigned": "quiet", "waiting": "quiet", "updating": "accent", "failed": "bad",
    "done": "good", "sent": "quiet", "left": "bad",
}  # fmt: skip
"""Colours of states of boxes and steps, by their names in the theme."""
SEVERITY = (
    "failed",
    "sick",
    "silent",
    "nothing",
    "other",
    "updating",
    "waiting",
    "carried",
    "unknown",
    "unassigned",
    "right",
)
"""States, the worst first."""


def state_text(state: str) -> str:
    """A state of a box in a few words."""
    translate = QCoreApplication.translate
    words = {
        "right": translate("Fleet", "As it should be"),
        "other": translate("Fleet", "Other release"),
        "nothing": translate("Fleet", "Nothing runs"),
        "sick": translate("Fleet", "Not well"),
        "silent": translate("Fleet", "Does not answer"),
        "carried": translate("Fleet", "On the stick"),
        "unknown": translate("Fleet", "Not looked at"),
        "unassigned": translate("Fleet", "Nothing assigned"),
        "waiting": translate("Fleet", "Waits"),
        "updating": translate("Fleet", "Being updated"),
        "failed": translate("Fleet", "Failed"),
    }
    return words.get(state, state)


def order_text(order: Order) -> str:
    """How far an order is, in a word or two."""
    translate = QCoreApplication.translate
    if order.state == "running" and not order.driven:
        return translate("Fleet", "Interrupted")
    words = {
        "running": translate("Fleet", "Going on"),
        "paused": translate("Fleet", "Paused"),
        "stopped": translate("Fleet", "Stopped"),
        "aborted": translate("Fleet", "Aborted"),
        "done": translate("Fleet", "Through"),
    }
    return words[order.state]


def order_kind(order: Order) -> str:
    """Its colour."""
    if order.state == "done":
        return "good" if not order.count("failed", "left") else "warning"
    return {"stopped": "bad", "paused": "warning", "running": "accent" if order.driven else "warning"}.get(
        order.state, "quiet"
    )


def ago_text(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago something was."""
    translate = QCoreApplication.translate
    if moment is None:
        return translate("Fleet", "never")
    seconds = max(0, int(((now or datetime.now(UTC)) - moment).total_seconds()))
    for unit, text in (
        (86400, translate("Fleet", "{} d ago")), (3600, translate("Fleet", "{} h ago")),
        (60, translate("Fleet", "{} min ago")),
    ):  # fmt: skip
        if seconds >= unit:
            return text.format(seconds // unit)
    return translate("Fleet", "just now") if seconds < 10 else translate("Fleet", "{} s ago").format(seconds // 10 * 10)
