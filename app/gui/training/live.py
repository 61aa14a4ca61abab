"""What the training page shows of a run beside its curves: what stands out, how it is now, answers to val images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.gui.evaluation.tiles import Tile, whole_picture
from app.gui.training.words import duration_text, metric_text, number_text
from app.gui.widgets.controls import label

if TYPE_CHECKING:
    from engine.workspace import Workspace


class Warnings(QFrame):
    """One line for each thing that stands out: step, curve, and what it means; hidden while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._shown: list[Mapping[str, Any]] = []
        self.lines: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 8, 14, 8)
        self._column.setSpacing(4)
        self.hide()

    def show_warnings(self, warnings: Sequence[Mapping[str, Any]]) -> None:
        """Show these, by step."""
        found = sorted(warnings, key=lambda warning: warning["step"])
        if found == self._shown:
            return
        self._shown = found
        for line in self.lines:
            line.deleteLater()
        self.lines = [label(warning_text(warning), "warning", wrap=True) for warning in found]
        for line in self.lines:
            self._column.addWidget(line)
        self.setVisible(bool(found))

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        shown, self._shown = self._shown, []
        self.show_warnings(shown)


def warning_text(warning: Mapping[str, Any]) -> str:
    """Where it shows, and what it means."""
    where = {
        "gradient": QCoreApplication.translate("Runs", "gradient"),
        "speed": QCoreApplication.translate("Runs", "speed"),
    }
    curve = where.get(warning["curve"]) or metric_text(warning["curve"])
    text = warning["text_zh"] if QLocale().name().startswith("zh") else warning["text"]
    return QCoreApplication.translate("Runs", "Step {} · {}: {}").format(
        QLocale().toString(int(warning["step"])), curve, text
    )


def _pace_texts(live: Mapping[str, Any]) -> tuple[str, str]:
    speed, waiting = number_text(live["images_s"], 1), f"{live['waiting']:.0%}"
    if live.get("of") == "rows":
        return (
            QCoreApplication.translate("Runs", "{} rows/s").format(speed),
            QCoreApplication.translate("Runs", "{} of the time waits for rows").format(waiting),
        )
    return (
        QCoreApplication.translate("Runs", "{} images/s").format(speed),
        QCoreApplication.translate("Runs", "{} of the time waits for images").format(waiting),
    )


def live_text(live: Mapping[str, Any]) -> str:
    """Speed, waiting, memory and energy in a line; nothing before the first two seconds."""
    if not live:
        return ""
    parts = [
        *_pace_texts(live),
        QCoreApplication.translate("Runs", "{} MB memory").format(QLocale().toString(int(live["memory_mb"]))),
    ]
    if "gpu_mb" in live:
        parts.append(
            QCoreApplication.translate("Runs", "{} MB on the GPU").format(QLocale().toString(int(live["gpu_mb"])))
        )
    measured = QCoreApplication.translate("Runs", "measured")
    estimated = QCoreApplication.translate("Runs", "estimated: CPU time × 10 W a core")
    source = measured if live["energy_source"].startswith("rapl") else estimated
    if live["energy_source"].endswith("no_gpu"):
        source += QCoreApplication.translate("Runs", ", without the GPU")
    parts.append(f"{number_text(live['energy_wh'], 2)} Wh ({source})")
    return " · ".join(parts)


def gradient_text(live: Mapping[str, Any]) -> str:
    """Size of the gradient in each part of the network."""
    parts = ", ".join(f"{part} {norm:.2g}" for part, norm in live.get("gradient", {}).items())
    return QCoreApplication.translate("Runs", "Gradient: {}").format(parts) if parts else ""


def left_text(live: Mapping[str, Any]) -> str:
    """Time left as an interval, or one figure where both ends read the same."""
    low, _, high = live["left_s"]
    ends = list(dict.fromkeys((duration_text(low), duration_text(high))))
    if len(ends) == 1:
        return QCoreApplication.translate("Runs", "{} left").format(ends[0])
    return QCoreApplication.translate("Runs", "{} to {} left").format(*ends)


def answer_tiles(workspace: Workspace, run: str, inks: Mapping[str, str]) -> tuple[int, list[Tile]]:
    """The step of the last check, and a tile for each val image with the answers on it; may run in any thread."""
    from engine.training.answers import read_answers

    step, answers = read_answers(workspace, workspace.path / "runs" / run)
    tiles = []
    for answer in answers:
        image = whole_picture(workspace, answer.item, answer.rows, inks)
        if image is not None:
            tiles.append(Tile(answer.item, image, _caption(answer.rows), answer.name))
    return step, tiles


def _caption(rows: Sequence[Mapping[str, Any]]) -> str:
    """For whole images the answer against the truth; for boxes how many were found of how many."""
    if rows and not any(row["true_box"] or row["box"] for row in rows):
        (row,) = rows
        mark = "✓" if row["truth"] == row["predicted"] else f"✗ ({row['truth']})"
        return f"{row['predicted']} {row['score']:.2f} {mark}"
    true = sum(row["true_box"] is not None for row in rows)
    right = sum(row["box"] is not None and row["truth"] is not None for row in rows)
    return f"{right} / {true}"
