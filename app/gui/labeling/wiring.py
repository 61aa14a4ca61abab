"""Puts the labelling page together: its widgets, who hears whom, the colours of the theme, the context menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.gui.labeling.canvas import Canvas
from app.gui.labeling.filmstrip import FilmStrip
from app.gui.labeling.side import SidePanel
from app.gui.operations import labeling as operations
from app.gui.widgets.controls import line
from app.gui.widgets.empty import EmptyState

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage

translate = QCoreApplication.translate
MENU_REACH = 4.0  # px of the widget around a right click


def build(page: LabelingPage) -> None:
    """The skeleton, from the outside in: a widget that is put elsewhere is styled anew with all that is in it."""
    whole = QVBoxLayout(page)
    whole.setContentsMargins(0, 0, 0, 0)
    page._pages = QStackedWidget(page)
    whole.addWidget(page._pages)
    page._empty = EmptyState("labeling", action=lambda: page.shell.go("data"))
    page._pages.addWidget(page._empty)
    work = QWidget(page._pages)
    page._pages.addWidget(work)
    row = QHBoxLayout(work)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    page._strip_room = QHBoxLayout()
    row.addLayout(page._strip_room)
    page._splitter = QSplitter(work)
    row.addWidget(page._splitter, 1)
    middle = QWidget(page._splitter)
    page.canvas, page.strip, page.side = Canvas(middle), FilmStrip(middle), SidePanel(page._splitter)
    column = QVBoxLayout(middle)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(page.canvas, 1)
    page._bars = QVBoxLayout()
    column.addLayout(page._bars)
    column.addWidget(line())
    column.addWidget(page.strip)
    page._splitter.setChildrenCollapsible(False)
    page._splitter.setHandleWidth(3)
    page._splitter.setStretchFactor(0, 1)
    page._splitter.setSizes([900, _panel_width(page)])
    page._splitter.splitterMoved.connect(lambda: _keep_panel_width(page))
    page.side.setMaximumWidth(480)


def connect(page: LabelingPage) -> None:
    """Who hears whom, once all parts are there."""
    page.canvas.edited.connect(page.editing.edit)
    page.canvas.selection_changed.connect(page.follow_selection)
    page.canvas.live_changed.connect(
        lambda: page.side.numbers.show_shape(page.canvas.one_selected(), page.side.numbers.title.text())
    )
    page.canvas.label_needed.connect(page.editing.need_label)
    page.canvas.next_id = page.editing.next_id
    page.strip.chosen.connect(page.go_to)
    page.strip.wanted.connect(page._strip_wants)
    page.loader.loaded.connect(page._loaded)
    page.writer.state_changed.connect(page._say_state)
    page.writer.idle.connect(page._idle)
    page.writer.failed.connect(page._not_saved)
    page.side.previous.connect(lambda: page.step(-1))
    page.side.next.connect(lambda: page.step(1))
    page.side.accept_all.connect(page.editing.accept_all)
    page.side.shapes.picked.connect(page._picked)
    page.side.numbers.changed.connect(page.editing.set_numbers)
    labels = page.side.labels
    labels.chosen.connect(page.editing.choose_label)
    labels.added.connect(page.editing.add_label)
    labels.renamed.connect(
        lambda i, name: page.writer.write(operations.rename_label(i, name), translate("LabelingPage", "Rename label"))
    )
    labels.recolored.connect(
        lambda i, color: page.writer.write(
            operations.recolor_label(i, color), translate("LabelingPage", "Change colour")
        )
    )
    labels.key_wanted.connect(
        lambda i, key: page.writer.write(operations.set_shortcut(i, key), translate("LabelingPage", "Change key"))
    )
    labels.reordered.connect(
        lambda order: page.writer.write(operations.reorder_labels(order), translate("LabelingPage", "Reorder labels"))
    )
    labels.remove_wanted.connect(page._remove_label)
    page.canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    page.canvas.customContextMenuRequested.connect(lambda at: _menu(page, at))
    page.shell.theme.theme_changed.connect(page._take_theme)
    app = QApplication.instance()
    if app is not None:
        for holder in (page.loader, page.strip, *page.parts, page.canvas):
            app.aboutToQuit.connect(holder.finish)


def colour(page: LabelingPage) -> None:
    """Take the colours of the theme."""
    color = page.shell.theme.color
    page.canvas.ground = color("image")
    page.canvas.chip_ground, page.canvas.chip_text = color("panel"), color("text")
    page.strip.colors = {
        "ground": color("panel"),
        "line": color("line"),
        "accent": color("accent"),
        "good": color("good"),
        "warning": color("warning"),
        "bad": color("bad"),
        "quiet": color("quiet"),
        "image": color("image"),
    }
    page._take_look()
    for part in page.parts:
        part.take_theme()
    page.strip.viewport().update()


def _menu(page: LabelingPage, at: QPoint) -> None:
    if page.canvas.tool.busy:  # something is half drawn: not now
        return
    _select_under(page, at)
    menu = QMenu(page)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for part in page.parts:
        part.menu(menu, page.editing.selected())
    if menu.actions():
        menu.popup(page.canvas.mapToGlobal(at))
    else:
        menu.deleteLater()


def _select_under(page: LabelingPage, at: QPoint) -> None:
    """A right click means the shape below it, unless that is selected already."""
    x, y = page.canvas.view.to_image(QPointF(at))
    hits = page.canvas.document.at(x, y, MENU_REACH / page.canvas.view.scale)
    by_keys = at == page.canvas.rect().center()
    if hits and not by_keys and not set(hits) & set(page.canvas.selection):
        page.canvas.select(hits[:1])


def _panel_width(page: LabelingPage) -> int:
    value = page.shell.settings.value("labeling/panel")
    return min(max(int(value), 286), 480) if isinstance(value, int | str) and str(value).isdigit() else 302


def _keep_panel_width(page: LabelingPage) -> None:
    page.shell.settings.set_value("labeling/panel", page.side.width())
