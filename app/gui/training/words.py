"""Words and figures of runs as people read them: states, times, best results."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication, QLocale

RECALL_AT = re.compile(
    r"recall_at_(\d+(?:\.\d+)?(?:e-\d+)?)"
)  # as the metric of the catalogue is named; own ones may be anything
STATE_COLORS = {
    "waiting": "quiet",
    "queued": "quiet",
    "running": "accent",
    "paused": "warning",
    "done": "good",
    "failed": "bad",
    "cancelled": "quiet",
    "killed": "bad",
    "out_of_memory": "bad",
}


def state_text(state: str) -> str:
    """The state of a job in a word."""
    words = {
        "waiting": QCoreApplication.translate("Runs", "In the queue"),
        "queued": QCoreApplication.translate("Runs", "Waiting"),
        "running": QCoreApplication.translate("Runs", "Running"),
        "paused": QCoreApplication.translate("Runs", "Paused"),
        "done": QCoreApplication.translate("Runs", "Finished"),
        "failed": QCoreApplication.translate("Runs", "Failed"),
        "cancelled": QCoreApplication.translate("Runs", "Cancelled"),
        "killed": QCoreApplication.translate("Runs", "Ended from outside"),
        "out_of_memory": QCoreApplication.translate("Runs", "Out of memory"),
    }
    return words.get(state, state)


def duration_text(seconds: float | None) -> str:
    """A length of time in two steps at most: "6 min", "1 h 20 min", "45 s"."""
    if seconds is None:
        return "—"
    seconds = int(seconds + 0.5)
    if seconds < 90:
        return QCoreApplication.translate("Runs", "{} s").format(seconds)
    minutes = round(seconds / 60)
    if minutes < 90:
        return QCoreApplication.translate("Runs", "{} min").format(minutes)
    return QCoreApplication.translate("Runs", "{} h {} min").format(minutes // 60, minutes % 60)


def metric_text(name: str) -> str:
    """A metric's name as a quality engineer knows it, or as it is."""
    bare = name.rsplit("/", 1)[-1].removeprefix("val_")
    if found := RECALL_AT.fullmatch(bare):
        share = QLocale().toString(100 * float(found[1]), "g", 4)
        return QCoreApplication.translate("Runs", "Found at {} % false rejects").format(share)
    known = {
        "map50": "mAP@.5",
        "map": "mAP@[.5:.95]",
        "map33": "mAP@.33",
        "accuracy": QCoreApplication.translate("Runs", "Accuracy"),
        "miou": "mIoU",
        "auroc": "AUROC",
        "f1": "F1",
        "ap": "AP",
        "pixel_accuracy": QCoreApplication.translate("Runs", "Pixels right"),
        "loss": QCoreApplication.translate("Runs", "Loss"),
        "log_loss": QCoreApplication.translate("Runs", "Log loss"),
    }
    return known.get(bare, bare)


def curve_text(name: str) -> str:
    """A curve's name: the metric, with the fold before it where there are some."""
    fold, slash, _ = name.rpartition("/")
    return f"{fold} · {metric_text(name)}" if slash else metric_text(name)


def number_text(value: float, digits: int = 3) -> str:
    """A figure in the locale's way of writing."""
    return QLocale().toString(float(value), "f", digits)
