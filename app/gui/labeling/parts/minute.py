"""“Next best hour”: what labelling, review or collecting is expected to bring, and what earlier forecasts did bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.part import Part
from app.gui.operations import curation as operations
from app.gui.widgets.controls import label, link_button

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from engine.changes import Changes
    from engine.curation.minute import Forecast, Option, Outcome
    from engine.workspace import Workspace


@dataclass(frozen=True)
class Known:
    """What is expected now, and what came of what was expected."""

    forecast: Forecast
    outcomes: Sequence[Outcome]


class Minute(Part):
    """A section of the assist tab; it is read when the tab is looked at."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.section = QWidget()
        self.section.setObjectName("next_best_hour")
        self.known: Known | None = None
        self._stale = True
        self.heading = label("", "heading")
        self.rest = label("", "small", wrap=True)
        self.keep, self.learn = link_button("", lambda: self.do("keep_forecast")), link_button("", self._go_train)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(8)
        column = QVBoxLayout(self.section)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addLayout(self._lines)
        for part in (self.rest, self.keep, self.learn):
            column.addWidget(part)
        page.side.tabs.currentChanged.connect(lambda _: self._read_if_seen())
        self.retranslate()

    def entries(self) -> Sequence[Entry]:
        translate = QCoreApplication.translate
        return [
            Entry("next_best_hour", translate("LabelingMinute", "What would an hour bring?")),
            Entry("keep_forecast", translate("LabelingMinute", "Keep the forecast to compare with later")),
        ]

    def do(self, name: str) -> None:
        if name == "next_best_hour":
            self.page.side.show_tab("assist")
            self._read()
        else:
            self.page.writer.write(operations.keep_forecast, self.tr("Forecast"), lambda _: self._read())

    def sections(self) -> Sequence[tuple[str, QWidget]]:
        return [("assist", self.section)]

    def opened(self, workspace: Workspace) -> None:
        self._stale = True
        self._read_if_seen()

    def closed(self) -> None:
        self.known, self._stale = None, True
        self._show()

    def refresh(self, changes: Changes) -> None:
        if changes.touches("evaluations", "models", "versions", "queue"):
            self._stale = True
            self._read_if_seen()

    def retranslate(self) -> None:
        self.heading.setText(self.tr("The next hour"))
        self.keep.setText(self.tr("Keep this forecast"))
        self.keep.setToolTip(self.tr("Later it is held against what the work did bring"))
        self.learn.setText(self.tr("Train a model"))
        self._show()

    def _go_train(self) -> None:
        self.page.shell.go("training")

    def _read_if_seen(self) -> None:
        if self._stale and self.section.isVisible():
            self._read()

    def _read(self) -> None:
        if self.page.shell.workspace is not None:
            self._stale = False
            self.page._ask(_read_known, self._take)

    def _take(self, known: Known) -> None:
        self.known = known
        self._show()

    def _show(self) -> None:
        while self._lines.count():
            gone = self._lines.takeAt(0).widget()
            if gone is not None:
                gone.deleteLater()
        known = self.known
        told = known is not None and any(option.gain for option in known.forecast.options)
        self.keep.setVisible(bool(told))
        self.learn.setVisible(known is not None and not told)
        self.rest.setVisible(known is not None)
        if known is None:
            return
        for option in known.forecast.options:
            self._lines.addWidget(label(self._sentence(option), "" if option.gain else "quiet", wrap=True))
        self.rest.setText("\n".join(filter(None, [self._measured(known.forecast), *map(self._came, known.outcomes)])))

    def _sentence(self, option: Option) -> str:
        what = {
            "label": self.tr("An hour of labelling"),
            "review": self.tr("An hour of review"),
            "collect": self.tr("An hour of collecting {0}").format(option.label),
        }[option.kind]
        if option.gain is None:
            return f"{what}: " + " ".join(note.text(_translated) for note in option.missing)
        gain = self.tr("+{0} points ({1} to {2})").format(
            *map(_points, (option.gain.value, option.gain.low, option.gain.high))
        )
        per = self.tr("{0} shapes") if option.kind == "collect" else self.tr("{0} images")
        done = per.format(QLocale().toString(round(option.per_hour)))
        return f"{what}: {gain}, {done}. " + (option.assumes.text(_translated) if option.assumes else "")

    def _measured(self, forecast: Forecast) -> str:
        if forecast.now is None:
            return ""
        metric = {"map50": "mAP@.5", "miou": "mIoU", "auroc": "AUROC", "accuracy": self.tr("accuracy")}.get(
            forecast.metric, forecast.metric
        )
        points = ", ".join(f"{point.images}: {_points(point.figure)}" for point in forecast.points)
        return self.tr("Points of {0}, measured on {1} by images learned from: {2}. 80 % intervals.").format(
            metric, forecast.on, points
        )

    def _came(self, outcome: Outcome) -> str:
        if outcome.brought is None or outcome.expected is None:
            return ""
        when = QLocale().toString(outcome.created.date(), QLocale.FormatType.ShortFormat)
        expected = map(_points, (outcome.expected.value, outcome.expected.low, outcome.expected.high))
        return self.tr("Since {0}: {1} images brought {2} points; expected were {3} ({4} to {5}).").format(
            when, outcome.images, _points(outcome.brought), *expected
        )


def _points(value: float) -> str:
    return QLocale().toString(100 * value, "f", 1)


def _translated(text: str) -> str:
    return QCoreApplication.translate("MinuteNote", text)


def _read_known(ws: Workspace) -> Known:
    from engine.curation.minute import next_best, outcomes

    return Known(next_best(ws), outcomes(ws, 3))


def _words() -> tuple[str, ...]:
    """The notes of `engine.curation.minute`, for the translators; never called."""
    translate = QCoreApplication.translate
    return (
        translate(
            "MinuteNote",
            "Train and evaluate models on at least {count} versions of growing size, on the same images ({found} so far).",
        ),
        translate("MinuteNote", "Label at least {count} images here, so that the speed is known ({found} so far)."),
        translate("MinuteNote", "Go through at least {count} likely label errors ({found} so far)."),
        translate("MinuteNote", "If the images are like those labelled so far."),
        translate("MinuteNote", "On {share} % of the images gone through so far something was mended."),
        translate("MinuteNote", "If {label} learns as all labels do together, and finding such images takes no time."),
    )
