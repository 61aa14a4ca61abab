"""A push while it runs: a bar for each layer, what was there already, speed and time left, and the steps after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar

from app.gui.shell.jobs import left_text
from app.gui.widgets.controls import Card, button, label
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from engine.deployment.pushes import Push, PushedLayer

DRAWN_EVERY_MS = 60


def size_text(count: float) -> str:
    """Bytes as a person reads them."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{QLocale().toString(float(count), 'f', 0 if unit in ('B', 'kB') else 1)} {unit}"
        count /= 1000
    return ""


def percent_text(share: float) -> str:
    """A share as a person reads it; 100 % only when it is all."""
    return f"{QLocale().toString(int(share * 100))} %"


def stage_text(stage: str) -> str:
    """A stage of a release in words."""
    words = {
        "": QCoreApplication.translate("PushCard", "Asking the target what it has"),
        "push": QCoreApplication.translate("PushCard", "Sending what is missing"),
        "wait": QCoreApplication.translate("PushCard", "The link is cut; waiting for it to come back"),
        "verify": QCoreApplication.translate("PushCard", "Checking digests"),
        "unpack": QCoreApplication.translate("PushCard", "Unpacking"),
        "gateway": QCoreApplication.translate("PushCard", "Bringing the gateway"),
        "start": QCoreApplication.translate("PushCard", "Starting the new release beside the old one"),
        "ready": QCoreApplication.translate("PushCard", "Waiting until it is ready"),
        "switch": QCoreApplication.translate("PushCard", "Switching requests to it"),
        "drain": QCoreApplication.translate("PushCard", "Letting the old one finish"),
        "done": QCoreApplication.translate("PushCard", "Runs"),
    }
    return words.get("push" if stage == "skip" else stage, stage)


def layer_text(kind: str, number: int) -> str:
    """What a layer is, in a word."""
    words = {
        "base": QCoreApplication.translate("PushCard", "System"),
        "runtime": QCoreApplication.translate("PushCard", "Runtime"),
        "code": QCoreApplication.translate("PushCard", "Serving code"),
        "model": QCoreApplication.translate("PushCard", "Model"),
    }
    return words.get(kind) or QCoreApplication.translate("PushCard", "Layer {}").format(number)


class PushCard(Card):
    """Hidden until `begin` or `show_cut`."""

    cancel_wanted = Signal()
    again_wanted = Signal()
    left = Signal()  # a person lets a push that was cut be

    def __init__(self) -> None:
        super().__init__()
        self._push: Push | None = None
        self._stage = ""
        self._rows: list[tuple[QProgressBar, QLabel]] = []
        self.speed = label("", "quiet")
        self.again, self.stop = button("", self.again_wanted.emit), button("", self.cancel_wanted.emit)
        self.close_button = button("", self._leave, "flat")
        for widget in (self.speed, self.again, self.stop, self.close_button):
            self.head.addWidget(widget)
        self.stage, self.note = label("", "quiet", wrap=True), label("", "warning", wrap=True)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(16)
        self.grid.setVerticalSpacing(6)
        self.grid.setColumnStretch(1, 1)
        self.error = ErrorLine()
        self.body.addLayout(self.grid)
        self.body.addWidget(self.note)
        self.body.addWidget(self.stage)
        self.body.addWidget(self.error)
        self._later = QTimer(self, singleShot=True, interval=DRAWN_EVERY_MS, timeout=self._draw)
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.stop.setText(self.tr("Stop"))
        self.stop.setToolTip(self.tr("What was sent stays; the next push goes on from there"))
        self.again.setText(self.tr("Go on"))
        self.again.setToolTip(self.tr("Send only what is still missing"))
        self.close_button.setText(self.tr("Close"))
        if self._push is not None:
            self._fill_rows(self._push)
            self._draw()

    def begin(self, title: str, push: Push | None = None) -> None:
        """Show a release that begins, with the push it needs."""
        remark = self.tr("goes on from {}").format(percent_text(push.fraction)) if push and push.done else ""
        self._show(title, push, remark)
        self.again.hide()
        self.stop.show()
        self.close_button.hide()
        self.stage.setText(stage_text(""))

    def show_cut(self, title: str, push: Push) -> None:
        """Show a push that was cut earlier, and offer to go on."""
        self._show(title, push)
        self._ended()
        self.again.show()
        if push.error:
            self.error.show_error(push.error)
        text = self.tr("Stopped at {0}; {1} are still missing. What ran there before still runs.")
        missing = size_text(push.total - push.done)
        self.stage.setText(text.format(percent_text(push.fraction), missing))

    def show_progress(self, stage: str, done: int, total: int, digest: str) -> None:
        """Take a word of progress."""
        if stage == "note":
            self.note.setText(digest)
            self.note.show()
            return
        if stage == "takt":
            self._stage = stage
            text = self.tr("Measuring {0}: {1}").format(digest, percent_text(done / total)) if total else digest
            self.stage.setText(text)
            return
        if self._push is not None:
            self._push.take(stage, done, total, digest)
        if stage == self._stage or stage == "skip":
            if not self._later.isActive():
                self._later.start()
            return
        self._stage = stage
        self.stage.setText(stage_text(stage))
        self._draw()

    def told(self, stage: str, done: int, total: int, _digest: str) -> tuple[float, str, float | None]:
        """How far it is, in words, and the seconds left; for the list of jobs."""
        if stage == "takt":
            return (done / total if total else 0.0), self.stage.text(), None
        push = self._push
        if push is None:
            return 0.0, stage_text(stage), None
        return push.fraction, stage_text(stage) if stage != "note" else "", push.seconds_left()

    def finish(self, text: str) -> None:
        """It runs."""
        self._draw()
        self.stage.setText(text)
        self._ended()

    def fail(self, error: Exception | str) -> None:
        """It did not come to run; say why here, and offer to go on."""
        self._draw()
        self.stage.setText("")
        self._ended()
        self.again.setVisible(self._push is not None)
        self.error.show_error(error)
        self.show()

    def row_text(self, number: int) -> str:
        """What stands beside a layer's bar; layers from the base up."""
        return self._rows[number][1].text()

    def _show(self, title: str, push: Push | None, remark: str = "") -> None:
        self.set_heading(title, remark)
        self._push, self._stage = push, ""
        self.note.hide()
        self.error.clear()
        self._fill_rows(push)
        self._draw()
        self.show()

    def _ended(self) -> None:
        self._later.stop()
        self.speed.setText("")
        self.stop.hide()
        self.close_button.show()

    def _leave(self) -> None:
        self.hide()
        if not self.again.isHidden():
            self.left.emit()

    def _fill_rows(self, push: Push | None) -> None:
        while self.grid.count():
            widget = self.grid.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        self._rows = []
        for row, layer in enumerate(push.layers if push else ()):
            name, bar, text = label(layer_text(layer.kind, row + 1), "quiet"), QProgressBar(), label("", "quiet")
            bar.setRange(0, 1000)
            bar.setTextVisible(False)
            bar.setAccessibleName(name.text())
            name.setToolTip(layer.digest)
            text.setMinimumWidth(180)
            text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, part in enumerate((name, bar, text)):
                self.grid.addWidget(part, row, column)
            self._rows.append((bar, text))

    def _draw(self) -> None:
        if self._push is None:
            return
        for (bar, text), layer in zip(self._rows, self._push.layers, strict=True):
            bar.setValue(round(1000 * layer.done / layer.size) if layer.size else 1000)
            text.setText(self._state_text(layer))
        self.speed.setText(self._speed_text(self._push))

    def _state_text(self, layer: PushedLayer) -> str:
        whole, needed = size_text(layer.size), layer.needed or layer.size
        match layer.state:
            case "skipped":
                return self.tr("already there, skipped")
            case "unpacked":
                return self.tr("{}, unpacked").format(whole)
            case "sending" | "sent" if needed < layer.size:
                sent = size_text(needed * layer.done / layer.size)
                return self.tr("{0} of {1} changes; whole: {2}").format(sent, size_text(needed), whole)
            case "sending":
                return f"{size_text(layer.done)} / {whole}"
            case "waiting" if layer.done:
                return self.tr("{0} of {1} are there").format(size_text(layer.done), whole)
        return whole

    def _speed_text(self, push: Push) -> str:
        left, rate = push.seconds_left(), push.rate()
        if self._stage != "push" or left is None:
            return percent_text(push.fraction) if self._stage == "push" else ""
        text = self.tr("{0} of {1} · {2}/s · {3} · goes on by itself after a break")
        return text.format(percent_text(push.fraction), size_text(push.total), size_text(rate), left_text(left))
