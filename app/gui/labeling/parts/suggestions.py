"""A model's suggestions on the labelling page: live on the open image, in bulk, hidden by score, taken over or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QWidget

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.part import Part
from app.gui.labeling.parts.suggestion_panel import SuggestionPanel
from app.gui.operations import curation as operations
from app.gui.widgets.job_strip import JobStrip

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.reading import OpenItem
    from engine.changes import Changes
    from engine.data.records import Annotation
    from engine.training.models import ModelRow
    from engine.workspace import Workspace


@dataclass(frozen=True)
class Known:
    """The models on offer and what became of their suggestions."""

    models: Sequence[ModelRow]
    fates: dict[str, dict[str, int]]


class Suggestions(Part):
    """Keeps what is hidden by the score apart, so that the canvas never knows of it."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.panel = SuggestionPanel()
        self.strip = JobStrip(page.shell)
        self.panel.column.addWidget(self.strip)
        self.known = Known((), {})
        self.least = _number(page.shell.settings.value("labeling/least_score"))
        self._whole: OpenItem | None = None  # with what the score hides
        self._asked: set[int] = set()  # items that were looked at live since they were opened
        self._read_again = QTimer(self, singleShot=True, interval=1500)
        self._read_again.timeout.connect(self._read)
        self.panel.show_least(self.least)
        self.panel.live.setChecked(str(page.shell.settings.value("labeling/predict_live")).lower() == "true")
        self.panel.predict.connect(self.predict)
        self.panel.prelabel.connect(self.prelabel)
        self.panel.accept.connect(lambda: page.acts["accept_all"].trigger())
        self.panel.refuse.connect(self.refuse_hidden)
        self.panel.following.connect(lambda: self.do("next_suggestion"))
        self.panel.least_changed.connect(self.set_least)
        self.panel.model_changed.connect(lambda title: page.shell.settings.set_value("labeling/model", title))
        self.panel.live_changed.connect(self._set_live)
        self.strip.ended.connect(self._ended)
        page.side.tabs.currentChanged.connect(lambda _: self._read() if self.panel.isVisible() else None)

    def entries(self) -> Sequence[Entry]:
        translate = QCoreApplication.translate
        return [
            Entry("predict", translate("LabelingSuggestions", "Suggestions of the model on this image"), ("I",), "sparkle",
                  group="assist"),
            Entry("next_suggestion", translate("LabelingSuggestions", "Next suggestion"), ("J",)),
            Entry("refuse_hidden", translate("LabelingSuggestions", "Refuse the suggestions that the score hides"),
                  ("Shift+Del",), canvas=True),
            Entry("prelabel", translate("LabelingSuggestions", "Pre-label all unlabelled images")),
        ]  # fmt: skip

    def do(self, name: str) -> None:
        if name == "next_suggestion":
            self._next()
        else:
            {"predict": self.predict, "refuse_hidden": self.refuse_hidden, "prelabel": self.prelabel}[name]()

    def sections(self) -> Sequence[tuple[str, QWidget]]:
        return [("assist", self.panel)]

    def opened(self, workspace: Workspace) -> None:
        self._read()

    def closed(self) -> None:
        self._read_again.stop()
        self._whole = None
        self._asked.clear()
        self.strip.clear()
        self.panel.show_models((), "")
        self.panel.show_counts(0, 0)

    def refresh(self, changes: Changes) -> None:
        if changes.touches("models"):
            self._read()
        elif changes.annotations and self.panel.isVisible():
            self._read_again.start()

    def retranslate(self) -> None:
        self.panel.retranslate()
        self.strip.retranslate()
        self._count()

    def arrange(self, found: OpenItem) -> OpenItem:
        """Leave out suggestions below the score; in a blind round no suggestion is known of."""
        self._whole = None if self.page.blind else found
        shown = [shape for shape in found.annotations if not self._hides(shape)]
        return found if len(shown) == len(found.annotations) else replace(found, annotations=shown)

    def item_shown(self, found: OpenItem) -> None:
        if self.panel.parent() is not None:  # else it would come up as a window of its own
            self.panel.setHidden(self.page.blind)
        self._count()
        self._look_live(found.id)

    def _look_live(self, item: int) -> None:
        if not self.page.blind and self.panel.live.isChecked() and item not in self._asked and self.known.models:
            self._asked = {item}  # once for each time an image is opened
            self.predict()

    def document_changed(self) -> None:
        self._count()

    # what a person asks for

    @property
    def model(self) -> ModelRow | None:
        """The chosen model."""
        title = self.panel.model.currentText()
        return next((model for model in self.known.models if model.title == title), None)

    def predict(self) -> None:
        """Have the model suggest shapes on the open image; the network runs in a process of its own."""
        model, item = self.model, self.page.item_id
        if self._refused_blind():
            return
        if model is None or not item:
            self.page.shell.set_status(self.panel.none.text())
            return
        self._asked.add(item)
        self.panel.show_state(self.tr("{0} looks at the image…").format(model.title))

        def ask(ws: Any) -> Any:
            from engine.curation.live import ask as look
            from engine.labeling.assist.companion import Superseded

            try:
                return look(ws, model, item)
            except Superseded:
                return None

        def answered(found: Any) -> None:
            if found is None:  # a newer question is under way
                return
            self.panel.show_state("")
            if not self.page.blind:
                self.page.writer.write(
                    operations.suggest(model.id, item, found), self.tr("Predict"), lambda _: self._tell(len(found))
                )

        def failed(error: Exception) -> None:
            self.panel.show_state(str(error))

        self.page.shell.read(ask, answered, on_error=failed)

    def _refused_blind(self) -> bool:
        if self.page.blind:
            self.page.shell.set_status(self.tr("In a blind round no model helps: leave the round first."))
        return self.page.blind

    def prelabel(self) -> None:
        """Have the model suggest on all images that nobody has labelled; a job with progress."""
        model = self.model
        if self._refused_blind():
            return
        if model is None:
            self.page.shell.set_status(self.panel.none.text())
            return
        title = self.tr("Pre-label with {0}").format(model.title)
        self.page.side.show_tab("assist")
        self.page.shell.run(
            operations.prelabel(model.title, None), title, lambda job: self.strip.follow(job, title),
            lambda error: self.panel.show_state(str(error)),
        )  # fmt: skip

    def refuse_hidden(self) -> None:
        """Remove what the score hides on this image; undo brings it back."""
        if self._hidden_count():
            self.page.writer.write(
                operations.refuse_below(self.least, self.page.item_id), self.tr("Refuse suggestions")
            )

    def set_least(self, least: float) -> None:
        """Show suggestions from this score on."""
        self.least = least
        self.page.shell.settings.set_value("labeling/least_score", least)
        if self._whole is not None and self._whole.id == self.page.item_id:
            self.page._take_item(self._whole)

    # what is shown

    def _next(self) -> None:
        editing, canvas = self.page.editing, self.page.canvas
        chosen = canvas.selection[-1] if canvas.selection else None
        following = editing._suggestion_after(chosen)
        if following is not None:
            editing._show(following)
            canvas.setFocus()

    def _hides(self, shape: Annotation) -> bool:
        return shape.origin == "model" and shape.score is not None and shape.score < self.least

    def _hidden_count(self) -> int:
        whole = self._whole
        if whole is None or whole.id != self.page.item_id:
            return 0
        return sum(self._hides(shape) for shape in whole.annotations)

    def _count(self) -> None:
        self.panel.show_counts(int(self.page.canvas.document.suggested.sum()), self._hidden_count())
        model = self.model
        if model is not None:
            author = f"{model.name} v{model.number}"
            self.panel.show_fates(author, self.known.fates.get(author))

    def _tell(self, found: int) -> None:
        if not found:
            self.panel.show_state(self.tr("The model finds nothing on this image."))

    def _set_live(self, live: bool) -> None:
        self.page.shell.settings.set_value("labeling/predict_live", str(live).lower())
        if live and self.page.item_id not in self._asked:
            self.predict()

    def _read(self) -> None:
        if self.page.shell.workspace is not None:
            counted = (
                self.panel.isVisible()
            )  # what became of suggestions is asked of the whole log: only when it is seen
            self.page._ask(lambda ws: _read_known(ws, counted), self._take)

    def _take(self, known: Known) -> None:
        self.known = known
        remembered = str(self.page.shell.settings.value("labeling/model") or "")
        self.panel.show_models([model.title for model in known.models], self.panel.model.currentText() or remembered)
        self._count()
        if self.page.isVisible() and self.page.item_id:  # the models may be known later than the image
            self._look_live(self.page.item_id)

    def _ended(self, _job: str, state: str) -> None:
        if state == "done":
            self._read()


def _read_known(ws: Workspace, counted: bool) -> Known:
    from engine.curation.suggestions import fates
    from engine.training.models import list_models

    return Known(list_models(ws), fates(ws) if counted else {})


def _number(value: Any) -> float:
    try:
        return min(max(float(value), 0.0), 1.0)
    except (TypeError, ValueError):
        return 0.0
