"""Why the model says so of one item: where it looks, whether that can be trusted, and which training items are most like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.gui.evaluation.abouts import About, abouts
from app.gui.evaluation.reading import Seen
from app.gui.evaluation.why_reading import THUMBNAIL, Why, read_why
from app.gui.operations import evaluation as operations
from app.gui.widgets.controls import Card, button, label, row
from app.gui.widgets.errors import ErrorLine
from app.gui.widgets.job_strip import JobStrip

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.curation.explain import Neighbour
    from engine.evaluation.explanation import Explanation
    from engine.workspace import Workspace

SIDE = 340
ITEM = Qt.ItemDataRole.UserRole
METHOD, OPACITY = "explain.method", "explain.opacity"


class Picture(QWidget):
    """An item with a map over it and the box that is asked about."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._picture, self._heat = QImage(), QImage()
        self._box: QRectF | None = None
        self.opacity = 0.6
        self.setFixedSize(SIDE, SIDE)

    def show_why(self, why: Why | None, box: tuple[float, float, float, float] | None) -> None:
        """Show another item, or another map over it."""
        self._picture = why.picture if why else QImage()
        self._heat = (why.heat if why else None) or QImage()
        self._box = QRectF(box[0], box[1], box[2] - box[0], box[3] - box[1]) if box else None
        if self._box is not None and why is not None:
            corner, size = self._box.topLeft() * why.scale, self._box.size() * why.scale
            self._box = QRectF(corner, size)
        self.update()

    def set_opacity(self, percent: int) -> None:
        """How strong the map lies over the image."""
        self.opacity = percent / 100
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw image, map and box."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._shell.theme.color("image"))
        if self._picture.isNull():
            return
        size = QSize(self._picture.size()).scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(QRectF(self.rect()).center())
        painter.drawImage(place, self._picture)
        painter.setOpacity(self.opacity)
        if not self._heat.isNull():
            painter.drawImage(place, self._heat)
        painter.setOpacity(1)
        if self._box is not None:
            factor = place.width() / self._picture.width()
            painter.setPen(QPen(QColor(self._shell.theme.color("accent")), 2))
            corner = place.topLeft() + self._box.topLeft() * factor
            painter.drawRect(QRectF(corner, self._box.size() * factor))


class WhyCard(Card):
    """Hidden until an item is chosen; asks the model in a job, and remembers the answers."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self._seen: Seen | None = None
        self._item = 0
        self._why: Why | None = None
        self._abouts: list[About] = []
        self.picture = Picture(shell)
        self.about, self.method, self.opacity = QComboBox(), QComboBox(), QSlider(Qt.Orientation.Horizontal)
        self.about.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.method.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.opacity.setRange(0, 100)
        self.opacity.setFixedWidth(140)
        self.opacity.setValue(int(shell.settings.value(OPACITY, 60)))
        self.names = [label("", "quiet") for _ in range(3)]
        self.ask = button("", self._ask)
        self.strip, self.error = JobStrip(shell), ErrorLine()
        self.says, self.trust, self.note = label("", wrap=True), label("", wrap=True), label("", "quiet", wrap=True)
        self.alike_title, self.alike = label("", "quiet", wrap=True), QListWidget()
        self._build()
        self.about.activated.connect(lambda _: self._read())
        self.method.activated.connect(self._method_chosen)
        self.opacity.valueChanged.connect(self._opacity_changed)
        self.picture.set_opacity(self.opacity.value())
        self.strip.ended.connect(self._ended)
        self.alike.itemActivated.connect(lambda entry: self.shell.go("labeling", item=entry.data(ITEM)))
        self.retranslate()
        self.hide()

    def _build(self) -> None:
        self.alike.setIconSize(QSize(THUMBNAIL // 2, THUMBNAIL // 2))
        self.alike.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.alike.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.alike.setMinimumHeight(150)
        parts: list[QWidget | int] = []
        for name, box in zip(self.names, (self.about, self.method, self.opacity), strict=True):
            name.setBuddy(box)
            parts += [name, box]
        self.body.addWidget(row(*parts, 1, self.ask))
        self.body.addWidget(self.error)
        self.body.addWidget(self.strip)
        beside = QVBoxLayout()
        beside.setSpacing(8)
        for text in (self.says, self.trust, self.note, self.alike_title):
            text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            beside.addWidget(text)
        beside.addWidget(self.alike, 1)
        beside.addStretch(0)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(beside, 1)
        self.body.addLayout(line)

    def retranslate(self) -> None:
        """Take the words of the language."""
        texts = (self.tr("About"), self.tr("By"), self.tr("Strength of the map"))
        for name, box, text in zip(self.names, (self.about, self.method, self.opacity), texts, strict=True):
            name.setText(text)
            box.setAccessibleName(text)
        self.picture.setAccessibleName(self.tr("The image with the map of what counts"))
        self.alike.setAccessibleName(self.tr("Training images most like this one"))
        self.ask.setText(self.tr("Ask why"))
        self.ask.setToolTip(self.tr("Find where the model looks and which training images are alike; takes seconds"))
        self.strip.retranslate()
        if self._seen is not None:
            self._fill_methods(self._seen)
            self._fill_abouts()
        self._show()

    def recolor(self) -> None:
        """Take the colours of the theme."""
        self.picture.update()

    def clear(self) -> None:
        """No item is looked at."""
        self._seen, self._why, self._item = None, None, 0
        self.strip.clear()
        self.hide()

    def show_item(self, seen: Seen, item: int, about: About) -> None:
        """Look at an item of an evaluation."""
        self._seen, self._item, self._why = seen, item, None
        self._abouts = abouts(seen, item)
        if about not in self._abouts:
            self._abouts.append(about)
        self._fill_methods(seen)
        self._fill_abouts()
        self.about.setCurrentIndex(self._abouts.index(about))
        self.show()
        self._read()

    def _fill_methods(self, seen: Seen) -> None:
        known = {
            "heat": self.tr("the model’s own heat map"),
            "gradient": self.tr("gradients"),
            "occlusion": self.tr("hiding parts"),
        }
        anomaly = seen.evaluation.summary.get("task") == "anomaly"
        wanted = self.method.currentData() or self.shell.settings.value(METHOD, "")
        self.method.clear()
        for name in (*(["heat"] if anomaly else []), "gradient", "occlusion"):
            self.method.addItem(known[name], name)
        self.method.setCurrentIndex(max(0, self.method.findData(wanted)))

    def _fill_abouts(self) -> None:
        words = {"surest": self.tr("what it says most surely"), "missed": self.tr("{0}, missed"), "said": "{0} · {1}"}
        before = self.about.currentIndex()
        self.about.clear()
        for one in self._abouts:
            score = QLocale().toString(one.score, "f", 2) if one.score is not None else ""
            self.about.addItem(words[one.kind].format(one.label, score))
        self.about.setCurrentIndex(max(0, before if before < len(self._abouts) else 0))
        for widget in (self.about, self.names[0]):
            widget.setVisible(len(self._abouts) > 1)

    def _method_chosen(self) -> None:
        self.shell.settings.set_value(METHOD, self.method.currentData())
        self._read()

    def _opacity_changed(self, value: int) -> None:
        self.shell.settings.set_value(OPACITY, value)
        self.picture.set_opacity(value)

    def _chosen(self) -> About:
        return self._abouts[max(0, self.about.currentIndex())] if self._abouts else About()

    def _read(self) -> None:
        seen, item, about, method = self._seen, self._item, self._chosen(), self.method.currentData()
        if seen is None or self.shell.workspace is None:
            return
        self.error.clear()
        inks = {name: self.shell.theme.color(name).name() for name in ("bad", "accent")}

        def take(why: Why) -> None:
            if (self._seen, self._item) == (seen, item):
                self._why = why
                self._show()

        self.shell.read(
            lambda workspace: read_why(workspace, seen, item, about, method, inks),
            take, key="evaluation.why", on_error=self.error.show_error,
        )  # fmt: skip

    def _ask(self) -> None:
        if self._seen is None or self.strip.job:
            return
        self.error.clear()
        about, title = self._chosen(), self.tr("Why {0} says so").format(self._seen.model)
        self.shell.run(
            operations.explain(self._seen.model, self._item, self.method.currentData(), about.label, about.box),
            title, on_done=lambda job: self._follow(job, title), on_error=self.error.show_error, initiator=self,
        )  # fmt: skip

    def _follow(self, job: str, title: str) -> None:
        self.ask.setEnabled(False)
        self.strip.follow(job, title)

    def _ended(self, job: str, state: str) -> None:
        self.ask.setEnabled(True)
        self._read()
        if state == "done" and self.shell.workspace is not None:
            self.shell.read(lambda workspace: _problem(workspace, job), self._tell, key="evaluation.why.problem")

    def _tell(self, problem: str) -> None:
        if problem:
            self.error.show_error(problem)

    def _show(self) -> None:
        why = self._why
        found = why.explanation if why else None
        name = self._name()
        self.set_heading(self.tr("Why") if not name else self.tr("Why · {}").format(name), "")
        box = (found.box if found else None) or self._chosen().box
        self.picture.show_why(why, box)
        self.opacity.setEnabled(why is not None and why.heat is not None)
        self.ask.setVisible(found is None or why is None or why.neighbours is None)
        self.says.setText(self._says(found))
        self.trust.setText(self._trust(found) if found else "")
        self.note.setText(self._note(found) if found else "")
        for text in (self.trust, self.note):
            text.setVisible(bool(text.text()))
        self._show_alike(why)

    def _name(self) -> str:
        if self._seen is None:
            return ""
        keys = {ident: key for key, ident in self._seen.evaluation.ids.items()}
        mine = keys.get(self._item)
        names = [row["name"] for row in self._seen.evaluation.items if row["item_key"] == mine]
        return names[0].rsplit("/", 1)[-1] if names else ""

    def _says(self, found: Explanation | None) -> str:
        if found is None:
            return self.tr(
                "Not asked yet: press “Ask why” to see which pixels the answer hangs on and which training images are alike."
            )
        score = QLocale().toString(found.score, "f", 2)
        if found.task == "anomaly":
            return self.tr("How unusual the most unusual place is: {0} (from 0.5 on it is abnormal).").format(
                QLocale().toString(found.score, "f", 2)
            )
        return self.tr("The model says “{0}” with {1}.").format(found.label, score)

    def _trust(self, found: Explanation) -> str:
        if found.trust is None and found.task == "anomaly":
            return self.tr(
                "Whatever stands in for pixels is unusual itself, so this map cannot be tested by taking pixels away."
            )
        if found.trust is None:
            return self.tr("The score is 0, so nothing can be taken from it: the map cannot be tested.")
        number = [
            f"{QLocale().toString(100 * share, 'f', 0)} %" for share in (found.trust.at_share, found.trust.by_chance)
        ]
        words = {
            "good": self.tr("The map can be trusted"),
            "weak": self.tr("The map is a hint only"),
            "none": self.tr("The map says no more than chance; do not rely on it"),
        }
        text = self.tr(
            "{0}: without the 20 % of the pixels that it marks most, {1} of the score is lost; without 20 % at random places, {2}."
        )
        return text.format(words[found.trust.kind], *number)

    def _note(self, found: Explanation) -> str:
        if found.shown != found.method:
            return self.tr("This model learns without gradients: its heat map is the explanation.")
        return ""

    def _show_alike(self, why: Why | None) -> None:
        found = why.neighbours if why else None
        self.alike.clear()
        self.alike.setVisible(bool(found))
        self.alike_title.setVisible(found is not None)
        self.alike_title.setText(
            self.tr("Training images that look most alike to the model; double click opens one:")
            if found
            else self.tr("There are no training images to compare with.")
        )
        for one, image in found or ():
            entry = QListWidgetItem(QIcon(QPixmap.fromImage(image)), self._line(one))
            entry.setData(ITEM, one.item_id)
            entry.setToolTip(one.name)
            self.alike.addItem(entry)

    def _line(self, one: Neighbour) -> str:
        said = dict.fromkeys(
            self.tr("{0} by {1} on {2}").format(
                mark.label, mark.author or "?", QLocale().toString(mark.at.date(), QLocale.FormatType.ShortFormat)
            )
            for mark in one.labels
        )
        name, likeness = one.name.rsplit("/", 1)[-1], QLocale().toString(100 * one.likeness, "f", 1)
        first = self.tr("{0} % alike · {1}").format(likeness, name)
        nothing = self.tr("without labels")
        return f"{first}\n{'; '.join(said) or nothing}"


def _problem(workspace: Workspace, job: str) -> str:
    from engine.jobs import get_job

    answers = (get_job(workspace, job).result() or {}).get("answers", [])
    return next((entry["problem"] for entry in answers if entry["problem"]), "")
