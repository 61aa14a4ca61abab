"""A push while it runs: a bar for each layer, what was skipped, speed and time left, and the steps after it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar

from app.gui.widgets.controls import Card, button, label
from app.gui.widgets.errors import ErrorLine

STAGES = ("push", "verify", "unpack", "start", "ready", "switch", "drain", "done")


def size_text(count: float) -> str:
    """Bytes as a person reads them."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{QLocale().toString(float(count), 'f', 0 if unit in ('B', 'kB') else 1)} {unit}"
        count /= 1000
    return ""


def stage_text(stage: str) -> str:
    """A stage of a release in words."""
    words = {
        "push": QCoreApplication.translate("PushCard", "Sending what is missing"),
        "skip": QCoreApplication.translate("PushCard", "Sending what is missing"),
        "verify": QCoreApplication.translate("PushCard", "Checking digests"),
        "unpack": QCoreApplication.translate("PushCard", "Unpacking"),
        "start": QCoreApplication.translate("PushCard", "Starting the new release beside the old one"),
        "ready": QCoreApplication.translate("PushCard", "Waiting until it is ready"),
        "switch": QCoreApplication.translate("PushCard", "Switching requests to it"),
        "drain": QCoreApplication.translate("PushCard", "Letting the old one finish"),
        "done": QCoreApplication.translate("PushCard", "Runs"),
    }
    return words.get(stage, stage)


class PushCard(Card):
    """Hidden until `begin`."""

    cancel_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._target = ""
        self._rows: dict[str, tuple[QLabel, QProgressBar, QLabel]] = {}
        self._layers: list[tuple[str, str, int]] = []
        self._sent: dict[str, int] = {}
        self._began = 0.0
        self._first = 0
        self.speed = label("", "quiet")
        self.stop = button("", self.cancel_wanted.emit)
        self.head.addWidget(self.speed)
        self.head.addWidget(self.stop)
        self.stage = label("", "quiet")
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(16)
        self.grid.setVerticalSpacing(6)
        self.grid.setColumnStretch(1, 1)
        self.error = ErrorLine()
        self.body.addLayout(self.grid)
        self.body.addWidget(self.stage)
        self.body.addWidget(self.error)
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.stop.setText(self.tr("Stop"))
        self.stop.setToolTip(self.tr("What was sent stays; the next push goes on from there"))

    def begin(self, title: str, layers: Sequence[tuple[str, str, int]]) -> None:
        """Show a push of layers (digest, name, bytes)."""
        self.set_heading(title)
        self._layers, self._sent, self._began, self._first = list(layers), {}, 0.0, 0
        self.error.clear()
        self.speed.setText("")
        self.stage.setText(stage_text("push"))
        while self.grid.count():
            widget = self.grid.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        self._rows = {}
        for row, (digest, name, size) in enumerate(layers):
            bar = QProgressBar()
            bar.setRange(0, 1000)
            bar.setTextVisible(False)
            bar.setAccessibleName(name)
            parts = (label(name, "quiet"), bar, label(size_text(size), "quiet"))
            for column, part in enumerate(parts):
                self.grid.addWidget(part, row, column)
            parts[2].setMinimumWidth(150)
            parts[2].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._rows[digest] = parts
        self.stop.show()
        self.show()

    def show_progress(self, stage: str, done: int, total: int, digest: str) -> None:
        """Take a word of progress."""
        self.stage.setText(stage_text(stage))
        row = self._rows.get(digest)
        if row is not None and stage in ("push", "skip", "verify"):
            _, bar, text = row
            bar.setValue(round(1000 * done / total) if total else 1000)
            if stage == "skip":
                text.setText(self.tr("already there, skipped"))
            elif stage == "push":
                text.setText(f"{size_text(done)} / {size_text(total)}" if done < total else size_text(total))
        if row is not None and stage == "unpack":
            row[1].setValue(1000)
            row[2].setText(self.tr("{}, unpacked").format(size_text(total)))
        if stage == "push":
            self._measure(done, digest)
        elif stage in ("start", "ready", "switch", "drain"):
            self._fill()
            self.speed.setText("")

    def finish(self, text: str) -> None:
        """It runs."""
        self._fill()
        self.stage.setText(text)
        self.speed.setText("")
        self.stop.hide()

    def fail(self, error: Exception | str, fix_text: str = "", fix: object = None) -> None:
        """It did not come to run; say why here."""
        self.stop.hide()
        self.speed.setText("")
        self.stage.setText("")
        self.error.show_error(error, fix_text, fix)  # type: ignore[arg-type]
        self.show()

    def row_text(self, digest: str) -> str:
        """What stands beside a layer's bar."""
        return self._rows[digest][2].text()

    def _fill(self) -> None:
        for _, bar, _ in self._rows.values():
            bar.setValue(1000)

    def _measure(self, done: int, digest: str) -> None:
        now = time.monotonic()
        if not self._began:
            self._began, self._first = now, done
        self._sent[digest] = done
        seconds, moved = now - self._began, sum(self._sent.values()) - self._first
        if seconds < 0.5 or moved <= 0:
            return
        rate = moved / seconds
        left = sum(size for one, _, size in self._layers if one in self._sent) - sum(self._sent.values())
        text = self.tr("{0}/s · {1} s left · goes on by itself after a break")
        self.speed.setText(text.format(size_text(rate), QLocale().toString(max(0, round(left / rate)))))


def layer_names(layers: Sequence[Sequence[object]], digests: Sequence[tuple[str, int]]) -> list[tuple[str, str, int]]:
    """(digest, name, bytes) from the artifact's list of layers and the digests of its image, both from the base up."""
    known: Mapping[str, str] = {
        "base": QCoreApplication.translate("PushCard", "System"),
        "runtime": QCoreApplication.translate("PushCard", "Runtime"),
        "dependencies": QCoreApplication.translate("PushCard", "Runtime"),
        "serving": QCoreApplication.translate("PushCard", "Serving code"),
        "code": QCoreApplication.translate("PushCard", "Serving code"),
        "model": QCoreApplication.translate("PushCard", "Model"),
    }
    names = [str(layer[0]) for layer in layers]
    if len(names) != len(digests):
        names = [str(number + 1) for number in range(len(digests))]
    return [
        (digest, next((text for key, text in known.items() if key in name.casefold()), name), size)
        for name, (digest, size) in zip(names, digests, strict=True)
    ]
