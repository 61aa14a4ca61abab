"""The editor: palette, canvas, code and inspector around one document, with its undo stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QKeySequence, QUndoStack
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.modeling import arranging
from app.gui.modeling.adding import Adding
from app.gui.modeling.analysis import Analysis
from app.gui.modeling.canvas import GraphCanvas
from app.gui.modeling.code_panel import CodePanel
from app.gui.modeling.commands import AddNodes, SetParameters
from app.gui.modeling.compare import Comparison
from app.gui.modeling.document import GraphDocument
from app.gui.modeling.find_bar import FindBar
from app.gui.modeling.flow_panel import FlowPanel
from app.gui.modeling.inspector import Inspector
from app.gui.modeling.library import CatalogueLibrary, language
from app.gui.modeling.marking import Marking
from app.gui.modeling.mending import Mending
from app.gui.modeling.minimap import Minimap
from app.gui.modeling.palette import Palette
from app.gui.modeling.scene import GraphScene
from app.gui.modeling.views import on_grid

CHECK_AFTER_MS = 120
HINT_MS = 6000


class GraphEditor(QWidget):
    """Edits one graph; knows nothing of workspaces."""

    check_due = Signal()
    measure_wanted = Signal()
    train_wanted = Signal()
    run_to_wanted = Signal(str, str)  # node and port
    compare_wanted = Signal()

    def __init__(self, colors: Callable[[str], QColor], parent: QWidget | None = None, whole: bool = True) -> None:
        """Make it; what is not `whole` needs a call of `finish`, in a later turn of the window."""
        super().__init__(parent)
        self._colors = colors
        self.library = CatalogueLibrary()
        self.document = GraphDocument(self)
        self.stack = QUndoStack(self)
        self.scene = GraphScene(self.document, self.library, self.stack, colors)
        self.canvas = GraphCanvas(self.scene, colors)
        self.adding = Adding(self)
        self.find_bar = FindBar(self)
        self.comparison = Comparison(self)
        self.minimap = Minimap(self.canvas, self.scene, colors)
        self.palette_ = Palette()
        self._offered: tuple[str, str] | None = None
        self.inspector = Inspector()
        self.code = CodePanel(colors)
        self.flow = FlowPanel(colors)
        self.analysis = Analysis((), "")
        self.measured_shapes: dict[str, list[list[int]]] = {}
        self._hint = QLabel(self.canvas)
        self._hint.setProperty("kind", "hint")
        self._hint.hide()
        self._hint_timer = QTimer(self, singleShot=True, interval=HINT_MS, timeout=self._hint.hide)
        self._check_timer = QTimer(self, singleShot=True, interval=CHECK_AFTER_MS)
        self._check_timer.timeout.connect(self.check_due)
        if whole:
            self.finish()

    def finish(self) -> None:
        """Make the actions, lay the parts out and connect them."""
        self._make_actions()
        self._build()
        self._connect()
        self.retranslate()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        for action, text, keys in self._texts():
            action.setText(text)
            action.setToolTip(f"{text} ({keys})" if keys else text)
        for part in (self.code, self.flow, self.find_bar, self.minimap, self.comparison):
            part.retranslate()
        self.canvas.setAccessibleName(self.tr("Model graph"))
        self.palette_.retranslate()
        self.inspector.retranslate()
        self._show_palette()
        for node_id in self.document.nodes:
            self.document.node_changed.emit(node_id)
        self._show_selection(force=True)

    def recolor(self) -> None:
        """Draw again in the colours of another theme."""
        self.scene.recolor()
        self.canvas.viewport().update()
        self.minimap.draw_anew()
        self.find_bar.look_again()
        self.comparison.look_again()
        self.code.recolor()
        self.flow.recolor()
        self.show_analysis(self.analysis)

    def show_analysis(self, analysis: Analysis) -> None:
        """Show what the check said."""
        self.analysis = analysis
        known = self.document.nodes
        at_nodes = [problem for problem in analysis.problems if problem.node in known]
        self.scene.show_analysis(at_nodes, self.library.shapes(self.document, self.measured_shapes))
        colors = {name: self._colors(name).name() for name in ("accent", "good", "warning", "bad")}
        self.inspector.show_problems(analysis.problems, colors)
        self.code.show_code(analysis.code)

    def color(self, name: str) -> QColor:
        """A colour of the theme."""
        return self._colors(name)

    def add_component(self, type_name: str, place: QPointF | None = None) -> None:
        """Put a component on the canvas, in the middle of what is seen when no place is given."""
        if place is None:
            middle = self.canvas.mapToScene(self.canvas.viewport().rect().center())
            place = middle + QPointF(-100, -40) + QPointF(24, 24) * (len(self.document.nodes) % 5)
        node = self.library.new_node(self.document, type_name, on_grid(place.x()), on_grid(place.y()))
        self.stack.push(AddNodes(self.document, [node]))
        self.scene.clearSelection()
        self.scene.node_item(node.id).setSelected(True)
        self.canvas.setFocus()

    def go_to(self, node_id: str) -> None:
        """Select a node and bring it into sight."""
        if node_id in self.document.nodes:
            self.marking.show(node_id)
            self.scene.clearSelection()
            self.scene.node_item(node_id).setSelected(True)
            self.canvas.bring(self.scene.node_item(node_id))

    def say(self, text: str) -> None:
        """Show a sentence at the foot of the canvas for some seconds."""
        self._hint.setText(text)
        ground, color = self._colors("panel").name(), self._colors("bad").name()
        self._hint.setStyleSheet(
            f"background:{ground};color:{color};border:1px solid {color};border-radius:6px;padding:6px 10px"
        )
        self._hint.setWordWrap(False)
        self._hint.adjustSize()
        self._hint.move(16, self.canvas.height() - self._hint.height() - 16)
        self._hint.show()
        self._hint.raise_()
        self._hint_timer.start()

    def _make_actions(self) -> None:
        self.undo_action = self.stack.createUndoAction(self)
        self.redo_action = self.stack.createRedoAction(self)
        self.undo_action.setShortcuts(QKeySequence.keyBindings(QKeySequence.StandardKey.Undo))
        self.redo_action.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self.remove_action = QAction(self, triggered=self.scene.remove_selected)
        self.fit_action = QAction(self, triggered=self.canvas.fit)
        self.zoom_in_action = QAction(self, triggered=lambda: self.canvas.zoom(1.2))
        self.zoom_out_action = QAction(self, triggered=lambda: self.canvas.zoom(1 / 1.2))
        self.connect_action = QAction(self, triggered=self._connect_menu)
        self.connect_action.setShortcut(QKeySequence("Ctrl+L"))
        self.find_action = QAction(self, triggered=self.find_bar.open_bar)
        self.find_action.setShortcut(QKeySequence("Ctrl+F"))
        self.find_component_action = QAction(self, triggered=self._find)
        self.find_component_action.setShortcut(QKeySequence("Ctrl+Shift+F"))
        self.next_action = QAction(self, triggered=lambda: self.find_bar.step(1))
        self.next_action.setShortcut(QKeySequence("F3"))
        self.previous_action = QAction(self, triggered=lambda: self.find_bar.step(-1))
        self.previous_action.setShortcut(QKeySequence("Shift+F3"))
        self.life_size_action = QAction(self, triggered=self.canvas.life_size)
        self.fit_selection_action = QAction(self, triggered=self.canvas.fit_selection)
        self.minimap_action = QAction(self, checkable=True, checked=True)
        self.minimap_action.toggled.connect(self.minimap.want)
        self.arrange_action = QAction(self, triggered=lambda: arranging.arrange(self))
        self.arrange_action.setShortcut(QKeySequence("Ctrl+Shift+L"))
        self.picture_action = QAction(self, triggered=self._save_picture)
        self.run_action = QAction(self, checkable=True)
        self.run_action.setShortcut(QKeySequence("F5"))
        self.roll_action = QAction(self)
        self.roll_action.setShortcut(QKeySequence("F6"))
        self.addActions([self.run_action, self.roll_action])
        self.compare_action = QAction(self, triggered=lambda: self.compare_wanted.emit())
        finding = (self.find_action, self.find_component_action, self.next_action, self.previous_action)
        for action in (self.undo_action, self.redo_action, self.connect_action, *finding, self.arrange_action):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self.addAction(action)
        self.copy_action = self.on_canvas(self.adding.copy, QKeySequence.StandardKey.Copy)
        self.cut_action = self.on_canvas(self.adding.cut, QKeySequence.StandardKey.Cut)
        self.paste_action = self.on_canvas(self.adding.paste, QKeySequence.StandardKey.Paste)
        self.duplicate_action = self.on_canvas(self.adding.duplicate, QKeySequence("Ctrl+D"))
        self.select_all_action = self.on_canvas(self._select_all, QKeySequence.StandardKey.SelectAll)
        self.marking = Marking(self)
        self.mending = Mending(self)
        self.align_actions = {
            how: QAction(self, triggered=lambda _=False, how=how: arranging.align(self, how))
            for how in ("left", "middle", "top", "centre")
        }
        icons = {
            self.run_action: "play",
            self.undo_action: "undo",
            self.redo_action: "redo",
            self.remove_action: "trash",
            self.fit_action: "zoom-fit",
            self.zoom_in_action: "zoom-in",
            self.zoom_out_action: "zoom-out",
            self.find_action: "search",
            self.connect_action: "link",
            self.arrange_action: "grid",
            self.marking.comment_action: "comment",
            self.marking.group_action: "fold",
            self.compare_action: "compare",
            self.picture_action: "image",
        }
        self._icons = icons

    def set_icons(self, icon: Callable[[str], QIcon]) -> Iterator[None]:
        """Take the icons of the theme, one at a time."""
        for action, name in self._icons.items():
            action.setIcon(icon(name))
            yield
        for part in (self.find_bar, self.comparison, self.flow):
            part.set_icons(icon)

    def _texts(self) -> list[tuple[QAction, str, str]]:
        return [
            (self.undo_action, self.tr("Undo"), "Ctrl+Z"),
            (self.redo_action, self.tr("Redo"), "Ctrl+Shift+Z"),
            (self.remove_action, self.tr("Remove"), "Del"),
            (self.fit_action, self.tr("Show everything"), "Home"),
            (self.zoom_in_action, self.tr("Zoom in"), "+"),
            (self.zoom_out_action, self.tr("Zoom out"), "−"),
            (self.connect_action, self.tr("Connect with…"), "Ctrl+L"),
            (self.find_action, self.tr("Find in the drawing"), "Ctrl+F"),
            (self.find_component_action, self.tr("Find a component"), "Ctrl+Shift+F"),
            (self.next_action, self.tr("Next place"), "F3"),
            (self.previous_action, self.tr("Previous place"), "Shift+F3"),
            (self.life_size_action, self.tr("100 %"), "1"),
            (self.fit_selection_action, self.tr("Show what is chosen"), "2"),
            (self.minimap_action, self.tr("Minimap"), ""),
            (self.arrange_action, self.tr("Lay out along the flow"), "Ctrl+Shift+L"),
            (self.picture_action, self.tr("Save as picture…"), ""),
            (self.run_action, self.tr("Run to here"), "F5"),
            (self.roll_action, self.tr("Roll the augmentation again"), "F6"),
            (self.compare_action, self.tr("Compare with another drawing or a run…"), ""),
            (self.copy_action, self.tr("Copy"), "Ctrl+C"),
            (self.cut_action, self.tr("Cut"), "Ctrl+X"),
            (self.paste_action, self.tr("Paste"), "Ctrl+V"),
            (self.duplicate_action, self.tr("Duplicate"), "Ctrl+D"),
            (self.select_all_action, self.tr("Select all"), "Ctrl+A"),
            *self.marking.texts(),
            *self.mending.texts(),
            (self.align_actions["left"], self.tr("Left edges"), ""),
            (self.align_actions["middle"], self.tr("Middles, one above the other"), ""),
            (self.align_actions["top"], self.tr("Upper edges"), ""),
            (self.align_actions["centre"], self.tr("Middles, side by side"), ""),
        ]

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.split = QSplitter(self)
        layout.addWidget(self.split)
        left = QFrame(self.split)
        self.middle = QSplitter(Qt.Orientation.Vertical, self.split)
        side = QFrame(self.split)
        tools = QWidget(self.middle)
        self.middle.addWidget(self.code)
        self.middle.addWidget(self.flow)
        self.flow.hide()
        self._fill_tools(tools)
        self.middle.setStretchFactor(0, 3)
        self.middle.setStretchFactor(1, 1)
        self.middle.setStretchFactor(2, 1)
        self.middle.setSizes([560, 240, 280])
        side.setProperty("kind", "side")
        left.setProperty("kind", "rail")
        for frame, inner in ((side, self.inspector), (left, self.palette_)):
            layout = QVBoxLayout(frame)
            layout.setContentsMargins(0, 0, 0, 0)
            if inner is self.inspector:
                layout.addWidget(self.comparison)
            layout.addWidget(inner, 1)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([196, 700, 290])
        left.setMinimumWidth(168)
        side.setMinimumWidth(256)
        self.split.setChildrenCollapsible(False)

    def _fill_tools(self, holder: QWidget) -> None:
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QFrame(holder)
        bar.setProperty("kind", "top")
        row = QHBoxLayout(bar)
        row.setContentsMargins(10, 4, 10, 4)
        row.setSpacing(2)
        self.bar_left = QHBoxLayout()
        self.bar_left.setSpacing(8)
        row.addLayout(self.bar_left)
        row.addStretch(1)
        for action in self._icons:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setFixedSize(30, 30)
            row.addWidget(button)
            if action is self.fit_action:
                menu = QMenu(button)
                menu.addActions([self.fit_selection_action, self.life_size_action, self.minimap_action])
                button.setMenu(menu)
                button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
                button.setFixedSize(42, 30)
        column.addWidget(bar)
        column.addWidget(self.canvas, 1)

    def _connect(self) -> None:
        self.palette_.chosen.connect(self.add_component)
        self.canvas.dropped.connect(self.add_component)
        self.canvas.menu_wanted.connect(self._show_menu)
        self.canvas.add_wanted.connect(self.adding.ask)
        self.scene.left_loose.connect(self.adding.ask_for_end)
        self.scene.picked.connect(lambda _: self._show_selection())
        self.scene.refused.connect(self.say)
        self.document.reset.connect(self._show_palette)
        self.document.reset.connect(lambda: self._show_selection(force=True))
        self.document.content_changed.connect(self._check_timer.start)
        self.document.content_changed.connect(self._show_palette)
        self.document.node_changed.connect(self._node_changed)
        self.inspector.parameters_changed.connect(self._set_parameters)
        self.inspector.check_wanted.connect(self.measure_wanted)
        self.inspector.train_wanted.connect(self.train_wanted)
        self.inspector.node_wanted.connect(self.go_to)

    def _set_parameters(self, node_id: str, values: dict[str, object]) -> None:
        node = self.document.nodes.get(node_id)
        if node is None:
            return
        merged = {**node.parameters, **values}
        if merged != node.parameters:
            self.stack.push(SetParameters(self.document, node_id, merged))

    def _node_changed(self, node_id: str) -> None:
        if self.scene.selected_nodes() == [node_id]:
            self._show_selection()

    def _show_selection(self, *, force: bool = False) -> None:
        selected = self.scene.selected_nodes()
        if len(selected) != 1 or force:
            self.inspector.show_nothing()
        if len(selected) != 1:
            return
        node = self.document.nodes[selected[0]]
        found = self.library.component_of(node)
        if found is None:
            text = self.tr("This program does not know “{}”. It is kept as it is; install the plug-in that brings it.")
            self.inspector.show_node(node.id, node.id, text.format(node.type), None, {})
            return
        form, blocker = self.inspector.form, None
        if form is not None:
            blocker = QSignalBlocker(form)
        values = {**found.defaults(), **node.parameters}
        self.inspector.show_node(
            node.id, found.title.of(language()), found.help.of(language()), found.Parameters, values
        )
        del blocker

    def _show_palette(self) -> None:
        offered = (self.document.head.get("task", ""), language())
        if self.document.name and offered != self._offered:  # filling the tree takes long, and nobody sees it before
            self._offered = offered
            self.palette_.show_entries([*self.library.entries(offered[0]), *self.library.broken()])

    def _show_menu(self, place: QPoint) -> None:
        self.menu_at(place).popup(place)

    def menu_at(self, place: QPoint) -> QMenu:
        """What can be done at a place of the screen, with what is chosen."""
        menu = QMenu(self)
        self.mending.fill_menu(menu)
        selected = self.scene.selected_nodes()
        for submenu in self._connect_menus(menu) if len(selected) == 1 else []:
            menu.addMenu(submenu)
        if (others := self.adding.replace_menu(menu)) is not None:
            menu.addMenu(others)
        if (end := self._run_to()) is not None:
            menu.addAction(self.run_action.icon(), self.tr("Run to here"), lambda: self.run_to_wanted.emit(*end))
        if len(selected) > 1:
            aligned = menu.addMenu(self.tr("Align"))
            aligned.addActions(list(self.align_actions.values()))
        self.marking.fill_menu(menu, self.canvas.mapToScene(self.canvas.viewport().mapFromGlobal(place)))
        if selected or self.scene.marks.selected_comments():
            menu.addSeparator()
            menu.addActions([self.copy_action, self.cut_action, self.duplicate_action])
        if self.scene.selectedItems():
            menu.addAction(self.remove_action)
        else:
            at = self.canvas.mapToScene(self.canvas.viewport().mapFromGlobal(place))
            menu.addAction(self.tr("Add a component…"), lambda: self.adding.ask(at))
        menu.addAction(self.paste_action)
        menu.addSeparator()
        menu.addActions([self.undo_action, self.redo_action])
        menu.addSeparator()
        menu.addActions([self.select_all_action, self.find_action, self.arrange_action])
        menu.addActions([self.fit_action, self.fit_selection_action, self.life_size_action, self.minimap_action])
        menu.addAction(self.picture_action)
        return menu

    def _run_to(self) -> tuple[str, str] | None:
        """The node and port up to which the choice runs: a node's first port, or where an edge begins."""
        nodes, edges = self.scene.selected_nodes(), self.scene.selected_edges()
        if len(nodes) == 1:
            return nodes[0], ""
        return (edges[0].source, edges[0].source_port) if len(edges) == 1 and not nodes else None

    def _connect_menu(self) -> None:
        selected = self.scene.selected_nodes()
        if len(selected) != 1:
            self.say(self.tr("Select one component first, then choose what it goes to."))
            return
        menu = QMenu(self)
        for submenu in self._connect_menus(menu):
            menu.addMenu(submenu)
        if menu.isEmpty():
            self.say(self.tr("No other component takes what this one gives."))
            return
        item = self.scene.shown_item(selected[0])
        place = self.canvas.mapFromScene(item.sceneBoundingRect().topRight())
        menu.popup(self.canvas.viewport().mapToGlobal(place))

    def _connect_menus(self, parent: QMenu) -> list[QMenu]:
        menus = []
        for node_id in self.scene.selected_nodes()[:1]:
            for port in self.scene.node_item(node_id).view.outputs:
                menu = QMenu(self.tr("Connect “{}” with").format(port.label or port.name), parent)
                for other, entry in self.scene.fitting_inputs(node_id, port):
                    title = self.scene.node_item(other).view.title
                    action = menu.addAction(f"{title} · {entry.label or entry.name}")
                    action.triggered.connect(
                        lambda _=False, a=node_id, b=port.name, c=other, d=entry.name: self.scene.connect_ports(
                            a, b, c, d
                        )
                    )
                if not menu.isEmpty():
                    menus.append(menu)
        return menus

    def on_canvas(self, act: Callable[[], object], keys: QKeySequence | QKeySequence.StandardKey) -> QAction:
        """An action whose keys count while the canvas has the focus: fields have their own copy and paste."""
        action = QAction(self, triggered=lambda _=False: act())
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.canvas.addAction(action)
        return action

    def _select_all(self) -> None:
        for item in self.scene.in_reading_order():
            item.setSelected(True)

    def _save_picture(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save as picture"), f"{self.document.name}.svg", "SVG (*.svg);;PNG (*.png)"
        )
        if name:
            self.save_picture(Path(name))

    def save_picture(self, path: Path) -> None:
        """Write the drawing as SVG or PNG, and say when that cannot be."""
        try:
            arranging.save_picture(self.scene, path, self._colors("ground"))
        except OSError as error:
            self.say(str(error))

    def _find(self) -> None:
        self.palette_.search.setFocus()
        self.palette_.search.selectAll()
