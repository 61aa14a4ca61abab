"""What lies behind the figures: one card with a tab for each way of looking, worked out when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QTabBar, QVBoxLayout, QWidget

from app.gui.evaluation.reading import Seen
from app.gui.widgets.controls import Card
from app.gui.widgets.errors import ErrorLine
from engine.serving.manifest import OBJECTS

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.workspace import Workspace

OF_OBJECTS = tuple(OBJECTS)
OF_IMAGES = (*OF_OBJECTS, "classification", "multilabel", "segmentation", "anomaly")
TASKS = (*OF_IMAGES, "tabular")


class InsightTab(QWidget):
    """One way of looking at an evaluation.

    Signals:
        items_wanted: a heading and the ids of the items behind a figure.
    """

    items_wanted = Signal(str, list)
    tasks: tuple[str, ...] = TASKS

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self.seen: Seen | None = None
        self._stale = False
        self.error = ErrorLine()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 8, 0, 0)
        self.column.setSpacing(8)
        self.column.addWidget(self.error)

    def show_seen(self, seen: Seen) -> None:
        """Show another evaluation, now or when the tab is looked at."""
        self.seen, self._stale = seen, True
        if self.isVisible():
            self._look()

    def retranslate(self) -> None:
        """Take the words of the language."""

    def recolor(self) -> None:
        """Take the colours of the theme."""

    def showEvent(self, event: QShowEvent) -> None:
        """Work out what is looked at for the first time."""
        super().showEvent(event)
        self._look()

    def _look(self) -> None:
        if self._stale and self.seen is not None and self.shell.workspace is not None:
            self._stale = False
            self.error.clear()
            self._read(self.seen)

    def _read(self, seen: Seen) -> None:
        """Ask for what the tab shows."""
        raise NotImplementedError

    def _ask(self, function: Callable[[Workspace], Any], show: Callable[[Any], object]) -> None:
        """Ask in the background; an error is told in the tab, an answer about what is no longer seen is dropped."""
        seen = self.seen

        def take(found: Any) -> None:
            if self.seen is seen:
                self.error.clear()
                show(found)

        key = f"evaluation.{type(self).__name__}.{show.__name__}"
        self.shell.read(function, take, key=key, on_error=self.error.show_error)

    def _want(self, heading: str, keys: list[int]) -> None:
        """Ask for the items with these keys."""
        if self.seen is not None:
            self.items_wanted.emit(heading, self.seen.evaluation.ids_of(keys))


class Insights(Card):
    """The tabs; of those that are not looked at nothing is computed, and they take no room."""

    items_wanted = Signal(str, list)

    def __init__(self) -> None:
        super().__init__()
        self._names: list[Callable[[], str]] = []
        self.parts: list[InsightTab] = []
        self.bar = QTabBar()
        self.bar.setObjectName("insights")
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.body.addWidget(self.bar)
        self.bar.currentChanged.connect(self._choose)

    def add(self, name: Callable[[], str], part: InsightTab) -> None:
        """One more tab, behind the others."""
        self._names.append(name)
        self.parts.append(part)
        self.body.addWidget(part)
        part.setVisible(len(self.parts) == 1)
        part.items_wanted.connect(self.items_wanted)
        self.bar.addTab(name())

    def show_seen(self, seen: Seen) -> None:
        """Show another evaluation."""
        task = seen.evaluation.summary.get("task")
        fits = [task in part.tasks for part in self.parts]
        self.setVisible(any(fits))
        if not any(fits):  # a bar of which every tab was hidden once does not come back
            return
        for at, (part, fit) in enumerate(zip(self.parts, fits, strict=True)):
            if self.bar.isTabVisible(at) != fit:  # else Qt forgets that texts have changed unseen
                self.bar.setTabVisible(at, fit)
            if fit and part.seen is not seen:
                part.show_seen(seen)

    def retranslate(self) -> None:
        """Take the words of the language."""
        for at, (name, part) in enumerate(zip(self._names, self.parts, strict=True)):
            self.bar.setTabText(at, name())
            part.retranslate()

    def recolor(self) -> None:
        """Take the colours of the theme."""
        for part in self.parts:
            part.recolor()

    def _choose(self, chosen: int) -> None:
        for at, part in enumerate(self.parts):
            part.setVisible(at == chosen)
