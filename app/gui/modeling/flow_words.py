"""What flows, in words for a person: names, shapes, ranges, times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QLocale

if TYPE_CHECKING:
    from engine.training.flow import Flow, Shown

THOUSAND = 1000
VERDICTS = (QT_TRANSLATE_NOOP("Flow", "normal"), QT_TRANSLATE_NOOP("Flow", "anomaly"))
NAMES = {
    "decoded": QT_TRANSLATE_NOOP("Flow", "As the file holds it"),
    "canvas": QT_TRANSLATE_NOOP("Flow", "On the model's canvas"),
    "pixels": QT_TRANSLATE_NOOP("Flow", "What the network sees"),
    "targets": QT_TRANSLATE_NOOP("Flow", "What is to be learnt"),
    "maps": QT_TRANSLATE_NOOP("Flow", "Strongest channels"),
    "matrix": QT_TRANSLATE_NOOP("Flow", "Values"),
    "scores": QT_TRANSLATE_NOOP("Flow", "Best score at each place"),
    "found": QT_TRANSLATE_NOOP("Flow", "What would be reported"),
    "regions": QT_TRANSLATE_NOOP("Flow", "What each pixel would be"),
    "heat": QT_TRANSLATE_NOOP("Flow", "How far from normal"),
    "values": QT_TRANSLATE_NOOP("Flow", "Values"),
    "number": QT_TRANSLATE_NOOP("Flow", "Value"),
    "loss": QT_TRANSLATE_NOOP("Flow", "Loss and its parts"),
    "gradients": QT_TRANSLATE_NOOP("Flow", "Gradient of each part"),
}


def name_of(shown: Shown, place: int, count: int) -> str:
    """What one thing of a port is called; `place` from 0 among `count`."""
    name = QCoreApplication.translate("Flow", NAMES.get(shown.what, shown.what))
    many = count > 1 and shown.what in ("maps", "matrix", "values", "number")
    return f"{name} · {place + 1}/{count}" if many else name


def figures_of(shown: Shown) -> str:
    """Shape and range, each on a line."""
    shape = " × ".join(str(size) for size in shown.shape)
    text = QCoreApplication.translate("Flow", shown.text) if shown.text in VERDICTS else shown.text
    if shown.what == "found":
        text, _, least = text.partition(" ")
        text = QCoreApplication.translate("Flow", "{0} with a score from {1}").format(text, least)
    elif shown.what == "heat" and text:
        score, _, limit = text.partition(" ")
        text = QCoreApplication.translate("Flow", "score {0}; not normal from {1}").format(score, limit)
    parts = [line for line in (text, shape) if line]
    if shown.minimum is not None and shown.maximum is not None and shown.mean is not None:
        span = QCoreApplication.translate("Flow", "{0} … {1}, mean {2}")
        parts.append(span.format(number(shown.minimum), number(shown.maximum), number(shown.mean)))
    return "\n".join(parts)


def broken_of(shown: Shown) -> str:
    """How many numbers are none; empty when all are well."""
    if not shown.wrong:
        return ""
    return QCoreApplication.translate("Flow", "{} values are no numbers").format(QLocale().toString(shown.wrong))


def sums_of(flow: Flow, node: str) -> str:
    """Time and gradient of a node on one line."""
    parts = []
    if node in flow.milliseconds:
        parts.append(f"{number(flow.milliseconds[node])} ms")
    if node in flow.gradients:
        parts.append(QCoreApplication.translate("Flow", "gradient {}").format(number(flow.gradients[node])))
    return " · ".join(parts)


def number(value: float) -> str:
    """Three digits or all of a large whole number, as the language writes them."""
    if THOUSAND <= abs(value) < THOUSAND**3:
        return QLocale().toString(round(value))
    return QLocale().toString(float(value), "g", 3)
